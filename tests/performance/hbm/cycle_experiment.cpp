// SPDX-License-Identifier: Apache-2.0
//
// hbm_cycle_experiment <csv>: runs every row of the reference experiment on the cycle fidelity and
// prints our value, the reference and what differs in the printed digits, then the speed.
#include <chrono>
#include <cstdio>
#include <iostream>

#include "tests/performance/hbm/cycle_driver.h"
#include "tests/performance/hbm/reference.h"

int main(int argc, char** argv) {
  using namespace cvp;
  using namespace cvp::hbm_experiment;
  if (argc != 2 && argc != 3) {
    std::cerr << "usage: hbm_cycle_experiment <csv> [<requests>]; expected the reference file\n";
    return 2;
  }
  std::printf("%-16s %-9s %-4s | %6s %6s | %7s %7s | %7s %7s | %7s %7s | %5s\n", "pattern",
              "contr.", "load", "eff", "ref.", "avg ns", "ref.", "p50", "ref.", "p99", "ref.",
              "M/s");
  for (Row row : read_reference(argv[1])) {
    if (argc == 3) row.experiment.requests = std::stoull(argv[2]);
    const auto begin = std::chrono::steady_clock::now();
    const Result result =
        run_cycle(row.experiment, *hbm_cycle::find_controller_policy(row.controller));
    const std::chrono::duration<double> host = std::chrono::steady_clock::now() - begin;
    std::printf(
        "%-16s %-9s %4.2f | %6.4f %6.4f | %7.1f %7.1f | %7.1f %7.1f | %7.1f %7.1f | %5.2f %s\n",
        row.experiment.pattern.c_str(), row.controller.c_str(), row.experiment.offered,
        result.efficiency, row.efficiency, result.latency_avg_ns, row.latency_avg_ns,
        result.latency_p50_ns, row.latency_p50_ns, result.latency_p99_ns, row.latency_p99_ns,
        static_cast<double>(row.experiment.requests) / host.count() * 1e-6,
        same_digits(result, row) ? "" : "DIFFERS");
  }
  return 0;
}
