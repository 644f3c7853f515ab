// SPDX-License-Identifier: Apache-2.0
#include "platform/path.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/cpu/cpu_cluster.h"
#include "models/cxl/cxl_expander.h"
#include "models/hbm/hbm.h"
#include "models/memory/memory.h"
#include "models/noc/crossbar.h"
#include "models/npu/npu_cluster.h"
#include "models/ucie/protocol/ucie_encoding.h"
#include "platform/link_ends.h"

namespace cvp {
namespace {

constexpr std::uint64_t kNpuBytes = 64, kHartBytes = 8;
constexpr std::uint64_t kCxlRequest = 16, kCxlResponse = 72, kCxlLine = 64;  // Slots of a line.

enum class Kind : std::uint8_t { kDram, kCxl, kHbm };

struct Target {
  std::string name;
  Kind kind;
  const Die* die;
  const ParameterSet* params;
};

struct Initiator {
  std::string name;
  const Die* die;
  const Instance* instance;
  bool hart;
};

struct Hop {  // From one die to the next.
  const Link* link;
  UcieLinkShape shape;
  UcieParams params;
  bool functional() const { return params.fidelity == UcieFidelity::kFunctional; }
};

bool works(const Package& package, const Link& link) {
  return trained_shape(package, link).lanes > 0;
}

std::map<std::string, unsigned> distances_to(const Package& package, const Die& to) {
  std::map<std::string, unsigned> distance = {{to.name, 0}};
  std::vector<std::string> frontier = {to.name};
  for (unsigned hops = 1; !frontier.empty(); ++hops) {
    std::vector<std::string> next;
    for (const Link& link : package.links) {
      if (!works(package, link)) continue;
      for (int side = 0; side < 2; ++side) {
        const auto found = distance.find(link.ends[side].die);
        if (found == distance.end() || found->second != hops - 1) continue;
        const std::string& far = link.ends[1 - side].die;
        if (distance.emplace(far, hops).second) next.push_back(far);
      }
    }
    frontier = std::move(next);
  }
  return distance;
}

// The dies on the way, both ends included; empty if there is none.
std::vector<const Die*> dies_between(const Package& package, const Die& from, const Die& to,
                                     std::vector<Hop>& hops) {
  std::vector<const Die*> dies = {&from};
  while (dies.back() != &to) {
    const Die& here = *dies.back();
    const auto port = route_port(package, here, to);
    if (!port) return {};
    const std::string& name = here.of_type("ucie_port").at(*port)->name;
    const Link& link = *package.link_at(here.name, name);
    hops.push_back({&link, trained_shape(package, link), ucie_params(package, link, 0)});
    dies.push_back(package.find_die(package.peer(here.name, name)->die));
  }
  return dies;
}

std::vector<Target> targets_of(const Package& package) {
  std::vector<Target> targets;
  const Instance* largest = nullptr;
  for (const Instance* ram : package.host().of_type("ram")) {
    if (!largest || ram->params["size"].integer > largest->params["size"].integer) largest = ram;
  }
  if (largest) targets.push_back({"host DRAM", Kind::kDram, &package.host(), &largest->params});
  for (const Device& device : package.devices) {
    if (device.params.make<CxlExpanderParams>().dead) continue;
    const Die* die = package.find_die(device.port.die);
    targets.push_back({device.port.port, Kind::kCxl, die, &device.params});
  }
  for (const Die& die : package.dies) {
    const Instance* stack = die.first("hbm_stack");
    if (!stack || !stack->params.make<HbmParams>().training_fails.empty()) continue;
    targets.push_back({die.name + " HBM", Kind::kHbm, &die, &stack->params});
  }
  return targets;
}

std::vector<Initiator> initiators_of(const Package& package) {
  std::vector<Initiator> all;
  if (const Instance* cpu = package.host().first("cpu_cluster")) {
    all.push_back({"hart0", &package.host(), cpu, true});
  }
  for (const Die& die : package.dies) {
    if (const Instance* npu = die.first("npu_cluster")) all.push_back({die.name, &die, npu, false});
  }
  return all;
}

std::uint64_t flits(std::uint64_t bytes, std::uint64_t payload) {
  return (bytes + payload - 1) / payload;
}

std::string ns(Femtoseconds time) { return fmt::format("{:.6g} ns", time.nanoseconds()); }

// Adds up one path, from the initiator outwards.
class Builder {
 public:
  Builder(const Initiator& from, const Target& to, std::vector<const Die*> dies,
          std::vector<Hop> hops)
      : from_(from), to_(to), dies_(std::move(dies)), hops_(std::move(hops)) {}

  Path build() {
    path_.from = from_.name;
    path_.to = to_.name;
    const bool cached = from_.hart && to_.kind == Kind::kDram;
    if (from_.hart) add_instruction();
    if (!cached) {
      for (std::size_t i = 0; i < dies_.size(); ++i) {
        add_die(*dies_[i]);
        if (i < hops_.size()) add_link(hops_[i]);
      }
      add_memory();
    }
    if (from_.hart) {
      round_to_clock();
      limit("one load at a time: 8 B / latency",
            {static_cast<double>(kHartBytes) / path_.latency().seconds()});
    } else {
      const auto npu = from_.instance->params.make<NpuParams>();
      const std::uint64_t bytes = std::uint64_t{npu.max_outstanding} * npu.burst_max;
      limit(fmt::format("{} x {} B in flight / latency", npu.max_outstanding, npu.burst_max),
            {static_cast<double>(bytes) / path_.latency().seconds()});
    }
    return std::move(path_);
  }

 private:
  void term(std::string what, Femtoseconds time) {
    if (time.value > 0) path_.terms.push_back({std::move(what), time});
  }
  void limit(std::string what, Bandwidth bandwidth) {
    path_.limits.push_back({std::move(what), bandwidth});
  }

  void add_instruction() {
    const auto cpu = from_.instance->params.make<CpuClusterParams>();
    term(fmt::format("instruction: {} clock(s)", cpu.cpi), Clock(cpu.clock).at(cpu.cpi));
  }

  // A grant's latency counts in whole clocks.
  void round_to_clock() {
    const auto cpu = from_.instance->params.make<CpuClusterParams>();
    const Clock clock(cpu.clock);
    const Femtoseconds grant = path_.latency() - clock.at(cpu.cpi);
    term("up to a whole clock", clock.at(clock.cycles_until(grant)) - grant);
  }

  void add_die(const Die& die) {
    const Instance& noc = *die.first("crossbar");
    const auto params = noc.params.make<CrossbarParams>();
    const std::string name = die.name + "." + noc.name;
    term(fmt::format("{}: 2 x hop {}", name, ns(params.hop)), 2 * params.hop);
    limit(fmt::format("{} port, {} bits at {:.6g} GHz", name, params.width_bits,
                      static_cast<double>(params.clock.hertz) * 1e-9),
          {params.width_bits / 8.0 * static_cast<double>(params.clock.hertz)});
  }

  // A grant counts one flit each way; a message as many as it fills.
  void add_link(const Hop& hop) {
    const UcieLinkShape& shape = hop.shape;
    const Femtoseconds fixed = shape.fixed_latency(), one_way = shape.one_way_latency();
    const std::string what =
        fmt::format("{}: {} + {} B at {:.6g} GB/s", hop.link->name, ns(fixed), shape.wire_bytes(),
                    shape.raw_bandwidth().bytes_per_second * 1e-9);
    term(what + ", there", one_way);
    term(what + ", back", one_way);
    const UcieParams& params = hop.params;
    if (!from_.hart && !hop.functional() && params.idle.exit.value > 0) {
      term(fmt::format("{}: main band awake, there and back", hop.link->name),
           2 * params.idle.exit);
    }
    UcieMessageHeader burst{.kind = UcieMessageKind::kReadData, .length = kNpuBytes};
    burst.protocol = ucie_protocol(params.protocol, true);
    const std::uint32_t payload = ucie_flit_layout(shape.format, burst.protocol).payload_bytes();
    const std::uint64_t more = flits(ucie_wire_bytes(burst, params.packets), payload) - 1;
    if (!from_.hart && !hop.functional()) {
      term(fmt::format("{}: {} more flit(s)", hop.link->name, more),
           shape.flit_format().time(more));
    }
    limit(fmt::format("{} payload, {} of {} B", hop.link->name, payload, shape.wire_bytes()),
          {shape.raw_bandwidth().bytes_per_second * payload / shape.wire_bytes()});
  }

  void add_memory() {
    switch (to_.kind) {
      case Kind::kDram:
        return add_dram();
      case Kind::kCxl:
        return add_cxl();
      case Kind::kHbm:
        return from_.hart ? add_granted_hbm() : add_hbm();
    }
  }

  void add_dram() {
    const auto params = to_.params->make<MemoryParams>();
    term("DRAM: read latency", params.read_latency);
    term(fmt::format("DRAM: {} B at {:.6g} GB/s", kNpuBytes,
                     params.bandwidth.bytes_per_second * 1e-9),
         params.bandwidth.time_for(kNpuBytes));
    limit("DRAM", params.bandwidth);
  }

  void add_cxl() {
    const auto params = to_.params->make<CxlExpanderParams>();
    const FlitFormat format = params.link.flit_format();
    const bool limited = params.fidelity != Fidelity::kFunctional;
    const std::uint64_t back = limited ? flits(kCxlResponse, format.payload_bytes) : 1;
    const double raw = params.link.raw_bandwidth().bytes_per_second;
    const auto wire = [&](std::uint64_t count) {
      return fmt::format("{} + {} x {} B at {:.6g} GB/s", ns(format.latency), count,
                         format.wire_bytes, raw * 1e-9);
    };
    const std::uint64_t there = flits(kCxlRequest, format.payload_bytes);
    term("CXL link there: " + wire(there), format.latency + format.time(there));
    term("CXL controller", params.controller_latency);
    term("CXL media", params.media_latency);
    term("CXL link back: " + wire(back), format.latency + format.time(back));
    limit(fmt::format("CXL link, {}/{} of {}/{} B", kCxlLine, kCxlResponse, format.payload_bytes,
                      format.wire_bytes),
          {raw * format.payload_bytes / format.wire_bytes * kCxlLine / kCxlResponse});
    limit("CXL media", params.media_bandwidth);
  }

  void add_granted_hbm() {
    const auto params = to_.params->make<HbmParams>();
    const HbmTiming timing = params.timing();
    const HbmRules rules(timing);
    const Clock ticks({2 * timing.clock.hertz});
    term("HBM: bank closed, next slot, tRCD, CL + burst",
         ticks.at(static_cast<std::uint64_t>(2 + 2 * rules.act_rd + rules.read_data)));
    term("HBM: controller", params.controller_latency);
    limit("HBM peak", {timing.peak_bytes_per_second()});
  }

  // Commands start on odd half clocks. Data ends on one, the next read comes a path later and waits
  // for the first slot after that.
  void add_hbm() {
    const auto params = to_.params->make<HbmParams>();
    if (params.fidelity == Fidelity::kFunctional) return add_granted_hbm();
    const HbmTiming timing = params.timing();
    const HbmRules rules(timing);
    const Clock ticks({2 * timing.clock.hertz});
    term("HBM: controller", params.controller_latency);
    const Femtoseconds outside = path_.latency();
    const auto read = static_cast<std::uint64_t>(rules.read_data);
    const auto second = 2 * static_cast<std::uint64_t>(slots_to_second(params, timing, rules));
    const std::uint64_t slot = (ticks.cycles_until(outside) / 2 + 1) * 2;
    term("HBM: next command slot", ticks.at(slot) - outside);
    term(fmt::format("HBM: row open, CL {} + burst {} clocks", timing.cl, timing.burst),
         ticks.at(slot + read) - ticks.at(slot));
    term("HBM: second 32 B", ticks.at(slot + read + second) - ticks.at(slot + read));
    limit("HBM peak", {timing.peak_bytes_per_second()});
  }

  // Between the column commands of the two bursts of a line, by where the map puts them.
  static Slot slots_to_second(const HbmParams& params, const HbmTiming& timing,
                              const HbmRules& rules) {
    const HbmMap map(params.map_in_use(), timing.geometry);
    const HbmPlace a = map.place(0), b = map.place(timing.geometry.burst_bytes);
    const HbmGeometry& g = timing.geometry;
    const unsigned lane_a = a.bank() / g.banks, lane_b = b.bank() / g.banks;
    const unsigned lanes = g.stack_ids * g.bank_groups;  // Of a pseudo channel.
    if (a.channel() != b.channel()) return 0;
    if (lane_a == lane_b) return rules.rd_rd_l;
    if (lane_a / lanes != lane_b / lanes) return 1;
    return lane_a / g.bank_groups == lane_b / g.bank_groups ? rules.rd_rd_s : rules.rd_rd_r;
  }

  const Initiator& from_;
  const Target& to_;
  const std::vector<const Die*> dies_;
  const std::vector<Hop> hops_;
  Path path_;
};

}  // namespace

Femtoseconds Path::latency() const {
  Femtoseconds sum;
  for (const PathTerm& each : terms) sum += each.time;
  return sum;
}

const PathLimit& Path::bound() const {
  return *std::min_element(limits.begin(), limits.end(),
                           [](const PathLimit& a, const PathLimit& b) {
                             return a.bandwidth.bytes_per_second < b.bandwidth.bytes_per_second;
                           });
}

std::vector<Path> reach_paths(const Package& package) {
  std::vector<Path> paths;
  const auto targets = targets_of(package);
  for (const Initiator& from : initiators_of(package)) {
    for (const Target& to : targets) {
      std::vector<Hop> hops;
      auto dies = dies_between(package, *from.die, *to.die, hops);
      if (dies.empty()) continue;
      paths.push_back(Builder(from, to, std::move(dies), std::move(hops)).build());
    }
  }
  return paths;
}

std::optional<unsigned> route_port(const Package& package, const Die& from, const Die& to) {
  const auto distance = distances_to(package, to);
  if (!distance.contains(from.name)) return {};
  for (const Instance* port : from.of_type("ucie_port")) {
    const PortName* peer = package.peer(from.name, port->name);
    if (!peer || !works(package, *package.link_at(from.name, port->name))) continue;
    const auto found = distance.find(peer->die);
    if (found != distance.end() && found->second + 1 == distance.at(from.name)) {
      return from.port_number(port->name);
    }
  }
  return {};
}

}  // namespace cvp
