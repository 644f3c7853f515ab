// SPDX-License-Identifier: Apache-2.0
#include "models/core/outbound.h"

#include <cstring>

#include "models/core/backing_store.h"
#include "models/core/burst_target.h"
#include "models/core/report.h"

namespace cvp {
namespace {
enum Op : std::uint32_t { kArrive, kRespond, kLeft };
constexpr unsigned kIndexBits = 20;
}  // namespace

struct Outbound::Slot {
  enum class State : std::uint8_t { kFree, kArriving, kWaiting, kHere, kSent, kLeaving, kAnswered };
  std::uint32_t index = 0;
  State state = State::kFree;
  OutboundTarget* target = nullptr;
  tlm::tlm_generic_payload* payload = nullptr;
  std::uint64_t tag = 0;
  bool posted = false;
  bool transit = false;
  bool holds_tag = false;
  bool owes_credit = false;
  bool thread_waits = false;  // In b_transport.
  sc_core::sc_event done;
};

Outbound::Outbound(const std::string& instance, ActionQueue& actions, OutboundModel& model,
                   unsigned tags)
    : actions_(actions), model_(model), source_(source_id(instance)), tags_(tags) {
  CVP_CHECK(tags > 0, instance, " needs at least one transaction in flight");
}

Outbound::~Outbound() = default;

void Outbound::add_slot() {
  slots_.push_back(std::make_unique<Slot>());
  slots_.back()->index = static_cast<std::uint32_t>(slots_.size() - 1);
}

// Requests of one time are taken in the order of their sources, not of the calls.
Outbound::Slot& Outbound::accept(OutboundTarget& target, tlm::tlm_generic_payload& payload,
                                 Femtoseconds arrival) {
  if (free_.empty()) {
    add_slot();
    free_.push_back(slots_.back()->index);
  }
  Slot& slot = *slots_[free_.back()];
  free_.pop_back();
  const Attributes& attributes = Attributes::of(payload);
  slot.state = Slot::State::kArriving;
  slot.target = &target;
  slot.payload = &payload;
  slot.posted = attributes.posted && payload.is_write();
  slot.transit = payload.get_extension<Transit>() != nullptr;
  slot.tag = (++sequence_ << kIndexBits) | slot.index;
  payload.set_dmi_allowed(false);
  if (payload.has_mm()) payload.acquire();
  actions_.post(arrival, attributes.source != 0 ? attributes.source : source_, *this, kArrive,
                slot.tag);
  return slot;
}

void Outbound::on_action(const Action& action) {
  Slot* slot = find(action.arg);
  if (slot == nullptr) return;  // Failed meanwhile.
  switch (action.op) {
    case kArrive:
      return arrive(*slot);
    case kRespond:
      return respond(*slot);
    case kLeft:
      if (slot->state != Slot::State::kLeaving) return;
      slot->payload->set_response_status(tlm::TLM_OK_RESPONSE);
      return respond(*slot);
    default:
      CVP_CHECK(false, "unknown action ", action.op);
  }
}

void Outbound::arrive(Slot& slot) {
  if (!is_plain_burst(*slot.payload)) return respond(slot);
  Femtoseconds spent;
  if (model_.serve_here(slot.target->port_, *slot.payload, spent)) {
    slot.state = Slot::State::kHere;
    if (spent.value == 0) return respond(slot);
    return actions_.post(actions_.now() + spent, source_, *this, kRespond, slot.tag);
  }
  const bool wait = model_.holds() || (!slot.transit && (in_flight_ >= tags_ || !waiting_.empty()));
  if (!wait) return send(slot);
  slot.state = Slot::State::kWaiting;
  (slot.transit ? waiting_transit_ : waiting_).push_back(slot.index);
}

void Outbound::send(Slot& slot) {
  slot.holds_tag = !slot.transit;
  if (slot.holds_tag) ++in_flight_;
  slot.payload->set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  slot.state = slot.posted ? Slot::State::kLeaving : Slot::State::kSent;
  slot.owes_credit = slot.posted;
  const std::uint64_t tag = slot.tag;
  const Femtoseconds time = model_.send(slot.target->port_, *slot.payload, tag);
  if (slot.posted && time != Femtoseconds::max()) left(tag, time);
}

void Outbound::left(std::uint64_t tag, Femtoseconds time) {
  actions_.post(time, source_, *this, kLeft, tag);
}

void Outbound::send_waiting() {
  while (!waiting_transit_.empty() && !model_.holds()) {
    Slot& slot = *slots_[waiting_transit_.front()];
    waiting_transit_.pop_front();
    send(slot);
  }
  while (!waiting_.empty() && in_flight_ < tags_ && !model_.holds()) {
    Slot& slot = *slots_[waiting_.front()];
    waiting_.pop_front();
    send(slot);
  }
}

// Hands the payload back.
void Outbound::respond(Slot& slot) {
  tlm::tlm_generic_payload& payload = *slot.payload;
  slot.payload = nullptr;
  slot.state = Slot::State::kAnswered;
  if (slot.thread_waits) {
    slot.done.notify(sc_core::SC_ZERO_TIME);
  } else {
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    (*slot.target)->nb_transport_bw(payload, phase, delay);
  }
  if (payload.has_mm()) payload.release();
  settle(slot);
}

// Gives back the tag, then the slot, as soon as nobody needs them.
void Outbound::settle(Slot& slot) {
  if (slot.state != Slot::State::kAnswered || slot.owes_credit) return;
  const bool had_tag = slot.holds_tag;
  if (had_tag) --in_flight_;
  slot.holds_tag = false;
  if (!slot.thread_waits) {
    slot.state = Slot::State::kFree;
    slot.tag = 0;
    free_.push_back(slot.index);
  }
  if (had_tag) send_waiting();
}

Outbound::Slot* Outbound::find(std::uint64_t tag) {
  const std::uint64_t index = tag & ((1u << kIndexBits) - 1);
  return tag != 0 && index < slots_.size() && slots_[index]->tag == tag ? slots_[index].get()
                                                                        : nullptr;
}

void Outbound::complete(const Packet& response) {
  Slot* slot = find(response.tag);
  if (slot == nullptr || slot->state != Slot::State::kSent) return;
  response.finish(*slot->payload);
  respond(*slot);
}

void Outbound::return_credit(std::uint64_t tag) {
  Slot* slot = find(tag);
  if (slot == nullptr || !slot->owes_credit) return;
  slot->owes_credit = false;
  settle(*slot);
}

void Outbound::fail_all() {
  waiting_.clear();
  waiting_transit_.clear();
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = *slots_[i];
    slot.owes_credit = false;
    if (slot.state == Slot::State::kWaiting || slot.state == Slot::State::kSent ||
        slot.state == Slot::State::kLeaving) {
      slot.payload->set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
      respond(slot);
    } else {
      settle(slot);
    }
  }
}

OutboundTarget::OutboundTarget(const char* name) : tlm::tlm_target_socket<>(name) {
  bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
}

void OutboundTarget::serve(Outbound& outbound, unsigned port) {
  outbound_ = &outbound;
  port_ = port;
}

void OutboundTarget::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const Femtoseconds arrival = simulation_time() + to_femtoseconds(delay);
  Outbound::Slot& slot = outbound_->accept(*this, payload, arrival);
  slot.thread_waits = true;
  sc_core::wait(slot.done);
  delay = sc_core::SC_ZERO_TIME;
  slot.thread_waits = false;
  outbound_->settle(slot);
}

tlm::tlm_sync_enum OutboundTarget::nb_transport_fw(tlm::tlm_generic_payload& payload,
                                                   tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;
  outbound_->accept(*this, payload, simulation_time() + to_femtoseconds(delay));
  return tlm::TLM_ACCEPTED;
}

unsigned OutboundTarget::transport_dbg(tlm::tlm_generic_payload& payload) {
  return outbound_->model_.debug(port_, payload);
}

bool OutboundTarget::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  dmi.init();
  if (outbound_->model_.grant(port_, payload, dmi)) return true;
  dmi.init();
  dmi.set_start_address(payload.get_address());
  dmi.set_end_address(payload.get_address());
  return false;
}

namespace {

// What a grant is made of when it travels.
struct RemoteGrant {
  std::int32_t store = -1;
  std::uint64_t offset = 0;
  Addr first = 0, last = 0;
  std::uint64_t read_latency = 0, write_latency = 0;
  std::int32_t access = 0;
};

constexpr unsigned kMaxCrossings = 16;

// Links that the payload's question has crossed, this one included.
unsigned crossings(const tlm::tlm_generic_payload& payload) {
  const auto* transit = payload.get_extension<Transit>();
  return transit == nullptr ? 1 : transit->crossings + 1;
}

void set_crossings(tlm::tlm_generic_payload& payload, const Packet& question) {
  auto* transit = new Transit;
  transit->crossings = static_cast<unsigned>(question.tag);
  payload.set_extension(transit);
}

}  // namespace

unsigned ask_debug(MessageIf& peer, tlm::tlm_generic_payload& payload, Addr address) {
  Packet question = Packet::request(payload, crossings(payload));
  if (question.tag > kMaxCrossings) return 0;
  question.kind = PacketKind::kDebug;
  question.address = address;
  const Packet answer = decode(peer.ask(encode(question)));
  answer.finish(payload);
  return answer.length;
}

Packet answer_debug(Packet question,
                    const std::function<unsigned(tlm::tlm_generic_payload&)>& debug) {
  tlm::tlm_generic_payload payload;
  payload.set_extension(new Attributes);
  set_crossings(payload, question);
  question.to_payload(payload);
  const unsigned done = debug(payload);
  Packet answer = Packet::response(payload, 0);
  answer.kind = PacketKind::kDebug;
  answer.length = done;
  if (payload.is_read()) answer.data.assign(question.data.begin(), question.data.begin() + done);
  return answer;
}

bool ask_grant(MessageIf& peer, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi,
               Addr address) {
  Packet question;
  question.kind = PacketKind::kGrant;
  question.tag = crossings(payload);
  if (question.tag > kMaxCrossings) return false;
  question.command = payload.get_command();
  question.address = address;
  question.length = payload.get_data_length();
  question.attributes = Attributes::of(payload);
  const Packet answer = decode(peer.ask(encode(question)));
  RemoteGrant grant;
  if (answer.data.size() != sizeof grant) return false;
  std::memcpy(&grant, answer.data.data(), sizeof grant);
  const auto store = BackingStore::find(grant.store);
  if (store == nullptr) return false;
  dmi.init();
  dmi.set_dmi_ptr(store->data() + grant.offset);
  dmi.set_start_address(grant.first);
  dmi.set_end_address(grant.last);
  dmi.set_read_latency(to_sc_time({grant.read_latency}));
  dmi.set_write_latency(to_sc_time({grant.write_latency}));
  dmi.set_granted_access(static_cast<tlm::tlm_dmi::dmi_access_e>(grant.access));
  if (auto* extension = payload.get_extension<GrantExtension>()) {
    extension->store = store;
    extension->offset = grant.offset;
  }
  return true;
}

Packet answer_grant(Packet question,
                    const std::function<bool(tlm::tlm_generic_payload&, tlm::tlm_dmi&)>& grant) {
  tlm::tlm_generic_payload payload;
  auto* extension = new GrantExtension;
  payload.set_extension(new Attributes);
  set_crossings(payload, question);
  payload.set_extension(extension);
  question.to_payload(payload);
  tlm::tlm_dmi dmi;
  const bool granted = grant(payload, dmi) && extension->store != nullptr;
  Packet answer;
  answer.kind = PacketKind::kGrant;
  answer.status = granted ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE;
  if (granted) {
    const RemoteGrant parts{extension->store->id(),
                            extension->offset,
                            dmi.get_start_address(),
                            dmi.get_end_address(),
                            to_femtoseconds(dmi.get_read_latency()).value,
                            to_femtoseconds(dmi.get_write_latency()).value,
                            static_cast<std::int32_t>(dmi.get_granted_access())};
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&parts);
    answer.data.assign(bytes, bytes + sizeof parts);
  }
  return answer;
}

}  // namespace cvp
