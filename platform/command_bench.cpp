// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/bench/access_pattern.h"
#include "platform/bench/hbm_bench.h"
#include "platform/choices.h"
#include "platform/command.h"

namespace cvp {
namespace {

struct BenchOptions {
  HbmBenchParams params;
  std::optional<std::uint64_t> channels, stack_ids;
  std::uint64_t read_queue = HbmControllerParams{}.read_queue;
  std::uint64_t write_queue = HbmControllerParams{}.write_queue;
  std::optional<std::string> refresh;  // Empty: the policy's.
  std::string fidelity = "approximate", latency = "0 ns";
  bool json = false, four_phase = false;
  std::vector<std::string> about_banks;  // Options given that functional fidelity has no use for.
};

const std::map<std::string, Fidelity> kFidelities = {{"functional", Fidelity::kFunctional},
                                                     {"approximate", Fidelity::kApproximate},
                                                     {"cycle", Fidelity::kCycle}};
const std::map<std::string, HbmRefresh> kRefreshes = {{"none", HbmRefresh::kNone},
                                                      {"all-bank", HbmRefresh::kAllBank},
                                                      {"per-bank", HbmRefresh::kPerBank},
                                                      {"same-bank", HbmRefresh::kSameBank}};

// `generation: …` is what the user knows as --config.
ConfigError hbm_option_error(const std::string& error) {
  constexpr std::string_view kGeneration = "generation: ";
  return option_error(error.starts_with(kGeneration) ? "config: " + error.substr(kGeneration.size())
                                                     : error);
}

void print_json(const HbmBenchResult& result) {
  nlohmann::ordered_json json;
  json["achieved_gb_s"] = result.achieved_gb_s();
  json["peak_gb_s"] = result.peak_gb_s;
  json["efficiency"] = result.efficiency;
  json["latency_avg_ns"] = result.latency_avg_ns;
  json["latency_p50_ns"] = result.latency_p50_ns;
  json["latency_p99_ns"] = result.latency_p99_ns;
  json["row_hit_fraction"] = result.row_hit_fraction;
  json["energy_pj_per_bit"] = result.energy_pj_per_bit;
  json["requests_per_host_s"] = result.requests_per_host_s;
  fmt::print("{}\n", json.dump(2));
}

void print_table(const BenchOptions& options, const HbmBenchResult& result) {
  fmt::print("{} {}, {}\n", options.params.memory.generation, options.params.pattern,
             options.fidelity);
  const auto row = [](const char* what, const std::string& value) {
    fmt::print("  {:<18} {}\n", what, value);
  };
  row("bandwidth", fmt::format("{:.1f} of {:.1f} GB/s, {:.1f} %", result.achieved_gb_s(),
                               result.peak_gb_s, 100 * result.efficiency));
  row("read latency",
      fmt::format("{:.1f} ns on average, median {:.1f} ns, 99 % within {:.1f} ns",
                  result.latency_avg_ns, result.latency_p50_ns, result.latency_p99_ns));
  row("row hits", fmt::format("{:.1f} %", 100 * result.row_hit_fraction));
  row("energy",
      fmt::format("{:.2f} pJ/bit, {:.2f} with refresh and background: {:.2f} W",
                  result.energy_pj_per_bit, result.all_pj_per_bit, result.milliwatts / 1000));
  row("simulation speed", fmt::format("{:.2f} M requests/s", result.requests_per_host_s * 1e-6));
}

std::vector<ConfigError> without_effect(const BenchOptions& options) {
  std::vector<ConfigError> notes;
  const bool one_channel = options.params.memory.timing().geometry.channels == 1;
  for (const std::string& name : options.about_banks) {
    if (name == "map" && !one_channel) continue;  // It says how the channels share the load.
    notes.push_back(hbm_option_error(name + ": changes nothing at functional fidelity"));
  }
  return notes;
}

// What only the simulation shows is wrong is told without an exception: it has left the stacks of
// its processes behind, where the sanitizers do not look for one.
int run_bench(BenchOptions options) {
  HbmParams& memory = options.params.memory;
  std::vector<std::string> errors;
  const auto count = [&](const std::optional<std::uint64_t>& given, const char* name,
                         std::uint64_t& value) {
    value = given.value_or(0);
    if (given == 0) errors.push_back(fmt::format("{}: 0; expected 1 or more", name));
  };
  count(options.channels, "channels", memory.channels);
  count(options.stack_ids, "stack_ids", memory.stack_ids);
  const auto queue = [&](std::uint64_t given, const char* name, unsigned& entries) {
    constexpr std::uint64_t kMost = HbmControllerParams::kMostEntries;
    entries = static_cast<unsigned>(std::min(given, kMost));
    if (given > kMost)
      errors.push_back(fmt::format("{}: {}; expected 1 to {}", name, given, kMost));
  };
  queue(options.read_queue, "read_queue", memory.controller.read_queue);
  queue(options.write_queue, "write_queue", memory.controller.write_queue);
  memory.fidelity = kFidelities.at(options.fidelity);
  memory.early_completion = !options.four_phase;
  memory.controller.refresh =
      options.refresh ? kRefreshes.at(*options.refresh) : memory.refresh_of_policy();
  memory.controller_latency = {parse_quantity(Unit::kTime, options.latency)->integer};

  std::optional<HbmBenchResult> result;
  if (errors.empty()) {
    result = run_hbm_bench(options.params, errors);
  } else {  // All mistakes at once.
    for (std::string& error : memory.errors()) errors.push_back(std::move(error));
  }
  if (!result) {
    std::vector<ConfigError> all;
    for (const std::string& error : errors) all.push_back(hbm_option_error(error));
    print_errors(all);
    return kExitConfigError;
  }
  if (result->lines_left > 0) {
    print_notes({hbm_option_error(fmt::format(
        "pattern: {} lines of the file are left; --requests sends more", result->lines_left))});
  }
  if (options.json) {
    print_json(*result);
  } else {
    if (memory.fidelity == Fidelity::kFunctional) print_notes(without_effect(options));
    print_table(options, *result);
  }
  return 0;
}

std::string indented(std::string_view lines) {
  std::string text = "  ";
  for (const char c : lines) text += c == '\n' ? std::string("\n  ") : std::string(1, c);
  return text + "\n";
}

CLI::Validator time_with_unit() {
  return CLI::Validator(
      [](std::string& text) {
        return parse_quantity(Unit::kTime, text)
                   ? std::string()
                   : "expected " + std::string(expected_form(Unit::kTime));
      },
      "TIME");
}

void add_stack_options(CLI::App* command, BenchOptions& options) {
  HbmBenchParams& params = options.params;
  command->add_option("--config", params.memory.generation, "Generation, or a timing file")
      ->type_name("NAME|FILE.toml")
      ->capture_default_str();
  command->add_option("--channels", options.channels,
                      "Channels of the stack (default: those of the generation)");
  command->add_option("--stack-ids", options.stack_ids,
                      "Groups of four dies, or ranks (default: those of the generation)");
  command
      ->add_option("--map", params.memory.map,
                   "Address map, low bits first (default: channels in turn)")
      ->check(no_empty_text())
      ->type_name("MAP");
}

void add_load_options(CLI::App* command, BenchOptions& options) {
  HbmBenchParams& params = options.params;
  command->add_option("--pattern", params.pattern, "Accesses, see below")
      ->type_name("PATTERN")
      ->capture_default_str();
  command->add_option("--outstanding", params.outstanding,
                      "Requests in flight, all channels together (default: 512 a channel)");
  command
      ->add_option("--offered", params.offered,
                   "Load as a fraction of the peak; 0: as fast as they end")
      ->check(no_empty_text())
      ->capture_default_str();
  command->add_option(
      "--requests", params.requests,
      "Bursts to send (default: 100000, or as many as the file has if fewer; 60000 with "
      "--offered, 20000 with one outstanding, 31250 a channel with several)");
  command->add_option("--warmup", params.warm_up,
                      "Completions not counted (default: 20000; 10000 with --offered, 100 with one "
                      "outstanding, 6250 a channel with several; at most a fifth)");
  command->add_option("--transaction", params.transaction,
                      "Bytes sent at once where addresses follow each other (default: a burst)");
  command->add_option("--seed", params.seed, "Of random patterns; 0: the reference experiment's")
      ->capture_default_str();
}

void add_controller_options(CLI::App* command, BenchOptions& options) {
  HbmBenchParams& params = options.params;
  command->add_option("--fidelity", options.fidelity, "How the stack is modelled")
      ->check(one_of(kFidelities))
      ->capture_default_str();
  command
      ->add_option(
          "--policy", params.memory.policy,
          "Scheduler: ab_q64 is the reference experiment's, pc_q64 has queues a pseudo channel, "
          "others need cycle fidelity; generation: pc_q64 of HBM4, else ab_q64")
      ->capture_default_str();
  command
      ->add_option("--refresh", options.refresh,
                   "Banks that a refresh takes (default: all-bank, or none if the policy says so)")
      ->check(one_of(kRefreshes));
  command->add_option("--read-queue", options.read_queue, "Entries of a queue")
      ->capture_default_str();
  command->add_option("--write-queue", options.write_queue, "Entries of a queue")
      ->capture_default_str();
  command->add_option("--controller-latency", options.latency, "Added to each access, up to 1 us")
      ->check(time_with_unit())
      ->capture_default_str();
  command->add_flag(
      "--four-phase", options.four_phase,
      "Every request and response in phases of their own, as cycle fidelity has them");
}

}  // namespace

void add_bench_command(CLI::App& app, CommandResult& result) {
  CLI::App* bench = app.add_subcommand("bench", "Measure one model alone");
  bench->footer(
      "Examples:\n  chiplet-vp bench hbm --config hbm3 --pattern rand:1024\n"
      "  chiplet-vp bench ucie --module A-x64 --rate 32");
  bench->require_subcommand(1);
  add_ucie_bench_command(*bench);
  auto options = std::make_shared<BenchOptions>();
  CLI::App* command = bench->add_subcommand(
      "hbm", "Bandwidth, latency and energy of a memory stack under a pattern of accesses");
  command->footer(
      "Patterns:\n" + indented(AccessPattern::grammar()) +
      "\n"
      "Examples:\n  chiplet-vp bench hbm --config hbm3-6400 --channels 1 --pattern rand:1024\n"
      "  chiplet-vp bench hbm --config hbm2 --offered 0.5 --pattern rand:4096 --json\n"
      "  chiplet-vp bench hbm --config ddr5-4800 --channels 1 --map g3c6b2s1r16y "
      "--outstanding 256\n"
      "  chiplet-vp bench hbm --config my.toml --refresh none\n");
  add_stack_options(command, *options);
  add_load_options(command, *options);
  add_controller_options(command, *options);
  command->add_flag("--json", options->json, "One JSON object instead of the table");
  for (const char* option : {"--channels", "--stack-ids", "--outstanding", "--requests", "--warmup",
                             "--transaction", "--seed", "--read-queue", "--write-queue"}) {
    command->get_option(option)->check(whole_number());
  }
  command->callback([options, command, &result] {
    for (const char* name : {"map", "refresh", "read-queue", "write-queue"}) {
      if (command->count(std::string("--") + name) > 0) options->about_banks.emplace_back(name);
    }
    result.exit_code = run_bench(*options);
  });
}

}  // namespace cvp
