// SPDX-License-Identifier: Apache-2.0
//
// Control and status registers. One that is not here does not exist: accessing it traps, which is
// how software finds out what a hart has. [PRIV: Control and Status Registers]
#include "models/cpu/hart.h"

namespace cvp {
namespace {

constexpr std::uint64_t kSupervisorInterrupts = kSsip | kStip | kSeip;
constexpr std::uint64_t kInterrupts = kSupervisorInterrupts | kMsip | kMtip | kMeip;
/// Exceptions that exist below M mode and so can be delegated.
constexpr std::uint64_t kDelegable = 0xb3ff;
constexpr std::uint64_t kFiom = 1;  // menvcfg and senvcfg: without effect, I/O is always in order.
constexpr std::uint64_t kCounterEnableMask = 0xffff'ffff;
constexpr std::uint64_t kInhibitMask = 0x5;  // The hpm counters are read-only zero.

bool in(unsigned number, unsigned first, unsigned last) {
  return number >= first && number <= last;
}

bool reads_as_zero(unsigned number) {
  return in(number, kCsrMhpmcounter3, kCsrMhpmcounter31) ||
         in(number, kCsrMhpmevent3, kCsrMhpmevent31) ||
         in(number, kCsrHpmcounter3, kCsrHpmcounter31) || in(number, kCsrMvendorid, kCsrMimpid) ||
         number == kCsrMconfigptr;
}

bool may_enable_interrupt(unsigned number) {
  switch (number) {
    case kCsrMstatus:
    case kCsrSstatus:
    case kCsrMie:
    case kCsrSie:
    case kCsrMip:
    case kCsrSip:
    case kCsrMideleg:
      return true;
    default:
      return false;
  }
}

std::uint64_t legal_tvec(std::uint64_t value) { return value & ~std::uint64_t{2}; }

}  // namespace

bool Hart::csr_allowed(unsigned number, bool writes) const {
  if (static_cast<unsigned>(privilege_) < (number >> 8 & 3)) return false;
  if (writes && number >> 10 == 3) return false;
  if (number <= kCsrFcsr && (mstatus_ & mstatus::kFs) == 0) return false;
  if (number == kCsrSatp && privilege_ == Privilege::kSupervisor &&
      (mstatus_ & mstatus::kTvm) != 0) {
    return false;
  }
  if (in(number, kCsrCycle, kCsrHpmcounter31)) {
    const unsigned bit = number & 31;
    if (privilege_ != Privilege::kMachine && (mcounteren_ >> bit & 1) == 0) return false;
    if (privilege_ == Privilege::kUser && (scounteren_ >> bit & 1) == 0) return false;
  }
  return true;
}

bool Hart::read_csr(unsigned number, std::uint64_t& value) const {
  if (reads_as_zero(number)) {
    value = 0;
    return true;
  }
  if (in(number, kCsrPmpaddr0, kCsrPmpaddr15)) {
    value = pmp_.read_address(number - kCsrPmpaddr0);
    return true;
  }
  const auto status = [&] {
    const bool dirty = (mstatus_ & mstatus::kFs) == mstatus::kFs;
    return mstatus_ | mstatus::kUxl64 | (dirty ? mstatus::kSd : 0);
  };
  switch (number) {
    // clang-format off
    case kCsrFflags: value = fflags(); return true;
    case kCsrFrm: value = frm_; return true;
    case kCsrFcsr: value = frm_ << 5 | fflags(); return true;
    case kCsrSstatus: value = status() & (mstatus::kSupervisor | mstatus::kUxl64 | mstatus::kSd); return true;
    case kCsrSie: value = mie_ & mideleg_; return true;
    case kCsrStvec: value = stvec_; return true;
    case kCsrScounteren: value = scounteren_; return true;
    case kCsrSenvcfg: value = senvcfg_; return true;
    case kCsrSscratch: value = sscratch_; return true;
    case kCsrSepc: value = sepc_; return true;
    case kCsrScause: value = scause_; return true;
    case kCsrStval: value = stval_; return true;
    case kCsrSip: value = interrupts_pending() & mideleg_; return true;
    case kCsrSatp: value = satp_; return true;
    case kCsrMstatus: value = status() | mstatus::kSxl64; return true;
    case kCsrMisa: value = params_.isa.misa(); return true;
    case kCsrMedeleg: value = medeleg_; return true;
    case kCsrMideleg: value = mideleg_; return true;
    case kCsrMie: value = mie_; return true;
    case kCsrMtvec: value = mtvec_; return true;
    case kCsrMcounteren: value = mcounteren_; return true;
    case kCsrMenvcfg: value = menvcfg_; return true;
    case kCsrMcountinhibit: value = mcountinhibit_; return true;
    case kCsrMscratch: value = mscratch_; return true;
    case kCsrMepc: value = mepc_; return true;
    case kCsrMcause: value = mcause_; return true;
    case kCsrMtval: value = mtval_; return true;
    case kCsrMip: value = interrupts_pending(); return true;
    case kCsrPmpcfg0: value = pmp_.read_config(0); return true;
    case kCsrPmpcfg2: value = pmp_.read_config(2); return true;
    case kCsrMcycle: case kCsrCycle: value = counter(true); return true;
    case kCsrMinstret: case kCsrInstret: value = counter(false); return true;
    case kCsrTime: value = bus_.time(live_cycle()); return true;
    case kCsrMhartid: value = params_.hart_id; return true;
    default: return false;
      // clang-format on
  }
}

bool Hart::write_csr(unsigned number, std::uint64_t value) {
  switch (number) {
    // clang-format off
    case kCsrFflags: set_fflags(value); enter_fp(); return true;
    case kCsrFrm: set_frm(value); enter_fp(); return true;
    case kCsrFcsr: set_fflags(value); set_frm(value >> 5); enter_fp(); return true;
    case kCsrSstatus: write_mstatus((mstatus_ & ~mstatus::kSupervisor) | (value & mstatus::kSupervisor)); return true;
    case kCsrSie: mie_ = (mie_ & ~mideleg_) | (value & mideleg_); return true;
    case kCsrStvec: stvec_ = legal_tvec(value); return true;
    case kCsrScounteren: scounteren_ = value & kCounterEnableMask; return true;
    case kCsrSenvcfg: senvcfg_ = value & kFiom; return true;
    case kCsrSscratch: sscratch_ = value; return true;
    case kCsrSepc: sepc_ = value & ~std::uint64_t{1}; return true;
    case kCsrScause: scause_ = value; return true;
    case kCsrStval: stval_ = value; return true;
    case kCsrSip: {
      const std::uint64_t mask = kSsip & mideleg_;
      mip_software_ = (mip_software_ & ~mask) | (value & mask);
      return true;
    }
    case kCsrSatp: write_satp(value); return true;
    default: return write_machine_csr(number, value);
      // clang-format on
  }
}

bool Hart::write_machine_csr(unsigned number, std::uint64_t value) {
  if (reads_as_zero(number)) return true;
  if (in(number, kCsrPmpaddr0, kCsrPmpaddr15)) {
    pmp_.write_address(number - kCsrPmpaddr0, value);
    flush_tlb();
    return true;
  }
  switch (number) {
    // clang-format off
    case kCsrMstatus: write_mstatus(value); return true;
    case kCsrMisa: return true;
    case kCsrMedeleg: medeleg_ = value & kDelegable; return true;
    case kCsrMideleg: mideleg_ = value & kSupervisorInterrupts; return true;
    case kCsrMie: mie_ = value & kInterrupts; return true;
    case kCsrMtvec: mtvec_ = legal_tvec(value); return true;
    case kCsrMcounteren: mcounteren_ = value & kCounterEnableMask; return true;
    case kCsrMenvcfg: menvcfg_ = value & kFiom; return true;
    case kCsrMcountinhibit: write_countinhibit(value); return true;
    case kCsrMscratch: mscratch_ = value; return true;
    case kCsrMepc: mepc_ = value & ~std::uint64_t{1}; return true;
    case kCsrMcause: mcause_ = value; return true;
    case kCsrMtval: mtval_ = value; return true;
    case kCsrMip: mip_software_ = value & kSupervisorInterrupts; return true;
    case kCsrPmpcfg0: pmp_.write_config(0, value); flush_tlb(); return true;
    case kCsrPmpcfg2: pmp_.write_config(2, value); flush_tlb(); return true;
    case kCsrMcycle: set_counter(true, value); return true;
    case kCsrMinstret: set_counter(false, value); return true;
    default: return false;
      // clang-format on
  }
}

Hart::Outcome Hart::execute_csr(std::uint32_t bits, unsigned rd, unsigned rs1) {
  const unsigned number = bits >> 20, function = bits >> 12 & 3;
  const std::uint64_t operand = (bits >> 14 & 1) != 0 ? rs1 : x_[rs1];
  const bool writes = function == 1 || rs1 != 0;
  std::uint64_t old = 0;
  if (!csr_allowed(number, writes) || !read_csr(number, old)) return illegal(bits);
  if (writes) {
    std::uint64_t base = old;
    if (number == kCsrMip) {  // Set and clear see the software bit of SEIP, not the input.
      base = (old & ~std::uint64_t{kSeip}) | (mip_software_ & kSeip);
    }
    const std::uint64_t value = function == 1   ? operand
                                : function == 2 ? base | operand
                                                : base & ~operand;
    if (!write_csr(number, value)) return illegal(bits);
    if (may_enable_interrupt(number)) leave_block_ = true;
  }
  x_[rd] = old;
  return Outcome::kDone;
}

void Hart::write_mstatus(std::uint64_t value) {
  value &= mstatus::kWritable;
  if ((value & mstatus::kMpp) == std::uint64_t{2} << mstatus::kMppShift) {
    value = (value & ~mstatus::kMpp) | (mstatus_ & mstatus::kMpp);  // There is no mode 2.
  }
  mstatus_ = value;
  update_contexts();
}

void Hart::write_satp(std::uint64_t value) {
  const std::uint64_t mode = value >> 60;
  if (mode != 0 && mode != 8) return;  // Other modes leave all of satp as it was.
  satp_ = value;
  flush_tlb();
}

std::uint64_t Hart::counter(bool cycles) const {
  const std::uint64_t base = cycles ? mcycle_base_ : minstret_base_;
  const bool inhibited = (mcountinhibit_ & (cycles ? 1 : 4)) != 0;
  return inhibited ? base : base + (cycles ? live_cycle() : live_instret());
}

/// The next instruction reads `value`: a write takes the place of the increment.
void Hart::set_counter(bool cycles, std::uint64_t value) {
  const bool inhibited = (mcountinhibit_ & (cycles ? 1 : 4)) != 0;
  const std::uint64_t next = cycles ? live_cycle() + params_.cpi : live_instret() + 1;
  (cycles ? mcycle_base_ : minstret_base_) = inhibited ? value : value - next;
}

void Hart::write_countinhibit(std::uint64_t value) {
  const std::uint64_t cycles = counter(true), instructions = counter(false);
  mcountinhibit_ = value & kInhibitMask;
  mcycle_base_ = (mcountinhibit_ & 1) != 0 ? cycles : cycles - live_cycle();
  minstret_base_ = (mcountinhibit_ & 4) != 0 ? instructions : instructions - live_instret();
}

}  // namespace cvp
