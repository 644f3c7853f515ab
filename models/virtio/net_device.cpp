// SPDX-License-Identifier: Apache-2.0
#include "models/virtio/net_device.h"

#include <utility>

namespace cvp {
namespace {

enum Queue : unsigned { kReceive, kTransmit };
constexpr std::uint64_t kFeatureMac = 1 << 5;
// [VIRTIO: Network Device, Device Operation]: flags, GSO type, four lengths and offsets, and the
// number of buffers that a frame takes, which is 1.
constexpr std::size_t kHeaderBytes = 12, kNumBuffers = 10;
constexpr std::size_t kEthernetHeader = 14;
constexpr std::size_t kMaxFrames = 64;

bool carried(std::size_t bytes) {
  return bytes >= kEthernetHeader && bytes <= NetDevice::kMaxFrame;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<MacAddress> parse_mac(const std::string& text) {
  constexpr std::size_t kLetters = 3;  // Of a byte with its colon.
  MacAddress mac{};
  if (text.size() != kLetters * mac.size() - 1) return {};
  for (std::size_t i = 0; i < mac.size(); ++i) {
    const int high = hex_digit(text[kLetters * i]), low = hex_digit(text[kLetters * i + 1]);
    const bool colon = i + 1 == mac.size() || text[kLetters * i + 2] == ':';
    if (high < 0 || low < 0 || !colon) return {};
    mac[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  if (mac[0] & 1) return {};
  return mac;
}

std::uint64_t NetDevice::features() const { return kFeatureMac; }

bool NetDevice::ready(unsigned queue) const { return queue == kTransmit || !frames_.empty(); }

bool NetDevice::room() const { return frames_.size() < kMaxFrames; }

void NetDevice::receive(std::span<const std::uint8_t> frame) {
  if (!room() || !carried(frame.size())) return;
  frames_.emplace_back(frame.begin(), frame.end());
  if (became_ready) became_ready(kReceive);
}

VirtioAnswer NetDevice::send(std::span<const std::uint8_t> request) {
  if (request.size() < kHeaderBytes) return {.broken = "frame without a whole header"};
  const auto frame = request.subspan(kHeaderBytes);
  if (carried(frame.size()) && transmit) transmit(frame);
  return {.takes = timing_.of(frame.size())};
}

VirtioAnswer NetDevice::serve(unsigned queue, std::span<const std::uint8_t> request,
                              std::uint64_t writable) {
  if (queue == kTransmit) return send(request);
  const std::vector<std::uint8_t> frame = std::move(frames_.front());
  frames_.pop_front();
  if (writable < kHeaderBytes + frame.size()) {
    return {.broken = "receive buffer that is too small for the frame"};
  }
  std::vector<std::uint8_t> data(kHeaderBytes);
  data[kNumBuffers] = 1;
  data.insert(data.end(), frame.begin(), frame.end());
  return {.data = std::move(data), .takes = timing_.of(frame.size())};
}

}  // namespace cvp
