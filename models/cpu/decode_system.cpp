// SPDX-License-Identifier: Apache-2.0
//
// SYSTEM and MISC-MEM: privileged instructions, CSRs, fences, hints.
#include "models/cpu/decode_fields.h"

namespace cvp::decoder {

using enum OpKind;

namespace {

/// cbo.inval, cbo.clean, cbo.flush, cbo.zero.
Instruction decode_cache_block(Fields f, const Isa& isa) {
  const std::int32_t operation = f.i();
  const bool manages = operation >= 0 && operation <= 2 && isa.has(Extension::kZicbom);
  const bool zeroes = operation == 4 && isa.has(Extension::kZicboz);
  return f.rd() == 0 && (manages || zeroes) ? make(k_cbo, f, f.raw()) : illegal(f);
}

}  // namespace

Instruction decode_system(Fields f, const Isa& isa) {
  if (f.funct3() != 0) return f.funct3() == 4 ? illegal(f) : make_x(k_csr, f, f.raw());
  const bool svinval = isa.has(Extension::kSvinval);
  switch (f.bits) {
    case 0x0000'0073:
      return make(k_ecall, f, f.raw());
    case 0x0010'0073:
      return make(k_ebreak, f, f.raw());
    case 0x1020'0073:
      return make(k_sret, f, f.raw());
    case 0x3020'0073:
      return make(k_mret, f, f.raw());
    case 0x1050'0073:
      return make(k_wfi, f, f.raw());
    case 0x00d0'0073:  // wrs.nto
    case 0x01d0'0073:  // wrs.sto
      return isa.has(Extension::kZawrs) ? make(k_wrs, f, f.raw()) : illegal(f);
    case 0x1800'0073:  // sfence.w.inval
    case 0x1810'0073:  // sfence.inval.ir
      return svinval ? make(k_sfence_inval, f, f.raw()) : illegal(f);
    default:
      break;
  }
  const bool fences = f.funct7() == 0x09 || (f.funct7() == 0x0b && svinval);  // sinval.vma
  return fences && f.rd() == 0 ? make(k_sfence_vma, f, f.raw()) : illegal(f);
}

Instruction decode_fence(Fields f, const Isa& isa) {
  if (f.funct3() == 1) return make(k_fence_i, f, 0);
  if (f.funct3() == 2) return decode_cache_block(f, isa);
  if (f.funct3() != 0) return illegal(f);
  return make(f.bits == 0x0100'000f ? k_pause : k_fence, f, 0);
}

}  // namespace cvp::decoder
