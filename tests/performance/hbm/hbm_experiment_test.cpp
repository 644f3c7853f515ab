// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/performance/hbm/experiment.h"
#include "tests/performance/hbm/reference.h"

using namespace cvp::hbm_experiment;

TEST_CASE("Hbm sequential and random reads are within 10 % of Ramulator 2.1", "[hbm]") {
  unsigned rows = 0;
  for (const Row& row : read_reference(CVP_HBM_REFERENCE)) {
    const std::string& pattern = row.experiment.pattern;
    const bool reads = pattern == "seq" ||
                       (pattern.starts_with("rand:") && pattern.find(':', 5) == std::string::npos);
    if (!reads) continue;
    ++rows;
    const Result result = run(row.experiment);
    INFO(pattern << " offered " << row.experiment.offered);
    CHECK(result.efficiency == Approx(row.efficiency).epsilon(0.10));
    CHECK(result.latency_avg_ns == Approx(row.latency_avg_ns).epsilon(0.10));
  }
  CHECK(rows == 24);
}
