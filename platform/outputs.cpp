// SPDX-License-Identifier: Apache-2.0
#include "platform/outputs.h"

#include <cstdio>
#include <filesystem>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/report.h"
#include "platform/statistics.h"

namespace cvp {

void OutputOptions::add_to(CLI::App& command) {
  command.add_option("--stats", stats, "Statistics as JSON")->type_name("FILE");
  command.add_option("--report", report, "Report as one HTML page")->type_name("FILE");
  command.add_option("--trace", trace, "Time line for Perfetto as JSON")->type_name("FILE");
  wave.add_to(command);
}

void print_end(const RunEnd& end) {
  const char* why = nullptr;
  switch (end.kind) {
    case EndKind::kGuest:
      return;
    case EndKind::kTimeLimit:
      why = "--max-time is over";
      break;
    case EndKind::kWallLimit:
      why = "--max-wall is over";
      break;
    case EndKind::kClockEnd:
      why = "the clock of simulated time ends here";
      break;
    case EndKind::kDeadEnd:
      why = "dead end: every hart waits, nothing is pending, no input can come";
      break;
    case EndKind::kInterrupted:
      why = "interrupted";
      break;
    case EndKind::kKilled:
      why = "ended by the debugger";
      break;
  }
  std::fprintf(stderr, "%.6f ms: %s\n", simulation_time().seconds() * 1e3, why);
  for (const std::string& line : end.waiting) std::fprintf(stderr, "  %s\n", line.c_str());
}

namespace {

// By its whole name; empty if it is nothing that an output can replace.
std::string whole_name(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (path.empty()) return {};
  if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored)) return {};
  return fs::weakly_canonical(fs::absolute(path, ignored), ignored).string();
}

// An output would replace what is read, or another output.
void check_apart(const std::vector<NamedFile>& outputs, const std::vector<NamedFile>& inputs,
                 Diagnostics& diagnostics) {
  std::map<std::string, std::string> taken;
  for (const auto& [option, path] : inputs) taken.emplace(whole_name(path), option);
  for (const auto& [option, path] : outputs) {
    const std::string whole = whole_name(path);
    if (whole.empty()) continue;
    const auto [other, fresh] = taken.emplace(whole, option);
    if (fresh) continue;
    diagnostics.error(path, 0, option,
                      fmt::format("is the file of {} too; expected another name", other->second));
  }
}

}  // namespace

std::vector<NamedFile> files_read(const Package& package, const std::vector<Image>& images) {
  std::vector<NamedFile> files = {{"the package", package.file}};
  for (const Die& die : package.dies) {
    for (const Instance& instance : die.instances) {
      files.push_back({"the package", instance.origin.file});
      if (instance.type->type == "virtio") {
        files.push_back({die.name + "." + instance.name, instance.params["file"].text});
      }
    }
  }
  for (const Image& image : images) {
    if (!image.option.empty()) files.push_back({image.option, image.file});
  }
  return files;
}

Outputs::Outputs(const OutputOptions& options, Diagnostics& diagnostics,
                 std::vector<NamedFile> others, const std::vector<NamedFile>& inputs) {
  others.insert(others.end(), {{"--stats", options.stats},
                               {"--report", options.report},
                               {"--trace", options.trace},
                               {"--wave", options.wave.file}});
  check_apart(others, inputs, diagnostics);
  const auto open = [&](std::optional<OutputFile>& file, const std::string& path,
                        const char* option) {
    if (path.empty()) return;
    if (auto opened = OutputFile::open(path, option, diagnostics)) file.emplace(std::move(*opened));
  };
  open(stats_, options.stats, "--stats");
  open(report_, options.report, "--report");
  open(trace_, options.trace, "--trace");
  if (!options.wave.file.empty()) {
    OutputFile::open(options.wave.file, "--wave", diagnostics);  // Only whether it can be written.
  }
  if (report_ || trace_) recorder_ = std::make_unique<TraceRecorder>();
}

nlohmann::ordered_json Outputs::write(const Simulation& simulation, const RunEnd& end,
                                      const nlohmann::ordered_json* extra) {
  nlohmann::ordered_json stats = collect_statistics(simulation, end);
  if (extra) stats.update(*extra);
  stats["host"] = host_statistics(simulation, end);  // Last, whatever came before.
  const std::string no_wave =
      empty_wave_reason(simulation.build_options().wave, simulation.platform());
  if (!no_wave.empty()) std::fprintf(stderr, "warning: --wave: %s\n", no_wave.c_str());
  if (stats_) stats_->commit(stats.dump(2) + "\n");
  if (trace_) trace_->commit(recorder_->to_json());
  if (report_) report_->commit(make_report(simulation, stats, recorder_.get()));
  return stats;
}

}  // namespace cvp
