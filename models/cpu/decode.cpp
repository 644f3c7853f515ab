// SPDX-License-Identifier: Apache-2.0
//
// The base instruction set with M, A and C; the other parts are in decode_*.cpp.
#include "models/cpu/decode.h"

#include <array>

#include "models/cpu/decode_fields.h"

namespace cvp {
namespace {

using namespace decoder;
using enum OpKind;

Instruction decode_load(Fields f) {
  static constexpr std::array<OpKind, 8> kKinds{k_lb, k_lh, k_lw, k_ld, k_lbu, k_lhu, k_lwu, kNone};
  const OpKind kind = kKinds[f.funct3()];
  return kind == kNone ? illegal(f) : make_x(kind, f, f.i());
}

Instruction decode_op_imm(Fields f, const Isa& isa) {
  static constexpr std::array<OpKind, 8> kKinds{k_addi, k_slli, k_slti, k_sltiu,
                                                k_xori, k_srli, k_ori,  k_andi};
  OpKind kind = kKinds[f.funct3()];
  if (kind == k_slli || kind == k_srli) {
    const unsigned high = f.bits >> 26;
    if (kind == k_srli && high == 0x10) {
      kind = k_srai;
    } else if (high != 0) {
      return decode_bits(f, isa);
    }
    return make_x(kind, f, f.i() & 0x3f);
  }
  if (f.rd() == 0) return make_x(k_nop, f, 0);
  if (kind == k_addi && f.rs1() == 0) return make_x(k_li, f, f.i());
  if (kind == k_addi && f.i() == 0) return make_x(k_mv, f, 0);
  return make_x(kind, f, f.i());
}

Instruction decode_op_imm32(Fields f, const Isa& isa) {
  if (f.funct3() == 0) return make_x(k_addiw, f, f.i());
  if (f.funct3() == 1 && f.funct7() == 0) return make_x(k_slliw, f, f.i() & 0x1f);
  if (f.funct3() == 5 && f.funct7() == 0) return make_x(k_srliw, f, f.i() & 0x1f);
  if (f.funct3() == 5 && f.funct7() == 0x20) return make_x(k_sraiw, f, f.i() & 0x1f);
  return decode_bits(f, isa);
}

Instruction decode_op(Fields f, const Isa& isa) {
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
  return kind == kNone ? decode_bits(f, isa) : make_x(kind, f, 0);
}

Instruction decode_op32(Fields f, const Isa& isa) {
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
  return kind == kNone ? decode_bits(f, isa) : make_x(kind, f, 0);
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
  switch (f.bits >> 27) {
    case 0x02:
      return f.rs2() == 0 ? make_x(k_lr, f, f.raw()) : illegal(f);
    case 0x03:
      return make_x(k_sc, f, f.raw());
    case 0x00:
    case 0x01:
    case 0x04:
    case 0x08:
    case 0x0c:
    case 0x10:
    case 0x14:
    case 0x18:
    case 0x1c:
      return make_x(k_amo, f, f.raw());
    default:
      return illegal(f);
  }
}

Instruction decode_32(Fields f, const Isa& isa) {
  switch (f.bits & 0x7f) {
    case 0x03:
      return decode_load(f);
    case 0x07:
      if (f.funct3() == 1 && isa.has(Extension::kZfhmin)) return make(k_flh, f, f.i());
      if (f.funct3() == 2) return make(k_flw, f, f.i());
      return f.funct3() == 3 ? make(k_fld, f, f.i()) : illegal(f);
    case 0x0f:
      return decode_fence(f, isa);
    case 0x13:
      return decode_op_imm(f, isa);
    case 0x17:
      return make_x(k_auipc, f, f.u());
    case 0x1b:
      return decode_op_imm32(f, isa);
    case 0x23:
      return decode_store(f);
    case 0x27:
      if (f.funct3() == 1 && isa.has(Extension::kZfhmin)) return make(k_fsh, f, f.s());
      if (f.funct3() == 2) return make(k_fsw, f, f.s());
      return f.funct3() == 3 ? make(k_fsd, f, f.s()) : illegal(f);
    case 0x2f:
      return decode_amo(f);
    case 0x33:
      return decode_op(f, isa);
    case 0x37:
      return make_x(k_lui, f, f.u());
    case 0x3b:
      return decode_op32(f, isa);
    case 0x43:
    case 0x47:
    case 0x4b:
    case 0x4f:
      return decode_fused(f, isa);
    case 0x53:
      return decode_op_fp(f, isa);
    case 0x63:
      return decode_branch(f);
    case 0x67:
      return f.funct3() == 0 ? make_x(k_jalr, f, f.i()) : illegal(f);
    case 0x6f:
      return make_x(k_jal, f, f.j());
    case 0x73:
      return decode_system(f, isa);
    default:
      return illegal(f);
  }
}

}  // namespace

Instruction decode(std::uint32_t bits, const Isa& isa) {
  if (instruction_length(bits) == 4) return decode_32(Fields{bits}, isa);
  const auto half = static_cast<std::uint16_t>(bits);
  const std::uint32_t expanded = expand_compressed(half);
  Instruction out = decode_32(Fields{expanded}, isa);
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
    case k_wrs:
    case k_ecall:
    case k_ebreak:
    case k_csr:
    case k_mret:
    case k_sret:
    case k_wfi:
    case k_sfence_vma:
    case k_sfence_inval:
    case k_sc:
    case k_illegal:
      return true;
    default:
      return false;
  }
}

}  // namespace cvp
