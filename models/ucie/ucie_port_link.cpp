// SPDX-License-Identifier: Apache-2.0
//
// What a port does beside traffic: it carries the link manager's messages over the sideband, obeys
// the registers, and opens and closes the way for flits.
#include <utility>

#include "models/core/interrupt_message.h"
#include "models/core/report.h"
#include "models/ucie/ucie_link_trace_entries.h"
#include "models/ucie/ucie_port.h"

namespace cvp {
namespace {

UcieFlitPathParams path_params(const UcieParams& params) {
  const UcieLinkShape shape = params.shape();
  const Femtoseconds slot = shape.flit_format().time(1);
  const auto waking_slots =
      static_cast<std::uint32_t>((params.idle.exit + slot - Femtoseconds{1}) / slot);
  return {.adapter = {.format = params.format,
                      .retry_flits = params.retry_flits,
                      .receive_flits = params.receive_flits,
                      .stacks = params.stacks,
                      .packets = params.packets,
                      .round_trip_slots = shape.least_round_trip_slots() + 2 * waking_slots},
          .mapping = params.protocol,
          .idle = params.idle};
}

}  // namespace

// What the registers ask for.

void UciePort::perform_at(Femtoseconds time, UcieCommand command) {
  actions_.post(time, source_, *this, kCommand, static_cast<std::uint64_t>(command));
}

void UciePort::mailbox_timeout_at(Femtoseconds time, std::uint64_t access) {
  actions_.post(time, source_, *this, kMailboxTimeout, access);
}

void UciePort::interrupt_at(Femtoseconds time) { actions_.post(time, source_, *this, kInterrupt); }

void UciePort::send_mailbox(const UcieMailboxAccess& access) {
  send_sideband(ucie_mailbox_packet(access), ucie_sideband_time(access));
}

void UciePort::send_release() {
  send_sideband(ucie_sideband_packet(UcieSideband::kRelease), kUcieSidebandPacket);
}

void UciePort::send_message(Addr address, std::uint32_t data) {
  send_interrupt_message(msi_initiator, address, data);
}

// Traffic for a link in L1, or on its way there.
void UciePort::wake_link() {
  if (did_send_) return;
  if (link_.up() && (link_.asks_to_sleep() || link_.sleeps() || link_.stalls())) {
    actions_.post(actions_.now(), source_, *this, kWakeLink);
  }
}

// Sideband.

void UciePort::send_sideband(const Packet& packet, Femtoseconds duration, std::uint32_t module) {
  if (peer.size() == 0 || params_.fault == UcieFault::kDead) return;
  Femtoseconds& free = sideband_free_[module];
  free = std::max(actions_.now(), free) + duration;
  const Femtoseconds arrival = free + training().shape().fixed_latency();
  if (UcieTraceSink* sink = ucie_trace_sink()) {
    UcieTraceEntry entry = ucie_trace_sideband(name(), packet, free - duration, arrival);
    if (params_.modules > 1) entry.text += concat(", module ", module);
    sink->record(entry);
  }
  peer->deliver(arrival, encode(packet));
}

void UciePort::receive_sideband(const Packet& packet) {
  switch (ucie_sideband_kind(packet)) {
    case UcieSideband::kTraining:
      link_.receive(actions_.now(), ucie_training_message(packet));
      return after_link();
    case UcieSideband::kLink:
      link_.receive(actions_.now(), ucie_link_message(packet), !idle());
      return after_link();
    case UcieSideband::kRelease:
      remote_release.write(true);
      return send_sideband(ucie_sideband_packet(UcieSideband::kReleaseDone), kUcieSidebandPacket);
    case UcieSideband::kReleaseDone:
      regs_.remote_status.update([](auto& status) { status.released = true; });
      return;
    case UcieSideband::kCredit:
      unanswered_.finish(packet.tag, 0, true);
      return outbound_.return_credit(packet.tag);
    case UcieSideband::kBeginAnew:
      begins_anew_ = flits_ && link_.up();
      if (begins_anew_ && !link_.active()) begin_anew();
      return;
    case UcieSideband::kMailbox: {
      const UcieMailboxAccess access = ucie_mailbox_access(packet);
      if (access.answers) return registers_.finish_mailbox(access, actions_.now());
      return registers_.serve_mailbox(access);
    }
  }
}

// Link management.

UcieParams UciePort::agreed_params() const {
  UcieParams params = params_;
  if (!link_.agreed()) return params;
  params.format = link_.agreement().format;
  params.receive_flits = link_.agreement().receive_flits;
  params.stacks = link_.agreement().stacks;
  return params;
}

void UciePort::make_flit_path(const UcieParams& params) {
  flits_ = std::make_unique<UcieFlitPath>(name(), actions_, static_cast<UcieFlitPathClient&>(*this),
                                          path_params(params));
  flits_for_ = {params.format, params.stacks, params.receive_flits};
}

// Errors belong to physical lanes; which of them carry what, the last training has said.
UcieBitFaults UciePort::bit_faults(std::size_t direction) const {
  const std::uint32_t number = direction == UcieLtsm::kOut ? params_.end : 1 - params_.end;
  return ucie_bit_faults(params_, number, training().lanes(direction));
}

void UciePort::start_transmitter() {
  const UcieLinkShape shape = link_.shape();
  if (flits_) {
    // What the other end can do is known when the link first becomes Active; nothing has left yet.
    if (link_.active() && link_.agreement() != flits_for_) make_flit_path(agreed_params());
    if (link_.active()) {
      flits_->open(shape, bit_faults(UcieLtsm::kOut), link_.parity().agreed(),
                   training().lanes(UcieLtsm::kIn));
    }
    return;
  }
  transmitter_.configure(
      shape, actions_.now(),
      {.flit_error = ucie_flit_error(bit_faults(UcieLtsm::kOut), shape.wire_bytes()),
       .nak_error = ucie_flit_error(bit_faults(UcieLtsm::kIn), shape.wire_bytes()),
       .parity = link_.parity().agreed() > 0,
       .round_trip_slots = shape.least_round_trip_slots()});
}

// By arithmetic what has been accepted has its time, and goes on; without time no flit is found.
Femtoseconds UciePort::stop_flits(Femtoseconds now) {
  return flits_ ? flits_->stop() : transmitter_.end_of_flit(now);
}

void UciePort::trace_link() {
  const UcieState state = training().state();
  UcieTraceSink* const sink = ucie_trace_sink();
  if (sink != nullptr && state != seen_state_) {
    sink->record(ucie_trace_state(name(), state, actions_.now()));
  }
  seen_state_ = state;
  for (const UcieLinkSignal& signal : link_.take_signals()) {
    if (sink != nullptr) sink->record(ucie_trace_signal(name(), signal));
  }
}

void UciePort::send_link_messages() {
  for (const UcieLinkManager::Message& message : link_.take_messages()) {
    if (const auto* training = std::get_if<UcieTrainingMessage>(&message)) {
      send_sideband(ucie_training_packet(*training), ucie_sideband_time(*training),
                    training->module);
    } else {
      const auto& link = std::get<UcieLinkMessage>(message);
      send_sideband(ucie_link_packet(link), ucie_sideband_time(link), link.module);
    }
  }
}

void UciePort::after_link() {
  const Femtoseconds now = actions_.now();
  send_link_messages();
  const Femtoseconds deadline = link_.deadline();
  if (deadline != Femtoseconds::max() && deadline != wake_posted_) {
    wake_posted_ = deadline;
    actions_.post(std::max(deadline, now), source_, *this, kWake);
  }
  trace_link();
  note_energy();
  registers_.link_changed(now);
  const bool active = link_.active(), sends = link_.sends();
  if (active && !was_active_) {
    begins_anew_ = false;
    start_transmitter();
  }
  if (!active && was_active_) {
    revoke_grants();
    take_turn(Femtoseconds::max());
    if (flits_) flits_->close();
    if (begins_anew_) begin_anew();
  }
  was_active_ = active;
  if (sends && !std::exchange(did_send_, sends)) {
    for (; !held_responses_.empty(); held_responses_.pop_front()) {
      transmit(held_responses_.front());
    }
    outbound_.send_waiting();
  }
  did_send_ = sends;
  if (was_up_ && !link_.up()) {
    if (flits_) flits_->reset();
    begins_anew_ = false;
    held_responses_.clear();
    unanswered_.clear();
    outbound_.fail_all();
  }
  was_up_ = link_.up();
}

}  // namespace cvp
