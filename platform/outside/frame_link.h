// SPDX-License-Identifier: Apache-2.0
//
// Ethernet frames over a stream, as QEMU's `-netdev stream` sends them: the length in four bytes,
// big-endian, then the frame without checksum.
#pragma once

#include <deque>

#include "platform/outside/outside_stream.h"

namespace cvp {

using Frame = std::vector<std::uint8_t>;

class FrameLink {
 public:
  explicit FrameLink(std::unique_ptr<OutsideStream> stream) : stream_(std::move(stream)) {}

  void start() { stream_->start(); }
  /// A frame for which the other end has no room is lost, as on a cable.
  void send(std::span<const std::uint8_t> frame);
  /// Sends what the other end takes now.
  void flush() { stream_->flush(); }
  /// Appends the frames that have come from there.
  void receive(std::deque<Frame>& frames);
  bool awaited() const { return stream_->awaited(); }
  /// False also when what came were no frames.
  bool live() const { return !broken_ && stream_->live(); }
  int descriptor() const { return stream_->descriptor(); }

 private:
  std::unique_ptr<OutsideStream> stream_;
  std::vector<std::uint8_t> received_;  // The start of a frame.
  bool broken_ = false;
};

}  // namespace cvp
