// SPDX-License-Identifier: Apache-2.0
#include "platform/link_statistics.h"

#include "models/core/simulation_time.h"
#include "models/cxl/cxl_root_port.h"
#include "models/ucie/ucie_port.h"
#include "platform/traffic_statistics.h"

namespace cvp {
namespace {

using Json = nlohmann::ordered_json;

template <class Statistics>
Json direction(const std::string& from, const std::string& to, const Statistics& s, double peak) {
  const double time = simulation_time().seconds();
  return {{"from", from},
          {"to", to},
          {"bytes", s.data.total()},
          {"bytes_by_class", traffic(s.data)},
          {"payload_bytes", s.payload_bytes},
          {"wire_bytes", s.wire_bytes},
          {"messages", s.messages},
          {"flits", s.flits},
          {"retries", s.retries},
          {"utilisation", s.utilisation},
          {"payload_gb_s", time > 0 ? static_cast<double>(s.payload_bytes) / (time * 1e9) : 0},
          {"peak_gb_s", peak / 1e9},
          {"busy_s", s.busy.seconds()},
          {"energy_j", s.energy_j}};
}

// Sums and the busier direction's utilisation, then both directions.
Json link_entry(const std::string& name, const std::string& type, const std::string& state,
                Json directions) {
  std::uint64_t bytes = 0, retries = 0;
  double utilisation = 0, energy = 0;
  for (const Json& each : directions) {
    bytes += each["bytes"].get<std::uint64_t>();
    retries += each["retries"].get<std::uint64_t>();
    utilisation = std::max(utilisation, each["utilisation"].get<double>());
    energy += each["energy_j"].get<double>();
  }
  return {{"name", name},
          {"type", type},
          {"state", state},
          {"bytes", bytes},
          {"utilisation", utilisation},
          {"retries", retries},
          {"energy_j", energy},
          {"directions", std::move(directions)}};
}

Json quantiles(const UcieLatency& latency) {
  const auto at = [&](double q) { return latency.quantile(q).nanoseconds(); };
  Json bars = Json::array();
  for (const auto& bar : latency.bars()) {
    bars.push_back({{"from_ns", bar.from.nanoseconds()}, {"messages", bar.count}});
  }
  return {{"messages", latency.count()},
          {"mean", latency.mean_ns()},
          {"min", latency.least().nanoseconds()},
          {"p50", at(0.5)},
          {"p90", at(0.9)},
          {"p99", at(0.99)},
          {"p99_9", at(0.999)},
          {"max", latency.most().nanoseconds()},
          {"histogram", std::move(bars)}};
}

// Logical lanes that are not on the physical lane of their number; null while the link is down.
Json moved_lanes(const UcieTraining& training) {
  if (!training.up()) return {};
  Json moved = Json::object();
  const auto lanes = training.lanes(UcieLtsm::kOut);
  const std::uint32_t width = training.shape().lanes;
  for (std::uint32_t n = 0; n < lanes.size(); ++n) {
    if (lanes[n] == UcieLane{n / width, UciePin::kData, n % width}) continue;
    moved[std::to_string(n)] = to_string(lanes[n]);
  }
  return moved;
}

// From one end of a UCIe link to the other: what the sender counts, and what the receiver does.
Json ucie_direction(const PortName& from, const PortName& to, const UciePort& sender,
                    const UciePort& receiver) {
  const UcieStatistics sent = sender.statistics();
  const UcieArrivalStatistics arrived = receiver.arrivals();
  Json out = direction(from.text(), to.text(), sent,
                       sender.link().shape().payload_bandwidth().bytes_per_second);
  out["replayed_flits"] = sent.replayed_flits;
  out["nop_flits"] = sent.nop_flits;
  out["crc_errors"] = arrived.crc_errors;
  out["undetected_flits"] = arrived.undetected ? Json(*arrived.undetected) : Json();
  out["framing_errors"] = arrived.framing_errors;
  out["lost_messages"] = arrived.lost_messages;
  out["completion_timeouts"] = sent.completion_timeouts;
  out["parity_bytes"] = sent.parity_bytes;
  Json lanes = Json::object();
  for (const auto& [lane, errors] : arrived.parity_errors) lanes[to_string(lane)] = errors;
  out["parity_errors_by_lane"] = std::move(lanes);
  out["lane_map"] = moved_lanes(sender.training());
  out["credit_stall_s"] = sent.credit_stall.seconds();
  out["retry_stall_s"] = sent.retry_stall.seconds();
  out["latency_ns"] = quantiles(arrived.latency);
  Json states = Json::object();
  for (std::size_t n = 0; n < kUcieStates; ++n) {
    if (sent.residency[n].value == 0) continue;
    states[name_of(static_cast<UcieState>(n))] = sent.residency[n].seconds();
  }
  out["residency_s"] = std::move(states);
  return out;
}

}  // namespace

Json link_statistics(const Package& package, const Platform& platform) {
  Json links = Json::array();
  for (const Link& link : package.links) {
    const auto* a = platform.die(link.ends[0].die).find<UciePort>(link.ends[0].port);
    const auto* b = platform.die(link.ends[1].die).find<UciePort>(link.ends[1].port);
    links.push_back(link_entry(link.name, "ucie", name_of(a->training().state()),
                               {ucie_direction(link.ends[0], link.ends[1], *a, *b),
                                ucie_direction(link.ends[1], link.ends[0], *b, *a)}));
  }
  for (const auto& device : platform.devices()) {
    const PortName& port = device->device().port;
    const auto* root = platform.die(port.die).find<CxlRootPort>(port.port);
    const double peak = root->params().link.raw_bandwidth().bytes_per_second;
    links.push_back(
        link_entry(device->device().name, "cxl", root->params().dead ? "DOWN" : "UP",
                   {direction(port.text(), device->device().name, root->statistics(), peak),
                    direction(device->device().name, port.text(),
                              device->expander->statistics().link, peak)}));
  }
  return links;
}

}  // namespace cvp
