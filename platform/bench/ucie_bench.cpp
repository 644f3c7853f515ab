// SPDX-License-Identifier: Apache-2.0
#include "platform/bench/ucie_bench.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "models/core/report.h"
#include "models/ucie/phy/ucie_lane_rates.h"
#include "platform/bench/ucie_traffic.h"

namespace cvp {
namespace {

constexpr std::uint64_t kMostFlits = 10'000'000'000;
constexpr std::uint64_t kMostOutstanding = 1 << 20;
constexpr std::uint64_t kMostBytes = 1 << 20;
constexpr double kMostErrors = 1e-3;
constexpr double kMostBursts = 0.1;
constexpr std::uint64_t kMostBurstBits = 512;
constexpr std::uint64_t kMostRoundTrip = 127;      // Half the retry buffer.
constexpr std::uint64_t kMostRawRoundTrip = 1000;  // Nothing is ever sent again.

struct Module {
  const char* name;
  UciePackage package;
  std::uint32_t lanes;
};
constexpr Module kModules[] = {{"S-x8", UciePackage::kStandard, 8},
                               {"S-x16", UciePackage::kStandard, 16},
                               {"A-x32", UciePackage::kAdvanced, 32},
                               {"A-x64", UciePackage::kAdvanced, 64}};

/// Collects what is wrong.
class Checks {
 public:
  explicit Checks(std::vector<std::string>& errors) : errors_(errors) {}

  void count(const char* name, std::uint64_t value, std::uint64_t from, std::uint64_t to) {
    if (value < from || value > to) {
      errors_.push_back(concat(name, ": ", value, "; expected ", from, " to ", to));
    }
  }
  void number(const char* name, double value, double to) {
    if (!(value >= 0 && value <= to)) {
      errors_.push_back(concat(name, ": ", value, "; expected 0 to ", to));
    }
  }
  void add(std::string error) { errors_.push_back(std::move(error)); }

 private:
  std::vector<std::string>& errors_;
};

UcieLinkShape make_shape(const UcieBenchParams& params, Checks& checks) {
  UcieLinkShape shape;
  bool known = false;
  for (const Module& module : kModules) {
    if (params.module != module.name) continue;
    shape.package = module.package;
    shape.lanes = module.lanes;
    known = true;
  }
  if (!known) {
    checks.add(concat("module: \"", params.module, "\"; expected S-x8, S-x16, A-x32 or A-x64"));
  }
  known = false;
  for (const UcieFlitFormat format : kUcieFlitFormats) {
    if (params.format != ucie_flit_layout(format).name) continue;
    shape.format = format;
    known = true;
  }
  if (!known) {
    checks.add(concat("format: \"", params.format,
                      "\"; expected raw, 68, 256, 256-latopt or 256-latopt-opt"));
  }
  shape.modules = static_cast<std::uint32_t>(std::min<std::uint64_t>(params.modules, 1000));
  shape.rate = {std::min<std::uint64_t>(params.rate, 1000) * 1'000'000'000};
  shape.reach_mm = params.reach_mm;
  if (const std::string error = ucie_shape_error(shape); !error.empty()) checks.add(error);
  return shape;
}

// Four times what a round trip and a retry keep in flight. Where chance mixes reads and writes, a
// direction has nothing to carry while all wait for the other: that happens to one of some
// thousands hardly ever.
std::uint64_t saturating(const UcieBenchParams& params, const UcieTraffic& traffic) {
  const double share = std::max(params.read_fraction, 1 - params.read_fraction);
  const auto message = static_cast<double>(ucie_wire_bytes(traffic.message(0, false, false)));
  const double slots = 2.0 * traffic.round_trip_slots + 8;
  const double bytes = slots * traffic.payload_bytes();
  const std::uint64_t for_chance = share < 1 ? 4096 : 16;
  return for_chance + static_cast<std::uint64_t>(4 * bytes / (share * message));
}

// Of what goes towards the target.
UcieBitFaults make_faults(const UcieBenchParams& params, const UcieLinkShape& shape,
                          Checks& checks) {
  checks.number("burst", params.burst, kMostBursts);
  checks.count("burst_bits", params.burst_bits, 1, kMostBurstBits);
  UcieBitFaults faults{.burst = params.burst,
                       .burst_bits = static_cast<std::uint32_t>(params.burst_bits)};
  UcieLaneRates rates;
  for (auto& each : rates) each.assign(params.ber_lane.empty() ? 1 : shape.all_lanes(), params.ber);
  std::string lanes;
  for (const std::string& text : params.ber_lane) lanes += (lanes.empty() ? "" : ",") + text;
  for (const std::string& error : ucie_read_lane_rates(lanes, shape, kMostErrors, rates)) {
    checks.add("ber_lane: " + error);
  }
  if (!params.ber_lane.empty() && rates[0] != rates[1])
    checks.add("ber_lane: acts towards the target; expected no direction");
  faults.lane_ber = std::move(rates[0]);
  return faults;
}

// From the start of a damaged flit to that of its replay.
std::uint32_t round_trip(const UcieBenchParams& params, const UcieLinkShape& shape,
                         Checks& checks) {
  const bool raw = shape.format == UcieFlitFormat::kRaw;
  const std::uint64_t least = shape.least_round_trip_slots();
  const std::uint64_t most = raw ? kMostRawRoundTrip : kMostRoundTrip;
  const std::uint64_t slots = params.rtt_flits.value_or(least);
  if (slots < least || slots > most) {
    checks.add(concat("rtt_flits: ", slots, "; expected ", least,
                      ", there and back on these wires, to ", most,
                      raw ? "" : ", half the retry buffer"));
  }
  return static_cast<std::uint32_t>(std::min(slots, most));
}

// What a functional link does not have.
void check_functional(const UcieBenchParams& params, Checks& checks) {
  const auto refuse = [&](const char* name, bool given) {
    if (given)
      checks.add(concat(name, ": functional links have no errors; use approximate or flit"));
  };
  refuse("ber", params.ber != 0);
  refuse("ber_reverse", params.ber_reverse != 0);
  refuse("ber_lane", !params.ber_lane.empty());
  refuse("burst", params.burst != 0);
  refuse("rtt_flits", params.rtt_flits.has_value());
}

UcieTraffic make_traffic(const UcieBenchParams& params, std::vector<std::string>& errors) {
  Checks checks(errors);
  UcieTraffic traffic{.shape = make_shape(params, checks)};
  if (!errors.empty()) return traffic;
  checks.count("size", params.size, 1, kMostBytes);
  checks.count("flits", params.flits, 2, kMostFlits);
  checks.number("read_fraction", params.read_fraction, 1);
  checks.number("ber", params.ber, kMostErrors);
  checks.number("ber_reverse", params.ber_reverse, kMostErrors);
  const bool raw = traffic.shape.format == UcieFlitFormat::kRaw;
  traffic.bits[0] = make_faults(params, traffic.shape, checks);
  traffic.bits[1].lane_ber.assign(1, params.ber_reverse);
  if (raw && (traffic.bits[0].any() || traffic.bits[1].any())) {
    checks.add("ber: raw flits have no CRC and no retry; expected 0");
  }
  checks.count("stacks", params.stacks, 1, kUcieStacks);
  if (raw && params.stacks > 1) {
    checks.add("stacks: raw flits have no header that tells the stack; expected 1");
  }
  traffic.stacks = static_cast<unsigned>(std::min<std::uint64_t>(params.stacks, kUcieStacks));
  traffic.round_trip_slots = round_trip(params, traffic.shape, checks);
  const bool retries = params.rtt_flits || traffic.bits[0].any() || traffic.bits[1].any();
  if (retries && errors.empty()) {
    traffic.answer_slots = ucie_answer_slots(traffic.round_trip_slots, traffic.flight_slots());
  }
  if (params.fidelity == UcieFidelity::kFunctional) check_functional(params, checks);
  traffic.read_fraction = params.read_fraction;
  const auto mapping =
      std::find(kUcieMappingNames.begin(), kUcieMappingNames.end(), params.protocol);
  if (mapping == kUcieMappingNames.end()) {
    checks.add(concat("protocol: \"", params.protocol, "\"; expected streaming, pcie or cxl"));
  } else {
    traffic.mapping = static_cast<UcieMapping>(mapping - kUcieMappingNames.begin());
    const auto error = ucie_mapping_error(traffic.mapping, traffic.shape.format);
    if (!error.empty()) checks.add(error);
  }
  traffic.size = static_cast<std::uint32_t>(params.size);
  traffic.flits = params.flits;
  traffic.seed = params.seed;
  if (!errors.empty()) return traffic;
  traffic.outstanding = params.outstanding.value_or(saturating(params, traffic));
  checks.count("outstanding", traffic.outstanding, 1, kMostOutstanding);
  return traffic;
}

double gigabytes_a_second(double bytes, double seconds) {
  return seconds > 0 ? bytes / (seconds * 1e9) : 0;
}

}  // namespace

std::optional<UcieBenchResult> run_ucie_bench(const UcieBenchParams& params,
                                              std::vector<std::string>& errors) {
  errors.clear();
  const UcieTraffic traffic = make_traffic(params, errors);
  if (!errors.empty()) return {};
  const auto begin = std::chrono::steady_clock::now();
  const UcieTrafficResult run =
      params.fidelity == UcieFidelity::kFlit
          ? run_by_flits(traffic)
          : run_by_arithmetic(traffic, params.fidelity == UcieFidelity::kApproximate);
  const std::chrono::duration<double> host = std::chrono::steady_clock::now() - begin;

  const UcieLinkShape& shape = traffic.shape;
  const UcieFlow &there = run.flows[0], &back = run.flows[1];
  const auto payload = [](const UcieFlow& flow) {
    return gigabytes_a_second(flow.payload_bytes, flow.seconds);
  };
  // Where both carry as much, the one with the data.
  const bool equal = std::abs(payload(back) - payload(there)) <= 1e-3 * payload(there);
  const bool backward = equal ? back.data_share > there.data_share : payload(back) > payload(there);
  const UcieFlow& more = backward ? back : there;
  const auto power = [&](const UcieFlow& flow) {
    return ucie_power_w(shape, UcieSupply::k0V5, flow.wire_utilisation);
  };
  std::uint64_t wire_flits = 0;  // Whatever they carry.
  for (const UcieFlow& flow : run.flows) wire_flits += flow.flits + flow.replayed + flow.nops;
  UcieBenchResult result{
      .timed = params.fidelity != UcieFidelity::kFunctional,
      .raw_gb_s = shape.raw_bandwidth().bytes_per_second * 1e-9,
      .latency_one_way_ns = there.latency_ns,
      .retries = there.retries + back.retries,
      .crc_errors = there.crc_errors + back.crc_errors,
      .flits = there.flits,
      .undetected_flits = run.undetected_flits,
      .wrong_transactions = run.wrong_transactions,
      .transactions = run.transactions,
      .flits_per_host_s = static_cast<double>(wire_flits) / host.count(),
      .transactions_per_host_s = static_cast<double>(run.transactions) / host.count()};
  if (!result.timed) return result;
  result.payload_gb_s = payload(more);
  result.data_gb_s = payload(more) * more.data_share;
  result.efficiency =
      payload(more) * shape.wire_bytes() / (result.raw_gb_s * traffic.payload_bytes());
  result.power_w = power(there);
  result.power_reverse_w = power(back);
  return result;
}

}  // namespace cvp
