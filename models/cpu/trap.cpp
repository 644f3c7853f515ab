// SPDX-License-Identifier: Apache-2.0
//
// Traps, interrupts, returns from them, and the instructions that depend on privilege.
// [PRIV: Machine-Level CSRs, Trap-Return Instructions, Wait for Interrupt]
#include "models/cpu/hart.h"

namespace cvp {
namespace {

constexpr std::uint64_t kInterruptBit = std::uint64_t{1} << 63;
/// Order in which simultaneous interrupts are taken.
constexpr unsigned kPriority[] = {11, 3, 7, 9, 1, 5};

constexpr Addr vector(std::uint64_t tvec, std::uint64_t cause) {
  const Addr base = tvec & ~std::uint64_t{3};
  const bool vectored = (tvec & 1) != 0 && (cause & kInterruptBit) != 0;
  return vectored ? base + 4 * (cause & ~kInterruptBit) : base;
}

}  // namespace

Hart::Outcome Hart::raise(Cause cause, std::uint64_t value) {
  trap_cause_ = static_cast<std::uint64_t>(cause);
  trap_value_ = value;
  return Outcome::kTrap;
}

void Hart::take_trap() {
  ++statistics_.traps;
  const bool delegated = (csr_.medeleg >> trap_cause_ & 1) != 0;
  enter_trap(trap_cause_, trap_value_, delegated && privilege_ != Privilege::kMachine);
  extra_cycles_ += params_.cpi;
}

void Hart::enter_trap(std::uint64_t cause, std::uint64_t value, bool to_supervisor) {
  for (HartProbe* probe : probes_) {
    probe->trapping(*this, cause & ~kInterruptBit, (cause & kInterruptBit) != 0);
  }
  if (to_supervisor) {
    csr_.sepc = pc_;
    csr_.scause = cause;
    csr_.stval = value;
    const bool enabled = (csr_.mstatus & mstatus::kSie) != 0;
    csr_.mstatus &= ~(mstatus::kSpie | mstatus::kSie | mstatus::kSpp);
    if (enabled) csr_.mstatus |= mstatus::kSpie;
    if (privilege_ == Privilege::kSupervisor) csr_.mstatus |= mstatus::kSpp;
    pc_ = vector(csr_.stvec, cause);
    set_privilege(Privilege::kSupervisor);
    return;
  }
  csr_.mepc = pc_;
  csr_.mcause = cause;
  csr_.mtval = value;
  const bool enabled = (csr_.mstatus & mstatus::kMie) != 0;
  csr_.mstatus &= ~(mstatus::kMpie | mstatus::kMie | mstatus::kMpp);
  if (enabled) csr_.mstatus |= mstatus::kMpie;
  csr_.mstatus |= static_cast<std::uint64_t>(privilege_) << mstatus::kMppShift;
  pc_ = vector(csr_.mtvec, cause);
  set_privilege(Privilege::kMachine);
}

/// The interrupt that is taken first; 0 if there is none, as no interrupt has that number.
unsigned Hart::first_of(std::uint64_t interrupts) {
  for (const unsigned number : kPriority) {
    if ((interrupts >> number & 1) != 0) return number;
  }
  return 0;
}

bool Hart::take_interrupt() {
  const std::uint64_t machine = interrupts_pending() & csr_.mie & ~csr_.mideleg;
  const std::uint64_t supervisor = supervisor_pending() & supervisor_enables();
  if ((machine | supervisor) == 0 || interrupts_held_) return false;
  const bool machine_enabled =
      privilege_ != Privilege::kMachine || (csr_.mstatus & mstatus::kMie) != 0;
  const bool supervisor_enabled =
      privilege_ == Privilege::kUser ||
      (privilege_ == Privilege::kSupervisor && (csr_.mstatus & mstatus::kSie) != 0);
  const bool to_machine = machine_enabled && machine != 0;
  const unsigned number = to_machine           ? first_of(machine)
                          : supervisor_enabled ? first_of(supervisor)
                                               : 0;
  if (number == 0) return false;
  ++statistics_.interrupts;
  enter_trap(kInterruptBit | number, 0, !to_machine);
  extra_cycles_ += params_.cpi;
  return true;
}

Hart::Outcome Hart::trap_return(std::uint32_t bits, bool machine) {
  if (machine) {
    if (privilege_ != Privilege::kMachine) return illegal(bits);
    const auto previous =
        static_cast<Privilege>((csr_.mstatus & mstatus::kMpp) >> mstatus::kMppShift);
    const bool enable = (csr_.mstatus & mstatus::kMpie) != 0;
    csr_.mstatus &= ~(mstatus::kMie | mstatus::kMpp);
    csr_.mstatus |= mstatus::kMpie | (enable ? mstatus::kMie : 0);
    if (previous != Privilege::kMachine) csr_.mstatus &= ~mstatus::kMprv;
    pc_ = csr_.mepc;
    set_privilege(previous);
    return Outcome::kDone;
  }
  const bool trapped = privilege_ == Privilege::kSupervisor && (csr_.mstatus & mstatus::kTsr) != 0;
  if (privilege_ == Privilege::kUser || trapped) return illegal(bits);
  const bool to_supervisor = (csr_.mstatus & mstatus::kSpp) != 0;
  const bool enable = (csr_.mstatus & mstatus::kSpie) != 0;
  csr_.mstatus &= ~(mstatus::kSie | mstatus::kSpp | mstatus::kMprv);
  csr_.mstatus |= mstatus::kSpie | (enable ? mstatus::kSie : 0);
  pc_ = csr_.sepc;
  set_privilege(to_supervisor ? Privilege::kSupervisor : Privilege::kUser);
  return Outcome::kDone;
}

Hart::Outcome Hart::wait_for_interrupt(std::uint32_t bits, bool& stops) {
  const bool trapped = privilege_ == Privilege::kSupervisor && (csr_.mstatus & mstatus::kTw) != 0;
  if (privilege_ == Privilege::kUser || trapped) return illegal(bits);
  ++statistics_.wfi;
  stops = waiting_ = !wakes();
  return Outcome::kDone;
}

/// sfence.vma, and sinval.vma, which need not wait for the fences around it.
Hart::Outcome Hart::fence_translations(std::uint32_t bits) {
  const bool trapped = privilege_ == Privilege::kSupervisor && (csr_.mstatus & mstatus::kTvm) != 0;
  if (privilege_ == Privilege::kUser || trapped) return illegal(bits);
  const unsigned address = bits >> 15 & 0x1f, asid = bits >> 20 & 0x1f;
  if (address != 0) {
    tlb_.flush_page(x_[address]);
  } else if (asid != 0) {
    tlb_.flush_asid(x_[asid] & 0xffff);
  } else {
    tlb_.flush();
  }
  update_contexts();
  return Outcome::kDone;
}

/// sfence.w.inval, sfence.inval.ir: sinval.vma has acted at once.
Hart::Outcome Hart::fence_invalidations(std::uint32_t bits) {
  return privilege_ == Privilege::kUser ? illegal(bits) : Outcome::kDone;
}

void Hart::set_privilege(Privilege privilege) {
  privilege_ = privilege;
  update_contexts();
}

}  // namespace cvp
