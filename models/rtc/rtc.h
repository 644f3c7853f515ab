// SPDX-License-Identifier: Apache-2.0
//
// Real-time clock, goldfish RTC: the date, and one alarm with an interrupt.
//
// Programmer's model: rtc.regs.toml. Timing: the clock shows its start date plus simulated time, so
// that runs can be repeated; the alarm rings by an action at its exact time.
// Not modelled: see README.md.
#pragma once

#include <string>
#include <systemc>

#include "models/core/action_queue.h"
#include "models/core/register_socket.h"
#include "models/rtc/rtc_core.h"

namespace cvp {

struct RtcParams {
  std::string start = "2026-01-01T00:00:00Z";  ///< Date at simulated time 0; see rtc_date.h.
  Femtoseconds access_time = 0_ns;             ///< Of a register; changes timing only.
};

class Rtc : public sc_core::sc_module, private ActionHandler {
 public:
  RegisterSocket regs_target{"regs_target"};
  sc_core::sc_out<bool> irq{"irq"};

  Rtc(sc_core::sc_module_name name, ActionQueue& actions, const RtcParams& params = {});

  template <class Archive>
  void serialize(Archive& archive) {
    archive(core_);
  }

 private:
  void on_action(const Action& action) override;
  void schedule();
  void drive_irq();

  ActionQueue& actions_;
  const SourceId source_;
  RtcCore core_;
};

}  // namespace cvp
