// SPDX-License-Identifier: Apache-2.0
//
// How firmware brings a stack up: mode registers, training of all channels at once. A command runs
// for its time and is without effect while another one does. All state is in the registers. No
// SystemC.
#pragma once

#include <functional>

#include "models/hbm/hbm_params.h"
#include "models/hbm/hbm_port.h"
#include "models/hbm/hbm_regs.h"  // generated

namespace cvp {

class HbmTraining {
 public:
  HbmTraining(HbmRegs& regs, HbmPort& port, const HbmTiming& timing, const HbmParams& params);

  /// `time`: of the access to a register, inside its hook; `closed`: no command may start.
  void hook_registers(const std::function<Femtoseconds()>& time,
                      const std::function<bool()>& closed);
  void wake(HbmWake what);
  /// The memory answers.
  bool ready() const { return regs_.status.get().ready; }

 private:
  void command(HbmRegs::Ctrl ctrl, Femtoseconds now);
  void end_training();
  bool modes_match() const;

  HbmRegs& regs_;
  HbmPort& port_;
  const HbmTiming& timing_;
  const HbmParams& params_;
};

}  // namespace cvp
