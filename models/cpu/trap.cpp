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

constexpr Addr vector(std::uint64_t tvec, std::uint64_t cause, bool is_interrupt) {
  const Addr base = tvec & ~std::uint64_t{3};
  return is_interrupt && (tvec & 1) != 0 ? base + 4 * cause : base;
}

}  // namespace

Hart::Outcome Hart::raise(Cause cause, std::uint64_t value) {
  trap_cause_ = static_cast<std::uint64_t>(cause);
  trap_value_ = value;
  return Outcome::kTrap;
}

void Hart::take_trap() {
  ++statistics_.traps;
  enter_trap(trap_cause_, trap_value_, false);
  extra_cycles_ += params_.cpi;
}

void Hart::enter_trap(std::uint64_t cause, std::uint64_t value, bool is_interrupt) {
  const std::uint64_t delegation = is_interrupt ? mideleg_ : medeleg_;
  const std::uint64_t cause_value = is_interrupt ? kInterruptBit | cause : cause;
  if (privilege_ != Privilege::kMachine && (delegation >> cause & 1) != 0) {
    sepc_ = pc_;
    scause_ = cause_value;
    stval_ = value;
    const bool enabled = (mstatus_ & mstatus::kSie) != 0;
    mstatus_ &= ~(mstatus::kSpie | mstatus::kSie | mstatus::kSpp);
    if (enabled) mstatus_ |= mstatus::kSpie;
    if (privilege_ == Privilege::kSupervisor) mstatus_ |= mstatus::kSpp;
    pc_ = vector(stvec_, cause, is_interrupt);
    set_privilege(Privilege::kSupervisor);
    return;
  }
  mepc_ = pc_;
  mcause_ = cause_value;
  mtval_ = value;
  const bool enabled = (mstatus_ & mstatus::kMie) != 0;
  mstatus_ &= ~(mstatus::kMpie | mstatus::kMie | mstatus::kMpp);
  if (enabled) mstatus_ |= mstatus::kMpie;
  mstatus_ |= static_cast<std::uint64_t>(privilege_) << mstatus::kMppShift;
  pc_ = vector(mtvec_, cause, is_interrupt);
  set_privilege(Privilege::kMachine);
}

bool Hart::take_interrupt() {
  const std::uint64_t pending = interrupts_pending() & mie_;
  if (pending == 0) return false;
  const bool machine_enabled = privilege_ != Privilege::kMachine || (mstatus_ & mstatus::kMie) != 0;
  const bool supervisor_enabled =
      privilege_ == Privilege::kUser ||
      (privilege_ == Privilege::kSupervisor && (mstatus_ & mstatus::kSie) != 0);
  std::uint64_t enabled = machine_enabled ? pending & ~mideleg_ : 0;
  if (enabled == 0 && supervisor_enabled) enabled = pending & mideleg_;
  for (const unsigned number : kPriority) {
    if ((enabled >> number & 1) == 0) continue;
    ++statistics_.interrupts;
    enter_trap(number, 0, true);
    extra_cycles_ += params_.cpi;
    return true;
  }
  return false;
}

Hart::Outcome Hart::trap_return(std::uint32_t bits, bool machine) {
  if (machine) {
    if (privilege_ != Privilege::kMachine) return illegal(bits);
    const auto previous = static_cast<Privilege>((mstatus_ & mstatus::kMpp) >> mstatus::kMppShift);
    const bool enable = (mstatus_ & mstatus::kMpie) != 0;
    mstatus_ &= ~(mstatus::kMie | mstatus::kMpp);
    mstatus_ |= mstatus::kMpie | (enable ? mstatus::kMie : 0);
    if (previous != Privilege::kMachine) mstatus_ &= ~mstatus::kMprv;
    pc_ = mepc_;
    set_privilege(previous);
    return Outcome::kDone;
  }
  const bool trapped = privilege_ == Privilege::kSupervisor && (mstatus_ & mstatus::kTsr) != 0;
  if (privilege_ == Privilege::kUser || trapped) return illegal(bits);
  const bool to_supervisor = (mstatus_ & mstatus::kSpp) != 0;
  const bool enable = (mstatus_ & mstatus::kSpie) != 0;
  mstatus_ &= ~(mstatus::kSie | mstatus::kSpp | mstatus::kMprv);
  mstatus_ |= mstatus::kSpie | (enable ? mstatus::kSie : 0);
  pc_ = sepc_;
  set_privilege(to_supervisor ? Privilege::kSupervisor : Privilege::kUser);
  return Outcome::kDone;
}

Hart::Outcome Hart::wait_for_interrupt(std::uint32_t bits, bool& stops) {
  const bool trapped = privilege_ == Privilege::kSupervisor && (mstatus_ & mstatus::kTw) != 0;
  if (privilege_ == Privilege::kUser || trapped) return illegal(bits);
  ++statistics_.wfi;
  stops = waiting_ = !wakes();
  return Outcome::kDone;
}

Hart::Outcome Hart::fence_translations(std::uint32_t bits) {
  const bool trapped = privilege_ == Privilege::kSupervisor && (mstatus_ & mstatus::kTvm) != 0;
  if (privilege_ == Privilege::kUser || trapped) return illegal(bits);
  flush_tlb();
  return Outcome::kDone;
}

void Hart::set_privilege(Privilege privilege) {
  privilege_ = privilege;
  update_contexts();
}

}  // namespace cvp
