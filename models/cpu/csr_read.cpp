// SPDX-License-Identifier: Apache-2.0
//
// Which control and status registers there are, and what they read. One that is not here does not
// exist: accessing it traps, which is how software finds out what a hart has. [PRIV: CSR Listing]
#include "models/cpu/hart.h"

namespace cvp {
namespace {

bool in(unsigned number, unsigned first, unsigned last) {
  return number >= first && number <= last;
}

}  // namespace

/// Registers that are read-only zero: there are no events to count, no vendor, no description.
bool Hart::csr_is_zero(unsigned number) {
  return in(number, kCsrMhpmcounter3, kCsrMhpmcounter31) ||
         in(number, kCsrMhpmevent3, kCsrMhpmevent31) ||
         in(number, kCsrHpmcounter3, kCsrHpmcounter31) || in(number, kCsrMvendorid, kCsrMimpid) ||
         number == kCsrMconfigptr;
}

bool Hart::read_csr(unsigned number, std::uint64_t& value) const {
  const Isa& isa = params_.isa;
  const auto status = [&] {
    const bool dirty = (csr_.mstatus & mstatus::kFs) == mstatus::kFs;
    return csr_.mstatus | mstatus::kUxl64 | (dirty ? mstatus::kSd : 0);
  };
  switch (number) {
    // clang-format off
    case kCsrFflags: value = fflags(); return true;
    case kCsrFrm: value = csr_.frm; return true;
    case kCsrFcsr: value = csr_.frm << 5 | fflags(); return true;
    case kCsrSstatus: value = status() & (mstatus::kSupervisor | mstatus::kUxl64 | mstatus::kSd); return true;
    case kCsrSie: value = supervisor_enables(); return true;
    case kCsrStvec: value = csr_.stvec; return true;
    case kCsrScounteren: value = csr_.scounteren; return true;
    case kCsrSenvcfg: value = csr_.senvcfg; return true;
    case kCsrSscratch: value = csr_.sscratch; return true;
    case kCsrSepc: value = csr_.sepc; return true;
    case kCsrScause: value = csr_.scause; return true;
    case kCsrStval: value = csr_.stval; return true;
    case kCsrSip: value = supervisor_pending(); return true;
    case kCsrStimecmp: value = csr_.stimecmp; return isa.has(Extension::kSstc);
    case kCsrSatp: value = csr_.satp; return true;
    case kCsrMstatus: value = status() | mstatus::kSxl64; return true;
    case kCsrMisa: value = params_.isa.misa(); return true;
    case kCsrMedeleg: value = csr_.medeleg; return true;
    case kCsrMideleg: value = csr_.mideleg; return true;
    case kCsrMie: value = csr_.mie; return true;
    case kCsrMtvec: value = csr_.mtvec; return true;
    case kCsrMcounteren: value = csr_.mcounteren; return true;
    case kCsrMenvcfg: value = csr_.menvcfg; return true;
    case kCsrMcountinhibit: value = csr_.mcountinhibit; return true;
    case kCsrMscratch: value = csr_.mscratch; return true;
    case kCsrMepc: value = csr_.mepc; return true;
    case kCsrMcause: value = csr_.mcause; return true;
    case kCsrMtval: value = csr_.mtval; return true;
    case kCsrMip: value = interrupts_pending(); return true;
    case kCsrPmpcfg0: value = pmp_.read_config(0); return true;
    case kCsrPmpcfg2: value = pmp_.read_config(2); return true;
    case kCsrMcycle: value = counter(true); return true;
    case kCsrMinstret: value = counter(false); return true;
    case kCsrCycle: value = counter(true); return isa.has(Extension::kZicntr);
    case kCsrInstret: value = counter(false); return isa.has(Extension::kZicntr);
    case kCsrTime: value = bus_.time(live_cycle()); return isa.has(Extension::kZicntr);
    case kCsrMhartid: value = params_.hart_id; return true;
    default: break;
      // clang-format on
  }
  if (read_aia_csr(number, value)) return true;
  const bool is_address = in(number, kCsrPmpaddr0, kCsrPmpaddr15);
  value = is_address ? pmp_.read_address(number - kCsrPmpaddr0) : 0;
  const bool needs_zihpm = in(number, kCsrHpmcounter3, kCsrHpmcounter31);
  return is_address || (csr_is_zero(number) && (!needs_zihpm || isa.has(Extension::kZihpm)));
}

}  // namespace cvp
