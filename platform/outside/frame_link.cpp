// SPDX-License-Identifier: Apache-2.0
#include "platform/outside/frame_link.h"

#include <cstdio>

namespace cvp {
namespace {

constexpr std::size_t kLengthBytes = 4;
/// Longer ones, with room for every offload, are no frames: the other end speaks something else.
constexpr std::size_t kMaxFrame = 68 << 10;

}  // namespace

void FrameLink::send(std::span<const std::uint8_t> frame) {
  std::vector<std::uint8_t> bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<std::uint8_t>(frame.size() >> shift));
  }
  bytes.insert(bytes.end(), frame.begin(), frame.end());
  stream_->write(bytes);
}

void FrameLink::receive(std::deque<Frame>& frames) {
  if (broken_) return;
  stream_->receive(received_);
  std::size_t at = 0;
  while (received_.size() - at >= kLengthBytes) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < kLengthBytes; ++i) length = length << 8 | received_[at + i];
    if (length > kMaxFrame) {
      std::fprintf(stderr, "warning: a network cable ends at something that sends no frames\n");
      broken_ = true;
      return;
    }
    if (received_.size() - at < kLengthBytes + length) break;
    const auto first = received_.begin() + static_cast<std::ptrdiff_t>(at + kLengthBytes);
    frames.emplace_back(first, first + static_cast<std::ptrdiff_t>(length));
    at += kLengthBytes + length;
  }
  received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace cvp
