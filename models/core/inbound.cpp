// SPDX-License-Identifier: Apache-2.0
#include "models/core/inbound.h"

#include "models/core/outbound.h"
#include "models/core/payload_mark.h"
#include "models/core/report.h"

namespace cvp {

struct Inbound::Slot : tlm::tlm_mm_interface {
  PayloadMark mark;
  tlm::tlm_generic_payload payload{this};
  Attributes attributes;
  Transit transit;
  Packet packet;  // Holds the data that the payload points to.
  bool busy = false;

  Slot() {
    payload.set_extension(&attributes);
    payload.set_extension(&transit);
    payload.set_extension(&mark);
  }
  ~Slot() override {
    payload.clear_extension(&attributes);
    payload.clear_extension(&transit);
    payload.clear_extension(&mark);
  }
  void free(tlm::tlm_generic_payload*) override {}  // The pool owns it.
};

Inbound::Inbound(const char* name, ActionQueue& actions)
    : tlm::tlm_initiator_socket<>(name),
      actions_(actions),
      source_(source_id(tlm::tlm_initiator_socket<>::name())) {
  bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
}

Inbound::~Inbound() = default;

void Inbound::issue(Packet&& request) {
  if (free_.empty()) {
    slots_.push_back(std::make_unique<Slot>());
    slots_.back()->mark.owner = this;
    slots_.back()->mark.index = slots_.size() - 1;
    free_.push_back(slots_.size() - 1);
  }
  Slot& slot = *slots_[free_.back()];
  free_.pop_back();
  slot.busy = true;
  std::swap(slot.packet, request);
  slot.packet.to_payload(slot.payload);
  slot.payload.acquire();
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const auto answer = (*this)->nb_transport_fw(slot.payload, phase, delay);
  if (answer == tlm::TLM_COMPLETED || (answer == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP)) {
    actions_.post(actions_.now() + to_femtoseconds(delay), source_, *this, 0, slot.mark.index);
  }
}

tlm::tlm_sync_enum Inbound::nb_transport_bw(tlm::tlm_generic_payload& payload,
                                            tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  const PayloadMark* const mark = PayloadMark::find(payload, this);
  CVP_CHECK(mark != nullptr && slots_[mark->index]->busy, name(), ": response to a stranger");
  actions_.post(actions_.now() + to_femtoseconds(delay), source_, *this, 0, mark->index);
  return tlm::TLM_COMPLETED;
}

void Inbound::on_action(const Action& action) {
  Slot& slot = *slots_[action.arg];
  CVP_CHECK(slot.busy, name(), ": completion of an idle transaction");
  slot.payload.set_address(slot.packet.address);  // A bus may have changed it.
  if (done_) done_(slot.payload, slot.packet.tag);
  slot.busy = false;
  slot.payload.release();
  free_.push_back(slot.mark.index);
}

void Inbound::invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) {
  if (invalidate_) invalidate_();
}

}  // namespace cvp
