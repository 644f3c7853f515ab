// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "platform/bench/ucie_bench.h"
#include "platform/choices.h"
#include "platform/command.h"

namespace cvp {
namespace {

struct UcieBenchOptions {
  UcieBenchParams params;
  std::string fidelity = "approximate", reach = "0 mm";
  bool json = false;
};

const std::map<std::string, UcieFidelity> kFidelities = {
    {"functional", UcieFidelity::kFunctional},
    {"approximate", UcieFidelity::kApproximate},
    {"flit", UcieFidelity::kFlit}};

void print_json(const UcieBenchParams& params, const UcieBenchResult& result) {
  nlohmann::ordered_json json;
  json["raw_gb_s"] = result.raw_gb_s;
  const auto if_known = [](bool known, auto value) {
    return known ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
  };
  // A functional link has no limit of bandwidth.
  const auto timed = [&](double value) { return if_known(result.timed, value); };
  json["payload_gb_s"] = timed(result.payload_gb_s);
  json["data_gb_s"] = timed(result.data_gb_s);
  json["efficiency"] = timed(result.efficiency);
  json["latency_one_way_ns"] = if_known(result.latency_one_way_ns > 0, result.latency_one_way_ns);
  json["retries"] = result.retries;
  json["crc_errors"] = result.crc_errors;
  json["flits"] = result.flits;
  json["power_w"] = timed(result.power_w);
  json["power_reverse_w"] = timed(result.power_reverse_w);
  json["transactions_per_host_s"] = result.transactions_per_host_s;
  json["flits_per_host_s"] = result.flits_per_host_s;
  if (params.burst > 0) {
    // By arithmetic no bytes are wrong.
    const bool seen = params.fidelity == UcieFidelity::kFlit;
    json["undetected_flits"] = if_known(seen, result.undetected_flits);
    json["wrong_transactions"] = if_known(seen, result.wrong_transactions);
  }
  fmt::print("{}\n", json.dump(2));
}

void print_table(const UcieBenchOptions& options, const UcieBenchResult& result) {
  const UcieBenchParams& params = options.params;
  fmt::print("{} x {} at {} GT/s, {} flits, {}, {}\n", params.modules, params.module, params.rate,
             params.format, params.protocol, options.fidelity);
  const auto row = [](const char* what, const std::string& value) {
    fmt::print("  {:<18} {}\n", what, value);
  };
  row("wire", fmt::format("{:.2f} GB/s each way", result.raw_gb_s));
  if (result.timed) {
    row("payload", fmt::format("{:.2f} GB/s, {:.2f} % of what the format allows",
                               result.payload_gb_s, 100 * result.efficiency));
    row("data", fmt::format("{:.2f} GB/s", result.data_gb_s));
  } else {
    row("payload", "not limited");
  }
  row("latency", result.latency_one_way_ns > 0
                     ? fmt::format("{:.3f} ns one way", result.latency_one_way_ns)
                     : std::string("no message has arrived"));
  row("errors", fmt::format("{} flits damaged, {} retries", result.crc_errors, result.retries));
  if (result.undetected_flits > 0) {
    row("", fmt::format("{} damaged flits passed every CRC, {} transactions wrong",
                        result.undetected_flits, result.wrong_transactions));
  }
  if (result.timed) {
    row("power",
        fmt::format("{:.3f} W there, {:.3f} W back", result.power_w, result.power_reverse_w));
  }
  row("simulation speed",
      fmt::format("{:.2f} M transactions/s, {:.2f} M flits/s",
                  result.transactions_per_host_s * 1e-6, result.flits_per_host_s * 1e-6));
}

// A number, with or without its unit.
bool read_millimetres(std::string text, double& reach) {
  if (text.ends_with("mm")) text.resize(text.size() - 2);
  while (text.ends_with(' ')) text.pop_back();
  return CLI::detail::lexical_cast(text, reach);
}

CLI::Validator millimetres() {
  return CLI::Validator(
      [](std::string& text) {
        double reach = 0;
        return read_millimetres(text, reach) ? std::string()
                                             : "expected a length, for example \"1.5 mm\"";
      },
      "LENGTH");
}

void run_bench(UcieBenchOptions options) {
  options.params.fidelity = kFidelities.at(options.fidelity);
  read_millimetres(options.reach, options.params.reach_mm);
  std::vector<std::string> errors;
  const auto result = run_ucie_bench(options.params, errors);
  if (!result) {
    std::vector<ConfigError> all;
    for (const std::string& error : errors) all.push_back(option_error(error));
    throw ConfigurationFailed(std::move(all));
  }
  if (options.json) {
    print_json(options.params, *result);
  } else {
    print_table(options, *result);
  }
}

}  // namespace

void add_ucie_bench_command(CLI::App& bench) {
  auto options = std::make_shared<UcieBenchOptions>();
  UcieBenchParams& params = options->params;
  CLI::App* command = bench.add_subcommand(
      "ucie", "Bandwidth, latency, retries and power of a die-to-die link under load");
  command->footer(
      "One end reads and writes the other's memory, which answers at once. Rates are those of the\n"
      "direction that carries more, from the arrival of its first flit to that of its last; a\n"
      "functional link takes no time, so that its rates and power are null in JSON.\n"
      "\n"
      "Examples:\n  chiplet-vp bench ucie --module A-x64 --rate 32 --format 256-latopt-opt\n"
      "  chiplet-vp bench ucie --module S-x16 --rate 16 --ber 1e-6 --rtt-flits 16 --fidelity flit\n"
      "  chiplet-vp bench ucie --module A-x32 --outstanding 1 --size 64 --reach \"2 mm\" --json\n");
  command->add_option("--module", params.module, "S-x8, S-x16, A-x32 or A-x64")
      ->type_name("MODULE")
      ->capture_default_str();
  command->add_option("--modules", params.modules, "1, 2 or 4 of them side by side")
      ->capture_default_str();
  const std::string rates = "4, 8, 12, 16, 24, 32, 48 or 64";
  command->add_option("--rate", params.rate, "GT/s of a lane: " + rates)
      ->check(whole_number(rates))
      ->capture_default_str();
  command
      ->add_option("--format", params.format, "Flits: raw, 68, 256, 256-latopt or 256-latopt-opt")
      ->type_name("FORMAT")
      ->capture_default_str();
  command
      ->add_option("--protocol", params.protocol,
                   "Whose messages: streaming (our own), pcie (TLPs), cxl (CXL.mem, CXL.io)")
      ->type_name("PROTOCOL")
      ->capture_default_str();
  command->add_option("--stacks", params.stacks, "1 or 2, which transactions take in turn")
      ->capture_default_str();
  command->add_option("--reach", options->reach, "Length of the wires")
      ->check(millimetres())
      ->capture_default_str();
  command->add_option("--read-fraction", params.read_fraction, "Reads among the transactions")
      ->capture_default_str();
  command->add_option("--size", params.size, "Bytes of data of a transaction")
      ->capture_default_str();
  command->add_option("--outstanding", params.outstanding,
                      "Transactions in flight (default: enough to saturate the link)");
  command->add_option("--ber", params.ber, "Bit error rate of every lane towards the target")
      ->capture_default_str();
  command->add_option("--ber-reverse", params.ber_reverse, "Bit error rate of the way back")
      ->capture_default_str();
  command
      ->add_option("--ber-lane", params.ber_lane,
                   "The same of one lane, in its place: data:3=1e-6, m1.data:0=1e-6")
      ->type_name("LANE=RATE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      ->add_option("--burst", params.burst, "Chance that a flit towards the target meets a burst")
      ->capture_default_str();
  command->add_option("--burst-bits", params.burst_bits, "Of up to so many wrong bits")
      ->capture_default_str();
  command->add_option("--rtt-flits", params.rtt_flits,
                      "Slots from a damaged flit to its replay (default: what the wires need)");
  command->add_option("--fidelity", options->fidelity, "How the link is modelled")
      ->check(one_of(kFidelities))
      ->capture_default_str();
  command->add_option("--flits", params.flits, "Flits to deliver towards the target, without NOPs")
      ->capture_default_str();
  command->add_option("--seed", params.seed, "Of errors, and of the mix of reads and writes")
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object instead of the table");
  for (const char* option :
       {"--modules", "--stacks", "--size", "--outstanding", "--rtt-flits", "--flits", "--seed"}) {
    command->get_option(option)->check(whole_number());
  }
  command->callback([options] { run_bench(*options); });
}

}  // namespace cvp
