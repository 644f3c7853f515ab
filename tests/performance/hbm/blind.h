// SPDX-License-Identifier: Apache-2.0
//
// How far a fidelity is off: on the rows of the reference, by which it was fitted, and on
// experiments nobody has looked at, whose patterns and their seeds, maps, depths, queues, channel
// counts, generations and loads are drawn from a seed and run on the naive controller too.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/performance/hbm/experiment.h"

namespace cvp::hbm_experiment {

struct ScoredCase {
  enum class Kind { kReads, kMix, kLatency, kMixLatency };  ///< The last two at an offered load.
  Kind kind;
  Experiment experiment;
  double ours, reference;  ///< Efficiency, or mean latency in ns.

  double error() const { return ours / reference - 1; }
  std::string text() const;
};

using Model = Result (*)(const Experiment&);
/// The reference's rows of each kind that is drawn: closed loops with more than one request
/// outstanding, and loads up to 0.6 of what the pattern reaches.
std::vector<ScoredCase> run_reference(const std::string& file, Model model);
/// Draws `count` cases and runs them, a quarter of each kind; closed loops keep `least` to 512
/// requests a channel outstanding, and loads are up to 0.6 of what the pattern reaches. Generations
/// have their `usual` controllers, and cycle fidelity judges those that the naive controller does
/// not know, or else all of them have the naive one.
std::vector<ScoredCase> run_blind(unsigned count, std::uint64_t seed, unsigned least, Model model,
                                  bool usual);

struct Score {
  std::size_t cases;
  double median, worst;  ///< Of the errors' sizes.
};
Score score(const std::vector<ScoredCase>& cases, ScoredCase::Kind kind);

}  // namespace cvp::hbm_experiment
