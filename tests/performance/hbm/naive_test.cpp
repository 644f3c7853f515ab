// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/performance/hbm/naive_experiment.h"
#include "tests/performance/hbm/reference.h"

using namespace cvp::hbm_experiment;

TEST_CASE("Hbm naive controller reproduces every row of the reference to the digit", "[hbm]") {
  unsigned rows = 0;
  for (const Row& row : read_reference(CVP_HBM_REFERENCE)) {
    ++rows;
    const Result result = run_naive(row.experiment);
    INFO(row.experiment.pattern << " offered " << row.experiment.offered);
    const double half_digit = 0.5001;
    CHECK(result.efficiency == Approx(row.efficiency).margin(half_digit * 1e-4));
    CHECK(result.latency_avg_ns == Approx(row.latency_avg_ns).margin(half_digit * 0.1));
    CHECK(result.latency_p50_ns == Approx(row.latency_p50_ns).margin(half_digit * 0.1));
    CHECK(result.latency_p99_ns == Approx(row.latency_p99_ns).margin(half_digit * 0.1));
  }
  CHECK(rows == 35);
}
