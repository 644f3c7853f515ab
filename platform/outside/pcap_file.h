// SPDX-License-Identifier: Apache-2.0
//
// A record of frames in libpcap's file format, which Wireshark and tcpdump read: a header of 24
// bytes, then one of 16 bytes for each frame. Times are in nanoseconds.
#pragma once

#include "platform/outside/growing_file.h"

namespace cvp {

class PcapFile {
 public:
  /// Empty after an error.
  static std::unique_ptr<PcapFile> open(const std::string& path, const std::string& option,
                                        Diagnostics& diagnostics);
  void start();
  void record(std::span<const std::uint8_t> frame, std::uint64_t nanoseconds);
  void flush() { file_.flush(); }

 private:
  explicit PcapFile(GrowingFile file) : file_(std::move(file)) {}
  GrowingFile file_;
};

}  // namespace cvp
