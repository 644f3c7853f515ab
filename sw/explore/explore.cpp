// SPDX-License-Identifier: Apache-2.0
#include "sw/explore/explore.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "sw/explore/process_pool.h"
#include "sw/explore/progress.h"

namespace cvp {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t kLogLines = 8;

// `exit_code` is null while the point runs.
void write_point(const fs::path& directory, const PlannedPoint& point, const Json& exit_code) {
  const Json json = {{"schema", 1}, {"plan", point.plan}, {"exit_code", exit_code}};
  write_file(directory / "point.json", json.dump(2) + "\n");
}

class Exploration {
 public:
  Exploration(const Plan& plan, const ExploreOptions& options)
      : plan_(plan), options_(options), results_{plan.sweep, plan.axes, {}} {}

  std::optional<SweepResults> run() {
    for (std::size_t n = 0; n < plan_.points.size(); ++n) prepare(n);
    Progress progress(jobs_.size(), options_.terminal);
    const std::size_t kept = plan_.points.size() - jobs_.size();
    if (kept > 0)
      progress.say(fmt::format("{} of {} points were complete", kept, results_.points.size()));
    const PoolEvents events{
        [&](std::size_t job) { progress.start(plan_.points[numbers_[job]].name); },
        [&](std::size_t job, const ProcessEnd& end) { finish(numbers_[job], end, progress); },
        [&] { progress.draw(); }};
    if (!run_processes(jobs_, options_.jobs, events)) {
      progress.clear();
      return {};
    }
    progress.clear();
    mark_pareto(results_.points);
    return std::move(results_);
  }

 private:
  fs::path directory(std::size_t number) const {
    return fs::path(options_.directory) / plan_.points[number].name;
  }

  void prepare(std::size_t number) {
    const PlannedPoint& point = plan_.points[number];
    PointResult result{.name = point.name, .labels = point.labels};
    const fs::path here = directory(number);
    result.resumed = options_.resume && is_complete(here, point);
    if (result.resumed) {
      result.metrics = read_metrics(here / "stats.json", result.problem);
    } else {
      fs::create_directories(here);
      fs::remove(here / "stats.json");  // An old result must not pass for this run's.
      write_point(here, point, nullptr);
      ProcessJob job{{options_.program}, (here / "log.txt").string()};
      job.command.insert(job.command.end(), point.arguments.begin(), point.arguments.end());
      job.command.insert(job.command.end(), {"--output", here.string()});
      jobs_.push_back(std::move(job));
      numbers_.push_back(number);
    }
    results_.points.push_back(std::move(result));
  }

  void finish(std::size_t number, const ProcessEnd& end, Progress& progress) {
    PointResult& result = results_.points[number];
    const fs::path here = directory(number);
    result.exit_code = end.exit_code;
    result.wall_s = end.wall_s;
    result.metrics = read_metrics(here / "stats.json", result.problem);
    write_point(here, plan_.points[number], end.exit_code);
    if (end.exit_code != 0) result.problem = fmt::format("exit code {}", end.exit_code);
    progress.end(result.name, result.wall_s, result.problem);
    if (result.problem.empty()) return;
    const std::string log = (here / "log.txt").string();
    const auto lines = last_lines(log, kLogLines);
    progress.say(lines.empty() ? "  it has logged nothing" : fmt::format("  the end of {}:", log));
    for (const std::string& line : lines) progress.say("    " + line);
  }

  const Plan& plan_;
  const ExploreOptions& options_;
  SweepResults results_;
  std::vector<ProcessJob> jobs_;
  std::vector<std::size_t> numbers_;  ///< Of the point of each job.
};

}  // namespace

bool is_complete(const fs::path& directory, const PlannedPoint& point) {
  std::ifstream stream(directory / "point.json");
  const Json json = Json::parse(stream, nullptr, false);
  if (!json.is_object() || json.value("schema", 0) != 1 || !json.contains("plan") ||
      !json.contains("exit_code") || json["plan"] != point.plan || json["exit_code"] != 0) {
    return false;
  }
  std::string problem;
  return read_metrics(directory / "stats.json", problem).has_value();
}

void write_file(const fs::path& file, const std::string& content) {
  const fs::path temporary = file.string() + ".new";
  std::ofstream stream(temporary, std::ios::binary);
  stream << content << std::flush;
  const bool good = stream.good();
  stream.close();
  std::error_code error;
  if (good) fs::rename(temporary, file, error);
  if (good && !error) return;
  const int code = good ? error.value() : errno;
  fs::remove(temporary, error);
  throw std::system_error(code, std::generic_category(), "cannot write " + file.string());
}

std::optional<SweepResults> explore(const Plan& plan, const ExploreOptions& options) {
  return Exploration(plan, options).run();
}

}  // namespace cvp
