// SPDX-License-Identifier: Apache-2.0
//
// OP-FP and the fused multiply-adds. [UNPRIV: "F", "D", "Zfh" Extensions]
#include <array>

#include "models/cpu/decode_fields.h"

namespace cvp::decoder {
namespace {

using enum OpKind;

constexpr unsigned kHalf = 2, kFormats = 3;  // 0: single, 1: double.

/// Whether OP-FP with these fields is part of F or D or, with halves, of Zfh.
bool encoding_exists(Fields f) {
  const unsigned format = f.funct7() & 3;
  switch (f.funct7() >> 2) {
    case 0x00:  // fadd
    case 0x01:  // fsub
    case 0x02:  // fmul
    case 0x03:  // fdiv
      return true;
    case 0x0b:  // fsqrt
      return f.rs2() == 0;
    case 0x04:  // fsgnj
      return f.funct3() <= 2;
    case 0x05:  // fmin, fmax
      return f.funct3() <= 1;
    case 0x08:  // fcvt between formats
      return f.rs2() < kFormats && f.rs2() != format;
    case 0x14:  // feq, flt, fle
      return f.funct3() <= 2;
    case 0x18:  // fcvt to integer
    case 0x1a:  // fcvt from integer
      return f.rs2() <= 3;
    case 0x1c:  // fmv.x, fclass
      return f.rs2() == 0 && f.funct3() <= 1;
    case 0x1e:  // fmv to float
      return f.rs2() == 0 && f.funct3() == 0;
    default:
      return false;
  }
}

bool format_exists(Fields f, const Isa& isa) {
  const unsigned format = f.funct7() & 3, operation = f.funct7() >> 2;
  const bool converts = operation == 0x08;
  const bool moves = (operation == 0x1c && f.funct3() == 0) || operation == 0x1e;
  if (format != kHalf && !(converts && f.rs2() == kHalf)) return format < kFormats;
  return isa.has(converts || moves ? Extension::kZfhmin : Extension::kZfh);
}

/// The kinds that use the host's arithmetic directly; they need the dynamic rounding mode.
OpKind fast_fp(Fields f) {
  static constexpr std::array<std::array<OpKind, 2>, 4> kArithmetic{
      {{k_fadd_s, k_fadd_d}, {k_fsub_s, k_fsub_d}, {k_fmul_s, k_fmul_d}, {k_fdiv_s, k_fdiv_d}}};
  const unsigned format = f.funct7() & 3, operation = f.funct7() >> 2;
  if (format == kHalf) return k_fp;
  if (operation < 4 && f.funct3() == 7) return kArithmetic[operation][format];
  if (operation == 0x0b && f.funct3() == 7) return format == 0 ? k_fsqrt_s : k_fsqrt_d;
  if (format == 0) return k_fp;
  if (operation == 0x04 && f.funct3() == 0) return k_fsgnj_d;
  if (operation == 0x1c && f.funct3() == 0) return k_fmv_x_d;
  if (operation == 0x1e) return k_fmv_d_x;
  return k_fp;
}

}  // namespace

Instruction decode_op_fp(Fields f, const Isa& isa) {
  if (!encoding_exists(f) || !format_exists(f, isa)) return illegal(f);
  Instruction out = make(fast_fp(f), f, f.raw());
  if (out.kind == k_fmv_x_d && out.rd == 0) out.rd = kSinkRegister;
  return out;
}

Instruction decode_fused(Fields f, const Isa& isa) {
  static constexpr std::array<std::array<OpKind, 2>, 4> kKinds{{{k_fmadd_s, k_fmadd_d},
                                                                {k_fmsub_s, k_fmsub_d},
                                                                {k_fnmsub_s, k_fnmsub_d},
                                                                {k_fnmadd_s, k_fnmadd_d}}};
  const unsigned format = f.bits >> 25 & 3;
  if (format > 1 && !(format == kHalf && isa.has(Extension::kZfh))) return illegal(f);
  const OpKind kind = format != kHalf && f.funct3() == 7 ? kKinds[f.bits >> 2 & 3][format] : k_fp;
  return make(kind, f, f.raw());
}

}  // namespace cvp::decoder
