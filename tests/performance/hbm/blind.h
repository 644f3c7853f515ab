// SPDX-License-Identifier: Apache-2.0
//
// Experiments nobody has looked at: patterns, maps, depths, channel counts, generations and loads
// drawn from a seed, each run on a fidelity and on the naive controller.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/performance/hbm/experiment.h"

namespace cvp::hbm_experiment {

struct BlindCase {
  enum class Kind { kReads, kMix, kLatency };
  Kind kind;
  Experiment experiment;
  double ours, reference;  ///< Efficiency, or mean latency in ns.

  double error() const { return ours / reference - 1; }
  std::string text() const;
};

using Model = Result (*)(const Experiment&);
/// Draws `count` cases and runs them, a third of each kind; closed loops keep `least` to 512
/// requests a channel outstanding.
std::vector<BlindCase> run_blind(unsigned count, std::uint64_t seed, unsigned least, Model model);

struct Score {
  double median, worst;  ///< Of the errors' sizes.
};
Score score(const std::vector<BlindCase>& cases, BlindCase::Kind kind);

}  // namespace cvp::hbm_experiment
