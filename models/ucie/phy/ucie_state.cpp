// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/phy/ucie_state.h"

#include <array>

namespace cvp {
namespace {

struct StateInfo {
  const char* name;
  Femtoseconds duration;
};

// One row a state, in the order of the enumeration. RESET's four milliseconds and the order are the
// public record's; the other durations are ours.
constexpr std::array<StateInfo, kUcieStates> kStates = {{
    {"RESET", kUcieResetTime},
    {"SBINIT", 2_us},
    {"MBINIT.PARAM", 1_us},
    {"MBINIT.CAL", 2_us},
    {"MBINIT.REPAIRCLK", 2_us},
    {"MBINIT.REPAIRVAL", 2_us},
    {"MBINIT.REVERSALMB", 2_us},
    {"MBINIT.REPAIRMB", 4_us},
    {"MBTRAIN.VALVREF", 4_us},
    {"MBTRAIN.DATAVREF", 8_us},
    {"MBTRAIN.SPEEDIDLE", 2_us},
    {"MBTRAIN.TXSELFCAL", 4_us},
    {"MBTRAIN.RXCLKCAL", 4_us},
    {"MBTRAIN.VALTRAINCENTER", 4_us},
    {"MBTRAIN.VALTRAINVREF", 4_us},
    {"MBTRAIN.DATATRAINCENTER1", 8_us},
    {"MBTRAIN.DATATRAINVREF", 8_us},
    {"MBTRAIN.RXDESKEW", 4_us},
    {"MBTRAIN.DATATRAINCENTER2", 8_us},
    {"MBTRAIN.LINKSPEED", 4_us},
    {"MBTRAIN.REPAIR", 4_us},
    {"LINKINIT", 2_us},
    {"ACTIVE", {}},
    {"PHYRETRAIN", 2_us},
    {"L1", {}},
    {"L2", {}},
    {"TRAINERROR", {}},
}};

}  // namespace

const char* name_of(UcieState state) { return kStates[static_cast<std::size_t>(state)].name; }

Femtoseconds ucie_state_duration(UcieState state) {
  return kStates[static_cast<std::size_t>(state)].duration;
}

}  // namespace cvp
