// SPDX-License-Identifier: Apache-2.0
//
// What a debugger asks of a hart, and why a hart stands still for it. No SystemC.
#pragma once

#include <cstdint>
#include <optional>

#include "models/cpu/watchpoints.h"

namespace cvp {

enum class DebugMode : std::uint8_t {
  kRun,
  kStep,  ///< One instruction, then all harts stand still.
  kHold,  ///< Stands still, while time may go on for others.
};

struct DebugStop {
  enum class Cause : std::uint8_t { kBreakpoint, kWatchpoint, kStep };
  unsigned hart = 0;
  Cause cause = Cause::kStep;
  std::optional<WatchHit> watch;
};

}  // namespace cvp
