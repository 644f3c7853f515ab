// SPDX-License-Identifier: Apache-2.0
//
// A network of any number of runs: what one sends reaches all others.
#pragma once

#include "platform/outside/frame_link.h"
#include "platform/outside/pcap_file.h"
#include "platform/outside/socket_stream.h"

namespace cvp {

class Hub {
 public:
  /// `pcap` may be null.
  explicit Hub(PcapFile* pcap) : pcap_(pcap) {}

  /// Says on standard error where it can be found, or returns why it cannot.
  boost::system::error_code open(const std::string& path);
  /// Waits up to 20 ms for something to happen, then passes on what there is.
  void step();
  std::size_t members() const { return members_.size(); }
  bool visited() const { return visited_; }

 private:
  void sleep() const;
  void admit();
  void pass_on();

  boost::asio::io_context context_;
  SocketListener listener_{context_};
  PcapFile* pcap_;
  std::vector<FrameLink> members_;
  bool visited_ = false;
};

}  // namespace cvp
