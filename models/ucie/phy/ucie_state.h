// SPDX-License-Identifier: Apache-2.0
//
// States of link training, in the order of the public record. [UCIE: Link Training State Machine]
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/core/units.h"

namespace cvp {

/// The register `status.state` holds these numbers.
enum class UcieState : std::uint8_t {
  kReset,
  kSbInit,
  kMbInitParam,
  kMbInitCal,
  kMbInitRepairClk,
  kMbInitRepairVal,
  kMbInitReversalMb,
  kMbInitRepairMb,
  kMbTrainValVref,
  kMbTrainDataVref,
  kMbTrainSpeedIdle,
  kMbTrainTxSelfCal,
  kMbTrainRxClkCal,
  kMbTrainValTrainCenter,
  kMbTrainValTrainVref,
  kMbTrainDataTrainCenter1,
  kMbTrainDataTrainVref,
  kMbTrainRxDeskew,
  kMbTrainDataTrainCenter2,
  kMbTrainLinkSpeed,
  kMbTrainRepair,
  kLinkInit,
  kActive,
  kPhyRetrain,
  kL1,
  kL2,
  kTrainError,
};
constexpr std::size_t kUcieStates = 27;
const char* name_of(UcieState state);
/// How long an end's own work takes in a state; 0 where a state only waits.
Femtoseconds ucie_state_duration(UcieState state);
constexpr Femtoseconds kUcieTimeout = 8_ms;
constexpr Femtoseconds kUcieResetTime = 4_ms;       ///< At least.
constexpr Femtoseconds kUcieTrainErrorTime = 1_ms;  ///< From TRAINERROR to RESET.

}  // namespace cvp
