// SPDX-License-Identifier: Apache-2.0
#include "models/rtc/rtc_core.h"

namespace cvp {
namespace {
constexpr std::uint64_t kLowHalf = 0xffff'ffff;
}  // namespace

RtcCore::RtcCore(std::uint64_t start) : offset_(start * 1'000'000'000) {
  regs.time_low.on_read([this] {
    const std::uint64_t time = nanoseconds_at(now());
    latched_high_ = static_cast<std::uint32_t>(time >> 32);
    return static_cast<std::uint32_t>(time);
  });
  regs.time_high.on_read([this] { return latched_high_; });
  regs.time_low.on_write(
      [this](std::uint32_t low) { set_clock((nanoseconds_at(now()) & ~kLowHalf) | low); });
  regs.time_high.on_write([this](std::uint32_t high) {
    set_clock((nanoseconds_at(now()) & kLowHalf) | std::uint64_t{high} << 32);
  });
  regs.alarm_low.on_write([this](std::uint32_t) { set_alarm(); });
  regs.clear_alarm.on_write([this](std::uint32_t) { regs.alarm_status.set({.running = false}); });
  regs.clear_interrupt.on_write([this](std::uint32_t) { set_pending(false); });
}

void RtcCore::set_clock(std::uint64_t nanoseconds) {
  offset_ = nanoseconds - now() / 1_ns;
  ring(now());
  if (alarm_changed) alarm_changed();
}

void RtcCore::set_alarm() {
  regs.alarm_status.set({.running = true});
  ring(now());
  if (alarm_changed) alarm_changed();
}

void RtcCore::set_pending(bool pending) {
  regs.irq_enabled.update([pending](RtcRegs::IrqEnabled& irq) { irq.pending = pending; });
}

Femtoseconds RtcCore::alarm_time() const {
  const std::uint64_t since_start = alarm() - offset_;
  const std::uint64_t range = Femtoseconds::max() / 1_ns;
  const bool never = !regs.alarm_status.get().running || alarm() < offset_ || since_start > range;
  return never ? Femtoseconds::max() : since_start * 1_ns;
}

void RtcCore::ring(Femtoseconds time) {
  if (!regs.alarm_status.get().running || nanoseconds_at(time) < alarm()) return;
  regs.alarm_status.set({.running = false});
  set_pending(true);
}

}  // namespace cvp
