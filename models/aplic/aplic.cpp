// SPDX-License-Identifier: Apache-2.0
#include "models/aplic/aplic.h"

#include <algorithm>

#include "models/core/interrupt_message.h"
#include "models/core/report.h"

namespace cvp {
namespace {

/// Messages on their way at a time; the others stay pending.
constexpr unsigned kOutstanding = 16;
constexpr std::uint64_t kOfSource = 0;  ///< Tag of a message; 1 + d: of domain d's genmsi.

}  // namespace

Aplic::Aplic(sc_core::sc_module_name name, ActionQueue& actions, const AplicParams& params)
    : sc_module(name),
      msi_initiator("msi_initiator", actions),
      source("source", params.sources + 1),
      context("context", std::size_t{2} * params.harts),
      actions_(actions),
      source_(source_id(this->name())),
      core_(params.harts, params.sources) {
  regs_target.serve(core_.regs, params.access_time);
  msi_initiator.on_complete([this](const Burst& burst) { message_done(burst); });
  SC_HAS_PROCESS(Aplic);
  SC_METHOD(sample_sources);
  for (auto& wire : source) sensitive << wire;
  SC_METHOD(drive_contexts);
  sensitive << regs_target.changed();
}

void Aplic::before_end_of_elaboration() {
  for (auto& wire : source) {
    if (wire.bind_count() == 0) wire.bind(low_);
  }
}

void Aplic::sample_sources() {
  for (unsigned number = 1; number <= core_.sources(); ++number) {
    core_.set_level(number, source[number].read());
  }
}

void Aplic::drive_contexts() {
  for (unsigned hart = 0; hart < core_.harts(); ++hart) {
    for (unsigned domain = 0; domain < AplicCore::kDomains; ++domain) {
      context[2 * hart + domain].write(core_.interrupting(domain, hart));
    }
  }
  // A write may lie ahead: at its arrival.
  actions_.post(std::max(actions_.now(), regs_target.time()), source_, *this, 0);
}

void Aplic::on_action(const Action&) { send_messages(); }

void Aplic::send_messages() {
  while (msi_initiator.in_flight() < kOutstanding) {
    const auto message = core_.next_message(msi_initiator.in_flight() == 0);
    if (!message) return;
    send_interrupt_message(msi_initiator, message->address, message->data,
                           message->extempore ? 1 + *message->extempore : kOfSource);
  }
}

void Aplic::message_done(const Burst& burst) {
  if (burst.tag != kOfSource) core_.extempore_arrived(static_cast<unsigned>(burst.tag - 1));
  if (!burst.ok()) {
    ++lost_messages_;
    log_guest_error(name(), actions_.now(),
                    concat("no answer to a message to ", hex(burst.address)));
  }
  send_messages();
}

}  // namespace cvp
