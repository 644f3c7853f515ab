// SPDX-License-Identifier: Apache-2.0
//
// A sweep file: the run that all points share, and the axes along which they differ. No SystemC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/core/report.h"

namespace cvp {

/// Something of a run that the sweep file sets, and where: a parameter, as `--set` takes it, or an
/// option such as `--images`.
struct SweepSetting {
  std::string key, value;
  int line = 0;
  std::string path;  ///< For example `axis[1].values[0]`.
};

/// What the base run gives and a value of an axis may change.
struct SweepChoice {
  std::string package;  ///< Empty: not given here.
  int package_line = 0;
  std::optional<SweepSetting> images, batch;
  std::vector<SweepSetting> settings;
};

struct AxisValue {
  std::string label;  ///< In the table and in the point's name.
  SweepChoice choice;
};

struct Axis {
  std::string name;
  std::vector<AxisValue> values;
  int line = 0;
};

struct Sweep {
  std::string file, name;
  std::string append;
  SweepSetting model, input, max_time;  ///< `max_time` may be empty.
  bool keep_layers = true;              ///< Compare every layer, not the output alone.
  bool trace = false;                   ///< Keep each point's trace.json.
  SweepChoice base;
  std::vector<Axis> axes;
};

/// One point of the grid: the base with one value of each axis, in order.
struct SweepPoint {
  std::string name;                 ///< `dies-2_lanes-32`; also its directory.
  std::vector<std::string> labels;  ///< One an axis.
  SweepChoice choice;
};

inline constexpr std::size_t kMaxPoints = 10'000;

/// Empty when `errors` has grown; it then holds every mistake of the file.
std::optional<Sweep> read_sweep(const std::string& file, std::vector<ConfigError>& errors);

/// The full grid; the last axis varies fastest.
std::vector<SweepPoint> expand_grid(const Sweep& sweep, std::vector<ConfigError>& errors);

}  // namespace cvp
