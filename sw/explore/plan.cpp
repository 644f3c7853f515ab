// SPDX-License-Identifier: Apache-2.0
#include "sw/explore/plan.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cvp {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// One mistake is usually in many points: it is said once, with how many.
class Findings {
 public:
  void add(const ConfigError& error, const std::string& point) {
    for (Finding& each : all_) {
      if (each.error.file == error.file && each.error.line == error.line &&
          each.error.key == error.key && each.error.what == error.what) {
        if (each.last != point) ++each.points;
        each.last = point;
        return;
      }
    }
    all_.push_back({error, point, point, 1});
  }
  std::vector<ConfigError> list(std::size_t points) const {
    std::vector<ConfigError> out;
    for (const Finding& each : all_) {
      out.push_back(each.error);
      if (each.points == points) continue;
      out.back().what +=
          fmt::format(" ({} of {} points, first {})", each.points, points, each.first);
    }
    return out;
  }

 private:
  struct Finding {
    ConfigError error;
    std::string first, last;
    std::size_t points;
  };
  std::vector<Finding> all_;
};

class Planner {
 public:
  Planner(const Sweep& sweep, const PlanServices& services, std::vector<ConfigError>& errors)
      : sweep_(sweep), services_(services), errors_(errors) {}

  std::optional<Plan> make() {
    const std::size_t before = errors_.size();
    const std::vector<SweepPoint> points = expand_grid(sweep_, errors_);
    model_ = find(sweep_.model);
    input_ = find(sweep_.input);
    if (points.empty() || errors_.size() > before) return {};
    Plan plan{.sweep = sweep_.name};
    for (const Axis& axis : sweep_.axes) plan.axes.push_back(axis.name);
    for (const SweepPoint& point : points) plan.points.push_back(plan_point(point));
    plan.notes = notes_.list(points.size());
    const auto found = findings_.list(points.size());
    errors_.insert(errors_.end(), found.begin(), found.end());
    if (errors_.size() > before) return {};
    return plan;
  }

 private:
  std::string find(const SweepSetting& file) {
    const fs::path beside = fs::path(sweep_.file).parent_path() / file.value;
    std::error_code ignored;
    if (fs::is_regular_file(beside, ignored)) return fs::canonical(beside).string();
    if (const auto installed = services_.find_installed(file.value)) return *installed;
    errors_.push_back({sweep_.file, file.line, file.path,
                       fmt::format("cannot read {}; expected a file beside the sweep file, one "
                                   "that is installed, or an absolute path",
                                   file.value)});
    return {};
  }

  const std::optional<PackageNames>& names_of(const SweepChoice& choice) {
    const auto [at, added] = packages_.try_emplace(choice.package);
    if (!added) return at->second;
    std::string file = choice.package;
    for (const char* suffix : {"", ".toml"}) {
      const fs::path beside = fs::path(sweep_.file).parent_path() / (choice.package + suffix);
      std::error_code ignored;
      if (!fs::is_regular_file(beside, ignored)) continue;
      file = fs::canonical(beside).string();
      break;
    }
    std::vector<ConfigError> wrong;
    at->second = services_.load_names(file, wrong);
    for (ConfigError& error : wrong) {
      if (error.line == 0) {  // Not in the package: it is the sweep that names a wrong one.
        error.what = fmt::format("{}: {}", choice.package, error.what);
        error.key = "package";
        error.file = sweep_.file;
        error.line = choice.package_line;
      }
      errors_.push_back(error);
    }
    return at->second;
  }

  PlannedPoint plan_point(const SweepPoint& point) {
    PlannedPoint out{point.name, point.labels, {}, {}};
    const auto& names = names_of(point.choice);
    if (!names) return out;
    std::vector<SweepSetting> settings;
    for (const SweepSetting& setting : point.choice.settings) {
      const auto expanded = expand_setting(setting, *names);
      if (expanded.empty()) nothing_matches(setting, *names, point.name);
      settings.insert(settings.end(), expanded.begin(), expanded.end());
    }
    PointRun run{.package = names->file,
                 .model = model_,
                 .input = input_,
                 .max_time = sweep_.max_time.value,
                 .keep_layers = sweep_.keep_layers};
    for (const SweepSetting& setting : settings) {
      run.overrides.push_back(setting.key + "=" + setting.value);
    }
    settings.push_back(sweep_.max_time);
    const auto option = [&](std::string& value, const std::optional<SweepSetting>& setting) {
      if (!setting) return;
      value = setting->value;
      settings.push_back(*setting);
    };
    option(run.images, point.choice.images);
    option(run.batch, point.choice.batch);
    const PointCheck check = services_.check(run);
    for (const ConfigError& error : check.errors) {
      findings_.add(in_sweep(error, settings), point.name);
    }
    for (const ConfigError& note : check.notes) {
      if (note.file.empty()) notes_.add(in_sweep(note, settings), point.name);
    }
    out.arguments = arguments(run);
    out.plan = plan_json(out, check.files);
    return out;
  }

  void nothing_matches(const SweepSetting& setting, const PackageNames& names,
                       const std::string& point) {
    const bool link = setting.key.starts_with("link.");
    findings_.add({sweep_.file, setting.line, setting.path + ": " + setting.key,
                   fmt::format("no {} of {} matches; expected one of: {}", link ? "link" : "device",
                               names.file, fmt::join(link ? names.links : names.devices, ", "))},
                  point);
  }

  // An error about an option, or `--set KEY`, belongs to the line of the sweep file that asked for
  // it.
  ConfigError in_sweep(ConfigError error, const std::vector<SweepSetting>& settings) const {
    if (!error.file.empty()) return error;
    for (auto at = settings.rbegin(); at != settings.rend(); ++at) {
      if (error.key != "--set " + at->key && error.key != at->key) continue;
      const bool option = at->key.starts_with("--");
      return {sweep_.file, at->line, option ? at->path : at->path + ": " + at->key,
              fmt::format("\"{}\": {}", at->value, error.what)};
    }
    return error;
  }

  std::vector<std::string> arguments(const PointRun& run) const {
    std::vector<std::string> out = {"infer", run.package, run.model, "--input", run.input};
    const auto option = [&](const char* name, const std::string& value) {
      if (!value.empty()) out.insert(out.end(), {name, value});
    };
    option("--images", run.images);
    option("--batch", run.batch);
    option("--append", sweep_.append);
    option("--max-time", run.max_time);
    if (!run.keep_layers) out.push_back("--no-layers");
    if (!sweep_.trace) option("--trace", "/dev/null");
    for (const std::string& each : run.overrides) option("--set", each);
    return out;
  }

  Json plan_json(const PlannedPoint& point, const std::vector<std::string>& more) {
    Json axes = Json::object(), files = Json::object();
    for (std::size_t n = 0; n < sweep_.axes.size(); ++n) {
      axes[sweep_.axes[n].name] = point.labels[n];
    }
    std::vector<std::string> all = {model_, input_};
    all.insert(all.end(), more.begin(), more.end());
    std::sort(all.begin(), all.end());
    for (const std::string& file : all) {
      const auto [at, added] = prints_.try_emplace(file);
      if (added) at->second = fingerprint(file);
      files[file] = at->second;
    }
    return {
        {"point", point.name}, {"axes", axes}, {"arguments", point.arguments}, {"files", files}};
  }

  const Sweep& sweep_;
  const PlanServices& services_;
  std::vector<ConfigError>& errors_;
  std::string model_, input_;
  std::map<std::string, std::optional<PackageNames>> packages_;
  std::map<std::string, std::string> prints_;
  Findings findings_, notes_;
};

}  // namespace

std::vector<SweepSetting> expand_setting(const SweepSetting& setting, const PackageNames& names) {
  const auto first = setting.key.find('.');
  const auto last = setting.key.rfind('.');
  const std::string kind = setting.key.substr(0, first);
  const auto taken = [&](const std::vector<std::string>& all) {
    return std::find(all.begin(), all.end(), kind) != all.end();
  };
  const bool expands = (kind == "link" || kind == "device") && first != last &&
                       !taken(names.dies) && !taken(names.links) && !taken(names.devices);
  if (!expands) return {setting};
  // The pattern ends at the next dot: parameters may have dots of their own.
  const auto second = setting.key.find('.', first + 1);
  const std::string pattern = setting.key.substr(first + 1, second - first - 1);
  std::vector<SweepSetting> out;
  for (const std::string& name : kind == "link" ? names.links : names.devices) {
    if (fnmatch(pattern.c_str(), name.c_str(), 0) != 0) continue;
    out.push_back(setting);
    out.back().key = name + setting.key.substr(second);
  }
  return out;
}

std::string fingerprint(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return "absent";
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
  std::array<char, 1 << 16> block;
  while (stream.read(block.data(), block.size()), stream.gcount() > 0) {
    for (std::streamsize n = 0; n < stream.gcount(); ++n) {
      hash = (hash ^ static_cast<unsigned char>(block[static_cast<std::size_t>(n)])) *
             0x0000'0100'0000'01b3;
    }
  }
  return fmt::format("{:016x}", hash);
}

std::optional<Plan> make_plan(const Sweep& sweep, const PlanServices& services,
                              std::vector<ConfigError>& errors) {
  return Planner(sweep, services, errors).make();
}

}  // namespace cvp
