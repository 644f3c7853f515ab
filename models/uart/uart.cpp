// SPDX-License-Identifier: Apache-2.0
#include "models/uart/uart.h"

namespace cvp {

Uart::Uart(sc_core::sc_module_name name, ActionQueue& actions, const UartParams& params)
    : sc_module(name), actions_(actions), source_(source_id(this->name())), params_(params) {
  regs_target.serve(core_.regs, params.access_time);
  core_.start = [this] { start_character(); };
  core_.send = [this](std::uint8_t character) {
    if (console_ != nullptr) console_->put(character, sent_at_);
  };
  SC_HAS_PROCESS(Uart);
  SC_METHOD(drive_irq);
  sensitive << regs_target.changed();
}

void Uart::connect(ConsoleIf& console) {
  console_ = &console;
  console.attach(*this);
}

void Uart::start_character() {
  if (params_.timed) {
    const std::uint64_t clocks = std::uint64_t{core_.half_bits()} * 8 * core_.divisor();
    actions_.post(actions_.now() + Clock(params_.clock).at(clocks), source_, *this, 0);
  } else {
    sent_at_ = regs_target.time();
    core_.shifted();
  }
}

void Uart::on_action(const Action& action) {
  sent_at_ = action.time;
  core_.shifted();
}

void Uart::drive_irq() { irq.write(core_.interrupting()); }

}  // namespace cvp
