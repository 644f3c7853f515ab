// SPDX-License-Identifier: Apache-2.0
//
// Bit manipulation, carry-less multiplication and conditional zero, as a table of encodings.
// [UNPRIV: "B" Extension for Bit Manipulation; Zicond; Scalar Cryptography]
#include <algorithm>
#include <iterator>

#include "models/cpu/decode_fields.h"

namespace cvp::decoder {
namespace {

using enum OpKind;
using enum Extension;

struct Encoding {
  std::uint32_t mask, match;
  OpKind kind;
  ExtensionSet any_of;
  unsigned shift_bits = 0;  ///< Width of the shift amount, which becomes the immediate.
};

constexpr std::uint32_t kOp = 0x33, kOp32 = 0x3b, kImm = 0x13, kImm32 = 0x1b;

/// Two sources.
constexpr Encoding two(std::uint32_t funct7, std::uint32_t funct3, std::uint32_t opcode,
                       OpKind kind, ExtensionSet any_of) {
  return {0xfe00'707f, funct7 << 25 | funct3 << 12 | opcode, kind, any_of};
}
/// One source; what would be a second one is part of the encoding.
constexpr Encoding one(std::uint32_t funct12, std::uint32_t funct3, std::uint32_t opcode,
                       OpKind kind, ExtensionSet any_of) {
  return {0xfff0'707f, funct12 << 20 | funct3 << 12 | opcode, kind, any_of};
}
/// One source and a shift amount of 6 or, in words, of 5 bits.
constexpr Encoding shift(std::uint32_t funct7, std::uint32_t funct3, std::uint32_t opcode,
                         OpKind kind, ExtensionSet any_of, unsigned width = 6) {
  return {width == 6 ? 0xfc00'707fu : 0xfe00'707fu, funct7 << 25 | funct3 << 12 | opcode, kind,
          any_of, width};
}

constexpr ExtensionSet kA = set_of(kZba), kB = set_of(kZbb), kC = set_of(kZbc), kS = set_of(kZbs),
                       kKb = set_of(kZbkb), kKx = set_of(kZbkx), kCond = set_of(kZicond),
                       kKc = set_of(kZbkc);

// A row that is a special case of another comes before it.
constexpr Encoding kEncodings[] = {
    two(0x04, 0, kOp32, k_add_uw, kA),
    two(0x10, 2, kOp, k_sh1add, kA),
    two(0x10, 4, kOp, k_sh2add, kA),
    two(0x10, 6, kOp, k_sh3add, kA),
    two(0x10, 2, kOp32, k_sh1add_uw, kA),
    two(0x10, 4, kOp32, k_sh2add_uw, kA),
    two(0x10, 6, kOp32, k_sh3add_uw, kA),
    shift(0x04, 1, kImm32, k_slli_uw, kA),

    two(0x20, 7, kOp, k_andn, kB | kKb),
    two(0x20, 6, kOp, k_orn, kB | kKb),
    two(0x20, 4, kOp, k_xnor, kB | kKb),
    two(0x30, 1, kOp, k_rol, kB | kKb),
    two(0x30, 5, kOp, k_ror, kB | kKb),
    two(0x30, 1, kOp32, k_rolw, kB | kKb),
    two(0x30, 5, kOp32, k_rorw, kB | kKb),
    shift(0x30, 5, kImm, k_rori, kB | kKb),
    shift(0x30, 5, kImm32, k_roriw, kB | kKb, 5),
    one(0x6b8, 5, kImm, k_rev8, kB | kKb),
    one(0x600, 1, kImm, k_clz, kB),
    one(0x601, 1, kImm, k_ctz, kB),
    one(0x602, 1, kImm, k_cpop, kB),
    one(0x604, 1, kImm, k_sext_b, kB),
    one(0x605, 1, kImm, k_sext_h, kB),
    one(0x600, 1, kImm32, k_clzw, kB),
    one(0x601, 1, kImm32, k_ctzw, kB),
    one(0x602, 1, kImm32, k_cpopw, kB),
    one(0x080, 4, kOp32, k_zext_h, kB),
    one(0x287, 5, kImm, k_orc_b, kB),
    two(0x05, 4, kOp, k_min, kB),
    two(0x05, 5, kOp, k_minu, kB),
    two(0x05, 6, kOp, k_max, kB),
    two(0x05, 7, kOp, k_maxu, kB),

    two(0x05, 1, kOp, k_clmul, kC | kKc),
    two(0x05, 3, kOp, k_clmulh, kC | kKc),
    two(0x05, 2, kOp, k_clmulr, kC),

    two(0x24, 1, kOp, k_bclr, kS),
    two(0x24, 5, kOp, k_bext, kS),
    two(0x34, 1, kOp, k_binv, kS),
    two(0x14, 1, kOp, k_bset, kS),
    shift(0x24, 1, kImm, k_bclri, kS),
    shift(0x24, 5, kImm, k_bexti, kS),
    shift(0x34, 1, kImm, k_binvi, kS),
    shift(0x14, 1, kImm, k_bseti, kS),

    two(0x04, 4, kOp, k_pack, kKb),
    two(0x04, 7, kOp, k_packh, kKb),
    two(0x04, 4, kOp32, k_packw, kKb),
    one(0x687, 5, kImm, k_brev8, kKb),
    two(0x14, 2, kOp, k_xperm4, kKx),
    two(0x14, 4, kOp, k_xperm8, kKx),

    two(0x07, 5, kOp, k_czero_eqz, kCond),
    two(0x07, 7, kOp, k_czero_nez, kCond),
};

}  // namespace

Instruction decode_bits(Fields f, const Isa& isa) {
  const auto* const found =
      std::find_if(std::begin(kEncodings), std::end(kEncodings), [&](const Encoding& row) {
        return (f.bits & row.mask) == row.match && isa.has_any(row.any_of);
      });
  if (found == std::end(kEncodings)) return illegal(f);
  const std::uint32_t amount = f.bits >> 20 & ((1u << found->shift_bits) - 1);
  return make_x(found->kind, f, static_cast<std::int32_t>(amount));
}

}  // namespace cvp::decoder
