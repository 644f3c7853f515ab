// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_channel.h"

#include <bit>
#include <utility>

#include "models/core/report.h"

namespace cvp {

// A ring: those under way, one that is late, the one that has come last, the one that leaves.
UcieChannel::UcieChannel(const UcieFlitLayout& layout, UcieSlotTime delay,
                         const UcieChannelFaults& faults, std::uint64_t seed)
    : layout_(&layout),
      delay_(delay),
      faults_(faults),
      wires_(std::bit_ceil(delay / kUcieSlot + 4)),
      last_place_(wires_.size() - 1),
      random_(seed),
      noise_(layout, faults.bits, splitmix64(seed)) {
  CVP_CHECK(faults.swap == 0 || delay > kUcieSlot, "a flit of a slot cannot be overtaken");
}

UcieChannel::Arrival UcieChannel::receive() {
  const Place& place = at(0);
  ++first_;
  --count_;
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

void UcieChannel::send(UcieSlotTime start) {
  Place& place = at(count_);
  if (loses(place.flit)) return;
  place.arrival = start + delay_;
  place.late = false;
  Place* const before = count_ > 0 ? &at(count_ - 1) : nullptr;
  const bool overtakes = before != nullptr && before->late && before->arrival == place.arrival;
  if (!overtakes && random_.chance(faults_.swap)) {
    place.late = true;
    ++counters_.late;
    place.arrival += kUcieSlot;
  }
  place.damaged = noise_.damage(place.flit);
  ++count_;
  if (!overtakes) return;
  ++counters_.overtaken;
  place.arrival -= kUcieSlot;
  std::swap(place, *before);
}

void UcieChannel::clear() {
  counters_.lost_in_flight += count_;
  count_ = 0;
}

}  // namespace cvp
