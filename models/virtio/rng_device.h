// SPDX-License-Identifier: Apache-2.0
//
// A source of random numbers, from a seed: the same run reads the same ones. Not for secrets.
// No SystemC. [VIRTIO: Entropy Device]
#pragma once

#include "models/virtio/virtio_device.h"

namespace cvp {

class RngDevice : public VirtioDevice {
 public:
  RngDevice(std::uint64_t seed, const VirtioTiming& timing) : state_(seed), timing_(timing) {}

  std::uint32_t id() const override { return 4; }
  unsigned queues() const override { return 1; }
  VirtioAnswer serve(unsigned queue, std::span<const std::uint8_t> request,
                     std::uint64_t writable) override;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(state_);
  }

 private:
  std::uint64_t next();

  std::uint64_t state_;
  VirtioTiming timing_;
};

}  // namespace cvp
