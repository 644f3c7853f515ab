// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/cpu_cluster.h"

#include <algorithm>
#include <numeric>

#include "models/core/report.h"
#include "models/cpu/hart_unit.h"

namespace cvp {

CpuCluster::CpuCluster(sc_core::sc_module_name name, ActionQueue& actions,
                       const CpuClusterParams& params)
    : sc_module(name),
      mem_initiator("mem_initiator", params.harts),
      msip("msip", params.harts),
      mtip("mtip", params.harts),
      meip("meip", params.harts),
      seip("seip", params.harts),
      params_(params),
      reservations_(params.harts) {
  CVP_CHECK(params.harts > 0 && params.quantum > 0_fs, this->name(), ": ", params.harts,
            " harts; expected some, and a quantum");
  for (unsigned i = 0; i < params.harts; ++i) {
    units_.push_back(std::make_unique<HartUnit>(*this, i, actions, params_));
  }
  SC_HAS_PROCESS(CpuCluster);
  SC_METHOD(sample_interrupts);
  for (unsigned i = 0; i < params.harts; ++i) {
    sensitive << msip[i] << mtip[i] << meip[i] << seip[i];
  }
  sensitive << imsic;
  dont_initialize();
}

CpuCluster::~CpuCluster() = default;

Hart& CpuCluster::hart(unsigned index) { return units_.at(index)->hart(); }

void CpuCluster::load_entry(Addr pc, std::uint64_t a1) {
  for (unsigned i = 0; i < harts(); ++i) {
    hart(i).set_pc(pc);
    hart(i).set_x(10, i);
    hart(i).set_x(11, a1);
  }
}

void CpuCluster::watch_tohost(Addr tohost, Htif& htif) {
  for (const auto& unit : units_) unit->watch(tohost, htif);
}

void CpuCluster::start_of_simulation() {
  for (const auto& unit : units_) unit->start();
}

void CpuCluster::sample_interrupts() {
  for (const auto& unit : units_) unit->inputs_changed();
}

std::string CpuCluster::waiting() const {
  std::string text;
  for (const auto& unit : units_) text += (text.empty() ? "" : "; ") + unit->waiting();
  return text;
}

bool CpuCluster::all_waiting() const {
  return std::all_of(units_.begin(), units_.end(),
                     [](const auto& unit) { return unit->hart().waiting(); });
}

CpuStatistics CpuCluster::statistics(unsigned hart) const { return units_.at(hart)->statistics(); }

std::vector<GrantStatistics> CpuCluster::grant_statistics() const {
  std::vector<GrantStatistics> out;
  for (const auto& unit : units_) unit->add_grant_statistics(out);
  std::sort(out.begin(), out.end(), [](const GrantStatistics& a, const GrantStatistics& b) {
    return a.range.base < b.range.base;
  });
  return out;
}

std::uint64_t CpuCluster::instructions() const {
  return std::accumulate(
      units_.begin(), units_.end(), std::uint64_t{0},
      [](std::uint64_t sum, const auto& unit) { return sum + unit->hart().instructions(); });
}

}  // namespace cvp
