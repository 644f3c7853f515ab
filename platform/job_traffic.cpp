// SPDX-License-Identifier: Apache-2.0
#include "platform/job_traffic.h"

#include "models/cxl/cxl_root_port.h"
#include "models/hbm/hbm.h"
#include "models/memory/memory.h"
#include "models/noc/noc_regs.h"
#include "models/npu/npu_cluster.h"
#include "models/npu/npu_regs.h"
#include "models/ucie/ucie_port.h"

namespace cvp {
namespace {

std::uint64_t tensor(const TrafficBytes& bytes) { return bytes.of(TrafficClass::kTensor); }

// The port by which the registers of a die send what is for die `index`.
const Instance* routed_port(DieModule& die, unsigned index) {
  const auto& regs = static_cast<const NocRegs&>(die.noc().regs_target.bank());
  const NocRegs::Route route = regs.route.get(index);
  if (!route.valid) return nullptr;
  for (const Instance* port : die.die().of_type("ucie_port")) {
    if (die.die().port_number(port->name) == route.port) return port;
  }
  return nullptr;
}

std::string direction(const std::string& from, const std::string& to) { return from + " > " + to; }

class Planner {
 public:
  explicit Planner(const Platform& platform) : platform_(platform) {}

  /// `bytes` of a region at `base` go to or from `die`.
  void add(const JobDie& job_die, Addr base, std::uint64_t bytes, bool write) {
    if (bytes == 0) return;
    const std::string memory = platform_.memory_at(base);
    planned[memory + (write ? " written" : " read")] += bytes;
    // Requests walk from the NPU's die to the memory's; data of a read comes back the same way.
    DieModule* at = &platform_.die(job_die.die->die().name);
    const auto home = static_cast<unsigned>(base >> kDieShift);
    while (at->die().index != home) {
      const Instance* port = routed_port(*at, home);
      CVP_CHECK(port, "no route from ", at->die().name, " to die ", home);
      const PortName& peer = *platform_.package().peer(at->die().name, port->name);
      const std::string here = at->die().name + "." + port->name;
      planned[write ? direction(here, peer.text()) : direction(peer.text(), here)] += bytes;
      at = &platform_.die(peer.die);
    }
    for (const auto& device : platform_.devices()) {
      if (device->device().name != memory) continue;
      const std::string port = device->device().port.text();
      planned[write ? direction(port, memory) : direction(memory, port)] += bytes;
    }
  }

  TensorBytes planned;

 private:
  const Platform& platform_;
};

}  // namespace

JobSnapshot take_snapshot(const Platform& platform) {
  JobSnapshot now;
  now.time = simulation_time();
  const auto memory = [&](const std::string& name, const TrafficBytes& read,
                          const TrafficBytes& written) {
    now.bytes[name + " read"] = tensor(read);
    now.bytes[name + " written"] = tensor(written);
  };
  for (const auto& die : platform.dies()) {
    const std::string prefix = die->die().name + ".";
    for (const auto& [instance, ram] : die->all<Memory>()) {
      memory(prefix + instance->name, ram->statistics().read, ram->statistics().written);
      now.energy_j += ram->statistics().energy_j;
    }
    for (const auto& [instance, stack] : die->all<HbmStack>()) {
      const HbmStatistics s = stack->statistics();
      memory(prefix + instance->name, s.read, s.written);
      now.energy_j += s.energy.total() * 1e-12;
    }
    for (const auto& [instance, port] : die->all<UciePort>()) {
      const PortName& peer = *platform.package().peer(die->die().name, instance->name);
      const UcieStatistics s = port->statistics();
      now.bytes[direction(prefix + instance->name, peer.text())] = tensor(s.data);
      now.energy_j += s.energy_j;
    }
    for (const auto& [instance, npu] : die->all<NpuCluster>()) {
      const NpuStatistics s = npu->statistics();
      now.npus[die->die().name] = s.counters;
      now.energy_j += s.energy_pj * 1e-12;
    }
  }
  for (const auto& device : platform.devices()) {
    const PortName& port = device->device().port;
    const CxlExpanderStatistics s = device->expander->statistics();
    const auto* root = platform.die(port.die).find<CxlRootPort>(port.port);
    memory(device->device().name, s.read, s.written);
    now.bytes[direction(device->device().name, port.text())] = tensor(s.link.data);
    now.bytes[direction(port.text(), device->device().name)] = tensor(root->statistics().data);
    now.energy_j += s.energy_j + s.link.energy_j + root->statistics().energy_j;
  }
  return now;
}

JobDie job_die(const DieModule& die) {
  JobDie job{&die, {}, {}};
  for (const auto& [instance, npu] : die.all<NpuCluster>()) {
    job.npu = instance->name;
    if (!npu->released.read()) continue;  // In reset it shows no registers.
    const auto& regs = static_cast<const NpuRegs&>(npu->regs_target.bank());
    for (std::size_t n = 0; n < job.region_base.size(); ++n) {
      job.region_base[n] = regs.context_region_base.get(n);
    }
  }
  return job;
}

std::vector<PlanRow> compare_with_plan(const Platform& platform, const JobPlan& plan,
                                       const std::vector<JobDie>& dies, const JobSnapshot& before,
                                       const JobSnapshot& after) {
  Planner planner(platform);
  for (std::size_t j = 0; j < dies.size() && j < plan.dies.size(); ++j) {
    for (std::size_t r = 0; r < NPU_REGIONS; ++r) {
      const RegionBytes& bytes = plan.dies[j].total.regions[r];
      planner.add(dies[j], dies[j].region_base[r], bytes.read, false);
      planner.add(dies[j], dies[j].region_base[r], bytes.written, true);
    }
  }
  std::vector<PlanRow> rows;
  for (const auto& [what, bytes] : after.bytes) {
    const auto start = before.bytes.find(what);
    const std::uint64_t counted = bytes - (start == before.bytes.end() ? 0 : start->second);
    const auto planned = planner.planned.find(what);
    const std::uint64_t expected = planned == planner.planned.end() ? 0 : planned->second;
    if (counted != 0 || expected != 0) rows.push_back({what, expected, counted});
    if (planned != planner.planned.end()) planner.planned.erase(planned);
  }
  for (const auto& [what, bytes] : planner.planned) rows.push_back({what, bytes, 0});
  return rows;
}

}  // namespace cvp
