// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_flit_link.h"

namespace cvp {
namespace {

UcieAdapterParams adapter_params(const UcieFlitLinkParams& params) {
  UcieAdapterParams adapter = params.adapter;
  adapter.round_trip_slots = params.round_trip_slots;
  return adapter;
}

}  // namespace

UcieFlitLink::UcieFlitLink(const UcieFlitLinkParams& params)
    : ends_{UcieAdapter(adapter_params(params)), UcieAdapter(adapter_params(params))},
      channels_{UcieChannel(params.adapter.layout(), params.flight_slots, params.faults[0],
                            2 * params.seed),
                UcieChannel(params.adapter.layout(), params.round_trip_slots - params.flight_slots,
                            params.faults[1], 2 * params.seed + 1)} {}

void UcieFlitLink::step() {
  // 1. What arrives now may be answered now.
  for (unsigned to = 0; to < 2; ++to) {
    const UcieChannel::Arrival arrival = channels_[1 - to].receive(slot_);
    if (arrival.flit == nullptr) continue;
    const UcieArrival outcome = ends_[to].receive(slot_, *arrival.flit, arrival.damaged);
    if (outcome == UcieArrival::kAccepted) meters_[1 - to].accepted(slot_);
  }
  // 2. Both ends fill their slot.
  UcieFlit flit;
  for (unsigned from = 0; from < 2; ++from) {
    const UcieTransmitCounters before = ends_[from].transmitter().counters();
    if (!ends_[from].transmit(slot_, flit)) continue;
    const UcieTransmitCounters& now = ends_[from].transmitter().counters();
    if (now.flits > before.flits) {
      meters_[from].sent(slot_, now.payload_bytes - before.payload_bytes);
    }
    channels_[from].send(slot_, flit);
  }
  ++slot_;
}

bool UcieFlitLink::idle() const {
  return ends_[0].idle() && ends_[1].idle() && channels_[0].empty() && channels_[1].empty();
}

void UcieFlitLink::retrain(std::uint64_t slots) {
  for (UcieChannel& channel : channels_) channel.clear();
  for (UcieAdapter& end : ends_) end.retrained();
  slot_ += slots;
}

}  // namespace cvp
