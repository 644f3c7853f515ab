// SPDX-License-Identifier: Apache-2.0
//
// SYSTEM and MISC-MEM: privileged instructions, CSRs, fences, hints.
#include "models/cpu/decode_fields.h"

namespace cvp::decoder {

using enum OpKind;

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
    case 0x1800'0073:  // sfence.w.inval
    case 0x1810'0073:  // sfence.inval.ir
      return svinval ? make(k_sfence_inval, f, f.raw()) : illegal(f);
    default:
      break;
  }
  const bool fences = f.funct7() == 0x09 || (f.funct7() == 0x0b && svinval);  // sinval.vma
  return fences && f.rd() == 0 ? make(k_sfence_vma, f, f.raw()) : illegal(f);
}

Instruction decode_fence(Fields f, const Isa&) {
  if (f.funct3() == 1) return make(k_fence_i, f, 0);
  if (f.funct3() != 0) return illegal(f);
  return make(f.bits == 0x0100'000f ? k_pause : k_fence, f, 0);
}

}  // namespace cvp::decoder
