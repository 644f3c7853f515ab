// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/performance/hbm/cycle_driver.h"
#include "tests/performance/hbm/reference.h"

using namespace cvp;
using namespace cvp::hbm_experiment;

TEST_CASE("Hbm cycle fidelity gives the reference's rows to the printed digit", "[hbm]") {
  unsigned rows = 0;
  for (const Row& row : read_reference(CVP_HBM_REFERENCE)) {
    ++rows;
    const auto* policy = hbm_cycle::find_controller_policy(row.controller);
    REQUIRE(policy != nullptr);
    const Result result = run_cycle(row.experiment, *policy);
    INFO(row.controller << " " << row.experiment.pattern << " offered " << row.experiment.offered
                        << ": " << result.efficiency << ", " << result.latency_avg_ns << ", "
                        << result.latency_p50_ns << ", " << result.latency_p99_ns);
    CHECK(same_digits(result, row));
  }
  CHECK(rows == 35);
}

// Ramulator 2.1: 50.9 % with 64 queue entries, 42.1 % with 32.
TEST_CASE("Hbm cycle fidelity is bound by tCCDL and the queue on a page-linear map", "[hbm]") {
  Experiment experiment{
      .map = "c5p1s1g2b2r14", .pattern = "seq", .requests = 60000, .warm_up = 20000};
  auto policy = *hbm_cycle::find_controller_policy("ab_q64");
  CHECK(run_cycle(experiment, policy).efficiency == Approx(0.509).margin(0.0005));
  policy.read_queue = 32;
  CHECK(run_cycle(experiment, policy).efficiency == Approx(0.421).margin(0.0005));
}

TEST_CASE("Hbm cycle fidelity: sixteen channels give each the bandwidth of one", "[hbm]") {
  const auto& policy = *hbm_cycle::find_controller_policy("ab_q64");
  const Result one = run_cycle({.map = "p1g2c3b2s1c2r14y", .pattern = "seq"}, policy);
  const Result all = run_cycle({.map = "p1g2c1h4c2b2s1c2r14y",
                                .pattern = "seq",
                                .channels = 16,
                                .requests = 1600000,
                                .warm_up = 100000,
                                .outstanding = 16 * 512},
                               policy);
  CHECK(all.efficiency == Approx(one.efficiency).epsilon(0.01));
}
