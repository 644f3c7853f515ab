// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_channel.h"

#include <utility>

#include "models/core/report.h"

namespace cvp {

UcieChannel::UcieChannel(const UcieFlitLayout& layout, std::uint32_t delay_slots,
                         const UcieChannelFaults& faults, std::uint64_t seed)
    : layout_(&layout),
      delay_slots_(delay_slots),
      faults_(faults),
      wires_(delay_slots + 2),  // One more for a flit that was swapped.
      random_(seed),
      noise_(layout, faults.bits, splitmix64(seed)) {
  CVP_CHECK(delay_slots > (faults.swap > 0 ? 1 : 0), "a flit takes a slot; two, to be overtaken");
}

UcieChannel::Arrival UcieChannel::receive(std::uint64_t slot) {
  Place& place = at(slot);
  if (!std::exchange(place.taken, false)) return {};
  --flying_;
  return {&place.flit, place.damaged};
}

// Draws whether a flit is lost, and counts what the other end misses by it.
bool UcieChannel::loses(const UcieFlit& flit) {
  const bool nop = layout_->has_header() && flit.header().protocol == UcieProtocol::kNone;
  ++(nop ? counters_.nops : counters_.flits);
  const bool lost = random_.chance(nop ? faults_.lost_nop : faults_.lost_flit);
  if (!nop) {
    counters_.lost_flits += lost ? 1 : 0;
    return lost;
  }
  const UcieReport report = ucie_nop_report(*layout_, flit);
  if (lost) {
    note_lost(report);
  } else {
    told_accepted_ = report.accepted;
    told_consumed_ = report.consumed;
  }
  return lost;
}

void UcieChannel::note_lost(const UcieReport& report) {
  ++counters_.lost_nops;
  counters_.lost_acks += report.accepted != told_accepted_ ? 1 : 0;
  counters_.lost_credits += report.consumed != told_consumed_ ? 1 : 0;
  counters_.lost_naks += report.nak ? 1 : 0;
}

void UcieChannel::send(std::uint64_t slot, const UcieFlit& flit) {
  if (loses(flit)) return;
  std::uint64_t arrival = slot + delay_slots_;
  if (at(arrival).taken) {
    --arrival;  // The flit before was swapped with this one, and has left its place.
    ++counters_.overtaken;
  } else if (random_.chance(faults_.swap)) {
    ++arrival;
    ++counters_.late;
  }
  Place& place = at(arrival);
  place.flit = flit;
  place.taken = true;
  place.damaged = noise_.damage(place.flit);
  ++flying_;
}

void UcieChannel::clear() {
  for (Place& place : wires_) place.taken = false;
  counters_.lost_in_flight += flying_;
  flying_ = 0;
}

}  // namespace cvp
