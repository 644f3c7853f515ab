// SPDX-License-Identifier: Apache-2.0
//
// What makes a virtio device the device that it is: identity, configuration, and the answer to a
// request. Queues, registers and time are the core's. No SystemC.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "models/core/units.h"

namespace cvp {

/// What a device writes back into a chain of descriptors, and after which time.
struct VirtioAnswer {
  std::vector<std::uint8_t> data;    ///< Goes to the start of the writable part; must fit.
  std::optional<std::uint8_t> last;  ///< Goes to its very last byte: the status of block devices.
  Femtoseconds takes;
  std::string_view broken;  ///< Not empty: the request breaks a rule, the device needs a reset.

  template <class Archive>
  void serialize(Archive& archive) {
    bool has_last = last.has_value();
    std::uint8_t last_byte = last.value_or(0);
    archive(data, has_last, last_byte, takes);
    last = has_last ? std::optional(last_byte) : std::nullopt;
  }
};

class VirtioDevice {
 public:
  virtual ~VirtioDevice() = default;
  /// [VIRTIO: Device Types]; 0 is an empty slot.
  virtual std::uint32_t id() const = 0;
  /// Feature bits of the device type; those of queues are added by the core.
  virtual std::uint64_t features() const { return 0; }
  virtual unsigned queues() const = 0;
  virtual std::vector<std::uint8_t> config() const { return {}; }
  /// Whether the queue's next chain could be answered now. A device that becomes ready calls the
  /// function that `on_ready` left.
  virtual bool ready(unsigned queue) const { return (void)queue, true; }
  /// Answers a chain: what its readable part holds, and how long the writable one is.
  virtual VirtioAnswer serve(unsigned queue, std::span<const std::uint8_t> request,
                             std::uint64_t writable) = 0;
  /// The driver resets the device.
  virtual void reset() {}
  void on_ready(std::function<void(unsigned queue)> handler) { became_ready = std::move(handler); }

 protected:
  std::function<void(unsigned queue)> became_ready;
};

/// How long requests take: each `latency`, and its bytes at `bandwidth`.
struct VirtioTiming {
  Femtoseconds latency = 10_us;
  Bandwidth bandwidth = 1_GBps;
  Femtoseconds of(std::uint64_t bytes) const { return latency + bandwidth.time_for(bytes); }
};

/// A slot without a device.
class EmptySlot : public VirtioDevice {
 public:
  std::uint32_t id() const override { return 0; }
  unsigned queues() const override { return 0; }
  VirtioAnswer serve(unsigned, std::span<const std::uint8_t>, std::uint64_t) override { return {}; }

  template <class Archive>
  void serialize(Archive&) {}
};

}  // namespace cvp
