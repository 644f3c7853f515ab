// SPDX-License-Identifier: Apache-2.0
//
// A console of one port. No SystemC. [VIRTIO: Console Device]
#pragma once

#include <deque>

#include "models/core/console_if.h"
#include "models/virtio/virtio_device.h"

namespace cvp {

class ConsoleDevice : public VirtioDevice, public ConsoleInput {
 public:
  explicit ConsoleDevice(const VirtioTiming& timing) : timing_(timing) {}

  std::function<void(std::uint8_t)> transmit;  ///< Takes what the guest writes; may be empty.

  std::uint32_t id() const override { return 3; }
  unsigned queues() const override { return 2; }
  bool ready(unsigned queue) const override;
  VirtioAnswer serve(unsigned queue, std::span<const std::uint8_t> request,
                     std::uint64_t writable) override;
  bool room() const override;
  bool receive(std::uint8_t character) override;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(typed_);
  }

 private:
  VirtioTiming timing_;
  std::deque<std::uint8_t> typed_;
};

}  // namespace cvp
