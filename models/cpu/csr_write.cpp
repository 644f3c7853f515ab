// SPDX-License-Identifier: Apache-2.0
//
// What writing control and status registers does; fields that are not there stay as they are.
// [PRIV: Control and Status Registers]
#include "models/cpu/hart.h"

namespace cvp {
namespace {

constexpr std::uint64_t kSupervisorInterrupts = kSsip | kStip | kSeip;
constexpr std::uint64_t kInterrupts = kSupervisorInterrupts | kMsip | kMtip | kMeip;
/// Exceptions that exist below M mode and so can be delegated.
constexpr std::uint64_t kDelegable = 0xb3ff;
constexpr std::uint64_t kCounterEnableMask = 0xffff'ffff;

std::uint64_t legal_tvec(std::uint64_t value) { return value & ~std::uint64_t{2}; }

}  // namespace

bool Hart::write_csr(unsigned number, std::uint64_t value) {
  switch (number) {
    // clang-format off
    case kCsrFflags: set_fflags(value); enter_fp(); return true;
    case kCsrFrm: set_frm(value); enter_fp(); return true;
    case kCsrFcsr: set_fflags(value); set_frm(value >> 5); enter_fp(); return true;
    case kCsrSstatus: write_mstatus((csr_.mstatus & ~mstatus::kSupervisor) | (value & mstatus::kSupervisor)); return true;
    case kCsrSie: write_sie(value); return true;
    case kCsrStvec: csr_.stvec = legal_tvec(value); return true;
    case kCsrScounteren: csr_.scounteren = value & kCounterEnableMask; return true;
    case kCsrSenvcfg: csr_.senvcfg = legal_envcfg(csr_.senvcfg, value, false); return true;
    case kCsrSscratch: csr_.sscratch = value; return true;
    case kCsrSepc: csr_.sepc = value & ~std::uint64_t{1}; return true;
    case kCsrScause: csr_.scause = value; return true;
    case kCsrStval: csr_.stval = value; return true;
    case kCsrSip: {
      const std::uint64_t mask = kSsip & csr_.mideleg;
      csr_.mip_software = (csr_.mip_software & ~mask) | (value & mask);
      return true;
    }
    case kCsrStimecmp: csr_.stimecmp = value; update_supervisor_timer(); return true;
    case kCsrSatp: write_satp(value); return true;
    default: return write_machine_csr(number, value);
      // clang-format on
  }
}

bool Hart::write_machine_csr(unsigned number, std::uint64_t value) {
  if (csr_is_zero(number)) return true;
  if (number >= kCsrPmpaddr0 && number <= kCsrPmpaddr15) {
    pmp_.write_address(number - kCsrPmpaddr0, value);
    flush_tlb();
    return true;
  }
  switch (number) {
    // clang-format off
    case kCsrMstatus: write_mstatus(value); return true;
    case kCsrMisa: return true;
    case kCsrMedeleg: csr_.medeleg = value & kDelegable; return true;
    case kCsrMideleg: csr_.mideleg = value & kSupervisorInterrupts; return true;
    case kCsrMie: csr_.mie = value & kInterrupts; return true;
    case kCsrMtvec: csr_.mtvec = legal_tvec(value); return true;
    case kCsrMcounteren: csr_.mcounteren = value & kCounterEnableMask; return true;
    case kCsrMenvcfg: write_menvcfg(value); return true;
    case kCsrMcountinhibit: write_countinhibit(value); return true;
    case kCsrMscratch: csr_.mscratch = value; return true;
    case kCsrMepc: csr_.mepc = value & ~std::uint64_t{1}; return true;
    case kCsrMcause: csr_.mcause = value; return true;
    case kCsrMtval: csr_.mtval = value; return true;
    case kCsrMip: write_mip(value); return true;
    case kCsrPmpcfg0: pmp_.write_config(0, value); flush_tlb(); return true;
    case kCsrPmpcfg2: pmp_.write_config(2, value); flush_tlb(); return true;
    case kCsrMcycle: set_counter(true, value); return true;
    case kCsrMinstret: set_counter(false, value); return true;
    default: return write_aia_csr(number, value);
      // clang-format on
  }
}

/// What mvien has taken out of mip is written in mvip only.
void Hart::write_mip(std::uint64_t value) {
  const std::uint64_t mask = kSupervisorInterrupts & ~csr_.mvien;
  csr_.mip_software = (csr_.mip_software & ~mask) | (value & mask);
}

void Hart::write_mstatus(std::uint64_t value) {
  value &= mstatus::kWritable;
  if ((value & mstatus::kMpp) == std::uint64_t{2} << mstatus::kMppShift) {
    value = (value & ~mstatus::kMpp) | (csr_.mstatus & mstatus::kMpp);  // There is no mode 2.
  }
  csr_.mstatus = value;
  update_contexts();
}

void Hart::write_satp(std::uint64_t value) {
  const auto mode = static_cast<unsigned>(value >> 60);
  const bool known =
      mode == satp::kBare || (mode >= satp::kSv39 && mode < satp::kSv39 + params_.isa.levels() - 2);
  if (!known) return;  // Other modes leave all of satp as it was.
  csr_.satp = value;
  tlb_.activate(value);
  update_contexts();
}

/// menvcfg and, without the bits that only the former has, senvcfg. FIOM has no effect: I/O is
/// always in order.
std::uint64_t Hart::legal_envcfg(std::uint64_t old, std::uint64_t value, bool machine) const {
  const Isa& isa = params_.isa;
  std::uint64_t mask = envcfg::kFiom;
  if (isa.has(Extension::kZicbom)) mask |= envcfg::kCbie | envcfg::kCbcfe;
  if (isa.has(Extension::kZicboz)) mask |= envcfg::kCbze;
  if (machine) {
    if (isa.has(Extension::kSvadu)) mask |= envcfg::kAdue;
    if (isa.has(Extension::kSvpbmt)) mask |= envcfg::kPbmte;
    if (isa.has(Extension::kSstc)) mask |= envcfg::kStce;
  }
  if ((value & envcfg::kCbie) == std::uint64_t{2} << envcfg::kCbieShift) {
    value = (value & ~envcfg::kCbie) | (old & envcfg::kCbie);  // A reserved value.
  }
  return value & mask;
}

void Hart::write_menvcfg(std::uint64_t value) {
  csr_.menvcfg = legal_envcfg(csr_.menvcfg, value, true);
  flush_tlb();  // What translation looks at has changed.
  update_supervisor_timer();
}

}  // namespace cvp
