// SPDX-License-Identifier: Apache-2.0
#include "models/core/burst_target.h"

#include <algorithm>

#include "models/core/report.h"

namespace cvp {

BurstTarget::BurstTarget(const char* name) : tlm::tlm_target_socket<>(name) {
  bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
}

void BurstTarget::serve(BurstModel& model, bool synchronised) {
  model_ = &model;
  synchronised_ = synchronised;
}

void BurstTarget::revoke(Addr base, std::uint64_t size) {
  if (size > 0) (*this)->invalidate_direct_mem_ptr(base, base + size - 1);
}

bool is_plain_burst(tlm::tlm_generic_payload& payload) {
  if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return false;
  }
  const unsigned length = payload.get_data_length();
  if (length == 0 || payload.get_streaming_width() < length) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return false;
  }
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return false;
  }
  return true;
}

// Whether the transaction is answered, with `delay` until its completion.
[[gnu::always_inline]] inline bool BurstTarget::act(tlm::tlm_generic_payload& payload,
                                                    sc_core::sc_time& delay) {
  CVP_CHECK(model_ != nullptr, name(), " serves no model");
  payload.set_dmi_allowed(false);
  if (!is_plain_burst(payload)) return true;
  const Femtoseconds now = simulation_time();
  const Femtoseconds arrival = now + to_femtoseconds(delay);
  const auto completion = model_->begin(payload, arrival);
  if (!completion) return false;
  CVP_CHECK(*completion >= arrival, name(), " completes before the arrival");
  delay = to_sc_time(*completion - now);
  return true;
}

void BurstTarget::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (synchronised_ && delay > sc_core::SC_ZERO_TIME) {
    sc_core::wait(delay);
    delay = sc_core::SC_ZERO_TIME;
  }
  if (act(payload, delay)) return;
  waiters_.emplace_back();
  const auto waiter = std::prev(waiters_.end());
  waiter->payload = &payload;
  sc_core::wait(waiter->done);
  waiters_.erase(waiter);
  delay = sc_core::SC_ZERO_TIME;
}

tlm::tlm_sync_enum BurstTarget::nb_transport_fw(tlm::tlm_generic_payload& payload,
                                                tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase == tlm::BEGIN_REQ) {
    if (act(payload, delay)) return tlm::TLM_COMPLETED;
    if (payload.has_mm()) payload.acquire();
    phase = tlm::END_REQ;
    delay = sc_core::SC_ZERO_TIME;
    return tlm::TLM_UPDATED;
  }
  if (phase == tlm::END_RESP && unended_ == &payload) {
    unended_ = nullptr;
    if (payload.has_mm()) payload.release();
    send_responses();
  }
  return tlm::TLM_COMPLETED;
}

void BurstTarget::respond(tlm::tlm_generic_payload& payload, Femtoseconds completion) {
  const Femtoseconds now = simulation_time();
  CVP_CHECK(completion >= now, name(), " completes in the past");
  for (Waiter& waiter : waiters_) {
    if (waiter.payload == &payload) return waiter.done.notify(to_sc_time(completion - now));
  }
  responses_.push_back({&payload, completion});
  send_responses();
}

// The base protocol allows one response at a time on a socket.
void BurstTarget::send_responses() {
  while (unended_ == nullptr && !responses_.empty()) {
    const auto [payload, completion] = responses_.front();
    responses_.pop_front();
    const Femtoseconds now = simulation_time();
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay = to_sc_time(std::max(completion, now) - now);
    const auto answer = (*this)->nb_transport_bw(*payload, phase, delay);
    const bool ended =
        answer == tlm::TLM_COMPLETED || (answer == tlm::TLM_UPDATED && phase == tlm::END_RESP);
    if (!ended) {
      unended_ = payload;
    } else if (payload->has_mm()) {
      payload->release();
    }
  }
}

unsigned BurstTarget::transport_dbg(tlm::tlm_generic_payload& payload) {
  return model_ != nullptr ? model_->debug(payload) : 0;
}

bool BurstTarget::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  dmi.init();
  return model_ != nullptr && model_->grant(payload, dmi);
}

}  // namespace cvp
