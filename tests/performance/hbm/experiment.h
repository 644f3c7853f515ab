// SPDX-License-Identifier: Apache-2.0
//
// The driver of the HBM reference experiment: access patterns, and requests kept outstanding
// (closed loop) or offered at a rate (open loop) to channels of the approximate model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/hbm/approximate/hbm_channels.h"
#include "models/hbm/cycle/controller_policy.h"
#include "platform/bench/access_pattern.h"

namespace cvp::hbm_experiment {

struct Request {
  Addr address;
  bool write;
};

/// Request number n of a pattern that is known to be one.
class Pattern {
 public:
  /// Of requests of `unit` bytes.
  Pattern(const std::string& text, std::uint64_t capacity, std::uint64_t unit, std::uint64_t seed);
  Request operator()(std::uint64_t n) const {
    const AccessPattern::Run run = pattern_.run(n);
    return {run.address, run.write};
  }

 private:
  AccessPattern pattern_;
};

struct Experiment {
  std::string timing = "hbm3-6400";
  std::string map;
  std::string pattern;
  unsigned channels = 1;
  std::string policy = "ab_q64";  ///< Or pc_q64, which the naive controller does not know.
  HbmRefresh refresh = HbmRefresh::kAllBank;  ///< All banks, or none, for the naive controller.
  unsigned read_queue = 64, write_queue = 64;
  std::uint64_t requests = 100000, warm_up = 20000, outstanding = 512;
  double offered = 0;      ///< Fraction of the peak; 0: closed loop.
  std::uint64_t seed = 0;  ///< Of the pattern.

  /// The controller, with the marks of the reference's in proportion to the write queue.
  HbmControllerParams controller() const;
  bool queues_per_pseudo_channel() const;
  /// Whether any of the requests is a write.
  bool writes() const;
};

struct Result {
  double efficiency, latency_avg_ns, latency_p50_ns, latency_p99_ns;
};

Result run(const Experiment& experiment);

/// Of the reads' latencies (sorted here) and the ticks between warm-up and the last completion.
Result summarise(const Experiment& experiment, const HbmTiming& timing,
                 std::vector<Tick>& latencies, Tick ticks);

}  // namespace cvp::hbm_experiment
