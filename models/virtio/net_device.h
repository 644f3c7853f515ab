// SPDX-License-Identifier: Apache-2.0
//
// A network card with one pair of queues and no offloads. No SystemC. [VIRTIO: Network Device]
#pragma once

#include <array>
#include <deque>
#include <string>

#include "models/virtio/network_if.h"
#include "models/virtio/virtio_device.h"

namespace cvp {

using MacAddress = std::array<std::uint8_t, 6>;
/// Of the form 52:54:00:12:34:56; empty for anything else, and for group addresses.
std::optional<MacAddress> parse_mac(const std::string& text);

class NetDevice : public VirtioDevice, public NetworkInput {
 public:
  /// Longest frame, without checksum: an Ethernet header and 1500 bytes. Drivers give buffers for
  /// that and the device's own header. [VIRTIO: Network Device, Setting Up Receive Buffers]
  static constexpr std::size_t kMaxFrame = 1514;

  NetDevice(const MacAddress& mac, const VirtioTiming& timing) : mac_(mac), timing_(timing) {}

  std::function<void(std::span<const std::uint8_t>)> transmit;  ///< May be empty.

  std::uint32_t id() const override { return 1; }
  std::uint64_t features() const override;
  unsigned queues() const override { return 2; }
  std::vector<std::uint8_t> config() const override { return {mac_.begin(), mac_.end()}; }
  bool ready(unsigned queue) const override;
  VirtioAnswer serve(unsigned queue, std::span<const std::uint8_t> request,
                     std::uint64_t writable) override;
  void reset() override { frames_.clear(); }
  bool room() const override;
  void receive(std::span<const std::uint8_t> frame) override;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(frames_);
  }

 private:
  VirtioAnswer send(std::span<const std::uint8_t> request);

  MacAddress mac_;
  VirtioTiming timing_;
  std::deque<std::vector<std::uint8_t>> frames_;  // Arrived, for the driver.
};

}  // namespace cvp
