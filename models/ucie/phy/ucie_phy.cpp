// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/phy/ucie_phy.h"

#include <algorithm>
#include <bit>

#include "models/core/report.h"

namespace cvp {
namespace {

constexpr std::uint32_t kGroup = 32;  // Lanes that share two spares.

// Lanes between a dead one and a spare move by one towards the spare: the lower of two dead lanes
// towards the spare below lane 0, the upper towards the one above the last. Wires stay short.
void map_group(std::vector<std::uint32_t>& map, std::uint32_t first, std::uint64_t dead,
               std::uint32_t low_spare, bool low_spare_works) {
  const std::uint32_t last = first + kGroup - 1;
  for (std::uint32_t lane = first; lane <= last; ++lane) map.push_back(lane);
  std::uint32_t* group = &map[map.size() - kGroup];
  if (dead == 0) return;
  const auto lowest = static_cast<std::uint32_t>(std::countr_zero(dead));
  const auto highest = static_cast<std::uint32_t>(63 - std::countl_zero(dead));
  const bool two = lowest != highest;
  if (two || low_spare_works) {
    for (std::uint32_t lane = lowest; lane > first; --lane) group[lane - first] = lane - 1;
    group[0] = low_spare;
  }
  if (two || !low_spare_works) {
    for (std::uint32_t lane = highest; lane < last; ++lane) group[lane - first] = lane + 1;
    group[kGroup - 1] = low_spare + 1;
  }
}

std::vector<std::uint32_t> straight_map(UciePackage package, std::uint32_t lanes,
                                        const UcieFound& found, const UcieWidth& width) {
  std::vector<std::uint32_t> map;
  if (package == UciePackage::kStandard) {
    for (std::uint32_t i = 0; i < width.width; ++i) map.push_back(width.first_lane + i);
    return map;
  }
  for (std::uint32_t first = width.first_lane; first < width.first_lane + width.width;
       first += kGroup) {
    const std::uint64_t of_group = found.dead & std::uint64_t{0xFFFF'FFFF} << first;
    const std::uint32_t spare = first / kGroup * 2;
    map_group(map, first, of_group, lanes + spare, (found.spares >> spare & 1) == 0);
  }
  return map;
}

}  // namespace

UcieFound ucie_find(UcieState state, std::span<const UciePinFault> faults, DataRate rate) {
  const auto pins = [&](UciePin pin, unsigned shift = 0) {
    std::uint64_t mask = 0;
    for (const UciePinFault& fault : faults) {
      if (fault.pin == pin && fault.hurts_at(rate)) mask |= std::uint64_t{1} << fault.number;
    }
    return mask << shift;
  };
  const auto spares = [&](UciePin pin) { return static_cast<std::uint32_t>(pins(pin)); };
  switch (state) {
    case UcieState::kSbInit:
      return {pins(UciePin::kSideband), spares(UciePin::kSidebandSpare)};
    case UcieState::kMbInitRepairClk:
      return {pins(UciePin::kClock) | pins(UciePin::kTrack, 2), spares(UciePin::kClockSpare)};
    case UcieState::kMbInitRepairVal:
      return {pins(UciePin::kValid), spares(UciePin::kValidSpare)};
    default:
      return {pins(UciePin::kData), spares(UciePin::kDataSpare)};
  }
}

UcieState ucie_state_of(UciePin pin) {
  switch (pin) {
    case UciePin::kSideband:
    case UciePin::kSidebandSpare:
      return UcieState::kSbInit;
    case UciePin::kClock:
    case UciePin::kTrack:
    case UciePin::kClockSpare:
      return UcieState::kMbInitRepairClk;
    case UciePin::kValid:
    case UciePin::kValidSpare:
      return UcieState::kMbInitRepairVal;
    case UciePin::kData:
    case UciePin::kDataSpare:
      break;
  }
  return UcieState::kMbInitRepairMb;
}

bool ucie_mends(UciePackage package, UcieState state, const UcieFound& found) {
  if (found.dead == 0 || package == UciePackage::kStandard) return found.dead == 0;
  // Any clock of the sideband goes with any of its data pins.
  if (state == UcieState::kSbInit) return (found.dead & found.spares) == 0;
  return std::popcount(found.dead) == 1 && found.spares == 0;
}

std::vector<std::uint32_t> ucie_lane_map(UciePackage package, std::uint32_t lanes,
                                         const UcieFound& found, const UcieWidth& width,
                                         bool reversed) {
  std::vector<std::uint32_t> map = straight_map(package, lanes, found, width);
  if (reversed) std::ranges::reverse(map);
  return map;
}

UcieDirectionOutcome ucie_direction_outcome(UciePackage package, std::uint32_t lanes,
                                            std::span<const UciePinFault> faults, bool reversed,
                                            DataRate rate) {
  UcieDirectionOutcome outcome;
  // In the order in which training meets them.
  const std::pair<UcieState, bool*> steps[] = {
      {UcieState::kSbInit, &outcome.sideband_repaired},
      {UcieState::kMbInitRepairClk, &outcome.clock_repaired},
      {UcieState::kMbInitRepairVal, &outcome.valid_repaired}};
  for (const auto& [state, repaired] : steps) {
    const UcieFound found = ucie_find(state, faults);
    const bool mends = ucie_mends(package, state, found);
    *repaired = found.dead != 0 && mends;
    if (mends) continue;
    outcome.failed = state;
    return outcome;
  }
  const UcieFound found = ucie_find(UcieState::kMbInitRepairMb, faults, rate);
  outcome.width = ucie_width_after_repair(package, lanes, found.dead, found.spares);
  if (outcome.width.width == 0) outcome.failed = UcieState::kMbInitRepairMb;
  outcome.lane_map = ucie_lane_map(package, lanes, found, outcome.width, reversed);
  return outcome;
}

UcieModuleChoice ucie_choose_modules(std::span<const std::uint32_t> widths) {
  UcieModuleChoice choice;
  std::vector<std::uint32_t> widest(widths.begin(), widths.end());
  std::ranges::sort(widest, std::greater{});
  for (const std::uint32_t modules : {4u, 2u, 1u}) {
    if (modules > widest.size() || modules * widest[modules - 1] <= choice.modules * choice.lanes) {
      continue;
    }
    choice.modules = modules;
    choice.lanes = widest[modules - 1];
  }
  std::uint32_t left = choice.modules;
  for (std::uint32_t module = 0; module < widths.size() && left > 0; ++module) {
    if (widths[module] < choice.lanes) continue;
    choice.used |= 1u << module;
    --left;
  }
  return choice;
}

namespace {

std::vector<std::array<UcieDirectionOutcome, 2>> outcomes_at(DataRate rate,
                                                             const UcieLinkShape& shape,
                                                             std::span<const UciePinFault> faults,
                                                             bool reversed) {
  std::vector<std::array<UcieDirectionOutcome, 2>> each(shape.modules);
  for (std::uint32_t module = 0; module < shape.modules; ++module) {
    for (std::uint32_t direction = 0; direction < 2; ++direction) {
      each[module][direction] = ucie_direction_outcome(
          shape.package, shape.lanes, ucie_faults_of(faults, module, direction), reversed, rate);
    }
  }
  return each;
}

}  // namespace

std::string to_string(const UcieLane& lane) {
  return concat(lane.module > 0 ? concat('m', lane.module, '.') : std::string(), name_of(lane.pin),
                ':', lane.number);
}

UcieLinkOutcome ucie_training_outcome(const UcieLinkShape& shape,
                                      std::span<const UciePinFault> faults, bool reversed) {
  UcieLinkOutcome link;
  link.each = outcomes_at(kUcieRates.front(), shape, faults, reversed);
  std::vector<std::uint32_t> widths;
  for (const auto& both : link.each) {
    widths.push_back(std::min(both[0].width.width, both[1].width.width));
  }
  const UcieModuleChoice choice = ucie_choose_modules(widths);
  link.lanes = choice.lanes;
  link.modules = choice.modules;
  link.used = choice.used;
  if (link.lanes == 0) {
    for (const auto& both : link.each) {  // The furthest that any module came.
      const UcieState failed = std::min(both[0].failed, both[1].failed);
      if (link.failed == UcieState::kActive || failed > link.failed) link.failed = failed;
    }
    return link;
  }
  // The highest rate at which spares are enough: the same lanes are left as at the lowest.
  for (std::optional<DataRate> rate = shape.rate; rate; rate = ucie_lower_rate(*rate)) {
    const auto at_rate = outcomes_at(*rate, shape, faults, reversed);
    const auto same = [&](std::uint32_t module, std::uint32_t direction) {
      const UcieWidth& low = link.each[module][direction].width;
      const UcieWidth& high = at_rate[module][direction].width;
      return low.width == high.width && low.first_lane == high.first_lane;
    };
    bool all = true;
    for (std::uint32_t module = 0; module < shape.modules; ++module) {
      if ((link.used >> module & 1) != 0) all = all && same(module, 0) && same(module, 1);
    }
    if (!all) continue;
    link.rate = *rate;
    link.each = at_rate;
    break;
  }
  return link;
}

UcieLaneState ucie_pin_state(UciePackage package, UciePin pin, std::uint32_t number,
                             const UcieFound& found, bool in_use) {
  if (number >= ucie_pin_count(package, 0, pin)) return UcieLaneState::kUnused;
  const UcieState state = ucie_state_of(pin);
  const UciePinFault fault{.pin = pin, .number = number};
  const UcieFound bit = ucie_find(state, std::span(&fault, 1));  // That of this pin.
  const bool is_spare = bit.spares != 0;
  if ((found.dead & bit.dead) != 0 || (found.spares & bit.spares) != 0) {
    const bool repaired = in_use && !is_spare && ucie_mends(package, state, found);
    return repaired ? UcieLaneState::kRepaired : UcieLaneState::kDead;
  }
  const std::uint64_t mended = state == UcieState::kSbInit ? found.dead & bit.spares : found.dead;
  return in_use && (!is_spare || mended != 0) ? UcieLaneState::kActive : UcieLaneState::kUnused;
}

std::vector<UcieLaneState> ucie_lane_states(UciePackage package, std::uint32_t lanes,
                                            std::span<const UciePinFault> faults,
                                            const UcieDirectionOutcome& outcome) {
  const std::uint32_t spares = ucie_pin_count(package, lanes, UciePin::kDataSpare);
  std::vector<UcieLaneState> states(lanes + spares, UcieLaneState::kUnused);
  for (const std::uint32_t lane : outcome.lane_map) states[lane] = UcieLaneState::kActive;
  for (const UciePinFault& fault : faults) {
    if (fault.pin == UciePin::kDataSpare) states[lanes + fault.number] = UcieLaneState::kDead;
    if (fault.pin != UciePin::kData) continue;
    const bool repaired = (outcome.width.repaired >> fault.number & 1) != 0;
    states[fault.number] = repaired ? UcieLaneState::kRepaired : UcieLaneState::kDead;
  }
  return states;
}

std::optional<DataRate> ucie_lower_rate(DataRate rate) {
  std::optional<DataRate> lower;
  for (const DataRate known : kUcieRates) {
    if (known < rate) lower = known;
  }
  return lower;
}

}  // namespace cvp
