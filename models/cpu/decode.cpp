// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/decode.h"

#include <array>

namespace cvp {
namespace {

using enum OpKind;

constexpr OpKind kNone = k_illegal;

struct Fields {
  std::uint32_t bits;
  unsigned rd() const { return bits >> 7 & 0x1f; }
  unsigned funct3() const { return bits >> 12 & 7; }
  unsigned rs1() const { return bits >> 15 & 0x1f; }
  unsigned rs2() const { return bits >> 20 & 0x1f; }
  unsigned funct7() const { return bits >> 25; }
  std::int32_t i() const { return static_cast<std::int32_t>(bits) >> 20; }
  std::int32_t s() const {
    return (static_cast<std::int32_t>(bits) >> 25) * 32 + static_cast<std::int32_t>(rd());
  }
  std::int32_t b() const {
    const std::int32_t sign = static_cast<std::int32_t>(bits) >> 31;
    return static_cast<std::int32_t>((static_cast<std::uint32_t>(sign) << 12) |
                                     (bits >> 7 & 1) << 11 | (bits >> 25 & 0x3f) << 5 |
                                     (bits >> 8 & 0xf) << 1);
  }
  std::int32_t j() const {
    const std::int32_t sign = static_cast<std::int32_t>(bits) >> 31;
    return static_cast<std::int32_t>((static_cast<std::uint32_t>(sign) << 20) | (bits & 0xff000) |
                                     (bits >> 20 & 1) << 11 | (bits >> 21 & 0x3ff) << 1);
  }
  std::int32_t u() const { return static_cast<std::int32_t>(bits & 0xffff'f000u); }
};

Instruction make(OpKind kind, Fields f, std::int32_t imm) {
  Instruction out;
  out.kind = kind;
  out.rd = static_cast<std::uint8_t>(f.rd());
  out.rs1 = static_cast<std::uint8_t>(f.rs1());
  out.rs2 = static_cast<std::uint8_t>(f.rs2());
  out.imm = imm;
  return out;
}

/// An instruction whose rd is an integer register.
Instruction make_x(OpKind kind, Fields f, std::int32_t imm) {
  Instruction out = make(kind, f, imm);
  if (out.rd == 0) out.rd = kSinkRegister;
  return out;
}

Instruction illegal(Fields f) { return make(k_illegal, f, static_cast<std::int32_t>(f.bits)); }

Instruction decode_load(Fields f) {
  static constexpr std::array<OpKind, 8> kKinds{k_lb, k_lh, k_lw, k_ld, k_lbu, k_lhu, k_lwu, kNone};
  const OpKind kind = kKinds[f.funct3()];
  return kind == kNone ? illegal(f) : make_x(kind, f, f.i());
}

Instruction decode_op_imm(Fields f) {
  static constexpr std::array<OpKind, 8> kKinds{k_addi, k_slli, k_slti, k_sltiu,
                                                k_xori, k_srli, k_ori,  k_andi};
  OpKind kind = kKinds[f.funct3()];
  if (kind == k_slli || kind == k_srli) {
    const unsigned high = f.bits >> 26;
    if (kind == k_srli && high == 0x10) {
      kind = k_srai;
    } else if (high != 0) {
      return illegal(f);
    }
    return make_x(kind, f, f.i() & 0x3f);
  }
  if (f.rd() == 0) return make_x(k_nop, f, 0);
  if (kind == k_addi && f.rs1() == 0) return make_x(k_li, f, f.i());
  if (kind == k_addi && f.i() == 0) return make_x(k_mv, f, 0);
  return make_x(kind, f, f.i());
}

Instruction decode_op_imm32(Fields f) {
  if (f.funct3() == 0) return make_x(k_addiw, f, f.i());
  if (f.funct3() == 1 && f.funct7() == 0) return make_x(k_slliw, f, f.i() & 0x1f);
  if (f.funct3() == 5 && f.funct7() == 0) return make_x(k_srliw, f, f.i() & 0x1f);
  if (f.funct3() == 5 && f.funct7() == 0x20) return make_x(k_sraiw, f, f.i() & 0x1f);
  return illegal(f);
}

Instruction decode_op(Fields f) {
  static constexpr std::array<OpKind, 8> kBase{k_add,  k_sll, k_slt, k_sltu,
                                               k_xor_, k_srl, k_or_, k_and_};
  static constexpr std::array<OpKind, 8> kMulDiv{k_mul, k_mulh, k_mulhsu, k_mulhu,
                                                 k_div, k_divu, k_rem,    k_remu};
  OpKind kind = kNone;
  if (f.funct7() == 0) {
    kind = kBase[f.funct3()];
  } else if (f.funct7() == 1) {
    kind = kMulDiv[f.funct3()];
  } else if (f.funct7() == 0x20) {
    kind = f.funct3() == 0 ? k_sub : f.funct3() == 5 ? k_sra : kNone;
  }
  if (kind == k_add && f.rs1() == 0) {  // c.mv
    Instruction out = make_x(k_mv, f, 0);
    out.rs1 = out.rs2;
    return out;
  }
  return kind == kNone ? illegal(f) : make_x(kind, f, 0);
}

Instruction decode_op32(Fields f) {
  static constexpr std::array<OpKind, 8> kBase{k_addw, k_sllw, kNone, kNone,
                                               kNone,  k_srlw, kNone, kNone};
  static constexpr std::array<OpKind, 8> kMulDiv{k_mulw, kNone,   kNone,  kNone,
                                                 k_divw, k_divuw, k_remw, k_remuw};
  OpKind kind = kNone;
  if (f.funct7() == 0) {
    kind = kBase[f.funct3()];
  } else if (f.funct7() == 1) {
    kind = kMulDiv[f.funct3()];
  } else if (f.funct7() == 0x20) {
    kind = f.funct3() == 0 ? k_subw : f.funct3() == 5 ? k_sraw : kNone;
  }
  return kind == kNone ? illegal(f) : make_x(kind, f, 0);
}

Instruction decode_branch(Fields f) {
  static constexpr std::array<OpKind, 8> kKinds{k_beq, k_bne, kNone,  kNone,
                                                k_blt, k_bge, k_bltu, k_bgeu};
  const OpKind kind = kKinds[f.funct3()];
  return kind == kNone ? illegal(f) : make(kind, f, f.b());
}

Instruction decode_store(Fields f) {
  static constexpr std::array<OpKind, 4> kKinds{k_sb, k_sh, k_sw, k_sd};
  return f.funct3() > 3 ? illegal(f) : make(kKinds[f.funct3()], f, f.s());
}

Instruction decode_amo(Fields f) {
  if (f.funct3() != 2 && f.funct3() != 3) return illegal(f);
  const auto raw = static_cast<std::int32_t>(f.bits);
  switch (f.bits >> 27) {
    case 0x02:
      return f.rs2() == 0 ? make_x(k_lr, f, raw) : illegal(f);
    case 0x03:
      return make_x(k_sc, f, raw);
    case 0x00:
    case 0x01:
    case 0x04:
    case 0x08:
    case 0x0c:
    case 0x10:
    case 0x14:
    case 0x18:
    case 0x1c:
      return make_x(k_amo, f, raw);
    default:
      return illegal(f);
  }
}

Instruction decode_system(Fields f) {
  const auto raw = static_cast<std::int32_t>(f.bits);
  if (f.funct3() != 0) return f.funct3() == 4 ? illegal(f) : make_x(k_csr, f, raw);
  switch (f.bits) {
    case 0x0000'0073:
      return make(k_ecall, f, raw);
    case 0x0010'0073:
      return make(k_ebreak, f, raw);
    case 0x1020'0073:
      return make(k_sret, f, raw);
    case 0x3020'0073:
      return make(k_mret, f, raw);
    case 0x1050'0073:
      return make(k_wfi, f, raw);
    default:
      return f.funct7() == 0x09 && f.rd() == 0 ? make(k_sfence_vma, f, raw) : illegal(f);
  }
}

Instruction decode_fence(Fields f) {
  if (f.funct3() == 1) return make(k_fence_i, f, 0);
  if (f.funct3() != 0) return illegal(f);
  return make(f.bits == 0x0100'000f ? k_pause : k_fence, f, 0);
}

/// Whether OP-FP with these fields is part of F or D.
bool fp_exists(Fields f) {
  const unsigned format = f.funct7() & 3;
  if (format > 1) return false;
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
    case 0x08:  // fcvt.s.d, fcvt.d.s
      return f.rs2() == (format ^ 1);
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

/// The kinds that use the host's arithmetic directly; they need the dynamic rounding mode.
OpKind fast_fp(Fields f) {
  static constexpr std::array<std::array<OpKind, 2>, 4> kArithmetic{
      {{k_fadd_s, k_fadd_d}, {k_fsub_s, k_fsub_d}, {k_fmul_s, k_fmul_d}, {k_fdiv_s, k_fdiv_d}}};
  const unsigned format = f.funct7() & 3, operation = f.funct7() >> 2;
  if (operation < 4 && f.funct3() == 7) return kArithmetic[operation][format];
  if (operation == 0x0b && f.funct3() == 7) return format == 0 ? k_fsqrt_s : k_fsqrt_d;
  if (format == 0) return k_fp;
  if (operation == 0x04 && f.funct3() == 0) return k_fsgnj_d;
  if (operation == 0x1c && f.funct3() == 0) return k_fmv_x_d;
  if (operation == 0x1e) return k_fmv_d_x;
  return k_fp;
}

Instruction decode_op_fp(Fields f) {
  if (!fp_exists(f)) return illegal(f);
  Instruction out = make(fast_fp(f), f, static_cast<std::int32_t>(f.bits));
  if (out.kind == k_fmv_x_d && out.rd == 0) out.rd = kSinkRegister;
  return out;
}

Instruction decode_fused(Fields f) {
  static constexpr std::array<std::array<OpKind, 2>, 4> kKinds{{{k_fmadd_s, k_fmadd_d},
                                                                {k_fmsub_s, k_fmsub_d},
                                                                {k_fnmsub_s, k_fnmsub_d},
                                                                {k_fnmadd_s, k_fnmadd_d}}};
  const unsigned format = f.bits >> 25 & 3;
  if (format > 1) return illegal(f);
  const OpKind kind = f.funct3() == 7 ? kKinds[f.bits >> 2 & 3][format] : k_fp;
  return make(kind, f, static_cast<std::int32_t>(f.bits));
}

Instruction decode_32(Fields f) {
  switch (f.bits & 0x7f) {
    case 0x03:
      return decode_load(f);
    case 0x07:
      if (f.funct3() == 2) return make(k_flw, f, f.i());
      return f.funct3() == 3 ? make(k_fld, f, f.i()) : illegal(f);
    case 0x0f:
      return decode_fence(f);
    case 0x13:
      return decode_op_imm(f);
    case 0x17:
      return make_x(k_auipc, f, f.u());
    case 0x1b:
      return decode_op_imm32(f);
    case 0x23:
      return decode_store(f);
    case 0x27:
      if (f.funct3() == 2) return make(k_fsw, f, f.s());
      return f.funct3() == 3 ? make(k_fsd, f, f.s()) : illegal(f);
    case 0x2f:
      return decode_amo(f);
    case 0x33:
      return decode_op(f);
    case 0x37:
      return make_x(k_lui, f, f.u());
    case 0x3b:
      return decode_op32(f);
    case 0x43:
    case 0x47:
    case 0x4b:
    case 0x4f:
      return decode_fused(f);
    case 0x53:
      return decode_op_fp(f);
    case 0x63:
      return decode_branch(f);
    case 0x67:
      return f.funct3() == 0 ? make_x(k_jalr, f, f.i()) : illegal(f);
    case 0x6f:
      return make_x(k_jal, f, f.j());
    case 0x73:
      return decode_system(f);
    default:
      return illegal(f);
  }
}

}  // namespace

Instruction decode(std::uint32_t bits) {
  if (instruction_length(bits) == 4) return decode_32(Fields{bits});
  const auto half = static_cast<std::uint16_t>(bits);
  const std::uint32_t expanded = expand_compressed(half);
  Instruction out = decode_32(Fields{expanded});
  if (expanded == 0) out = illegal(Fields{half});
  out.length = 2;
  return out;
}

bool ends_block(OpKind kind) {
  switch (kind) {
    case k_jal:
    case k_jalr:
    case k_beq:
    case k_bne:
    case k_blt:
    case k_bge:
    case k_bltu:
    case k_bgeu:
    case k_fence_i:
    case k_pause:
    case k_ecall:
    case k_ebreak:
    case k_csr:
    case k_mret:
    case k_sret:
    case k_wfi:
    case k_sfence_vma:
    case k_sc:
    case k_illegal:
      return true;
    default:
      return false;
  }
}

}  // namespace cvp
