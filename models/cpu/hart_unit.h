// SPDX-License-Identifier: Apache-2.0
//
// One hart of a cluster: its turns as actions, its bus accesses as transactions, its grants.
// Private to models/cpu.
#pragma once

#include <list>
#include <tlm>
#include <unordered_map>

#include "models/core/attributes.h"
#include "models/core/backing_store.h"
#include "models/cpu/cpu_cluster.h"
#include "models/cpu/debug_stop.h"

namespace cvp {

class HartUnit : private HartBus,
                 private ActionHandler,
                 private tlm::tlm_bw_transport_if<>,
                 private tlm::tlm_mm_interface {
 public:
  HartUnit(CpuCluster& cluster, unsigned index, ActionQueue& actions,
           const CpuClusterParams& params);
  ~HartUnit() override;

  Hart& hart() { return hart_; }
  const Hart& hart() const { return hart_; }
  void start();
  /// Levels of the inputs except the timer's, which is read from TimerIf.
  void inputs_changed();
  void watch(Addr tohost, Htif& htif);
  std::string waiting() const;
  CpuStatistics statistics() const;
  void add_grant_statistics(std::vector<GrantStatistics>& out) const;

  // cpu_debug.cpp
  void go_on(DebugMode mode);
  void reset();

 private:
  enum Op : std::uint32_t { kRun, kIssue, kResume, kAlarm };
  enum class State : std::uint8_t { kIdle, kScheduled, kOnBus };
  struct Grant {
    HostPage page;
    std::shared_ptr<BackingStore> store;  // Keeps the host memory alive.
    std::uint64_t bytes = 0;

    GrantStatistics statistics() const {
      const bool counted = page.read_cycles != 0 || page.write_cycles != 0;
      return {{page.base, page.size}, counted ? std::optional(bytes) : std::nullopt};
    }
  };

  void on_action(const Action& action) override;
  void turn();
  bool held();
  bool asleep() const { return state_ == State::kIdle && hart_.waiting(); }
  RunResult run_for_debug(std::uint64_t instructions);
  void issue();
  void finish(Femtoseconds delay);
  void resume();
  void trace(bool sleeps);
  void schedule(Femtoseconds time, Op op);
  std::uint64_t instructions_until(Femtoseconds time) const;
  std::uint64_t interrupt_levels() const;
  Femtoseconds local_time() const { return clock_.at(hart_.cycle()); }
  Femtoseconds deadline() const;

  std::optional<BusReply> access(const BusRequest& request) override;
  const HostPage* grant(Addr address) override;
  std::uint64_t time(std::uint64_t cycle) override;
  std::uint64_t cycle_at(std::uint64_t mtime) override;
  void set_alarm();
  const HostPage* ask_for_grant(Addr address);
  const HostPage* without_stores(const HostPage& page, Addr address);
  bool stores_are_watched(Addr address) const;

  void hold_reservation();
  void withdraw_stores(Addr address);
  bool write_may_go(const BusRequest& request);
  void release_reservation();

  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) override;
  void free(tlm::tlm_generic_payload*) override {}

  CpuCluster& cluster_;
  const unsigned index_;
  ActionQueue& actions_;
  const CpuClusterParams& params_;
  const Clock clock_;
  tlm::tlm_initiator_socket<>& socket_;
  const SourceId source_;
  Hart hart_;

  State state_ = State::kIdle;
  bool held_ = false;       ///< By a debugger: its turn has come and not begun.
  bool abandoned_ = false;  ///< What is under way on the bus is of no use any more.
  std::uint64_t levels_ = 0;
  Femtoseconds max_lateness_;
  Femtoseconds alarm_ = Femtoseconds::max();        ///< The action that ends a wfi by stimecmp.
  std::uint64_t last_timer_cycle_ = 0;              ///< The last answer of cycle_at().
  Femtoseconds awake_since_ = Femtoseconds::max();  ///< For the trace only; max: asleep.
  std::uint64_t bus_bytes_ = 0, bus_errors_ = 0;

  tlm::tlm_generic_payload payload_{this};
  Attributes attributes_;
  std::array<std::uint8_t, 16> buffer_{};

  std::list<Grant> grants_;
  Grant* last_grant_ = nullptr;
  std::vector<GrantStatistics> retired_grants_;
  std::unordered_map<Addr, unsigned> refused_;  ///< Pages without a grant, questions to skip.
  Addr tohost_ = 0;
  Htif* htif_ = nullptr;
  HostPage watched_;
  bool waits_for_sc_ = false;  ///< The write that is to be issued waits for another hart's sc.
};

}  // namespace cvp
