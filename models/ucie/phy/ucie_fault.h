// SPDX-License-Identifier: Apache-2.0
//
// Pins of a link that do not work, or not at every rate. Pure; no SystemC.
//
// As text a fault is  [m<module>.][d<direction>.]<pin>[:<number>][@<rate>] , for example `clock`,
// `data:3`, `m1.valid`, `d0.data:7@16`: direction 0 leaves the link's first end; without one, both
// ways have the fault. A lane with a rate works up to it, in GT/s. Faults are apart by commas.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/ucie/phy/ucie_link.h"

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
inline constexpr std::size_t kUciePins = 9;

struct UciePinFault {
  std::uint32_t module = 0;
  std::uint32_t direction = 0;  ///< 0 or 1.
  UciePin pin = UciePin::kData;
  std::uint32_t number = 0;
  DataRate works_up_to{};  ///< Of data lanes and their spares; 0: dead.

  auto operator<=>(const UciePinFault&) const = default;
  bool hurts_at(DataRate rate) const { return works_up_to < rate; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(module, direction, pin, number, works_up_to.transfers_per_second);
  }
};

/// How many pins of a kind a direction of a module has; 0: none.
std::uint32_t ucie_pin_count(UciePackage package, std::uint32_t lanes, UciePin pin);
const char* name_of(UciePin pin);
/// What is wrong with faults, and what was expected: at pins that do not exist, or named twice.
std::vector<std::string> ucie_fault_errors(const UcieLinkShape& shape,
                                           std::span<const UciePinFault> faults);
/// Appends the faults of a text to `faults`; returns what is wrong with its words. Whether the pins
/// exist is ucie_fault_errors()'s to say.
std::vector<std::string> ucie_read_faults(std::string_view text, std::vector<UciePinFault>& faults);
/// Those of one direction of a module.
std::vector<UciePinFault> ucie_faults_of(std::span<const UciePinFault> faults, std::uint32_t module,
                                         std::uint32_t direction);

}  // namespace cvp
