// SPDX-License-Identifier: Apache-2.0
//
// Core-local interruptor: a software interrupt and a timer interrupt for each hart of a die.
//
// Programmer's model: clint.regs.toml. Timing: mtime counts the timebase from simulated time 0 and
// costs nothing while nobody looks; mtip rises by an action at the exact time.
// Not modelled: see README.md.
#pragma once

#include <systemc>

#include "models/clint/clint_core.h"
#include "models/core/action_queue.h"
#include "models/core/register_socket.h"
#include "models/core/timer_if.h"

namespace cvp {

struct ClintParams {
  unsigned harts = 1;
  Frequency timebase = 10_MHz;      ///< Ticks of mtime a second; the device tree says the same.
  Femtoseconds access_time = 0_ns;  ///< Of a register; changes timing only.
};

class Clint : public sc_core::sc_module, private TimerIf, private ActionHandler {
 public:
  RegisterSocket regs_target{"regs_target"};
  sc_core::sc_vector<sc_core::sc_out<bool>> msip, mtip;
  sc_core::sc_export<TimerIf> timer{"timer"};

  Clint(sc_core::sc_module_name name, ActionQueue& actions, const ClintParams& params = {});

  template <class Archive>
  void serialize(Archive& archive) {
    archive(core_);
  }

 private:
  std::uint64_t mtime_at(Femtoseconds time) const override { return core_.mtime_at(time); }
  Femtoseconds deadline(unsigned hart) const override {
    return core_.deadline(hart, actions_.now());
  }
  void on_action(const Action& action) override;
  void schedule(unsigned hart);
  void drive_interrupts();

  ActionQueue& actions_;
  const SourceId source_;
  ClintCore core_;
  sc_core::sc_event timer_due_;
};

}  // namespace cvp
