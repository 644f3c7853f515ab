// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/performance/hbm/cycle_driver.h"
#include "tests/performance/hbm/naive_experiment.h"
#include "tests/performance/hbm/reference.h"

using namespace cvp;
using namespace cvp::hbm_experiment;

namespace {

constexpr const char* kUsual = "p1g2c3b2s1c2r14y";

void check_equal(const Experiment& e) {
  const Result ours = run_cycle(e), naive = run_naive(e);
  INFO(e.timing << " " << e.map << " " << e.pattern << ", " << e.outstanding << " outstanding");
  CHECK(ours.efficiency == naive.efficiency);
  CHECK(ours.latency_avg_ns == naive.latency_avg_ns);
  CHECK(ours.latency_p50_ns == naive.latency_p50_ns);
  CHECK(ours.latency_p99_ns == naive.latency_p99_ns);
}

}  // namespace

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

// Ramulator 2.1, a subchannel of two ranks: 91.6, 91.7 and 82 %. If both ranks counted their
// activates together, random reads would reach 61 %.
TEST_CASE("Hbm cycle fidelity gives the reference's bandwidth of DDR5-4800", "[hbm]") {
  for (const auto& [pattern, reference, digit] :
       {std::tuple{"seq", 0.916, 0.001}, {"rand:64", 0.917, 0.001}, {"s21:4096", 0.82, 0.01}}) {
    const Experiment experiment{.timing = "ddr5-4800",
                                .map = "g3c6b2s1r16y",
                                .pattern = pattern,
                                .requests = 60000,
                                .warm_up = 10000,
                                .outstanding = 256};
    INFO(pattern);
    CHECK(run_cycle(experiment).efficiency == Approx(reference).margin(digit / 2 + 1e-6));
  }
}

// A pseudo channel can work for 1 - tRFC / tREFI of its time. Refreshes that are put off must be
// made up for: the warm-up is longer than the eight of them, so that they are owed when the
// measured time begins.
TEST_CASE("Hbm cycle fidelity pays for refreshes that it puts off", "[hbm]") {
  const HbmTiming& timing = *find_hbm_timing("hbm3-6400");
  const double most = 1 - static_cast<double>(timing.rfc_ab) / timing.refi;
  for (const char* name : {"ab_q64", "pc_q64", "fr_fcfs", "fr_fcfs_grouped", "fr_fcfs_adaptive"}) {
    const auto* policy = hbm_cycle::find_controller_policy(name);
    REQUIRE(policy != nullptr);
    const Experiment experiment{
        .map = kUsual, .pattern = "seq", .requests = 400000, .warm_up = 100000};
    const double efficiency = run_cycle(experiment, *policy).efficiency;
    INFO(name << " " << efficiency << " of " << most);
    CHECK(efficiency <= most);
    CHECK(efficiency > 0.97 * most);
  }
}

// Patterns, maps, depths and generations of which the reference file has no row.
TEST_CASE("Hbm cycle fidelity and the controller without events agree where nobody measured",
          "[hbm]") {
  const Experiment experiments[] = {
      {.map = kUsual, .pattern = "rand:128:500"},
      {.map = kUsual, .pattern = "rand:2048:50"},
      {.map = kUsual, .pattern = "stride:192"},
      {.map = kUsual, .pattern = "stride:1056"},
      {.map = kUsual, .pattern = "s21:2048:64"},
      {.map = kUsual, .pattern = "copy:512:4096"},
      {.map = kUsual, .pattern = "copy:64:0", .refresh = HbmRefresh::kNone},
      {.map = kUsual, .pattern = "rand:64:700", .refresh = HbmRefresh::kNone, .outstanding = 17},
      {.map = kUsual, .pattern = "rand:32:100", .read_queue = 8},
      {.map = kUsual, .pattern = "rand:512:250", .offered = 0.3},
      {.map = "c5p1s1g2b2r14", .pattern = "copy:1024:0"},
      {.map = "g2p1c5b2s1r14y", .pattern = "rand:1024:333", .refresh = HbmRefresh::kNone},
      {.timing = "hbm2", .map = "p1g2c3b2c2r14y", .pattern = "rand:256:333"},
      {.timing = "hbm3e-9.2", .map = kUsual, .pattern = "s21:4096:0"},
      {.map = "p1g2c1h2c2b2s1c2r14y", .pattern = "rand:1024:100", .channels = 4},
  };
  for (Experiment e : experiments) {
    e.requests = 30000;
    e.warm_up = 5000;
    check_equal(e);
  }
}

// An idle channel's refreshes are not stepped one by one: what is skipped must not show.
TEST_CASE("Hbm cycle fidelity and the controller without events agree after idle refreshes",
          "[hbm]") {
  check_equal(
      {.map = kUsual, .pattern = "rand:32", .requests = 400, .warm_up = 10, .offered = 0.00003});
  check_equal({.map = "g2p1s1c5b2h1r14y",
               .pattern = "seq",
               .channels = 2,
               .write_queue = 16,
               .requests = 60000,
               .warm_up = 10000,
               .outstanding = 1024,
               .offered = 0.308});
  check_equal({.timing = "hbm2",
               .map = "p1h1g2c5b2h1r14",
               .pattern = "copy:448",
               .channels = 4,
               .read_queue = 16,
               .write_queue = 16,
               .requests = 60000,
               .warm_up = 10000,
               .outstanding = 2048,
               .offered = 0.14});
}

// Among 240,000 random bursts there are some that meet a write to the same one in its queue.
TEST_CASE("Hbm cycle fidelity and the controller without events agree on reads of waiting writes",
          "[hbm]") {
  check_equal({.map = "g2b2p1s1c3h1c2h1r14",
               .pattern = "rand:32:500",
               .channels = 4,
               .requests = 240000,
               .warm_up = 40000,
               .outstanding = 476,
               .seed = 259123552});
}

// While a refresh waits nobody chooses between reads and writes, so a queue that fills or empties
// meanwhile changes nothing.
TEST_CASE(
    "Hbm cycle fidelity and the controller without events agree on who is next after a "
    "refresh",
    "[hbm]") {
  for (const std::uint64_t outstanding : {16, 24}) {
    check_equal({.map = kUsual,
                 .pattern = "rand:256:500",
                 .requests = 60000,
                 .warm_up = 10000,
                 .outstanding = outstanding});
  }
  check_equal({.timing = "hbm4-8.0",
               .map = "p1c1b3c4s1g1r14y",
               .pattern = "rand:416:410",
               .read_queue = 32,
               .requests = 60000,
               .warm_up = 10000,
               .outstanding = 22,
               .seed = 766948299});
}
