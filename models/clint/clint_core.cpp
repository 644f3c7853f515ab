// SPDX-License-Identifier: Apache-2.0
#include "models/clint/clint_core.h"

#include "models/core/report.h"

namespace cvp {

ClintCore::ClintCore(unsigned harts, Frequency timebase) : harts_(harts), timebase_(timebase) {
  CVP_CHECK(harts >= 1 && harts <= regs.msip.count(), "CLINT of ", harts, " harts");
  regs.msip.limit(harts);
  regs.mtimecmp.limit(harts);
}

Femtoseconds ClintCore::deadline(unsigned hart, Femtoseconds now) const {
  const std::uint64_t mtime = mtime_at(now);
  const std::uint64_t mtimecmp = regs.mtimecmp.get(hart);
  if (mtime >= mtimecmp) return now;
  const std::uint64_t ticks_left = mtimecmp - mtime;
  const std::uint64_t ticks_now = timebase_.cycles_in(now);
  const std::uint64_t last_tick = timebase_.cycles_in(Femtoseconds::max() - 1_s);
  if (ticks_left > last_tick - ticks_now) return Femtoseconds::max();
  return timebase_.at(ticks_now + ticks_left);
}

}  // namespace cvp
