// SPDX-License-Identifier: Apache-2.0
#include "models/clint/clint.h"

namespace cvp {

Clint::Clint(sc_core::sc_module_name name, ActionQueue& actions, const ClintParams& params)
    : sc_module(name),
      msip("msip", params.harts),
      mtip("mtip", params.harts),
      actions_(actions),
      source_(source_id(this->name())),
      core_(params.harts, params.timebase) {
  regs_target.serve(core_.regs, params.access_time);
  timer.bind(static_cast<TimerIf&>(*this));
  core_.regs.mtime.on_read([this] { return core_.mtime_at(regs_target.time()); });
  core_.regs.mtime.on_write([this](std::uint64_t value) {
    core_.set_mtime(regs_target.time(), value);
    for (unsigned hart = 0; hart < core_.harts(); ++hart) schedule(hart);
    timer_due_.notify(sc_core::SC_ZERO_TIME);
  });
  core_.regs.mtimecmp.on_write(
      [this](std::size_t hart, std::uint64_t) { schedule(static_cast<unsigned>(hart)); });

  SC_HAS_PROCESS(Clint);
  SC_METHOD(drive_interrupts);
  sensitive << regs_target.changed() << timer_due_;
}

// An action that a later write made obsolete finds mtip low and changes nothing.
void Clint::schedule(unsigned hart) {
  const Femtoseconds now = actions_.now();
  const Femtoseconds due = core_.deadline(hart, now);
  if (due > now && due < Femtoseconds::max()) actions_.post(due, source_, *this, 0, hart);
}

void Clint::on_action(const Action&) { timer_due_.notify(sc_core::SC_ZERO_TIME); }

void Clint::drive_interrupts() {
  const Femtoseconds now = actions_.now();
  for (unsigned hart = 0; hart < core_.harts(); ++hart) {
    msip[hart].write(core_.msip(hart));
    mtip[hart].write(core_.mtip(hart, now));
  }
}

}  // namespace cvp
