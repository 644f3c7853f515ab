// SPDX-License-Identifier: Apache-2.0
//
// The compute mode of a stack behind its registers: modes, pointers, programs, runs. The units and
// their timing are in pim_array.h. No SystemC.
//
//   single bank <-> all banks <-> compute      one step a write of PIM_MODE
//
// Outside the first the banks are in lock-step and nobody reaches the memory. A run takes its
// operands and leaves its results when it starts; PIM_STATUS.BUSY says when they are there. Until
// then its channels do not power down; in self-refresh nothing starts.
#pragma once

#include <functional>

#include "models/hbm/hbm_inverse.h"
#include "models/hbm/hbm_port.h"
#include "models/hbm/hbm_power.h"
#include "models/hbm/hbm_regs.h"  // generated
#include "models/hbm/pim/pim_array.h"

namespace cvp {

class PimControl {
 public:
  /// No `inverse`: there are no units; the registers answer errors, but PIM_CAPS, which reads 0.
  /// `refresh`: the memory is refreshed.
  PimControl(HbmRegs& regs, HbmPort& port, HbmPower& power, const HbmTiming& timing,
             const HbmInverse* inverse, PimMemory& memory, bool refresh);

  /// `time`: of the access to a register, inside its hook. `ready`: the memory is trained.
  void hook_registers(const std::function<Femtoseconds()>& time,
                      const std::function<bool()>& ready);
  void wake();
  /// So many refreshes each tREFI in runs from now on, if there are any.
  void set_refresh_rate(unsigned times) { refreshes_ = refreshes_ > 0 ? times : 0; }

  /// The memory cannot be reached.
  bool closed() const { return mode_ != HbmRegs::PimStatus::kModeSingleBank; }
  PimCounters counters() const { return array_.counters(); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(mode_, refreshes_, array_);
  }

 private:
  void set_mode(unsigned mode);
  void broadcast(HbmRegs::PimWrite write, Femtoseconds now);
  void run(Femtoseconds now);
  void hook_counters();
  void show(PimError error, unsigned entry, bool busy);

  HbmRegs& regs_;
  HbmPort& port_;
  HbmPower& power_;
  const HbmTiming& timing_;
  const HbmInverse* const inverse_;  // Null: no such stack.
  unsigned refreshes_;               // In a tREFI.
  unsigned mode_ = 0;
  PimArray array_;
};

}  // namespace cvp
