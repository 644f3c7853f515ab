// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/ras/hbm_patrol.h"

#include <algorithm>

namespace cvp {

void HbmPatrol::hook_registers(const std::function<Femtoseconds()>& time) {
  const auto changed = [this, time] {
    ++turn_;
    if (regs_.scrub_ctrl.get().enable) post_next(time());
  };
  regs_.scrub_ctrl.on_write(changed);
  regs_.scrub_interval.on_write(changed);
  regs_.scrub_position.on_read([this] { return position(); });
  regs_.scrub_passes.on_read(
      [this] { return static_cast<std::uint32_t>(bursts_read_ * burst_ / bytes_); });
}

void HbmPatrol::post_next(Femtoseconds now) {
  port_.wake_at(now + std::max(regs_.scrub_interval.get(), 1u) * 1_ns, HbmWake::kPatrol, turn_);
}

void HbmPatrol::wake(Femtoseconds now, std::uint64_t turn) {
  if (turn != turn_) return;
  if (port_.patrol_reads(position())) ++bursts_read_;
  post_next(now);
}

}  // namespace cvp
