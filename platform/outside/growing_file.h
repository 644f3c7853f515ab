// SPDX-License-Identifier: Apache-2.0
//
// An output file that can be read while the run goes on. Until the run begins, nothing happens to a
// file of that name.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "platform/output_file.h"

namespace cvp {

class GrowingFile {
 public:
  static std::optional<GrowingFile> open(const std::string& path, const std::string& option,
                                         Diagnostics& diagnostics);
  /// Puts the file in its place, empty.
  void start();
  /// A disk that is full is said once; the rest is lost then.
  void write(std::span<const std::uint8_t> bytes);
  void flush();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  GrowingFile(OutputFile file, std::string option)
      : pending_(std::move(file)), option_(std::move(option)) {}
  void check(bool written);

  OutputFile pending_;
  std::string option_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace cvp
