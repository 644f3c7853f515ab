// SPDX-License-Identifier: Apache-2.0
//
// What a stack is built from, and what of it cannot be. No SystemC.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/core/units.h"
#include "models/hbm/cycle/controller_policy.h"
#include "models/hbm/hbm_controller.h"
#include "models/hbm/hbm_timing.h"

namespace cvp {

/// What HbmTiming::policy says.
inline constexpr std::string_view kPolicyOfGeneration = "generation";

struct HbmParams {
  std::string generation = "hbm3";    ///< A built-in one or a timing file, see load_hbm_timing().
  std::uint64_t channels = 0;         ///< 0: as many as the generation has.
  std::uint64_t stack_ids = 0;        ///< The same: 1 to 4 are stacks of 4 to 16 dies, or ranks.
  std::string map;                    ///< See HbmMap; empty: the channels in turn, folded.
  unsigned channel_interleave = 512;  ///< Bytes in one channel before the next, with no `map`.
  Fidelity fidelity = Fidelity::kApproximate;
  /// nb_transport_fw answers at once, with the time annotated, and b_transport returns with it;
  /// else the four phases follow in simulated time, as they always do at cycle fidelity.
  bool early_completion = true;
  Femtoseconds controller_latency{};     ///< Added to the DRAM's figure: PHY, queues; up to 1 us.
  Femtoseconds mode_time = 100_ns;       ///< SEND_MRS, all channels.
  Femtoseconds training_time = 10_us;    ///< START_TRAINING, all channels at once.
  std::vector<unsigned> training_fails;  ///< Channels that never train.
  /// Pseudo channels, counted through the stack, that train but read as zero.
  std::vector<unsigned> dead_pseudo_channels;
  bool pim = false;               ///< Has compute units beside its banks.
  unsigned celsius = 45;          ///< What its temperature sensor says.
  bool trained_at_reset = false;  ///< Ready without firmware.
  HbmControllerParams controller;
  /// The scheduler, see controller_policies(), or kPolicyOfGeneration. Functional fidelity has that
  /// one, approximate fidelity those that open rows for the oldest request. Sizes of queues and
  /// refresh are `controller`'s, whatever the policy's own.
  std::string policy{kPolicyOfGeneration};

  /// What is impossible, as `<parameter>: <what, and what was expected>`; empty if nothing.
  std::vector<std::string> errors() const;
  /// Timing with the geometry as built, and the map in use; only without errors().
  HbmTiming timing() const;
  std::string map_in_use() const;
  hbm_cycle::ControllerPolicy policy_in_use() const;
  /// What the policy refreshes by itself, for those who leave the choice to it; all banks if there
  /// is no such policy.
  HbmRefresh refresh_of_policy() const;
};

}  // namespace cvp
