// SPDX-License-Identifier: Apache-2.0
//
// The timing constraints of a channel as data: a pair of commands, where it holds, and the ticks
// from the start of the first to the start of the second. No SystemC.
#pragma once

#include <string>
#include <vector>

#include "models/hbm/cycle/dram_command.h"

namespace cvp::hbm_cycle {

/// Which later commands a rule concerns, seen from the first one.
enum class Scope : std::uint8_t {
  kBank,
  kBankGroup,  ///< Includes the bank itself; so do the wider ones.
  kStackId,
  kOtherStackId,  ///< The other stack ids of the pseudo channel.
  kPseudoChannel,
  kChannel,
};

struct TimingRule {
  const char* name;  ///< The data sheet's word, or the bus.
  DramCommand first, second;
  Scope scope;
  Tick distance;
  unsigned window = 1;  ///< Counts from the window-th last `first`: 4 for four activates.
};

/// A tick is half a clock: commands start with a clock, but those of half a clock in either half.
bool starts_on_odd_ticks(DramCommand command, const HbmCommands& commands);

/// All rules that `timing` implies. Rules of zero distance and less are left out.
std::vector<TimingRule> timing_rules(const HbmTiming& timing);

}  // namespace cvp::hbm_cycle
