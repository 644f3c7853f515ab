// SPDX-License-Identifier: Apache-2.0
//
// What training makes of a link whose pins are partly dead: repair by spares, half the width, fewer
// modules, or TRAINERROR. Pure functions of the list of faults; no SystemC.
//
// The outcomes are the table in README.md, "Training". [UCIE: Interconnect redundancy remapping]
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/ucie/ucie_training.h"

namespace cvp {

/// Pins of one direction of a module. Those that have a spare are in advanced packages only, as are
/// the spares.
enum class UciePin : std::uint8_t {
  kData,       ///< Numbered.
  kDataSpare,  ///< Numbered: two for each 32 lanes.
  kClock,      ///< 0 and 1: both phases of the forwarded clock.
  kTrack,
  kClockSpare,  ///< Of clock and track.
  kValid,
  kValidSpare,
  kSideband,       ///< 0: clock, 1: data.
  kSidebandSpare,  ///< 0: clock, 1: data.
};

struct UciePinFault {
  std::uint32_t module = 0;
  std::uint32_t direction = 0;  ///< 0 or 1.
  UciePin pin = UciePin::kData;
  std::uint32_t number = 0;
  auto operator<=>(const UciePinFault&) const = default;
};

/// How many pins of a kind a direction of a module has; 0: none.
std::uint32_t ucie_pin_count(UciePackage package, std::uint32_t lanes, UciePin pin);
const char* name_of(UciePin pin);
/// Empty if every fault is at a pin that exists; else what is wrong and what was expected.
std::string ucie_fault_error(const UcieLinkShape& shape, std::span<const UciePinFault> faults);

/// One direction of a module after training.
struct UcieDirectionOutcome {
  UcieWidth width;  ///< Width 0: it does not work.
  bool clock_repaired = false, valid_repaired = false, sideband_repaired = false;
  /// Where it fails; kActive: it does not.
  UcieState failed = UcieState::kActive;
  /// Physical lane of each logical one; the spares follow the data lanes.
  std::vector<std::uint32_t> lane_map;
};

/// A link after training. `lanes` 0: TRAINERROR.
struct UcieLinkOutcome {
  std::uint32_t lanes = 0;                ///< Of each module in use.
  std::uint32_t modules = 0;              ///< In use: 4, 2, 1 or none.
  std::uint32_t used = 0;                 ///< Bit n: module n is.
  UcieState failed = UcieState::kActive;  ///< Where training ends if it does not reach ACTIVE.
  std::vector<std::array<UcieDirectionOutcome, 2>> each;  ///< Of each module, used or not.
};

/// `reversed`: the lanes of the far end lie in the opposite order.
UcieDirectionOutcome ucie_direction_outcome(UciePackage package, std::uint32_t lanes,
                                            std::span<const UciePinFault> faults,
                                            bool reversed = false);
/// The faults pass ucie_fault_error().
UcieLinkOutcome ucie_training_outcome(const UcieLinkShape& shape,
                                      std::span<const UciePinFault> faults, bool reversed = false);

enum class UcieLaneState : std::uint8_t {
  kActive,
  kRepaired,  ///< Dead; a neighbour or a spare carries its bits.
  kDead,      ///< Not repaired.
  kUnused,    ///< Works, in a part that was given up, or as a spare.
};
/// Of every data lane and then every spare of a direction.
std::vector<UcieLaneState> ucie_lane_states(UciePackage package, std::uint32_t lanes,
                                            std::span<const UciePinFault> faults,
                                            const UcieDirectionOutcome& outcome);

/// The next lower rate that a link falls back to; empty: there is none.
std::optional<DataRate> ucie_lower_rate(DataRate rate);

}  // namespace cvp
