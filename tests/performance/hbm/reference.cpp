// SPDX-License-Identifier: Apache-2.0
#include "tests/performance/hbm/reference.h"

#include <cmath>
#include <fstream>
#include <sstream>

#include "models/core/report.h"

namespace cvp::hbm_experiment {

std::vector<Row> read_reference(const std::string& file) {
  std::ifstream in(file);
  CVP_CHECK(in.good(), file, ": cannot be read; expected the reference results");
  std::vector<Row> rows;
  std::string line;
  while (std::getline(in, line)) {
    if (line.empty() || line[0] == '#' || line.starts_with("memory,")) continue;
    std::vector<std::string> cells;
    std::istringstream text(line);
    for (std::string cell; std::getline(text, cell, ',');) cells.push_back(cell);
    CVP_CHECK(cells.size() == 14, file, ": ", cells.size(), " cells in a row; expected 14");
    Row row{};
    Experiment& e = row.experiment;
    const std::string& controller = cells[3];
    row.controller = controller;
    e.timing = cells[0];
    CVP_CHECK(find_hbm_timing(e.timing) != nullptr, file, ": no generation ", e.timing);
    e.channels = static_cast<unsigned>(std::stoul(cells[1]));
    e.map = cells[2];
    e.pattern = cells[4];
    e.refresh = controller.starts_with("ab") ? HbmRefresh::kAllBank : HbmRefresh::kNone;
    if (const auto depth = controller.find("_q"); depth != std::string::npos) {
      e.read_queue = e.write_queue =
          static_cast<unsigned>(std::stoul(controller.substr(depth + 2)));
    }
    e.requests = std::stoull(cells[5]);
    e.outstanding = std::stoull(cells[6]);
    e.offered = std::stod(cells[7]);
    const bool shorter = e.offered > 0 || e.pattern.starts_with("stride");
    e.warm_up = controller == "none_idle" ? 100 : shorter ? 10000 : 20000;
    row.efficiency = std::stod(cells[10]);
    row.latency_avg_ns = std::stod(cells[11]);
    row.latency_p50_ns = std::stod(cells[12]);
    row.latency_p99_ns = std::stod(cells[13]);
    rows.push_back(row);
  }
  return rows;
}

bool same_digits(const Result& result, const Row& row) {
  const auto same = [](double ours, double printed, double unit) {
    return std::abs(ours - printed) <= unit / 2 + unit * 1e-6;
  };
  return same(result.efficiency, row.efficiency, 1e-4) &&
         same(result.latency_avg_ns, row.latency_avg_ns, 0.1) &&
         same(result.latency_p50_ns, row.latency_p50_ns, 0.1) &&
         same(result.latency_p99_ns, row.latency_p99_ns, 0.1);
}

}  // namespace cvp::hbm_experiment
