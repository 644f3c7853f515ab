// SPDX-License-Identifier: Apache-2.0
//
// What a sweep found: numbers out of each point's stats.json, the Pareto front, and all of it as
// one table, as CSV and as JSON. No SystemC.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace cvp {

struct PointMetrics {
  std::uint64_t images = 0, npu_dies = 0;
  double time_s = 0;  ///< Of the inference, simulated.
  double images_per_s = 0;
  double memory_gb_s = 0;  ///< Tensor bytes read and written in all memories, by time_s.
  double hbm_gb_s = 0;     ///< The same of HBM alone, mean of the stacks.
  double link_gb_s = 0;    ///< Busiest direction of a link.
  std::string link;        ///< Which one that is.
  double energy_j = 0;     ///< Of that time, background and refresh too.
  double mac_utilisation = 0;
  double accuracy = 0;
  bool exact = false;       ///< Every compared value equals the reference's.
  bool as_planned = false;  ///< Every byte count equals the compiler's plan.

  double energy_per_image_j() const {
    return images > 0 ? energy_j / static_cast<double>(images) : 0;
  }
  bool operator==(const PointMetrics&) const = default;
};

/// Empty when the run was not completed or the file is none of ours; `problem` then says why.
std::optional<PointMetrics> read_metrics(const std::filesystem::path& stats, std::string& problem);

struct PointResult {
  std::string name;
  std::vector<std::string> labels;  ///< One an axis.
  int exit_code = 0;
  double wall_s = 0;
  bool resumed = false;
  std::string problem;  ///< Empty: all is well.
  std::optional<PointMetrics> metrics;
  bool pareto = false;  ///< No other point is better in time and energy.
};

struct SweepResults {
  std::string sweep;
  std::vector<std::string> axes;
  std::vector<PointResult> points;

  bool ok() const;
};

void mark_pareto(std::vector<PointResult>& points);

/// Aligned, names and units in the head, a dash where a point has no result.
std::string to_table(const SweepResults& results);
std::string to_csv(const SweepResults& results);
/// Everything that depends on the host is under the key `host`.
nlohmann::ordered_json to_json(const SweepResults& results);

}  // namespace cvp
