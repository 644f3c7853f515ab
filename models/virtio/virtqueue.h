// SPDX-License-Identifier: Apache-2.0
//
// A split virtqueue as the device walks it: one chain of descriptors after the other, each step an
// access to guest memory. No SystemC. [VIRTIO: Split Virtqueues]
//
//   look at the available index -> head -> descriptors (or one indirect table) -> read the request
//   -> the device serves it -> write the answer -> used element -> used index -> interrupt?
//
// Whatever the driver wrote there, the walk ends: a broken rule or a refused access stops the
// queue.
#pragma once

#include "models/virtio/descriptor_chain.h"
#include "models/virtio/guest_transfer.h"
#include "models/virtio/virtio_device.h"

namespace cvp {

/// What a queue asks of the device that it belongs to.
class VirtqueueOwner : public GuestMemory {
 public:
  virtual bool ready(unsigned queue) const = 0;
  virtual VirtioAnswer serve(unsigned queue, std::span<const std::uint8_t> request,
                             std::uint64_t writable) = 0;
  /// Calls Virtqueue::served with `tag` when that time is over.
  virtual void wake_after(Femtoseconds time, std::uint64_t tag) = 0;
  virtual void notify_driver() = 0;
  /// The driver broke a rule; every queue is to be stopped.
  virtual void broken(unsigned queue, std::string_view why) = 0;
};

struct VirtqueueSetup {
  std::uint16_t size = 0;
  Addr descriptors = 0, driver = 0, device = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(size, descriptors, driver, device);
  }
};

class Virtqueue {
 public:
  static constexpr std::uint16_t kMaxSize = 256;

  Virtqueue(unsigned number, VirtqueueOwner& owner) : owner_(owner), number_(number) {}

  /// `setup.size` is a power of two up to kMaxSize.
  void enable(const VirtqueueSetup& setup, bool indirect, bool event_index);
  /// Stops; answers that are still on their way are ignored.
  void disable();
  bool enabled() const { return enabled_; }
  bool idle() const { return step_ == Step::kIdle; }
  /// There may be new buffers, or the device has become ready.
  void kick();
  /// The answer to a read, a write or wake_after of this queue.
  void answered(std::uint64_t tag, std::span<const std::uint8_t> data, bool ok);
  void served(std::uint64_t tag);
  static unsigned number_of(std::uint64_t tag) { return static_cast<unsigned>(tag >> 56); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(setup_, enabled_, indirect_, event_index_, kicked_, step_, generation_, taken_, used_,
            published_, chain_, transfer_, answer_);
  }

 private:
  enum class Step : std::uint8_t {
    kIdle,
    kAvailable,
    kPublish,
    kHead,
    kDescriptor,
    kTable,
    kRequest,
    kService,
    kAnswer,
    kUsedElement,
    kUsedIndex,
    kSuppression,
  };

  std::uint64_t tag() const { return std::uint64_t{number_} << 56 | generation_ << 32; }
  void fetch(Step step, Addr address, std::uint32_t bytes);
  void store(Step step, Addr address, std::vector<std::uint8_t> bytes);
  void look();
  void go_on(const std::vector<std::uint8_t>& data);
  void take_available(const std::vector<std::uint8_t>& data);
  void follow(DescriptorChain::Next next);
  void serve(std::span<const std::uint8_t> request);
  void write_answer();
  void write_used_element();
  void check_suppression(const std::vector<std::uint8_t>& data);

  VirtqueueOwner& owner_;
  const unsigned number_;
  VirtqueueSetup setup_;
  bool enabled_ = false, indirect_ = false, event_index_ = false;
  bool kicked_ = false;  ///< Look again before going idle.
  Step step_ = Step::kIdle;
  std::uint64_t generation_ = 0;  ///< 24 bits; tells late answers from those waited for.
  // Free-running counts of chains: taken from the driver, given back, and the one from which on the
  // driver has been asked to notify.
  std::uint16_t taken_ = 0, used_ = 0, published_ = 0;
  DescriptorChain chain_;
  GuestTransfer transfer_;
  VirtioAnswer answer_;
};

}  // namespace cvp
