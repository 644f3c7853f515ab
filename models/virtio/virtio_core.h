// SPDX-License-Identifier: Apache-2.0
//
// A virtio device behind its registers: negotiation, queues, interrupts, and what happens when the
// driver breaks a rule. No SystemC. [VIRTIO: Basic Facilities of a Virtio Device]
#pragma once

#include <variant>

#include "models/virtio/block_device.h"
#include "models/virtio/console_device.h"
#include "models/virtio/net_device.h"
#include "models/virtio/rng_device.h"
#include "models/virtio/virtio_regs.h"  // generated
#include "models/virtio/virtqueue.h"

namespace cvp {

/// What the core asks of the world.
class VirtioPort : public GuestMemory {
 public:
  /// Calls VirtioCore::wake(tag) when that time is over.
  virtual void wake_after(Femtoseconds time, std::uint64_t tag) = 0;
  virtual void guest_error(std::string_view what) = 0;
};

struct VirtioStatistics {
  std::uint64_t requests = 0;
  std::uint64_t bytes_read = 0;     ///< From guest memory, of requests.
  std::uint64_t bytes_written = 0;  ///< To guest memory, of answers.
};

class VirtioCore : private VirtqueueOwner {
 public:
  using Device = std::variant<EmptySlot, BlockDevice, RngDevice, ConsoleDevice, NetDevice>;

  VirtioCore(Device device, VirtioPort& port);

  VirtioRegs regs;
  std::function<void(unsigned queue)> notified;  ///< A queue is to be kicked.

  void kick(unsigned queue);
  void wake(std::uint64_t tag);
  void answered(std::uint64_t tag, std::span<const std::uint8_t> data, bool ok);
  /// The device, or null if it is of another kind.
  template <class Kind>
  Kind* device_as() {
    return std::get_if<Kind>(&device_);
  }
  bool interrupting() const { return regs.interrupt_status.bits() != 0; }
  const VirtioStatistics& statistics() const { return statistics_; }
  /// What it waits for, in words; empty when idle.
  std::string waiting() const;

  template <class Archive>
  void serialize(Archive& archive) {
    for (Virtqueue& queue : queues_) archive(queue);
    archive(regs, setups_, driver_features_, negotiated_, running_, statistics_.requests,
            statistics_.bytes_read, statistics_.bytes_written);
    std::visit([&archive](auto& device) { archive(device); }, device_);
  }

 private:
  VirtioDevice& device();
  const VirtioDevice& device() const { return const_cast<VirtioCore*>(this)->device(); }
  void hook_features();
  void hook_queues();
  std::uint64_t offered() const;
  Virtqueue* selected();
  void set_status(VirtioRegs::Status status, std::uint64_t written);
  void set_ready(bool ready);
  void reset();
  void stop(std::string_view why);

  // VirtqueueOwner
  void read(Addr address, std::uint32_t bytes, std::uint64_t tag) override;
  void write(Addr address, std::span<const std::uint8_t> data, std::uint64_t tag) override;
  bool ready(unsigned queue) const override { return device().ready(queue); }
  VirtioAnswer serve(unsigned queue, std::span<const std::uint8_t> request,
                     std::uint64_t writable) override;
  void wake_after(Femtoseconds time, std::uint64_t tag) override { port_.wake_after(time, tag); }
  void notify_driver() override;
  void broken(unsigned queue, std::string_view why) override;

  VirtioPort& port_;
  Device device_;
  std::vector<Virtqueue> queues_;
  std::vector<VirtqueueSetup> setups_;  // As written, of each queue.
  std::uint64_t driver_features_ = 0;
  bool negotiated_ = false;  // FEATURES_OK stood.
  bool running_ = false;     // DRIVER_OK, and no rule broken.
  VirtioStatistics statistics_;
};

}  // namespace cvp
