// SPDX-License-Identifier: Apache-2.0
//
// A debugger's hold on the harts of a cluster. While it exists, harts begin their turns only if it
// lets them; one that stops ends its turn at once, holds all others, and goes on later in the same
// turn at the same time, so that a run that is stopped and continued is the same run.
// Harts that are held are at different times, up to a quantum apart, as always between turns.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <vector>

#include "models/cpu/breakpoints.h"
#include "models/cpu/cpu_cluster.h"
#include "models/cpu/debug_stop.h"

namespace cvp {

class CpuDebug {
 public:
  /// `on_stop` is called within the hart's turn.
  CpuDebug(CpuCluster& cluster, std::function<void(const DebugStop&)> on_stop);
  ~CpuDebug();
  CpuDebug(const CpuDebug&) = delete;
  CpuDebug& operator=(const CpuDebug&) = delete;

  CpuCluster& cluster() { return cluster_; }
  DebugMode mode(unsigned hart) const { return modes_[hart]; }
  void hold();
  /// One mode for each hart. Not within a turn.
  void go(const std::vector<DebugMode>& modes);

  void set_breakpoints(const std::set<Addr>& addresses);
  void set_watchpoints(const std::vector<Watchpoint>& list);
  /// Memory has been written: harts look at their code again.
  void memory_changed();
  /// Without time, as hart 0 sees it; the bytes that were read or written.
  std::size_t read(Addr physical, std::span<std::uint8_t> out);
  std::size_t write(Addr physical, std::span<const std::uint8_t> in);
  /// All harts are as after power-up; time and counters go on.
  void reset();

 private:
  friend class HartUnit;
  void stopped(const DebugStop& stop);
  std::size_t transport(tlm::tlm_command command, Addr physical, std::uint8_t* data,
                        std::size_t size);

  CpuCluster& cluster_;
  const std::function<void(const DebugStop&)> on_stop_;
  std::vector<DebugMode> modes_;
  Breakpoints breakpoints_;
};

}  // namespace cvp
