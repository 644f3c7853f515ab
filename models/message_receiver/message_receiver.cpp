// SPDX-License-Identifier: Apache-2.0
#include "models/message_receiver/message_receiver.h"

#include <algorithm>

namespace cvp {

MessageReceiver::MessageReceiver(sc_core::sc_module_name name, ActionQueue& actions,
                                 const MessageReceiverParams& params)
    : sc_module(name), actions_(actions), source_id_(source_id(this->name())), params_(params) {
  mem_target.serve(regs_, params.access_time);
  regs_.send.on_write([this](std::uint64_t, std::uint64_t written) { message(written); });
  SC_HAS_PROCESS(MessageReceiver);
  SC_METHOD(drive_sources);
  sensitive << wires_changed_;
}

void MessageReceiver::message(std::uint64_t number) {
  regs_.send.set(0);
  if (number >= kSources) {
    ++statistics_.refused;
    regs_.refuse();
    return;
  }
  ++statistics_.messages;
  Wire& wire = wires_[number];
  ++wire.waiting;
  // The edge may lie ahead: behind the pulses before it, or at the arrival of a non-blocking write.
  const Femtoseconds edge = std::max(mem_target.time(), wire.next_edge);
  wire.next_edge = edge + 2 * params_.pulse;
  actions_.post(edge, source_id_, *this, kArrive, number);
}

void MessageReceiver::on_action(const Action& action) {
  Wire& wire = wires_[action.arg];
  wire.high = action.op == kArrive;
  if (wire.high) {
    --wire.waiting;
    actions_.post(action.time + params_.pulse, source_id_, *this, kFall, action.arg);
  }
  wires_changed_.notify(sc_core::SC_ZERO_TIME);
}

void MessageReceiver::drive_sources() {
  for (unsigned number = 0; number < kSources; ++number) source[number].write(wires_[number].high);
}

}  // namespace cvp
