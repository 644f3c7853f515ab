// SPDX-License-Identifier: Apache-2.0
//
// The patrol of a stack: each interval it reads the next burst through the controller, as everybody
// else does, and goes round the memory. What it finds is corrected where it reads. No SystemC.
//
// It waits while the memory cannot be reached: before training, in self-refresh, while units
// compute.
#pragma once

#include <functional>

#include "models/hbm/hbm_port.h"
#include "models/hbm/hbm_regs.h"  // generated
#include "models/hbm/hbm_timing.h"

namespace cvp {

class HbmPatrol {
 public:
  HbmPatrol(HbmRegs& regs, HbmPort& port, const HbmGeometry& geometry)
      : regs_(regs), port_(port), bytes_(geometry.stack_bytes()), burst_(geometry.burst_bytes) {}

  /// `time`: of the access to a register, inside its hook.
  void hook_registers(const std::function<Femtoseconds()>& time);
  void wake(Femtoseconds now, std::uint64_t turn);
  std::uint64_t bursts_read() const { return bursts_read_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(bursts_read_, turn_);
  }

 private:
  Addr position() const { return bursts_read_ * burst_ % bytes_; }
  void post_next(Femtoseconds now);

  HbmRegs& regs_;
  HbmPort& port_;
  const std::uint64_t bytes_, burst_;
  std::uint64_t bursts_read_ = 0;
  std::uint64_t turn_ = 0;  // Wake-ups of earlier turns do not count.
};

}  // namespace cvp
