// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/ucie_channel.h"

#include <algorithm>
#include <utility>

#include "models/core/report.h"

namespace cvp {
namespace {

void flip(UcieFlit& flit, std::uint64_t bit) {
  flit.bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
}

}  // namespace

UcieChannel::UcieChannel(const UcieFlitLayout& layout, std::uint32_t delay_slots,
                         const UcieChannelFaults& faults, std::uint64_t seed)
    : layout_(&layout),
      delay_slots_(delay_slots),
      faults_(faults),
      wires_(delay_slots + 2),  // One more for a flit that was swapped.
      random_(seed) {
  CVP_CHECK(delay_slots > (faults.swap > 0 ? 1 : 0), "a flit takes a slot; two, to be overtaken");
  for (const double ber : faults.lane_ber) worst_ber_ = std::max(worst_ber_, ber);
  next_error_ = random_.trials_before(worst_ber_);
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
  place.damaged = damage(place.flit);
  ++flying_;
}

void UcieChannel::clear() {
  for (Place& place : wires_) place.taken = false;
  flying_ = 0;
}

bool UcieChannel::damage(UcieFlit& flit) {
  bool damaged = worst_ber_ > 0 && damage_bits(flit);
  if (random_.chance(faults_.burst)) {
    const std::uint64_t bits = layout_->wire_bytes * std::uint64_t{8};
    const std::uint64_t length = 1 + random_.below(faults_.burst_bits);
    const std::uint64_t first = random_.below(bits);
    const std::uint64_t last = std::min(first + length - 1, bits - 1);
    for (std::uint64_t bit = first; bit <= last; ++bit) {
      // The first and the last bit are wrong; those between with one chance in two.
      if (bit == first || bit == last || random_.below(2) == 0) flip(flit, bit);
    }
    damaged = true;
  }
  damaged_flits_ += damaged ? 1 : 0;
  return damaged;
}

// Draws how far away the next error of the worst lane's rate is, and thins it out for better lanes.
bool UcieChannel::damage_bits(UcieFlit& flit) {
  const std::uint64_t bits = layout_->wire_bytes * std::uint64_t{8};
  bool damaged = false;
  while (next_error_ < bits) {
    const std::uint64_t lane = next_error_ / 8 % faults_.lane_ber.size();
    if (faults_.lane_ber[lane] >= worst_ber_ ||
        random_.chance(faults_.lane_ber[lane] / worst_ber_)) {
      flip(flit, next_error_);
      damaged = true;
    }
    const std::uint64_t clean = random_.trials_before(worst_ber_);
    next_error_ = clean == UcieRandom::kNever ? clean : next_error_ + 1 + clean;
  }
  if (next_error_ != UcieRandom::kNever) next_error_ -= bits;
  return damaged;
}

}  // namespace cvp
