// SPDX-License-Identifier: Apache-2.0
//
// A hart's bus accesses as transactions, and what they do to other harts' reservations.
#include <algorithm>
#include <cstring>
#include <utility>

#include "models/core/report.h"
#include "models/cpu/hart_unit.h"

namespace cvp {
namespace {

constexpr Addr kPageMask = 0xfff;

AtomicOp atomic_op(RmwOp op) {
  switch (op) {
    // clang-format off
    case RmwOp::kSwap: return AtomicOp::kSwap;
    case RmwOp::kAdd: return AtomicOp::kAdd;
    case RmwOp::kXor: return AtomicOp::kXor;
    case RmwOp::kAnd: return AtomicOp::kAnd;
    case RmwOp::kOr: return AtomicOp::kOr;
    case RmwOp::kMin: return AtomicOp::kMin;
    case RmwOp::kMax: return AtomicOp::kMax;
    case RmwOp::kMinU: return AtomicOp::kMinUnsigned;
    case RmwOp::kMaxU: return AtomicOp::kMaxUnsigned;
    case RmwOp::kCompareSwap: return AtomicOp::kCompareSwap;
      // clang-format on
  }
  return AtomicOp::kNone;
}

}  // namespace

std::optional<BusReply> HartUnit::access(const BusRequest&) { return std::nullopt; }

void HartUnit::issue() {
  if (!hart_.bus_pending()) return turn();  // An sc that has lost its reservation meanwhile.
  const BusRequest& request = hart_.pending_request();
  if (!write_may_go(request)) return;
  attributes_.atomic = AtomicOp::kNone;
  attributes_.poison = false;
  if (request.op == BusOp::kAtomic) {
    attributes_.atomic = atomic_op(request.rmw);
    const bool compares = request.rmw == RmwOp::kCompareSwap;
    std::memcpy(buffer_.data(), compares ? &request.compare : &request.data, request.size);
    std::memcpy(buffer_.data() + request.size, &request.data, request.size);
  } else {
    std::memcpy(buffer_.data(), &request.data, sizeof request.data);
  }
  payload_.set_command(request.op == BusOp::kStore ? tlm::TLM_WRITE_COMMAND
                                                   : tlm::TLM_READ_COMMAND);
  payload_.set_address(request.address);
  payload_.set_data_ptr(buffer_.data());
  payload_.set_data_length(request.size);
  payload_.set_streaming_width(request.size);
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_dmi_allowed(false);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  payload_.acquire();
  state_ = State::kOnBus;
  bus_bytes_ += request.size;
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const auto sync = socket_->nb_transport_fw(payload_, phase, delay);
  if (sync == tlm::TLM_COMPLETED || (sync == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP)) {
    finish(to_femtoseconds(delay));
  }
}

tlm::tlm_sync_enum HartUnit::nb_transport_bw(tlm::tlm_generic_payload& payload,
                                             tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  CVP_CHECK(&payload == &payload_ && state_ == State::kOnBus, socket_.name(),
            ": response to a stranger");
  finish(to_femtoseconds(delay));
  return tlm::TLM_COMPLETED;
}

void HartUnit::finish(Femtoseconds delay) { schedule(actions_.now() + delay, kResume); }

void HartUnit::resume() {
  if (std::exchange(abandoned_, false)) {
    payload_.release();
    return turn();
  }
  const BusRequest request = hart_.pending_request();
  BusReply reply;
  reply.ok = payload_.get_response_status() == tlm::TLM_OK_RESPONSE && !attributes_.poison;
  if (request.op != BusOp::kStore) std::memcpy(&reply.data, buffer_.data(), request.size);
  payload_.release();
  if (!reply.ok) {
    ++bus_errors_;
    log_guest_error(cluster_.name(), actions_.now(),
                    concat("hart ", index_, " at pc ", hex(hart_.pc()), ": no answer from ",
                           hex(request.address)));
  }
  if (payload_.is_dmi_allowed()) refused_.erase(request.address & ~kPageMask);
  const bool told = htif_ != nullptr && request.op != BusOp::kLoad && request.op != BusOp::kFetch &&
                    request.address < tohost_ + 8 && request.address + request.size > tohost_;
  if (told) htif_->poll();
  hart_.complete_bus(reply);
  turn();
}

// ---- Reservations ----------------------------------------------------------------------------

/// The hart's turn ends: from now on others may write.
void HartUnit::hold_reservation() {
  const std::optional<Addr> address = hart_.reservation();
  if (!address) return;
  cluster_.reservations_.hold(index_, *address);
  for (const auto& unit : cluster_.units_) {
    if (unit.get() != this) unit->withdraw_stores(*address);
  }
}

/// Lets a write out that may break others' reservations, unless it must wait for an sc.
bool HartUnit::write_may_go(const BusRequest& request) {
  if (request.op != BusOp::kStore && request.op != BusOp::kAtomic) return true;
  ReservationMonitor& monitor = cluster_.reservations_;
  waits_for_sc_ = monitor.must_wait(index_, request.address);
  if (waits_for_sc_) return false;
  for (const auto& unit : cluster_.units_) {
    if (monitor.breaks(index_, request.address, unit->index_)) unit->hart_.break_reservation();
  }
  if (request.conditional) monitor.commit(index_);
  return true;
}

void HartUnit::release_reservation() {
  cluster_.reservations_.release(index_);
  for (const auto& unit : cluster_.units_) {
    if (!unit->waits_for_sc_) continue;
    unit->waits_for_sc_ = false;
    unit->schedule(actions_.now(), kIssue);
  }
}

}  // namespace cvp
