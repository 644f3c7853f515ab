// SPDX-License-Identifier: Apache-2.0
#include "models/rtc/rtc.h"

#include <algorithm>

#include "models/core/report.h"
#include "models/rtc/rtc_date.h"

namespace cvp {
namespace {

std::uint64_t start_of(const RtcParams& params) {
  const auto seconds = parse_date(params.start);
  CVP_CHECK(seconds, "no date: ", params.start);
  return *seconds;
}

}  // namespace

Rtc::Rtc(sc_core::sc_module_name name, ActionQueue& actions, const RtcParams& params)
    : sc_module(name),
      actions_(actions),
      source_(source_id(this->name())),
      core_(start_of(params)) {
  regs_target.serve(core_.regs, params.access_time);
  core_.now = [this] { return regs_target.time(); };
  core_.alarm_changed = [this] { schedule(); };
  SC_HAS_PROCESS(Rtc);
  SC_METHOD(drive_irq);
  sensitive << regs_target.changed();
}

// An action that a later write made obsolete rings nothing.
void Rtc::schedule() {
  const Femtoseconds due = core_.alarm_time();
  if (due < Femtoseconds::max()) actions_.post(std::max(due, actions_.now()), source_, *this, 0);
}

void Rtc::on_action(const Action& action) { core_.ring(action.time); }

void Rtc::drive_irq() { irq.write(core_.interrupting()); }

}  // namespace cvp
