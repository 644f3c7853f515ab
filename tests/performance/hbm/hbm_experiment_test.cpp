// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <map>
#include <string>

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

// No bar of the project, but a floor under what is reached; README.md has the figures.
TEST_CASE("Hbm strides, writes and mixes stay near Ramulator 2.1", "[hbm]") {
  const std::map<std::string, double> tolerances = {
      {"seqw", 0.02},        {"s21:1024:0", 0.30},   {"s21:4096:0", 0.12}, {"s21:16384:0", 0.05},
      {"copy:4096:0", 0.08}, {"rand:256:333", 0.12}, {"stride:64", 0.02},  {"stride:256", 0.20},
      {"stride:4096", 0.13}, {"stride:65536", 0.05}};
  unsigned rows = 0;
  for (const Row& row : read_reference(CVP_HBM_REFERENCE)) {
    const auto tolerance = tolerances.find(row.experiment.pattern);
    if (tolerance == tolerances.end()) continue;
    ++rows;
    INFO(row.experiment.pattern);
    CHECK(run(row.experiment).efficiency == Approx(row.efficiency).epsilon(tolerance->second));
  }
  CHECK(rows == 11);
}

TEST_CASE("Hbm sixteen channels give sixteen times the bandwidth of one", "[hbm]") {
  const Result one = run({.map = "p1g2c3b2s1c2r14y", .pattern = "seq"});
  const Result all = run({.map = "p1g2c1h4c2b2s1c2r14y",
                          .pattern = "seq",
                          .channels = 16,
                          .requests = 1600000,
                          .warm_up = 100000,
                          .outstanding = 16 * 512});
  CHECK(all.efficiency == Approx(one.efficiency).epsilon(0.03));
}

// Ramulator 2.1, refresh off: 50.9 % with 64 queue entries, 42.1 % with 32.
TEST_CASE("Hbm page-linear map is bound by tCCDL and the depth of its queue", "[hbm]") {
  Experiment experiment{.map = "c5p1s1g2b2r14",
                        .pattern = "seq",
                        .refresh = false,
                        .requests = 60000,
                        .warm_up = 20000};
  CHECK(run(experiment).efficiency == Approx(0.509).epsilon(0.10));
  experiment.read_queue = 32;
  CHECK(run(experiment).efficiency == Approx(0.421).epsilon(0.10));
}
