// SPDX-License-Identifier: Apache-2.0
#include "platform/statistics.h"

#include <fmt/format.h>

#include "models/core/report.h"
#include "models/core/simulation_time.h"
#include "models/cpu/cpu_cluster.h"
#include "models/hbm/hbm.h"
#include "models/memory/memory.h"
#include "platform/link_statistics.h"
#include "platform/npu_statistics.h"
#include "platform/reach_log.h"
#include "platform/traffic_statistics.h"

namespace cvp {
namespace {

using Json = nlohmann::ordered_json;

double sim_time_s() { return simulation_time().seconds(); }

// ------------------------------------------------------------------------------------- harts

Json hart_statistics(const DieModule& die) {
  Json harts = Json::array();
  for (const auto& [instance, cpu] : die.all<CpuCluster>()) {
    for (unsigned n = 0; n < cpu->harts(); ++n) {
      const CpuStatistics s = cpu->statistics(n);
      harts.push_back({{"name", fmt::format("{}.{}.hart{}", die.die().name, instance->name, n)},
                       {"instructions", s.instructions},
                       {"bus_accesses", s.bus_accesses},
                       {"bus_bytes", s.bus_bytes},
                       {"bus_errors", s.bus_errors},
                       {"traps", s.traps},
                       {"interrupts", s.interrupts},
                       {"wfi", s.wfi},
                       {"max_interrupt_lateness_ns", s.max_interrupt_lateness.nanoseconds()},
                       {"local_time_s", s.local_time.seconds()}});
    }
  }
  return harts;
}

// Null when harts reach the memory through grants that cost nothing: nobody counts their bytes.
Json granted_bytes(const Simulation& simulation, const AddrRange& memory) {
  std::uint64_t bytes = 0;
  for (const auto& [instance, cpu] : simulation.platform().host().all<CpuCluster>()) {
    for (const GrantStatistics& grant : cpu->grant_statistics()) {
      if (!memory.contains(grant.range.base)) continue;
      if (!grant.bytes) return nullptr;
      bytes += *grant.bytes;
    }
  }
  return bytes;
}

// ---------------------------------------------------------------------------------- memories

struct MemoryRow {
  std::string name, kind;
  AddrRange range;
  std::uint64_t read, written;
  double peak_bytes_per_second;
  double energy_j;
};

Json memory_entry(const Simulation& simulation, const MemoryRow& row, const Json& details) {
  const double time = sim_time_s();
  const double moved = static_cast<double>(row.read + row.written);
  const double bandwidth = time > 0 ? moved / time : 0;
  Json out = {
      {"name", row.name},
      {"kind", row.kind},
      {"bytes_read", row.read},
      {"bytes_written", row.written},
      {"hart_granted_bytes", granted_bytes(simulation, row.range)},
      {"bandwidth_gb_s", bandwidth * 1e-9},
      {"efficiency", row.peak_bytes_per_second > 0 ? bandwidth / row.peak_bytes_per_second : 0},
      {"peak_gb_s", row.peak_bytes_per_second * 1e-9},
      {"energy_j", row.energy_j}};
  out.update(details);
  return out;
}

// By what it was for. Energy a bit is that of bits moved to and from the host, with all that it
// takes but the units beside the banks.
Json hbm_energy_entry(const HbmStatistics& s) {
  const double time = sim_time_s();
  const double bits = 8.0 * static_cast<double>(s.read.total() + s.written.total());
  const HbmEnergyUse& use = s.energy;
  return {{"activate_j", use.activate * 1e-12},
          {"read_j", use.read * 1e-12},
          {"write_j", use.write * 1e-12},
          {"refresh_j", use.refresh * 1e-12},
          {"background_j", use.background * 1e-12},
          {"scrub_j", use.scrub * 1e-12},
          {"pim_j", use.pim * 1e-12},
          {"pj_per_bit", bits > 0 ? (use.total() - use.pim) / bits : 0},
          {"power_w", time > 0 ? use.total() * 1e-12 / time : 0}};
}

void add_die_memories(const Simulation& simulation, const DieModule& die, Json& out) {
  const std::string prefix = die.die().name + ".";
  const auto global = [&](const Instance& instance, const char* key) {
    const AddrRange range = instance.window(key)->range;
    return AddrRange{die.die().base() + range.base, range.size};
  };
  for (const auto& [instance, memory] : die.all<Memory>()) {
    const MemoryStatistics& s = memory->statistics();
    out.push_back(memory_entry(
        simulation,
        {prefix + instance->name, instance->type->type, global(*instance, "map"), s.read.total(),
         s.written.total(), instance->params["bandwidth"].real, s.energy_j},
        {{"reads", s.reads}, {"writes", s.writes}, {"busy_s", s.busy.seconds()}}));
  }
  for (const auto& [instance, stack] : die.all<HbmStack>()) {
    const HbmStatistics s = stack->statistics();
    out.push_back(
        memory_entry(simulation,
                     {prefix + instance->name, "hbm", global(*instance, "mem"), s.read.total(),
                      s.written.total(), stack->engine().timing().peak_bytes_per_second(),
                      s.energy.total() * 1e-12},
                     {{"read_by_class", traffic(s.read)},
                      {"written_by_class", traffic(s.written)},
                      {"row_hits", s.counters.row_hits},
                      {"row_misses", s.counters.row_misses},
                      {"row_conflicts", s.counters.row_conflicts},
                      {"activates", s.counters.activates},
                      {"refreshes", s.counters.refreshes},
                      {"words_corrected", s.corrected},
                      {"words_uncorrected", s.uncorrected},
                      {"power_down_s", s.residency.power_down.seconds()},
                      {"self_refresh_s", s.residency.self_refresh.seconds()},
                      {"energy", hbm_energy_entry(s)},
                      {"pim",
                       {{"commands", s.pim.commands},
                        {"bursts", s.pim.bursts()},
                        {"activates", s.pim.activates},
                        {"operations", s.pim.operations},
                        {"clocks", s.pim.clocks}}}}));
  }
}

void add_expander(const Simulation& simulation, const DeviceModule& device, Json& out) {
  const CxlExpanderStatistics s = device.expander->statistics();
  const Package& package = simulation.package();
  const Die& die = *package.find_die(device.device().port.die);
  const AddrRange window = die.find(device.device().port.port)->window("window")->range;
  const CxlExpanderParams& params = device.expander->params();
  out.push_back(memory_entry(simulation,
                             {device.device().name,
                              "cxl",
                              {die.base() + window.base, params.capacity},
                              s.read.total(),
                              s.written.total(),
                              params.media_bandwidth.bytes_per_second,
                              s.energy_j},
                             {{"read_by_class", traffic(s.read)},
                              {"written_by_class", traffic(s.written)},
                              {"busy_s", s.busy.seconds()}}));
}

double sum_of(const Json& list, const char* key) {
  double sum = 0;
  for (const Json& entry : list) sum += entry.value(key, 0.0);
  return sum;
}

const char* name_of_end(EndKind kind) {
  switch (kind) {
    case EndKind::kGuest:
      return "guest";
    case EndKind::kTimeLimit:
      return "max_time";
    case EndKind::kWallLimit:
      return "max_wall";
    case EndKind::kClockEnd:
      return "clock_end";
    case EndKind::kDeadEnd:
      return "dead_end";
    case EndKind::kInterrupted:
      return "interrupted";
    case EndKind::kKilled:
      return "killed";
  }
  return "";
}

}  // namespace

nlohmann::ordered_json collect_statistics(const Simulation& simulation, const RunEnd& end) {
  const Platform& platform = simulation.platform();
  Json stats;
  stats["schema"] = kStatisticsSchema;
  stats["package"] = simulation.package().name;
  stats["end"] = name_of_end(end.kind);
  stats["guest_exit"] = end.guest_exit ? Json(*end.guest_exit) : Json(nullptr);
  stats["sim_time_s"] = sim_time_s();
  stats["harts"] = hart_statistics(platform.host());
  stats["links"] = link_statistics(simulation.package(), platform);
  Json memories = Json::array();
  for (const auto& die : platform.dies()) add_die_memories(simulation, *die, memories);
  for (const auto& device : platform.devices()) add_expander(simulation, *device, memories);
  stats["memories"] = std::move(memories);
  stats["npus"] = npu_statistics(platform);
  const double links_j = sum_of(stats["links"], "energy_j");
  const double memories_j = sum_of(stats["memories"], "energy_j");
  const double npus_j = sum_of(stats["npus"], "energy_j");
  stats["energy_j"] = links_j + memories_j + npus_j;
  stats["energy"] = {{"links_j", links_j}, {"memories_j", memories_j}, {"npus_j", npus_j}};
  stats["reach"] = reach_tables(simulation.console().log());
  stats["guest_errors"] = guest_error_count();
  Json actions = Json::object();
  for (const auto& die : platform.dies()) actions[die->die().name] = die->actions.executed();
  for (const auto& device : platform.devices()) {
    actions[device->device().name] = device->actions.executed();
  }
  stats["actions"] = std::move(actions);
  stats["waiting"] = end.waiting;
  return stats;
}

nlohmann::ordered_json host_statistics(const Simulation& simulation, const RunEnd& end) {
  const auto instructions = static_cast<double>(simulation.instructions());
  return {{"wall_time_s", end.wall_s},
          {"mips", end.wall_s > 0 ? instructions * 1e-6 / end.wall_s : 0},
          {"slowdown", sim_time_s() > 0 ? end.wall_s / sim_time_s() : 0}};
}

}  // namespace cvp
