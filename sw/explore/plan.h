// SPDX-License-Identifier: Apache-2.0
//
// From a grid to runs: every point resolved and checked before the first one starts. What a package
// is, this folder does not know; the layer above answers through PlanServices. No SystemC.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "sw/explore/sweep.h"

namespace cvp {

/// A package without overrides.
struct PackageNames {
  std::string file;
  std::vector<std::string> dies, links, devices;
};

/// What a point would run: names of files, and values as the options of `infer` take them; empty if
/// not given.
struct PointRun {
  std::string package, model, input, images, batch, max_time;
  bool keep_layers = true;
  std::vector<std::string> overrides;
};

/// Errors about an option have its name as key.
struct PointCheck {
  std::vector<ConfigError> errors, notes;
  std::vector<std::string> files;  ///< Whatever the result depends on: package, dies, firmware.
};

struct PlanServices {
  std::function<std::optional<PackageNames>(const std::string& package, std::vector<ConfigError>&)>
      load_names;
  std::function<PointCheck(const PointRun& run)> check;
  /// A file that is installed with the program.
  std::function<std::optional<std::string>(const std::string& name)> find_installed;
};

struct PlannedPoint {
  std::string name;
  std::vector<std::string> labels;
  std::vector<std::string> arguments;  ///< Of chiplet-vp, without the output directory.
  /// Equal plans give equal results: axes, arguments, contents of every file. In point.json.
  nlohmann::ordered_json plan;
};

struct Plan {
  std::string sweep;              ///< Name.
  std::vector<std::string> axes;  ///< Names.
  std::vector<PlannedPoint> points;
  std::vector<ConfigError> notes;
};

/// Empty when `errors` has grown; it then holds every mistake of every point, each once.
std::optional<Plan> make_plan(const Sweep& sweep, const PlanServices& services,
                              std::vector<ConfigError>& errors);

/// `link.PATTERN.parameter` and `device.PATTERN.parameter` as one setting for each name that
/// matches; anything else as it is. None when nothing matches.
std::vector<SweepSetting> expand_setting(const SweepSetting& setting, const PackageNames& names);

/// Content of a file as 16 hexadecimal digits (64-bit FNV-1a); `absent` when it cannot be read.
std::string fingerprint(const std::string& file);

}  // namespace cvp
