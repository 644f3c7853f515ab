// SPDX-License-Identifier: Apache-2.0
//
// Reads the reference results: hbm3_ramulator2.csv.
#pragma once

#include <string>
#include <vector>

#include "tests/performance/hbm/experiment.h"

namespace cvp::hbm_experiment {

struct Row {
  Experiment experiment;
  std::string controller;
  double efficiency, latency_avg_ns, latency_p50_ns, latency_p99_ns;
};

std::vector<Row> read_reference(const std::string& file);
/// Whether a result is the row's in all digits that the file prints.
bool same_digits(const Result& result, const Row& row);

}  // namespace cvp::hbm_experiment
