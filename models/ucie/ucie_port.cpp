// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/ucie_port.h"

#include <algorithm>

#include "models/core/report.h"
#include "models/core/trace.h"
#include "models/ucie/ucie_port_message.h"

namespace cvp {
namespace {

UcieLinkManagerParams manager_params(const UcieParams& params) {
  const UcieEnd offer = params.offer();
  return {.training = {.capability = offer.shape,
                       .faults = params.pin_faults(),
                       .end = params.end,
                       .reversed = params.reversed,
                       .dead = params.fault == UcieFault::kDead,
                       .trained_at_reset = params.trained_at_reset},
          .capabilities = offer.capabilities,
          .parity = offer.parity,
          .handshake_step = params.handshake_step,
          .other = params.other_end};
}

// Has it to go through flits? Credits and what trains the link have not.
bool is_transaction(const Message& message) {
  const auto kind = static_cast<PacketKind>(message.front());
  return kind == PacketKind::kRequest || kind == PacketKind::kResponse;
}

}  // namespace

UciePort::UciePort(sc_core::sc_module_name name, ActionQueue& actions, const UcieParams& params)
    : sc_module(name),
      bus_initiator("bus_initiator", actions),
      msi_initiator("msi_initiator", actions),
      actions_(actions),
      params_(params),
      source_(source_id(sc_module::name())),
      link_(manager_params(params)),
      transmitter_(source_),
      outbound_(concat(sc_module::name(), ".outbound"), actions, *this, params.max_in_flight),
      registers_(regs_, link_, *this, {params.shape(), params.end, params.parity, params.packets}),
      energy_(params.supply) {
  const auto errors = ucie_params_errors(params);
  CVP_CHECK(errors.empty(), sc_module::name(), ": ", errors.front());
  bus_target.serve(outbound_);
  inbox.bind(*this);
  bus_initiator.on_done(
      [this](const tlm::tlm_generic_payload& payload, std::uint64_t tag) { finish(payload, tag); });
  bus_initiator.on_invalidate([this] { revoke_remote_grants(); });

  regs_target.serve(regs_);
  // The other end's mailbox reaches the registers in actions, later than any access of the bus.
  const auto time = [this] { return std::max(regs_target.time(), actions_.now()); };
  registers_.hook(time, [this] { return retries(); });
  link_.on_stall([this](Femtoseconds time) { return stop_flits(time); });
  transmitter_.set_idle(params.idle);
  if (params.fidelity == UcieFidelity::kFlit) make_flit_path(params);
  start_transmitter();
  was_up_ = was_active_ = did_send_ = link_.up();
  seen_state_ = training().state();
  note_energy();
  remote_release.initialize(was_up_);
}

void UciePort::before_end_of_elaboration() {
  if (remote_release.size() == 0 && remote_release.bind_count() == 0) {
    remote_release.bind(unbound_release_);
  }
  if (msi_initiator.bind_count() > 0) return;
  nowhere_ = std::make_unique<Nowhere>("nowhere");
  msi_initiator.bind(*nowhere_);
}

// What leaves.

bool UciePort::serve_here(unsigned, tlm::tlm_generic_payload& payload, Femtoseconds&) {
  if (payload.get_data_length() > UcieMessage::kMaxLength / 2) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return true;
  }
  wake_link();
  if (link_.up() && peer.size() > 0) return false;
  payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  log_guest_error(name(), actions_.now(),
                  concat("access to ", hex(payload.get_address()), " while the link is ",
                         name_of(training().state()), "; train it first"));
  return true;
}

Femtoseconds UciePort::send(unsigned, const tlm::tlm_generic_payload& payload, std::uint64_t tag) {
  if (flits_) {
    unanswered_.add(tag, payload.is_write() ? 0 : payload.get_data_length(), actions_.now());
    if (watches_) watch_answers();
  }
  leaving_.become_request(payload, tag);
  return transmit(leaving_);
}

Femtoseconds UciePort::transmit(const Packet& packet) {
  const UcieMessageHeader message = ucie_bare_message(packet, params_.protocol);
  ++counters_.messages;
  counters_.payload_bytes += ucie_wire_bytes(message, params_.packets);
  counters_.data.add(packet.attributes.traffic_class, message.data_bytes());
  if (!flits_) return transmit_by_arithmetic(packet, message);
  flits_->push(packet);
  return Femtoseconds::max();
}

std::uint64_t UciePort::retries() const {
  return flits_ ? flits_->sent().retries : transmitter_.retries();
}

bool UciePort::damage_next_flit() {
  const bool has_crc = link_.shape().format != UcieFlitFormat::kRaw;
  if (!has_crc || params_.fidelity == UcieFidelity::kFunctional) return false;
  flits_ ? flits_->damage_next_flit() : transmitter_.damage_next_flit(actions_.now());
  schedule_turn();
  return true;
}

void UciePort::trace_message(const UcieLeft& message, Femtoseconds sent) {
  TraceSink* sink = trace_sink();
  const Femtoseconds start = std::max(message.pushed, traced_until_);
  if (!sink || start >= sent) return;
  sink->span(concat(name(), ".tx"), to_string(message.traffic_class), start, sent, message.bytes);
  traced_until_ = sent;
}

void UciePort::message_left(const UcieLeft& message, Femtoseconds when) {
  trace_message(message, when);
  if (message.posted) outbound_.left(message.tag, when);
}

void UciePort::flit_leaves(Femtoseconds arrival, Message flit) {
  peer->deliver(arrival, std::move(flit));
}

unsigned UciePort::debug(unsigned, tlm::tlm_generic_payload& payload) {
  return peer.size() > 0 ? ask_debug(*peer.operator->(), payload, payload.get_address()) : 0;
}

bool UciePort::grant(unsigned, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  if (!params_.dmi || !link_.active() || peer.size() == 0) return false;
  if (!ask_grant(*peer.operator->(), payload, dmi, payload.get_address())) return false;
  const auto there_and_back = to_sc_time(2 * link_.shape().one_way_latency());
  dmi.set_read_latency(dmi.get_read_latency() + there_and_back);
  dmi.set_write_latency(dmi.get_write_latency() + there_and_back);
  granted_here_ = true;
  return true;
}

void UciePort::revoke_grants() {
  if (!granted_here_) return;
  granted_here_ = false;
  bus_target.revoke(0, ~Addr{0});
}

// What comes.

void UciePort::deliver(Femtoseconds arrival, Message message) {
  if (params_.fault == UcieFault::kDead) return;
  const Femtoseconds pushed = ucie_take_pushed(message, actions_.now());
  if (is_transaction(message)) latency_.add(arrival - pushed);
  actions_.post(arrival, source_, *this, kMessage, arriving_.put(std::move(message)), kArrival);
}

Message UciePort::ask(const Message& message) {
  Packet question = decode(message);
  switch (question.kind) {
    case PacketKind::kDebug:
      return encode(answer_debug(std::move(question), [this](tlm::tlm_generic_payload& payload) {
        return bus_initiator->transport_dbg(payload);
      }));
    case PacketKind::kGrant: {
      const Packet answer = answer_grant(
          std::move(question), [this](tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
            return bus_initiator->get_direct_mem_ptr(payload, dmi);
          });
      granted_there_ |= answer.status == tlm::TLM_OK_RESPONSE;
      return encode(answer);
    }
    case PacketKind::kRevoke:
      revoke_grants();
      return encode(question);
    default:
      break;
  }
  CVP_CHECK(false, name(), ": a question of unknown kind");
  return {};
}

void UciePort::on_action(const Action& action) {
  const Femtoseconds now = actions_.now();
  switch (action.op) {
    case kMessage:
      return arrive(arriving_.take(action.arg));
    case kWake:
      if (wake_posted_ == now) wake_posted_ = Femtoseconds::max();
      link_.wake(now);
      return after_link();
    case kCommand:
      registers_.perform(static_cast<UcieCommand>(action.arg), now);
      return after_link();
    case kWakeLink:
      link_.request(UcieInterfaceState::kActive, now);
      return after_link();
    case kMailboxTimeout:
      return registers_.mailbox_timeout(action.arg, now);
    case kInterrupt:
      return registers_.send_interrupt();
    case kAnswerDue:
      return answer_due();
    case kTurn:
      if (turn_posted_ == now) take_turn(now);
      return;
    default:
      CVP_CHECK(false, name(), ": unknown action ", action.op);
  }
}

void UciePort::arrive(Message message) {
  receive_message(message);
  arriving_.drop(std::move(message));
}

void UciePort::receive_message(const Message& message) {
  if (const auto damaged = ucie_damage(message)) return receive_damage(*damaged);
  if (ucie_is_watch(message)) return watch_answers();
  if (!UcieFlitPath::is_flit(message)) {
    decode(message, arrived_);
    return receive(std::move(arrived_));
  }
  // The other end may still send when this one has agreed to sleep. A raw link has nothing to send
  // again with, so what is on its wires arrives before it retrains.
  const UcieInterfaceState state = link_.fdi(0);
  const bool hears = link_.receives() || state == UcieInterfaceState::kL1 ||
                     state == UcieInterfaceState::kL2 ||
                     link_.shape().format == UcieFlitFormat::kRaw;
  if (flits_ && (hears || link_.up()) && !begins_anew_) flits_->receive(message, hears);
}

void UciePort::packet_arrived(Packet packet, Femtoseconds latency) {
  if (begins_anew_) return;  // Of the row that ends.
  if (packet.kind == PacketKind::kResponse &&
      !unanswered_.finish(packet.tag, packet.length, packet.status == tlm::TLM_OK_RESPONSE)) {
    return framing_error();
  }
  latency_.add(latency);
  registers_.note_retries(actions_.now());
  receive(std::move(packet));
}

void UciePort::receive(Packet&& packet) {
  switch (packet.kind) {
    case PacketKind::kSideband:
      return receive_sideband(packet);
    case PacketKind::kRequest:
      return bus_initiator.issue(std::move(packet));
    case PacketKind::kResponse:
      return outbound_.complete(packet);
    default:
      CVP_CHECK(false, name(), ": a message of unknown kind");
  }
}

// The transaction is done on this die: its response, or the credit of a posted write, goes back.
void UciePort::finish(const tlm::tlm_generic_payload& payload, std::uint64_t tag) {
  if (Attributes::of(payload).posted && payload.is_write()) {
    if (!payload.is_response_ok()) {
      ++counters_.posted_errors;
      registers_.note_posted_error(actions_.now());
      log_guest_error(name(), actions_.now(),
                      concat("posted write to ", hex(payload.get_address()), " met an error"));
    }
    peer->deliver(actions_.now() + link_.shape().one_way_latency(),
                  encode(ucie_sideband_packet(UcieSideband::kCredit, tag)));
  } else if (did_send_ || (link_.active() && !link_.stalls()) || (flits_ && link_.up())) {
    leaving_.become_response(payload, tag);
    transmit(leaving_);
  } else if (link_.up()) {
    held_responses_.push_back(Packet::response(payload, tag));
    wake_link();
  }
}

void UciePort::revoke_remote_grants() {
  if (!granted_there_) return;
  granted_there_ = false;
  Packet revoke;
  revoke.kind = PacketKind::kRevoke;
  peer->ask(encode(revoke));
}

bool UciePort::at_rest() const {
  return outbound_.empty() && bus_initiator.in_flight() == 0 && msi_initiator.in_flight() == 0 &&
         arriving_.empty() && held_responses_.empty() && unanswered_.empty() && !begins_anew_ &&
         link_.deadline() == Femtoseconds::max() && !regs_.mailbox_status.get().busy &&
         (!flits_ || flits_->at_rest());
}

std::string UciePort::waiting() const {
  if (outbound_.in_flight() == 0 && outbound_.waiting() == 0) return {};
  return concat("link ", name_of(training().state()), ", ", outbound_.in_flight(),
                " transactions in flight, ", outbound_.waiting(), " waiting");
}

}  // namespace cvp
