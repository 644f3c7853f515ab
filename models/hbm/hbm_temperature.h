// SPDX-License-Identifier: Apache-2.0
//
// The temperature of a stack behind its registers: at and above a threshold it is refreshed twice
// as often, and says so. No SystemC.
#pragma once

#include <functional>

#include "models/hbm/hbm_port.h"
#include "models/hbm/hbm_regs.h"  // generated

namespace cvp {

class HbmTemperature {
 public:
  /// `celsius`: what the sensor says.
  HbmTemperature(HbmRegs& regs, HbmPort& port, unsigned celsius);

  /// `time`: of the access to a register, inside its hook. `refresh_rate(times, when)`: how many
  /// refreshes a tREFI from then on.
  void hook_registers(const std::function<Femtoseconds()>& time,
                      const std::function<void(unsigned times, Femtoseconds when)>& refresh_rate);
  /// The temperature with which the simulation starts counts too.
  void start() { changed_(); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(refresh_times_);
  }

 private:
  unsigned celsius() const;

  HbmRegs& regs_;
  HbmPort& port_;
  const unsigned celsius_;
  std::function<void()> changed_;
  unsigned refresh_times_ = 1;
};

}  // namespace cvp
