// SPDX-License-Identifier: Apache-2.0
#include "models/finisher/finisher.h"

#include "models/core/report.h"

namespace cvp {

Finisher::Finisher(sc_core::sc_module_name name) : sc_module(name) {
  regs_target.serve(regs_);
  regs_.finish.on_write([this](FinisherRegs::Finish value) { finish(value); });
  regs_.mark.on_write([this](FinisherRegs::Mark value) {
    if (mark_handler_) mark_handler_(value.number);
  });
}

void Finisher::finish(FinisherRegs::Finish value) {
  using Finish = FinisherRegs::Finish;
  regs_.finish.set({});  // A 2-byte write must not find the code of an earlier one.
  switch (value.status) {
    case Finish::kStatusPass:
      return call(FinishKind::kPass, 0);
    case Finish::kStatusFail:
      return call(FinishKind::kFail, value.code);
    case Finish::kStatusReset:
      return call(FinishKind::kReset, 0);
    default:
      log_guest_error(name(), regs_target.time(),
                      concat("finish status ", hex(value.status),
                             " ignored; expected 0x5555, 0x3333 or 0x7777"));
  }
}

}  // namespace cvp
