// SPDX-License-Identifier: Apache-2.0
//
// Benchmark of one memory stack alone: `chiplet-vp bench hbm` and the tests of the model's
// accuracy.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/hbm/hbm.h"

namespace cvp {

struct HbmBenchParams {
  HbmParams memory = {.generation = "hbm3-6400"};
  std::string pattern = "seq";
  /// Empty: the reference experiment's, for the number of channels and the kind of load.
  std::optional<std::uint64_t> requests, warm_up, outstanding;
  double offered = 0;                        ///< Fraction of the peak; 0: closed loop.
  std::optional<std::uint64_t> transaction;  ///< Bytes sent at once at most; empty: one burst.
  std::uint64_t seed = 0;                    ///< Of 32 bits.
};

struct HbmBenchResult {
  double peak_gb_s = 0, efficiency = 0;
  double latency_avg_ns = 0, latency_p50_ns = 0, latency_p99_ns = 0;  ///< Reads; 0: there are none.
  double row_hit_fraction = 0;
  double energy_pj_per_bit = 0;               ///< Rows opened and bits moved.
  double all_pj_per_bit = 0, milliwatts = 0;  ///< With refresh and background, warm-up included.
  double requests_per_host_s = 0;
  /// Lines of the pattern's file that are left, because nobody has said how many to send.
  std::uint64_t lines_left = 0;

  double achieved_gb_s() const { return efficiency * peak_gb_s; }
};

/// Runs it, once a process: the kernel elaborates only once. `errors` then holds what is impossible
/// about the parameters, as `<parameter>: <what, and what was expected>`; the result is empty.
std::optional<HbmBenchResult> run_hbm_bench(const HbmBenchParams& params,
                                            std::vector<std::string>& errors);

}  // namespace cvp
