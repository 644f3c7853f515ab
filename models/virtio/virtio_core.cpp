// SPDX-License-Identifier: Apache-2.0
#include "models/virtio/virtio_core.h"

#include <bit>

#include "models/core/report.h"
#include "models/virtio/little_endian.h"

namespace cvp {
namespace {

using R = VirtioRegs;

// [VIRTIO: Reserved Feature Bits]
enum Feature : std::uint64_t {
  kIndirectDescriptors = std::uint64_t{1} << 28,
  kEventIndex = std::uint64_t{1} << 29,
  kVersion1 = std::uint64_t{1} << 32,
};

void set_half(std::uint64_t& whole, unsigned half, std::uint32_t value) {
  const unsigned shift = 32 * half;
  whole = (whole & ~(std::uint64_t{0xffff'ffff} << shift)) | std::uint64_t{value} << shift;
}

}  // namespace

VirtioCore::VirtioCore(Device device, VirtioPort& port) : port_(port), device_(std::move(device)) {
  const unsigned queues = this->device().queues();
  for (unsigned number = 0; number < queues; ++number)
    queues_.emplace_back(number, static_cast<VirtqueueOwner&>(*this));
  setups_.resize(queues);
  regs.device_id.set_reset(this->device().id());
  std::vector<std::uint8_t> config = this->device().config();
  config.resize(regs.config.count() * sizeof(std::uint32_t));
  for (std::size_t word = 0; word < regs.config.count(); ++word) {
    regs.config.set_reset(word, little_endian<std::uint32_t>(config, word * sizeof(std::uint32_t)));
  }
  this->device().on_ready([this](unsigned queue) {
    if (notified) notified(queue);
  });
  hook_features();
  hook_queues();
}

VirtioDevice& VirtioCore::device() {
  return std::visit([](auto& each) -> VirtioDevice& { return each; }, device_);
}

std::uint64_t VirtioCore::offered() const {
  return device().features() | kVersion1 | kIndirectDescriptors | kEventIndex;
}

void VirtioCore::hook_features() {
  regs.device_features.on_read([this] {
    const std::uint32_t half = regs.device_features_sel.get();
    return half < 2 ? static_cast<std::uint32_t>(offered() >> 32 * half) : 0;
  });
  regs.driver_features.on_write([this](std::uint32_t bits) {
    const std::uint32_t half = regs.driver_features_sel.get();
    if (!negotiated_ && half < 2) set_half(driver_features_, half, bits);
  });
  regs.status.on_write(
      [this](R::Status status, std::uint64_t written) { set_status(status, written); });
  regs.interrupt_ack.on_write([this](std::uint32_t bits) {
    regs.interrupt_status.set_bits(0, regs.interrupt_status.bits() & ~std::uint64_t{bits});
  });
}

void VirtioCore::hook_queues() {
  regs.queue_num_max.on_read(
      [this] { return std::uint32_t{selected() ? Virtqueue::kMaxSize : 0u}; });
  regs.queue_ready.on_read(
      [this] { return std::uint32_t{selected() && selected()->enabled() ? 1u : 0u}; });
  regs.queue_ready.on_write([this](std::uint32_t ready) { set_ready((ready & 1) != 0); });
  regs.queue_notify.on_write([this](std::uint32_t queue) {
    if (queue >= queues_.size())
      return port_.guest_error("notification of a queue that is not there");
    if (notified) notified(queue);
  });
  const auto setup = [this](auto set) {
    return [this, set](std::uint32_t value) {
      if (selected() && !selected()->enabled()) set(setups_[regs.queue_sel.get()], value);
    };
  };
  using S = VirtqueueSetup;
  // Sizes that do not fit into 16 bits become 0, which is refused like them.
  regs.queue_num.on_write(setup([](S& s, std::uint32_t value) {
    s.size = static_cast<std::uint16_t>(value <= Virtqueue::kMaxSize ? value : 0);
  }));
  const auto address = [&setup](Addr S::*member, unsigned half) {
    return setup([member, half](S& s, std::uint32_t value) { set_half(s.*member, half, value); });
  };
  regs.queue_desc_low.on_write(address(&S::descriptors, 0));
  regs.queue_desc_high.on_write(address(&S::descriptors, 1));
  regs.queue_driver_low.on_write(address(&S::driver, 0));
  regs.queue_driver_high.on_write(address(&S::driver, 1));
  regs.queue_device_low.on_write(address(&S::device, 0));
  regs.queue_device_high.on_write(address(&S::device, 1));
}

Virtqueue* VirtioCore::selected() {
  const std::uint32_t number = regs.queue_sel.get();
  return number < queues_.size() ? &queues_[number] : nullptr;
}

void VirtioCore::set_ready(bool ready) {
  Virtqueue* queue = selected();
  if (!queue || queue->enabled() == ready) return;
  if (!ready) return queue->disable();
  const VirtqueueSetup& setup = setups_[regs.queue_sel.get()];
  if (!std::has_single_bit(setup.size)) return stop("queue size that is no power of two up to 256");
  if (!negotiated_) return stop("queue that is made ready before the features are agreed on");
  queue->enable(setup, (driver_features_ & kIndirectDescriptors) != 0,
                (driver_features_ & kEventIndex) != 0);
}

// [VIRTIO: Device Initialization]
void VirtioCore::set_status(R::Status status, std::uint64_t written) {
  if (written == 0) return reset();
  if (status.features_ok && !negotiated_) {
    const bool accepted =
        (driver_features_ & ~offered()) == 0 && (driver_features_ & kVersion1) != 0;
    negotiated_ = accepted;
    status.features_ok = accepted;
  }
  if (status.driver_ok && !negotiated_) {
    port_.guest_error("DRIVER_OK before the features are agreed on");
    status.driver_ok = false;
  }
  regs.status.set(status);
  if (!status.driver_ok || status.needs_reset) return;
  running_ = true;
  for (unsigned queue = 0; queue < queues_.size(); ++queue) {
    if (notified) notified(queue);
  }
}

void VirtioCore::reset() {
  for (Virtqueue& queue : queues_) queue.disable();
  std::fill(setups_.begin(), setups_.end(), VirtqueueSetup{});
  driver_features_ = 0;
  negotiated_ = running_ = false;
  device().reset();
  regs.reset();
}

void VirtioCore::broken(unsigned queue, std::string_view why) {
  stop(concat("queue ", queue, ": ", why));
}

// [VIRTIO: Device Status Field]: the driver is told by a change of the configuration.
void VirtioCore::stop(std::string_view why) {
  port_.guest_error(concat(why, "; the device needs a reset"));
  for (Virtqueue& queue : queues_) queue.disable();
  running_ = false;
  regs.status.update([](R::Status& status) { status.needs_reset = true; });
  if (!regs.status.get().driver_ok) return;
  regs.interrupt_status.update([](R::InterruptStatus& status) { status.config_change = true; });
}

void VirtioCore::kick(unsigned queue) {
  if (running_) queues_[queue].kick();
}

void VirtioCore::wake(std::uint64_t tag) { queues_[Virtqueue::number_of(tag)].served(tag); }

void VirtioCore::answered(std::uint64_t tag, std::span<const std::uint8_t> data, bool ok) {
  queues_[Virtqueue::number_of(tag)].answered(tag, data, ok);
}

void VirtioCore::read(Addr address, std::uint32_t bytes, std::uint64_t tag) {
  port_.read(address, bytes, tag);
}

void VirtioCore::write(Addr address, std::span<const std::uint8_t> data, std::uint64_t tag) {
  port_.write(address, data, tag);
}

VirtioAnswer VirtioCore::serve(unsigned queue, std::span<const std::uint8_t> request,
                               std::uint64_t writable) {
  VirtioAnswer answer = device().serve(queue, request, writable);
  ++statistics_.requests;
  statistics_.bytes_read += request.size();
  statistics_.bytes_written += answer.data.size() + (answer.last ? 1 : 0);
  return answer;
}

void VirtioCore::notify_driver() {
  regs.interrupt_status.update([](R::InterruptStatus& status) { status.used_buffer = true; });
}

std::string VirtioCore::waiting() const {
  for (std::size_t queue = 0; queue < queues_.size(); ++queue) {
    if (!queues_[queue].idle()) return concat("queue ", queue, ": a request in flight");
  }
  return {};
}

}  // namespace cvp
