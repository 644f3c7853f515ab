// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/ucie_phy.h"

#include <algorithm>
#include <bit>

#include "models/core/report.h"

namespace cvp {
namespace {

constexpr std::uint32_t kGroup = 32;  // Lanes that share two spares.

struct PinInfo {
  const char* name;
  std::uint32_t count;
  bool advanced_only;
};
// In the order of UciePin; a count of 0 depends on the lanes.
constexpr std::array<PinInfo, 9> kPins = {{{"data", 0, false},
                                           {"data_spare", 0, true},
                                           {"clock", 2, false},
                                           {"track", 1, false},
                                           {"clock_spare", 1, true},
                                           {"valid", 1, false},
                                           {"valid_spare", 1, true},
                                           {"sideband", 2, false},
                                           {"sideband_spare", 2, true}}};

const PinInfo& info(UciePin pin) { return kPins[static_cast<std::size_t>(pin)]; }

/// Dead pins of one direction, by kind.
class Dead {
 public:
  explicit Dead(std::span<const UciePinFault> faults) {
    for (const UciePinFault& fault : faults) {
      pins_[static_cast<std::size_t>(fault.pin)] |= std::uint64_t{1} << fault.number;
    }
  }
  std::uint64_t mask(UciePin pin) const { return pins_[static_cast<std::size_t>(pin)]; }
  int count(std::initializer_list<UciePin> pins) const {
    int count = 0;
    for (const UciePin pin : pins) count += std::popcount(mask(pin));
    return count;
  }

 private:
  std::array<std::uint64_t, kPins.size()> pins_{};
};

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

std::vector<std::uint32_t> make_lane_map(UciePackage package, std::uint32_t lanes, const Dead& dead,
                                         const UcieWidth& width) {
  std::vector<std::uint32_t> map;
  if (package == UciePackage::kStandard) {
    for (std::uint32_t i = 0; i < width.width; ++i) map.push_back(width.first_lane + i);
    return map;
  }
  for (std::uint32_t first = width.first_lane; first < width.first_lane + width.width;
       first += kGroup) {
    const std::uint64_t of_group = dead.mask(UciePin::kData) & std::uint64_t{0xFFFF'FFFF} << first;
    const std::uint32_t spare = first / kGroup * 2;
    map_group(map, first, of_group, lanes + spare,
              (dead.mask(UciePin::kDataSpare) >> spare & 1) == 0);
  }
  return map;
}

std::vector<UciePinFault> faults_of(std::span<const UciePinFault> faults, std::uint32_t module,
                                    std::uint32_t direction) {
  std::vector<UciePinFault> result;
  std::ranges::copy_if(faults, std::back_inserter(result), [&](const UciePinFault& fault) {
    return fault.module == module && fault.direction == direction;
  });
  return result;
}

}  // namespace

const char* name_of(UciePin pin) { return info(pin).name; }

std::uint32_t ucie_pin_count(UciePackage package, std::uint32_t lanes, UciePin pin) {
  if (info(pin).advanced_only && package == UciePackage::kStandard) return 0;
  if (pin == UciePin::kData) return lanes;
  if (pin == UciePin::kDataSpare) return lanes / kGroup * 2;
  return info(pin).count;
}

std::string ucie_fault_error(const UcieLinkShape& shape, std::span<const UciePinFault> faults) {
  for (const UciePinFault& fault : faults) {
    const std::uint32_t count = ucie_pin_count(shape.package, shape.lanes, fault.pin);
    if (fault.module >= shape.modules) {
      return concat("faults: module ", fault.module, " does not exist; modules are 0 to ",
                    shape.modules - 1);
    }
    if (fault.direction > 1) {
      return concat("faults: direction ", fault.direction, " does not exist; expected 0 or 1");
    }
    if (count == 0) {
      return concat("faults: a standard package has no ", name_of(fault.pin));
    }
    if (fault.number >= count) {
      return concat("faults: ", name_of(fault.pin), ' ', fault.number,
                    " does not exist; expected 0 to ", count - 1);
    }
  }
  return {};
}

UcieDirectionOutcome ucie_direction_outcome(UciePackage package, std::uint32_t lanes,
                                            std::span<const UciePinFault> faults, bool reversed) {
  const Dead dead(faults);
  UcieDirectionOutcome outcome;
  // A spare takes the place of one pin of its kind. Without a dead pin, a dead spare does no harm.
  const auto mended = [&](int dead_pins, int dead_spares, bool& repaired) {
    repaired = package == UciePackage::kAdvanced && dead_pins == 1 && dead_spares == 0;
    return dead_pins == 0 || repaired;
  };
  // In the order in which training meets them. The spare of the sideband is a pair.
  const int spare_pair = dead.count({UciePin::kSidebandSpare}) > 0 ? 1 : 0;
  if (!mended(dead.count({UciePin::kSideband}), spare_pair, outcome.sideband_repaired)) {
    outcome.failed = UcieState::kSbInit;
  } else if (!mended(dead.count({UciePin::kClock, UciePin::kTrack}),
                     dead.count({UciePin::kClockSpare}), outcome.clock_repaired)) {
    outcome.failed = UcieState::kMbInitRepairClk;
  } else if (!mended(dead.count({UciePin::kValid}), dead.count({UciePin::kValidSpare}),
                     outcome.valid_repaired)) {
    outcome.failed = UcieState::kMbInitRepairVal;
  } else {
    outcome.width =
        ucie_width_after_repair(package, lanes, dead.mask(UciePin::kData),
                                static_cast<std::uint32_t>(dead.mask(UciePin::kDataSpare)));
    if (outcome.width.width == 0) outcome.failed = UcieState::kMbInitRepairMb;
  }
  outcome.lane_map = make_lane_map(package, lanes, dead, outcome.width);
  if (reversed) std::ranges::reverse(outcome.lane_map);
  return outcome;
}

UcieLinkOutcome ucie_training_outcome(const UcieLinkShape& shape,
                                      std::span<const UciePinFault> faults, bool reversed) {
  UcieLinkOutcome link;
  std::vector<std::uint32_t> widths;
  for (std::uint32_t module = 0; module < shape.modules; ++module) {
    std::array<UcieDirectionOutcome, 2> both;
    for (std::uint32_t direction = 0; direction < 2; ++direction) {
      both[direction] = ucie_direction_outcome(shape.package, shape.lanes,
                                               faults_of(faults, module, direction), reversed);
    }
    widths.push_back(std::min(both[0].width.width, both[1].width.width));
    link.each.push_back(std::move(both));
  }
  // All modules in use have one width: the choice with the most lanes, and of those the most
  // modules.
  for (const std::uint32_t modules : {4u, 2u, 1u}) {
    std::vector<std::uint32_t> widest = widths;
    std::ranges::sort(widest, std::greater{});
    if (modules > widest.size() || modules * widest[modules - 1] <= link.modules * link.lanes) {
      continue;
    }
    link.modules = modules;
    link.lanes = widest[modules - 1];
  }
  std::uint32_t left = link.modules;
  for (std::uint32_t module = 0; module < shape.modules && left > 0; ++module) {
    if (widths[module] < link.lanes) continue;
    link.used |= 1u << module;
    --left;
  }
  if (link.lanes > 0) return link;
  for (const auto& both : link.each) {  // The furthest that any module came.
    const UcieState failed = std::min(both[0].failed, both[1].failed);
    if (link.failed == UcieState::kActive || failed > link.failed) link.failed = failed;
  }
  return link;
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
