// SPDX-License-Identifier: Apache-2.0
//
// The clock and its alarm as functions of registers and simulated time. No SystemC.
#pragma once

#include <functional>

#include "models/core/units.h"
#include "models/rtc/rtc_regs.h"  // generated

namespace cvp {

class RtcCore {
 public:
  /// `start`: seconds since 1970 at simulated time 0.
  explicit RtcCore(std::uint64_t start);

  RtcRegs regs;
  std::function<Femtoseconds()> now;    ///< Time of the access that a hook belongs to.
  std::function<void()> alarm_changed;  ///< The alarm was set, or the clock below it.

  /// Nanoseconds since 1970.
  std::uint64_t nanoseconds_at(Femtoseconds time) const { return offset_ + time / 1_ns; }
  /// When the alarm rings: Femtoseconds::max() if none is set, or beyond the range of time.
  Femtoseconds alarm_time() const;
  /// To be called at the alarm's time; early or late calls do no harm.
  void ring(Femtoseconds time);
  bool interrupting() const {
    const auto irq = regs.irq_enabled.get();
    return irq.enabled && irq.pending;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(regs, offset_, latched_high_);
  }

 private:
  void set_clock(std::uint64_t nanoseconds);
  void set_alarm();
  void set_pending(bool pending);
  std::uint64_t alarm() const {
    return std::uint64_t{regs.alarm_high.get()} << 32 | regs.alarm_low.get();
  }

  std::uint64_t offset_;  ///< Nanoseconds since 1970 at simulated time 0, modulo 2^64.
  std::uint32_t latched_high_ = 0;
};

}  // namespace cvp
