// SPDX-License-Identifier: Apache-2.0
//
// Approximate and cycle fidelity where the reference has no rows: refreshes of a few banks, small
// queues.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include "tests/performance/hbm/cycle_driver.h"
#include "tests/performance/hbm/experiment.h"

using cvp::HbmRefresh;
using namespace cvp::hbm_experiment;

namespace {

struct Memory {
  std::string timing, map;
  HbmRefresh refresh;
};

const Memory kMemories[] = {{"hbm3-6400", "p1g2c3b2s1c2r14y", HbmRefresh::kPerBank},
                            {"hbm3-6400", "p1g2c3b2s1c2r14y", HbmRefresh::kSameBank},
                            {"hbm2", "p1g2c3b2c2r14y", HbmRefresh::kPerBank},
                            {"hbm3e-9.6", "p1g2c3b2s1c2r14y", HbmRefresh::kPerBank}};

Experiment refreshed(const Memory& memory, const std::string& pattern) {
  return {.timing = memory.timing,
          .map = memory.map,
          .pattern = pattern,
          .refresh = memory.refresh,
          .requests = 60000,
          .warm_up = 10000};
}

double off(double ours, double reference) { return std::abs(ours / reference - 1); }

}  // namespace

TEST_CASE("Hbm refreshes of a few banks delay reads alike at approximate and cycle fidelity",
          "[hbm]") {
  for (const Memory& memory : kMemories) {
    for (const char* pattern : {"seq", "rand:4096", "rand:32", "s21:1024"}) {
      Experiment experiment = refreshed(memory, pattern);
      const double most = run_cycle(experiment).efficiency;
      for (const double load : {0.1, 0.3, 0.5}) {
        experiment.offered = load * most;
        INFO(memory.timing << " " << pattern << ", " << load << " of " << most);
        CHECK(off(run(experiment).latency_avg_ns, run_cycle(experiment).latency_avg_ns) <= 0.10);
      }
    }
  }
}

// A stream that leaves most banks alone hardly meets the one that is being refreshed.
TEST_CASE("Hbm refreshes of a few banks are felt less than those of all, by light streams",
          "[hbm]") {
  for (const Memory& memory : kMemories) {
    for (const char* pattern : {"seq", "stride:512", "rand:4096"}) {
      Experiment experiment = refreshed(memory, pattern);
      experiment.offered = 0.1;
      Experiment all = experiment, none = experiment;
      all.refresh = HbmRefresh::kAllBank;
      none.refresh = HbmRefresh::kNone;
      for (const auto model : {+[](const Experiment& e) { return run(e).latency_avg_ns; },
                               +[](const Experiment& e) { return run_cycle(e).latency_avg_ns; }}) {
        INFO(memory.timing << " " << pattern);
        const double least = model(none);
        CHECK(model(experiment) - least < (model(all) - least) / 3);
      }
    }
  }
}

// Reads and writes of the same banks fill short queues with requests that wait for their banks.
TEST_CASE("Hbm approximate fidelity keeps its bandwidth with short queues", "[hbm]") {
  for (const char* map : {"c1c4b2g2s1p1r14y", "c5p1s1g2b2r14", "p1g2c3b2s1c2r14y"}) {
    for (const char* pattern : {"s21:64", "copy:64", "rand:256:333"}) {
      for (const auto& [reads, writes] : {std::pair{8u, 8u}, {16u, 16u}, {16u, 64u}}) {
        const Experiment experiment{.map = map,
                                    .pattern = pattern,
                                    .read_queue = reads,
                                    .write_queue = writes,
                                    .requests = 40000,
                                    .warm_up = 10000};
        INFO(map << " " << pattern << ", " << reads << " reads and " << writes << " writes");
        CHECK(off(run(experiment).efficiency, run_cycle(experiment).efficiency) <= 0.20);
      }
    }
  }
}
