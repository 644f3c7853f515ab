// SPDX-License-Identifier: Apache-2.0
//
// hbm_experiment <csv>: runs every row of the reference experiment on the approximate model and
// prints our value, the reference and the difference, then the model's speed.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "tests/performance/hbm/experiment.h"
#include "tests/performance/hbm/reference.h"

int main(int argc, char** argv) {
  using namespace cvp::hbm_experiment;
  if (argc != 2) {
    std::cerr << "usage: hbm_experiment <csv>; expected the reference file\n";
    return 2;
  }
  std::printf("%-16s %-5s %-4s | %6s %6s %6s | %7s %7s %6s | %6s\n", "pattern", "refr.", "load",
              "eff %", "ref.", "diff", "avg ns", "ref.", "diff", "M/s");
  for (const Row& row : read_reference(argv[1])) {
    const auto begin = std::chrono::steady_clock::now();
    const Result result = run(row.experiment);
    const std::chrono::duration<double> host = std::chrono::steady_clock::now() - begin;
    std::printf("%-16s %-5s %4.2f | %6.2f %6.2f %+5.1f%% | %7.1f %7.1f %+5.1f%% | %6.2f\n",
                row.experiment.pattern.c_str(),
                row.experiment.refresh == cvp::HbmRefresh::kNone ? "off" : "on",
                row.experiment.offered, 100 * result.efficiency, 100 * row.efficiency,
                100 * (result.efficiency / row.efficiency - 1), result.latency_avg_ns,
                row.latency_avg_ns,
                row.latency_avg_ns > 0 ? 100 * (result.latency_avg_ns / row.latency_avg_ns - 1) : 0,
                static_cast<double>(row.experiment.requests) / host.count() * 1e-6);
  }
  return 0;
}
