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

void UcieChannel::send(std::uint64_t slot, const UcieFlit& flit) {
  const bool nop = layout_->has_header() && flit.header().protocol == UcieProtocol::kNone;
  if (random_.chance(nop ? faults_.lost_nop : faults_.lost_flit)) return;
  std::uint64_t arrival = slot + delay_slots_;
  if (at(arrival).taken) {
    --arrival;  // The flit before was swapped with this one, and has left its place.
  } else if (random_.chance(faults_.swap)) {
    ++arrival;
  }
  Place& place = at(arrival);
  place.flit = flit;
  place.taken = true;
  place.damaged = noise_.damage(place.flit);
  ++flying_;
}

void UcieChannel::clear() {
  for (Place& place : wires_) place.taken = false;
  flying_ = 0;
}

}  // namespace cvp
