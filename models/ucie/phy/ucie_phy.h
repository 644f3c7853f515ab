// SPDX-License-Identifier: Apache-2.0
//
// What training makes of a link whose pins are partly dead: repair by spares, half the width, fewer
// modules, or TRAINERROR. Pure functions of the list of faults; no SystemC.
//
// The outcomes are the table in TRAINING.md, "Training". [UCIE: Interconnect redundancy remapping]
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "models/ucie/phy/ucie_fault.h"
#include "models/ucie/phy/ucie_state.h"

namespace cvp {

/// What a receiver finds in one state of training.
struct UcieFound {
  std::uint64_t dead = 0;    ///< Data lanes; or the state's pins, clocks before track.
  std::uint32_t spares = 0;  ///< Dead spares of them.

  auto operator<=>(const UcieFound&) const = default;
  bool any() const { return dead != 0 || spares != 0; }
  template <class Archive>
  void serialize(Archive& archive) {
    archive(dead, spares);
  }
};
/// In SBINIT the sideband, in REPAIRCLK clocks and track, in REPAIRVAL valid, else the data lanes
/// at a rate. `faults` are those of one direction of a module.
UcieFound ucie_find(UcieState state, std::span<const UciePinFault> faults,
                    DataRate rate = kUcieRates.front());
/// Where training looks at a pin: SBINIT, REPAIRCLK, REPAIRVAL or REPAIRMB.
UcieState ucie_state_of(UciePin pin);
/// Whether the pins of SBINIT, REPAIRCLK or REPAIRVAL work with their spares: clocks and track
/// share one, each pin of the sideband has its own. A dead spare does no harm until it is needed.
bool ucie_mends(UciePackage package, UcieState state, const UcieFound& found);

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
  DataRate rate;                          ///< 0: TRAINERROR.
  UcieState failed = UcieState::kActive;  ///< Where training ends if it does not reach ACTIVE.
  std::vector<std::array<UcieDirectionOutcome, 2>> each;  ///< Of each module, used or not.
};

/// `reversed`: the lanes of the far end lie in the opposite order. `rate`: that of the lanes; they
/// are repaired at the lowest.
UcieDirectionOutcome ucie_direction_outcome(UciePackage package, std::uint32_t lanes,
                                            std::span<const UciePinFault> faults,
                                            bool reversed = false,
                                            DataRate rate = kUcieRates.front());
/// The faults pass ucie_fault_errors().
UcieLinkOutcome ucie_training_outcome(const UcieLinkShape& shape,
                                      std::span<const UciePinFault> faults, bool reversed = false);

/// Which modules a link uses, and at which width.
struct UcieModuleChoice {
  std::uint32_t lanes = 0, modules = 0, used = 0;
  auto operator<=>(const UcieModuleChoice&) const = default;
};
/// All modules in use have one width: the choice with the most lanes, and of those the most
/// modules. `widths`: of each module, 0 where it has failed.
UcieModuleChoice ucie_choose_modules(std::span<const std::uint32_t> widths);

/// Physical lane of each logical one.
std::vector<std::uint32_t> ucie_lane_map(UciePackage package, std::uint32_t lanes,
                                         const UcieFound& found, const UcieWidth& width,
                                         bool reversed);

/// A physical data lane, or a spare of them, of one direction of a link. As text it is the pin as
/// ucie_fault.h writes it: `data:3`, `m1.data_spare:0`.
struct UcieLane {
  std::uint32_t module = 0;
  UciePin pin = UciePin::kData;  ///< Or kDataSpare.
  std::uint32_t number = 0;      ///< In its module.

  auto operator<=>(const UcieLane&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(module, pin, number);
  }
};

std::string to_string(const UcieLane& lane);

enum class UcieLaneState : std::uint8_t {
  kActive,
  kRepaired,  ///< Dead; a neighbour or a spare carries its bits.
  kDead,      ///< Not repaired.
  kUnused,    ///< Works, in a part that was given up, or as a spare.
};
/// Of a pin that is no lane; one that there is not is unused. `found`: in ucie_state_of(pin);
/// `in_use`: training has left that state, and has not failed.
UcieLaneState ucie_pin_state(UciePackage package, UciePin pin, std::uint32_t number,
                             const UcieFound& found, bool in_use);
/// Of every data lane and then every spare of a direction.
std::vector<UcieLaneState> ucie_lane_states(UciePackage package, std::uint32_t lanes,
                                            std::span<const UciePinFault> faults,
                                            const UcieDirectionOutcome& outcome);

/// The next lower rate that a link falls back to; empty: there is none.
std::optional<DataRate> ucie_lower_rate(DataRate rate);

}  // namespace cvp
