// SPDX-License-Identifier: Apache-2.0
#include "models/virtio/console_device.h"

#include <algorithm>

namespace cvp {
namespace {
enum Queue : unsigned { kReceive, kTransmit };
/// Typed ahead; more waits at the console's side.
constexpr std::size_t kMaxTyped = 4096;
}  // namespace

bool ConsoleDevice::ready(unsigned queue) const { return queue == kTransmit || !typed_.empty(); }

bool ConsoleDevice::room() const { return typed_.size() < kMaxTyped; }

bool ConsoleDevice::receive(std::uint8_t character) {
  if (!room()) return false;
  typed_.push_back(character);
  if (became_ready) became_ready(kReceive);
  return true;
}

VirtioAnswer ConsoleDevice::serve(unsigned queue, std::span<const std::uint8_t> request,
                                  std::uint64_t writable) {
  if (queue == kTransmit) {
    for (const std::uint8_t character : request) {
      if (transmit) transmit(character);
    }
    return {.takes = timing_.of(request.size())};
  }
  if (writable == 0) return {.broken = "receive buffer of a console without room"};
  const auto count = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(writable, typed_.size()));
  VirtioAnswer answer{.data = {typed_.begin(), typed_.begin() + count}, .takes = timing_.of(0)};
  typed_.erase(typed_.begin(), typed_.begin() + count);
  return answer;
}

}  // namespace cvp
