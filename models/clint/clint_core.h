// SPDX-License-Identifier: Apache-2.0
//
// The machine timer and the software interrupts as functions of registers and time. No SystemC.
#pragma once

#include "models/clint/clint_regs.h"  // generated
#include "models/core/units.h"

namespace cvp {

class ClintCore {
 public:
  ClintCore(unsigned harts, Frequency timebase);

  ClintRegs regs;

  unsigned harts() const { return harts_; }
  std::uint64_t mtime_at(Femtoseconds time) const { return offset_ + timebase_.cycles_in(time); }
  /// Makes mtime `value` at `time`.
  void set_mtime(Femtoseconds time, std::uint64_t value) {
    offset_ = value - timebase_.cycles_in(time);
  }
  bool msip(unsigned hart) const { return regs.msip.get(hart).pending; }
  bool mtip(unsigned hart, Femtoseconds time) const {
    return mtime_at(time) >= regs.mtimecmp.get(hart);
  }
  /// When mtip rises: `now` if it is up, Femtoseconds::max() if that lies beyond the range of time.
  Femtoseconds deadline(unsigned hart, Femtoseconds now) const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(regs, offset_);
  }

 private:
  const unsigned harts_;
  const Clock timebase_;
  std::uint64_t offset_ = 0;  ///< mtime at time 0, modulo 2^64.
};

}  // namespace cvp
