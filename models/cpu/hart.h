// SPDX-License-Identifier: Apache-2.0
//
// RISC-V hart with M, S and U mode, PMP, page tables and counters; its instruction set is a
// parameter (isa.h). Pure core: no SystemC.
//
// Speed comes from decoded basic blocks (block_cache.h), a threaded interpreter (execute.cpp) and a
// software TLB that maps pages straight to host memory (tlb.h). Whatever else an instruction needs
// goes through HartBus; when the bus cannot answer at once run() returns kBusPending, and after
// complete_bus() the next run() replays that instruction with the answers it has. Nothing lives on
// a host stack between two calls of run().
// Timing: an instruction takes `cpi` clocks; pages whose grant costs cycles add them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "models/core/interrupt_file_if.h"
#include "models/cpu/block_cache.h"
#include "models/cpu/csr.h"
#include "models/cpu/csr_file.h"
#include "models/cpu/hart_bus.h"
#include "models/cpu/hart_params.h"
#include "models/cpu/hart_probe.h"
#include "models/cpu/pmp.h"
#include "models/cpu/tlb.h"
#include "models/cpu/watchpoints.h"

namespace cvp {

class Hart {
 public:
  Hart(const HartParams& params, HartBus& bus);

  void reset(Addr pc);
  /// Runs at most `max_instructions`; clocks of slow memory count as instructions.
  RunResult run(std::uint64_t max_instructions);

  bool bus_pending() const { return bus_pending_; }
  const BusRequest& pending_request() const { return pending_; }
  void complete_bus(const BusReply& reply);
  /// The address under reservation, if any. It outlasts run(): whoever lets another hart write
  /// breaks it.
  std::optional<Addr> reservation() const;
  /// Another hart has written there. An sc that has not been carried out yet is withdrawn: then
  /// nothing is pending any more, and run() lets it fail.
  void break_reservation();
  /// Gives the hart interrupt files, and so the Advanced Interrupt Architecture. They must outlive
  /// it; between turns their state may change at any time.
  void attach(InterruptFileIf& machine, InterruptFileIf& supervisor);
  /// Levels of MSIP, MTIP, MEIP and SEIP, as bits of mip.
  void set_interrupt_inputs(std::uint64_t levels);
  /// Whether an interrupt is pending and enabled in mie: what ends a wfi.
  bool wakes() const {
    return (interrupts_pending() & csr_.mie) != 0 ||
           (supervisor_pending() & supervisor_enables()) != 0;
  }
  bool waiting() const { return waiting_; }
  /// The inputs with what the interrupt files make of MEIP and SEIP.
  std::uint64_t interrupt_signals() const { return has_files() ? signals_of_files() : inputs_; }
  /// The cycle at which the supervisor's own timer ends a wfi; kNever if it will not.
  std::uint64_t wake_cycle() const;
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  /// Clocks since time 0. advance_to() moves on over time in which the hart did not run.
  std::uint64_t cycle() const { return cycle_; }
  void advance_to(std::uint64_t cycle);
  /// Instructions retired since reset, whatever software wrote to minstret.
  std::uint64_t instructions() const { return instret_; }
  /// The same, within run() too.
  std::uint64_t retired() const { return live_instret(); }

  /// Grants have changed. Also makes every block check its code again.
  void flush_translations();
  /// Nothing may be stored to the page of host memory at `page` without a new grant.
  void withdraw_stores(const std::uint8_t* page) {
    tlb_.withdraw_stores(reinterpret_cast<std::uint64_t>(page));
  }

  /// Lets `probe`, which must outlive this or be removed, see what is executed from now on. Probes
  /// are asked in the order in which they were added. Only between calls of run().
  void add_probe(HartProbe& probe, bool first = false);
  void remove_probe(HartProbe& probe);
  /// A probe wants to see other instructions than before.
  void probes_changed();
  /// run() returns kStopped after an instruction that makes a watched access.
  void set_watchpoints(std::vector<Watchpoint> list);
  /// The access that has stopped the hart, once.
  std::optional<WatchHit> take_watch_hit() { return std::exchange(watch_hit_, {}); }
  /// Single steps take no interrupts, and see wfi as a nop. [DEBUG: Single Step]
  void hold_interrupts(bool hold) { interrupts_held_ = hold; }
  void stop_waiting() { waiting_ = false; }

  // Inspection; valid between calls of run().
  std::uint64_t x(unsigned index) const { return x_[index]; }
  void set_x(unsigned index, std::uint64_t value);
  std::uint64_t f(unsigned index) const { return f_[index]; }
  void set_f(unsigned index, std::uint64_t value) { f_[index] = value; }
  Addr pc() const { return pc_; }
  void set_pc(Addr pc) { pc_ = pc; }
  Privilege privilege() const { return privilege_; }
  /// Value of a CSR regardless of privilege; false if there is none.
  bool peek_csr(unsigned number, std::uint64_t& value) const { return read_csr(number, value); }
  /// Whether a CSR is read-only zero: there is nothing to write.
  static bool csr_is_zero(unsigned number);
  /// Writes a CSR regardless of privilege; false if there is none or it is read-only.
  bool poke_csr(unsigned number, std::uint64_t value);
  void set_privilege(Privilege privilege);
  /// Accrued exceptions, without touching FS.
  std::uint64_t fp_flags() const { return fflags(); }
  void set_fp_flags(std::uint64_t value) { set_fflags(value); }
  const HartStatistics& statistics() const { return statistics_; }

  template <class Archive>
  void serialize(Archive& a) {
    a(x_, f_, pc_, privilege_, cycle_, instret_, charge_carry_, waiting_, inputs_);
    a(csr_, pmp_);
    a(reservation_, log_, log_instret_, pending_, bus_pending_, statistics_);
    restore_derived();
  }

 private:
  enum class Outcome : std::uint8_t { kDone, kTrap, kPending };

  struct Reservation {
    bool valid = false;
    Addr address = 0;
    std::uint64_t value = 0;
    unsigned size = 0;
    template <class Archive>
    void serialize(Archive& a) {
      a(valid, address, value, size);
    }
  };
  struct LogEntry {
    BusRequest request;
    BusReply reply;
    bool used = false;
    template <class Archive>
    void serialize(Archive& a) {
      a(request, reply, used);
    }
  };

  // execute.cpp
  StopReason interpret(const void* const** labels);

  // fetch.cpp
  Outcome find_block(Block*& out);
  Outcome decode_block(Addr physical, const std::uint8_t* code, Block*& out);
  Outcome fetch_from_bus(Addr physical, Block*& out);
  Outcome straddling_block(const std::uint8_t* first, Addr physical, Block*& out);
  Block* single_block(std::uint32_t bits);
  Block* truncate(const Block& block, std::uint64_t count);
  Outcome translate_fetch(Addr va, Addr& physical, const std::uint8_t*& host);
  void emit(const Instruction& instruction, Addr offset);
  const void* label(OpKind kind) const;
  const void* own_label(Addr pc, const Instruction& instruction) const;
  void close(Block& block, OpKind last);

  // translate.cpp
  Outcome translate(Addr va, Access access, Privilege privilege, Addr& physical);
  Outcome walk(Addr va, unsigned levels, Access access, Privilege privilege, Addr& physical,
               bool& again);
  std::uint64_t reserved_in_pte() const;
  bool leaf_allows(std::uint64_t pte, Access access, Privilege privilege) const;
  bool updates_pte() const;
  Outcome update_pte(Addr va, Access access, Addr pte_address, std::uint64_t pte,
                     std::uint64_t wanted, bool& again);
  Outcome access_fault(Addr va, Access access);
  Outcome page_fault(Addr va, Access access);
  Privilege data_privilege() const;

  // memory.cpp
  Outcome load_slow(Addr va, unsigned size, std::uint64_t& value);
  Outcome store_slow(Addr va, unsigned size, std::uint64_t value);
  Outcome load_part(Addr va, unsigned size, std::uint64_t& value);
  Outcome store_part(Addr va, Addr physical, unsigned size, std::uint64_t value);
  void fill_tlb(Addr va, Addr physical, const HostPage& page, bool is_store);
  Outcome watched(Outcome outcome, Addr va, unsigned size, bool is_store);

  // atomic.cpp
  Outcome load_reserved(std::uint32_t bits, Addr va, unsigned rd);
  Outcome store_conditional(std::uint32_t bits, Addr va, std::uint64_t value, unsigned rd);
  Outcome atomic(std::uint32_t bits, Addr va, std::uint64_t operand, unsigned rd);

  // cache_block.cpp
  bool cache_block_enabled(std::uint32_t operation) const;
  Outcome cache_block(std::uint32_t bits, Addr va);

  // bus.cpp
  Outcome physical_load(Addr physical, unsigned size, BusOp op, std::uint64_t& value, bool& ok);
  Outcome physical_store(Addr physical, unsigned size, std::uint64_t value, bool& ok);
  Outcome physical_rmw(RmwOp op, Addr physical, unsigned size, std::uint64_t operand,
                       std::uint64_t compare, std::uint64_t& old, bool& ok,
                       bool conditional = false);
  const HostPage* granted(const BusRequest& request, unsigned size, bool is_store);
  Outcome bus_access(const BusRequest& request, BusReply& reply);
  void charge(std::uint32_t cycles);

  // csr_access.cpp, csr_read.cpp, csr_write.cpp
  bool csr_allowed(unsigned number, bool writes) const;
  Outcome execute_csr(std::uint32_t bits, unsigned rd, unsigned rs1);
  bool read_csr(unsigned number, std::uint64_t& value) const;
  bool write_csr(unsigned number, std::uint64_t value);
  bool write_machine_csr(unsigned number, std::uint64_t value);
  void write_mstatus(std::uint64_t value);
  void write_satp(std::uint64_t value);
  std::uint64_t legal_envcfg(std::uint64_t old, std::uint64_t value, bool machine) const;
  void write_menvcfg(std::uint64_t value);
  void write_mip(std::uint64_t value);

  // hart_aia.cpp
  bool has_files() const { return machine_file_ != nullptr; }
  std::uint64_t signals_of_files() const;
  /// [AIA: Interrupt filtering and virtual interrupts for supervisor level]
  std::uint64_t supervisor_pending() const {
    return (interrupts_pending() & csr_.mideleg) | (csr_.mip_software & csr_.mvien & ~csr_.mideleg);
  }
  std::uint64_t supervisor_enables() const {
    return (csr_.mie & csr_.mideleg) | (csr_.sie_filtered & csr_.mvien & ~csr_.mideleg);
  }
  void write_sie(std::uint64_t value);
  bool aia_csr_allowed(unsigned number) const;
  bool read_aia_csr(unsigned number, std::uint64_t& value) const;
  bool write_aia_csr(unsigned number, std::uint64_t value);
  std::uint64_t writable_in_mvip() const;

  // counters.cpp
  void write_countinhibit(std::uint64_t value);
  std::uint64_t counter(bool cycles) const;
  void set_counter(bool cycles, std::uint64_t value);
  bool has_supervisor_timer() const { return (csr_.menvcfg & envcfg::kStce) != 0; }
  void update_supervisor_timer();
  std::uint64_t interrupts_pending() const {
    const std::uint64_t pending = interrupt_signals() | (csr_.mip_software & ~csr_.mvien);
    return has_supervisor_timer() ? with_supervisor_timer(pending) : pending;
  }
  std::uint64_t with_supervisor_timer(std::uint64_t pending) const;

  // trap.cpp
  Outcome raise(Cause cause, std::uint64_t value);
  Outcome illegal(std::uint32_t bits) { return raise(Cause::kIllegalInstruction, bits); }
  void take_trap();
  void enter_trap(std::uint64_t cause, std::uint64_t value, bool to_supervisor);
  static unsigned first_of(std::uint64_t interrupts);
  bool take_interrupt();
  Outcome trap_return(std::uint32_t bits, bool machine);
  Outcome wait_for_interrupt(std::uint32_t bits, bool& stops);
  Outcome fence_translations(std::uint32_t bits);
  Outcome fence_invalidations(std::uint32_t bits);

  // fpu.cpp
  Outcome execute_fp(std::uint32_t bits);
  template <class Format>
  Outcome fp_typed(std::uint32_t bits);
  void enter_fp();
  std::uint64_t fflags() const;
  void set_fflags(std::uint64_t value);
  void set_frm(std::uint64_t value);

  // hart_probe.cpp
  bool is_probed(Addr pc, const Instruction& instruction) const;
  HartProbe::Verdict ask_probes(std::uint32_t bits, const Instruction& instruction);

  void restore_derived();
  void update_contexts();
  void flush_tlb();
  /// Whether the instruction at hand has bus answers from earlier runs.
  bool replaying() const { return !log_.empty() && log_instret_ == live_instret(); }
  std::uint64_t live_cycle() const;
  std::uint64_t live_instret() const;

  // Read by every instruction.
  std::array<std::uint64_t, 33> x_{};  ///< x32 takes what is written to x0.
  std::array<std::uint64_t, 32> f_{};
  std::uint64_t load_key_ = 0;      ///< TLB key of loads and stores in the current context.
  std::uint64_t link_context_ = 0;  ///< Block links found in another context are stale.
  bool fp_fast_ = false;            ///< FS is dirty and the host's rounding mode is the guest's.
  bool fp_dirty_ = false;           ///< FS is dirty: f registers may be written.
  bool sc_failed_ = false;
  bool in_run_ = false;       ///< MXCSR is the guest's.
  bool leave_block_ = false;  ///< Look at interrupts and the budget after this instruction.
  std::int64_t charged_ = 0;  ///< Instruction equivalents to take off the budget.
  Tlb tlb_;

  const HartParams params_;
  HartBus& bus_;
  InterruptFileIf *machine_file_ = nullptr, *supervisor_file_ = nullptr;
  BlockCache blocks_;
  Addr pc_ = 0;
  Privilege privilege_ = Privilege::kMachine;
  std::uint64_t cycle_ = 0, instret_ = 0;  ///< At the start of the current run().
  std::uint64_t charge_carry_ = 0;         ///< Clocks that do not make up an instruction yet.
  bool waiting_ = false;
  std::uint64_t inputs_ = 0;

  CsrFile csr_;
  std::uint64_t timer_cycle_ = kNever;  ///< At which STIP rises by stimecmp.
  Pmp pmp_;
  Reservation reservation_;
  std::vector<LogEntry> log_;      ///< Answers to the instruction that is being replayed.
  std::uint64_t log_instret_ = 0;  ///< Which instruction that is.
  BusRequest pending_;
  bool bus_pending_ = false;
  HartStatistics statistics_;
  std::vector<HartProbe*> probes_;
  Watchpoints watchpoints_;
  std::optional<WatchHit> watch_hit_;
  bool interrupts_held_ = false;

  // Only valid inside run().
  std::int64_t budget_ = 0, remaining_ = 0, stolen_ = 0;
  std::uint64_t extra_cycles_ = 0;
  std::uint64_t trap_cause_ = 0, trap_value_ = 0;
  std::uint64_t code_epoch_ = 1;
  std::uint64_t spin_count_ = 0;
  const void* const* labels_ = nullptr;
  std::vector<Op> draft_ops_, scratch_ops_;
  Block scratch_;
  std::array<std::uint8_t, 4> scratch_code_{};
};

}  // namespace cvp
