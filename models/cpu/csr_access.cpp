// SPDX-License-Identifier: Apache-2.0
//
// The CSR instructions, and who may access which register. [PRIV: Control and Status Registers]
#include "models/cpu/hart.h"

namespace cvp {
namespace {

constexpr std::uint64_t kTimeEnable = 1u << 1;  // TM of mcounteren.

bool may_enable_interrupt(unsigned number) {
  switch (number) {
    case kCsrMstatus:
    case kCsrSstatus:
    case kCsrMie:
    case kCsrSie:
    case kCsrMip:
    case kCsrSip:
    case kCsrMideleg:
    case kCsrMenvcfg:
    case kCsrStimecmp:
    case kCsrMireg:
    case kCsrMtopei:
    case kCsrSireg:
    case kCsrStopei:
    case kCsrMvien:
    case kCsrMvip:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool Hart::csr_allowed(unsigned number, bool writes) const {
  if (static_cast<unsigned>(privilege_) < (number >> 8 & 3)) return false;
  if (writes && number >> 10 == 3) return false;
  if (number <= kCsrFcsr && (csr_.mstatus & mstatus::kFs) == 0) return false;
  if (number == kCsrSatp && privilege_ == Privilege::kSupervisor &&
      (csr_.mstatus & mstatus::kTvm) != 0) {
    return false;
  }
  if (number >= kCsrCycle && number <= kCsrHpmcounter31) {
    const unsigned bit = number & 31;
    if (privilege_ != Privilege::kMachine && (csr_.mcounteren >> bit & 1) == 0) return false;
    if (privilege_ == Privilege::kUser && (csr_.scounteren >> bit & 1) == 0) return false;
  }
  if (number == kCsrStimecmp && privilege_ != Privilege::kMachine) {
    return (csr_.mcounteren & kTimeEnable) != 0 && (csr_.menvcfg & envcfg::kStce) != 0;
  }
  return aia_csr_allowed(number);
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
      base = (old & ~std::uint64_t{kSeip}) | (csr_.mip_software & kSeip);
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

}  // namespace cvp
