// SPDX-License-Identifier: Apache-2.0
//
// Time of a link of flits that nothing else has a clock for: in slots, the time of one flit on the
// wire, and parts of them, so that it is the same for every rate. No SystemC.
#pragma once

#include <cmath>
#include <cstdint>

namespace cvp {

/// Slots times 2^24: a link of a slot of 100 ns is exact to 6 fs, and lasts for 10^12 flits.
using UcieSlotTime = std::uint64_t;
inline constexpr UcieSlotTime kUcieSlot = UcieSlotTime{1} << 24;
inline constexpr UcieSlotTime kUcieNoTime = ~UcieSlotTime{0};  ///< Never.

inline UcieSlotTime ucie_slot_time(double slots) {
  return static_cast<UcieSlotTime>(std::llround(slots * static_cast<double>(kUcieSlot)));
}
constexpr double ucie_slots(UcieSlotTime time) {
  return static_cast<double>(time) / static_cast<double>(kUcieSlot);
}

}  // namespace cvp
