// SPDX-License-Identifier: Apache-2.0
//
// What the parts of the decoder share. Private to models/cpu, no SystemC.
#pragma once

#include "models/cpu/isa.h"
#include "models/cpu/op.h"

namespace cvp::decoder {

inline constexpr OpKind kNone = OpKind::k_illegal;

struct Fields {
  std::uint32_t bits;
  unsigned rd() const { return bits >> 7 & 0x1f; }
  unsigned funct3() const { return bits >> 12 & 7; }
  unsigned rs1() const { return bits >> 15 & 0x1f; }
  unsigned rs2() const { return bits >> 20 & 0x1f; }
  unsigned funct7() const { return bits >> 25; }
  std::int32_t raw() const { return static_cast<std::int32_t>(bits); }
  std::int32_t i() const { return raw() >> 20; }
  std::int32_t s() const { return (raw() >> 25) * 32 + static_cast<std::int32_t>(rd()); }
  std::int32_t b() const {
    return static_cast<std::int32_t>((static_cast<std::uint32_t>(raw() >> 31) << 12) |
                                     (bits >> 7 & 1) << 11 | (bits >> 25 & 0x3f) << 5 |
                                     (bits >> 8 & 0xf) << 1);
  }
  std::int32_t j() const {
    return static_cast<std::int32_t>((static_cast<std::uint32_t>(raw() >> 31) << 20) |
                                     (bits & 0xff000) | (bits >> 20 & 1) << 11 |
                                     (bits >> 21 & 0x3ff) << 1);
  }
  std::int32_t u() const { return static_cast<std::int32_t>(bits & 0xffff'f000u); }
};

inline Instruction make(OpKind kind, Fields f, std::int32_t imm) {
  Instruction out;
  out.kind = kind;
  out.rd = static_cast<std::uint8_t>(f.rd());
  out.rs1 = static_cast<std::uint8_t>(f.rs1());
  out.rs2 = static_cast<std::uint8_t>(f.rs2());
  out.imm = imm;
  return out;
}

/// An instruction whose rd is an integer register.
inline Instruction make_x(OpKind kind, Fields f, std::int32_t imm) {
  Instruction out = make(kind, f, imm);
  if (out.rd == 0) out.rd = kSinkRegister;
  return out;
}

inline Instruction illegal(Fields f) { return make(OpKind::k_illegal, f, f.raw()); }

/// Zba, Zbb, Zbc, Zbs, Zbkb, Zbkx, Zicond (decode_bits.cpp).
Instruction decode_bits(Fields f, const Isa& isa);
/// OP-FP and the fused multiply-adds (decode_float.cpp).
Instruction decode_op_fp(Fields f, const Isa& isa);
Instruction decode_fused(Fields f, const Isa& isa);
/// SYSTEM and MISC-MEM (decode_system.cpp).
Instruction decode_system(Fields f, const Isa& isa);
Instruction decode_fence(Fields f, const Isa& isa);

}  // namespace cvp::decoder
