// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_flit_link.h"

#include <algorithm>

#include "models/core/report.h"

namespace cvp {
namespace {

UcieAdapterParams adapter_params(const UcieFlitLinkParams& params) {
  UcieAdapterParams adapter = params.adapter;
  adapter.round_trip_slots = params.round_trip_slots;
  return adapter;
}

constexpr double kRounding = 1e-3;  // Of a slot to femtoseconds.

// Of what end 1 sends.
double flight_back(const UcieFlitLinkParams& params) {
  return params.flight_slots + params.answer_slots.value_or(
                                   ucie_answer_slots(params.round_trip_slots, params.flight_slots));
}

}  // namespace

double ucie_answer_slots(std::uint32_t round_trip_slots, double flight_slots) {
  const double left = round_trip_slots - 2 * flight_slots;
  CVP_CHECK(left >= -kRounding, "a round trip of ", round_trip_slots, " slots; expected twice ",
            flight_slots, " or more");
  return std::max(0.0, left - 1 + kRounding);
}

UcieFlitLink::UcieFlitLink(const UcieFlitLinkParams& params)
    : ends_{UcieAdapter(adapter_params(params)), UcieAdapter(adapter_params(params))},
      channels_{UcieChannel(params.adapter.layout(), ucie_slot_time(params.flight_slots),
                            params.faults[0], 2 * params.seed),
                UcieChannel(params.adapter.layout(), ucie_slot_time(flight_back(params)),
                            params.faults[1], 2 * params.seed + 1)} {}

// When the next flit leaves if nothing comes and nothing is pushed before.
UcieSlotTime UcieFlitLink::departure(unsigned from) const {
  const std::uint64_t now = slot(), next = ends_[from].next_slot(now);
  if (next == UcieAdapter::kNever) return kUcieNoTime;
  return std::max(next == now ? now_ : next * kUcieSlot, free_[from]);
}

UcieSlotTime UcieFlitLink::next_event() const {
  UcieSlotTime next = std::min(due_[0], due_[1]);
  for (const UcieChannel& channel : channels_) next = std::min(next, channel.next_arrival());
  return next;
}

// What arrives then is taken.
void UcieFlitLink::go_to(UcieSlotTime time) {
  now_ = time;
  for (unsigned from = 2; from-- > 0;) {
    UcieChannel& channel = channels_[from];
    if (channel.next_arrival() > now_) continue;
    const UcieChannel::Arrival arrival = channel.receive();
    if (ends_[1 - from].receive(slot(), *arrival.flit, arrival.damaged) == UcieArrival::kAccepted) {
      meters_[from].accepted(now_);
    }
  }
}

bool UcieFlitLink::arrive(UcieSlotTime latest) {
  const UcieSlotTime next = std::min(next_event(), latest);
  if (next == kUcieNoTime) return false;
  go_to(next);
  return true;
}

void UcieFlitLink::depart() {
  for (unsigned from = 0; from < 2; ++from) {
    due_[from] = free_[from];
    if (now_ >= free_[from]) depart(from);
  }
}

// Its wire is free.
void UcieFlitLink::depart(unsigned from) {
  due_[from] = departure(from);
  if (due_[from] > now_) return;
  const UcieTransmitCounters& sent = ends_[from].transmitter().counters();
  const std::uint64_t flits = sent.flits, payload_bytes = sent.payload_bytes;
  if (!ends_[from].transmit(slot(), channels_[from].next_flit())) return;
  if (sent.flits > flits) meters_[from].sent(now_, sent.payload_bytes - payload_bytes);
  channels_[from].send(now_);
  due_[from] = free_[from] = now_ + kUcieSlot;
}

void UcieFlitLink::step() {
  const UcieSlotTime end = (slot() + 1) * kUcieSlot;
  due_ = {now_, now_};  // Somebody may have pushed.
  for (UcieSlotTime next = next_event(); next < end; next = next_event()) {
    go_to(next);
    depart();
  }
  now_ = end;
}

bool UcieFlitLink::idle() const {
  return ends_[0].idle() && ends_[1].idle() && channels_[0].empty() && channels_[1].empty();
}

void UcieFlitLink::retrain(std::uint64_t slots) {
  for (UcieChannel& channel : channels_) channel.clear();
  for (UcieAdapter& end : ends_) end.retrained();
  now_ += slots * kUcieSlot;
  due_ = {now_, now_};
}

}  // namespace cvp
