// SPDX-License-Identifier: Apache-2.0
//
// `chiplet-vp explore`: gives sw/explore what it may not know, packages and networks.
#include <unistd.h>

#include <cstdio>
#include <set>
#include <thread>

#include "platform/boot_files.h"
#include "platform/command.h"
#include "platform/inference_input.h"
#include "platform/output_file.h"
#include "sw/explore/explore.h"

namespace cvp {
namespace {

namespace fs = std::filesystem;

struct ExploreCommand {
  std::string sweep, output, json;
  unsigned jobs = 0;
  bool resume = false, plan = false;
};

std::optional<PackageNames> load_names(const std::string& package,
                                       std::vector<ConfigError>& errors) {
  try {
    const Package loaded = PackageOptions{package, {}}.load_quietly();
    PackageNames names{.file = fs::canonical(loaded.file).string()};
    for (const Die& die : loaded.dies) names.dies.push_back(die.name);
    for (const Link& link : loaded.links) names.links.push_back(link.name);
    for (const Device& device : loaded.devices) names.devices.push_back(device.name);
    return names;
  } catch (const ConfigurationFailed& failure) {
    errors.insert(errors.end(), failure.errors().begin(), failure.errors().end());
  }
  return {};
}

// What a run of the package would depend on: its own files, the program, the firmware.
std::vector<std::string> files_of(const Package& package) {
  std::set<std::string> files = {package.file, fs::read_symlink("/proc/self/exe").string()};
  for (const Die& die : package.dies) {
    for (const Instance& instance : die.instances) {
      if (!instance.origin.file.empty()) files.insert(instance.origin.file);
    }
  }
  std::error_code ignored;
  if (const auto firmware = find_data("firmware")) {
    for (const auto& entry : fs::recursive_directory_iterator(*firmware, ignored)) {
      const auto kind = entry.path().extension();
      if (kind == ".elf" || kind == ".bin") files.insert(entry.path().string());
    }
  }
  return {files.begin(), files.end()};
}

// The checks of `infer` before it starts.
void check_inference(const PointRun& run, const Package& package, Diagnostics& diagnostics) {
  if (!run.max_time.empty()) {
    const std::string wrong = time_above_zero()(run.max_time);
    if (!wrong.empty()) diagnostics.error("", 0, "--max-time", wrong);
  }
  InferenceInput input{.model = run.model, .images = run.input, .keep_layers = run.keep_layers};
  if (!run.images.empty()) input.count = std::stoull(run.images);
  if (!run.batch.empty()) {
    input.batch = static_cast<std::uint32_t>(std::min(std::stoull(run.batch), 0xffff'ffffull));
  }
  try {
    const Inference inference = read_inference(input, package);
    place_job(package, inference.blob().size(), diagnostics);
  } catch (const ConfigurationFailed& failure) {
    for (const ConfigError& error : failure.errors()) diagnostics.error(error);
  }
}

PointCheck check_point(const PointRun& run) {
  PointCheck check;
  Diagnostics diagnostics;
  const auto loaded = load_package({run.package, run.overrides, data_directories()}, diagnostics);
  if (loaded) plan_boot({}, *loaded, diagnostics);
  if (loaded && diagnostics.ok()) {
    check_inference(run, *loaded, diagnostics);
    check.files = files_of(*loaded);
  }
  check.errors = diagnostics.errors();
  check.notes = diagnostics.notes();
  return check;
}

Plan plan_sweep(const std::string& name) {
  std::string file = name;
  if (!fs::exists(name) && name.find('/') == std::string::npos) {
    const fs::path base = fs::path(name).extension() == ".toml" ? name : name + ".toml";
    if (const auto found = find_data("sweeps" / base)) file = found->string();
  }
  const PlanServices services{
      load_names, check_point, [](const std::string& wanted) -> std::optional<std::string> {
        if (const auto found = find_data(wanted); found && fs::is_regular_file(*found)) {
          return fs::canonical(*found).string();
        }
        return {};
      }};
  std::vector<ConfigError> errors;
  std::optional<Plan> plan;
  if (const auto sweep = read_sweep(file, errors)) plan = make_plan(*sweep, services, errors);
  if (!plan) throw ConfigurationFailed(errors);
  print_notes(plan->notes);
  return std::move(*plan);
}

std::string quoted(const std::string& argument) {
  const bool plain =
      argument.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:") ==
      std::string::npos;
  return plain && !argument.empty() ? argument : "'" + argument + "'";
}

std::string print_plan(const Plan& plan, const std::string& directory) {
  std::string out;
  for (const PlannedPoint& point : plan.points) {
    out += "chiplet-vp";
    for (const std::string& argument : point.arguments) out += " " + quoted(argument);
    out += " --output " + quoted((fs::path(directory) / point.name).string()) + "\n";
  }
  return out;
}

nlohmann::ordered_json plan_json(const Plan& plan) {
  nlohmann::ordered_json points = nlohmann::ordered_json::array();
  for (const PlannedPoint& point : plan.points) points.push_back(point.plan);
  return {{"schema", 1}, {"sweep", plan.sweep}, {"axes", plan.axes}, {"plan", points}};
}

int run_explore(const ExploreCommand& command) {
  const Plan plan = plan_sweep(command.sweep);
  const std::string directory = command.output.empty() ? plan.sweep + ".out" : command.output;
  Diagnostics diagnostics;
  std::optional<OutputFile> json;
  if (!command.json.empty()) {
    if (auto opened = OutputFile::open(command.json, "--json", diagnostics)) {
      json.emplace(std::move(*opened));
    }
  }
  if (!command.plan) make_directory(directory, "--output", diagnostics);
  throw_if_failed(diagnostics);
  if (command.plan) {
    std::fputs(print_plan(plan, directory).c_str(), stdout);
    if (json) json->commit(plan_json(plan).dump(2) + "\n");
    return 0;
  }
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const ExploreOptions options{.program = fs::read_symlink("/proc/self/exe").string(),
                               .directory = directory,
                               .jobs = command.jobs > 0 ? command.jobs : cores,
                               .resume = command.resume,
                               .terminal = isatty(STDERR_FILENO) != 0};
  const auto results = explore(plan, options);
  if (!results) {
    std::fprintf(stderr, "interrupted; --resume goes on with what is missing\n");
    return kExitInterrupted;
  }
  const std::string text = to_json(*results).dump(2) + "\n";
  write_file(fs::path(directory) / "results.csv", to_csv(*results));
  write_file(fs::path(directory) / "results.json", text);
  if (json) json->commit(text);
  std::printf("%s: %zu points\n\n%s\n* no other point is better in both time and energy\n",
              plan.sweep.c_str(), results->points.size(), to_table(*results).c_str());
  std::printf("files: %s/results.csv %s/results.json\n", directory.c_str(), directory.c_str());
  return results->ok() ? 0 : 1;
}

}  // namespace

void add_explore_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<ExploreCommand>();
  CLI::App* command = app.add_subcommand("explore", "Run a grid of packages and compare them");
  command->footer(
      "Examples:\n"
      "  chiplet-vp explore grid12 --output out            12 points: dies, lanes, HBM\n"
      "  chiplet-vp explore grid12 --plan                  Print the commands, run none\n"
      "  chiplet-vp explore grid12 --output out --resume   Go on where it was stopped\n\n"
      "Every point is checked before the first one starts; each runs in a process of its own, in\n"
      "DIR/<point> with stats.json, report.html, log.txt and point.json. One table at the end, "
      "also\n"
      "as DIR/results.csv and DIR/results.json. Exit code: 0; 1 when a point failed or is not "
      "exact;\n"
      "2 configuration error, nothing was started; 130 interrupted.");
  command->add_option("SWEEP", options->sweep, "Sweep file, or the name of one that is installed")
      ->required();
  command->add_option("--jobs", options->jobs, "Processes at once (default: one a core)")
      ->check(CLI::Range(1U, 4096U));
  command->add_option("--output", options->output, "Directory for all results (default: SWEEP.out)")
      ->type_name("DIR");
  command->add_flag("--resume", options->resume,
                    "Keep points that are complete and planned equally");
  command->add_flag("--plan", options->plan, "Check and print the commands, run nothing");
  command->add_option("--json", options->json, "Results (or the plan) as JSON, also here")
      ->type_name("FILE");
  command->callback([options, &result] { result.exit_code = run_explore(*options); });
}

}  // namespace cvp
