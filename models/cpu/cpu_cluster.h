// SPDX-License-Identifier: Apache-2.0
//
// A cluster of RV64GC harts: the SystemC shell around the pure core in hart.h.
//
// A hart is no process. An action at time T runs it for up to a quantum, ahead of the kernel; its
// next action comes at the time it has reached. Memory with a DMI grant is touched directly and
// costs the grant's latency; any other access is one transaction (nb_transport_fw) at its exact
// time. A hart in wfi has no action pending and is woken by its interrupt inputs.
// Not modelled: caches, pipelines (see README.md).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/core/action_queue.h"
#include "models/core/address_range.h"
#include "models/core/imsic_if.h"
#include "models/core/timer_if.h"
#include "models/core/wait_reporter.h"
#include "models/cpu/hart.h"
#include "models/cpu/htif.h"
#include "models/cpu/reservation_monitor.h"

namespace cvp {

struct CpuClusterParams {
  unsigned harts = 1;
  std::string isa = "rv64gc";  ///< What Isa::parse() takes.
  Frequency clock = 1_GHz;
  std::uint32_t cpi = 1;         ///< Clocks an instruction.
  Femtoseconds quantum = 10_us;  ///< How far a hart runs ahead.
  Addr reset_vector = 0x1000;
  /// Granted memory in here costs no latency, as if it were always in a cache.
  AddrRange cached{};
  bool misaligned_traps = false;  ///< Misaligned loads and stores trap.
  bool dmi = true;  ///< Ask for grants. Without them results are the same, slower and timed finer.
};

/// Of one hart.
struct CpuStatistics {
  std::uint64_t instructions = 0;
  std::uint64_t bus_accesses = 0, bus_bytes = 0, bus_errors = 0;
  std::uint64_t traps = 0, interrupts = 0, wfi = 0;
  Femtoseconds max_interrupt_lateness;
  Femtoseconds local_time;  ///< How far the hart has come.
};

/// Bytes of loads, stores and atomics through one grant, of all harts. Empty: the grant costs no
/// latency, so nobody counts.
struct GrantStatistics {
  AddrRange range;
  std::optional<std::uint64_t> bytes;
};

class CpuDebug;
class HartUnit;

class CpuCluster : public sc_core::sc_module, public WaitReporter {
 public:
  sc_core::sc_vector<tlm::tlm_initiator_socket<>> mem_initiator;
  sc_core::sc_vector<sc_core::sc_in<bool>> msip, mtip, meip, seip;
  sc_core::sc_port<TimerIf, 1, sc_core::SC_ZERO_OR_MORE_BOUND> timer{"timer"};
  /// If bound, the harts have the Advanced Interrupt Architecture.
  sc_core::sc_port<ImsicIf, 1, sc_core::SC_ZERO_OR_MORE_BOUND> imsic{"imsic"};

  CpuCluster(sc_core::sc_module_name name, ActionQueue& actions,
             const CpuClusterParams& params = {});
  ~CpuCluster() override;

  unsigned harts() const { return params_.harts; }
  /// The core: registers, pc, CSRs.
  Hart& hart(unsigned index);
  /// Before the simulation starts: all harts begin at `pc` with a0 = hart id and this a1.
  void load_entry(Addr pc, std::uint64_t a1 = 0);
  /// Spike's host interface: stores to `tohost` are seen by `htif`, which must outlive this.
  void watch_tohost(Addr tohost, Htif& htif);

  /// What every hart does, for a dead end: `hart 0: wfi at pc 0x80000124; hart 1: ...`.
  std::string waiting() const override;
  /// Whether every hart waits for an interrupt.
  bool all_waiting() const;
  CpuStatistics statistics(unsigned hart) const;
  std::vector<GrantStatistics> grant_statistics() const;
  std::uint64_t instructions() const;

  template <class Archive>
  void serialize(Archive& a) {
    for (unsigned i = 0; i < harts(); ++i) a(hart(i));
  }

 private:
  friend class HartUnit;  // Harts of a cluster share reservations.
  friend class CpuDebug;

  void start_of_simulation() override;
  void sample_interrupts();

  const CpuClusterParams params_;
  ReservationMonitor reservations_;
  std::vector<std::unique_ptr<HartUnit>> units_;
  CpuDebug* debug_ = nullptr;  ///< A debugger that is attached.
};

}  // namespace cvp
