// SPDX-License-Identifier: Apache-2.0
//
// Expansion of the C extension: each 16-bit instruction is short for one 32-bit instruction.
// [UNPRIV: "C" Extension for Compressed Instructions]
#include "models/cpu/decode.h"

namespace cvp {
namespace {

constexpr std::uint32_t kOpImm = 0x13, kOpImm32 = 0x1b, kOp = 0x33, kOp32 = 0x3b, kLoad = 0x03,
                        kStore = 0x23, kLoadFp = 0x07, kStoreFp = 0x27, kBranch = 0x63;

/// Bits [from + width - 1 : from] of `value`, moved to bit `to`.
constexpr std::uint32_t field(std::uint32_t value, unsigned from, unsigned width, unsigned to) {
  return (value >> from & ((1u << width) - 1)) << to;
}

constexpr std::uint32_t sign_extend(std::uint32_t value, unsigned width) {
  const std::uint32_t sign = 1u << (width - 1);
  return (value ^ sign) - sign;
}

constexpr std::uint32_t i_type(std::uint32_t imm, unsigned rs1, unsigned funct3, unsigned rd,
                               std::uint32_t opcode) {
  return imm << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}

constexpr std::uint32_t s_type(std::uint32_t imm, unsigned rs2, unsigned rs1, unsigned funct3,
                               std::uint32_t opcode) {
  return (imm >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (imm & 0x1f) << 7 |
         opcode;
}

constexpr std::uint32_t r_type(unsigned funct7, unsigned rs2, unsigned rs1, unsigned funct3,
                               unsigned rd, std::uint32_t opcode) {
  return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}

constexpr std::uint32_t j_type(std::uint32_t imm, unsigned rd) {
  return field(imm, 20, 1, 31) | field(imm, 1, 10, 21) | field(imm, 11, 1, 20) |
         field(imm, 12, 8, 12) | rd << 7 | 0x6f;
}

constexpr std::uint32_t b_type(std::uint32_t imm, unsigned rs1, unsigned funct3) {
  return field(imm, 12, 1, 31) | field(imm, 5, 6, 25) | rs1 << 15 | funct3 << 12 |
         field(imm, 1, 4, 8) | field(imm, 11, 1, 7) | kBranch;
}

std::uint32_t expand_quadrant0(std::uint32_t c) {
  const unsigned rd = 8 + (c >> 2 & 7), rs1 = 8 + (c >> 7 & 7);
  const std::uint32_t word = field(c, 6, 1, 2) | field(c, 10, 3, 3) | field(c, 5, 1, 6);
  const std::uint32_t dword = field(c, 10, 3, 3) | field(c, 5, 2, 6);
  switch (c >> 13) {
    case 0: {
      const std::uint32_t imm =
          field(c, 11, 2, 4) | field(c, 7, 4, 6) | field(c, 6, 1, 2) | field(c, 5, 1, 3);
      return imm == 0 ? 0 : i_type(imm, 2, 0, rd, kOpImm);
    }
    case 1:
      return i_type(dword, rs1, 3, rd, kLoadFp);
    case 2:
      return i_type(word, rs1, 2, rd, kLoad);
    case 3:
      return i_type(dword, rs1, 3, rd, kLoad);
    case 5:
      return s_type(dword, rd, rs1, 3, kStoreFp);
    case 6:
      return s_type(word, rd, rs1, 2, kStore);
    case 7:
      return s_type(dword, rd, rs1, 3, kStore);
    default:
      return 0;
  }
}

std::uint32_t expand_arithmetic(std::uint32_t c, std::uint32_t imm6) {
  const unsigned rd = 8 + (c >> 7 & 7), rs2 = 8 + (c >> 2 & 7);
  const unsigned shift = imm6 & 0x3f;
  switch (c >> 10 & 3) {
    case 0:
      return i_type(shift, rd, 5, rd, kOpImm);
    case 1:
      return i_type(shift | 0x400, rd, 5, rd, kOpImm);
    case 2:
      return i_type(imm6 & 0xfff, rd, 7, rd, kOpImm);
    default:
      break;
  }
  static constexpr struct {
    unsigned funct7, funct3;
    std::uint32_t opcode;
  } kTable[8] = {{0x20, 0, kOp},   {0, 4, kOp},   {0, 6, kOp}, {0, 7, kOp},
                 {0x20, 0, kOp32}, {0, 0, kOp32}, {0, 0, 0},   {0, 0, 0}};
  const auto& entry = kTable[(c >> 12 & 1) << 2 | (c >> 5 & 3)];
  return entry.opcode == 0 ? 0 : r_type(entry.funct7, rs2, rd, entry.funct3, rd, entry.opcode);
}

std::uint32_t expand_lui(std::uint32_t c, unsigned rd, std::uint32_t imm6) {
  if (rd == 2) {
    const std::uint32_t imm =
        sign_extend(field(c, 12, 1, 9) | field(c, 6, 1, 4) | field(c, 5, 1, 6) | field(c, 3, 2, 7) |
                        field(c, 2, 1, 5),
                    10);
    return imm == 0 ? 0 : i_type(imm & 0xfff, 2, 0, 2, kOpImm);
  }
  return imm6 == 0 ? 0 : imm6 << 12 | rd << 7 | 0x37;
}

std::uint32_t expand_quadrant1(std::uint32_t c) {
  const unsigned rd = c >> 7 & 0x1f;
  const std::uint32_t imm6 = sign_extend(field(c, 12, 1, 5) | field(c, 2, 5, 0), 6);
  const std::uint32_t jump = sign_extend(
      field(c, 12, 1, 11) | field(c, 11, 1, 4) | field(c, 9, 2, 8) | field(c, 8, 1, 10) |
          field(c, 7, 1, 6) | field(c, 6, 1, 7) | field(c, 3, 3, 1) | field(c, 2, 1, 5),
      12);
  const std::uint32_t branch =
      sign_extend(field(c, 12, 1, 8) | field(c, 10, 2, 3) | field(c, 5, 2, 6) | field(c, 3, 2, 1) |
                      field(c, 2, 1, 5),
                  9);
  const unsigned rs1 = 8 + (c >> 7 & 7);
  switch (c >> 13) {
    case 0:
      return i_type(imm6 & 0xfff, rd, 0, rd, kOpImm);
    case 1:
      return rd == 0 ? 0 : i_type(imm6 & 0xfff, rd, 0, rd, kOpImm32);
    case 2:
      return i_type(imm6 & 0xfff, 0, 0, rd, kOpImm);
    case 3:
      return expand_lui(c, rd, imm6);
    case 4:
      return expand_arithmetic(c, imm6);
    case 5:
      return j_type(jump, 0);
    case 6:
      return b_type(branch, rs1, 0);
    default:
      return b_type(branch, rs1, 1);
  }
}

std::uint32_t expand_jump_register(std::uint32_t c, unsigned rd, unsigned rs2) {
  if ((c >> 12 & 1) == 0) {
    if (rs2 != 0) return r_type(0, rs2, 0, 0, rd, kOp);  // c.mv
    return rd == 0 ? 0 : i_type(0, rd, 0, 0, 0x67);      // c.jr
  }
  if (rs2 != 0) return r_type(0, rs2, rd, 0, rd, kOp);       // c.add
  return rd == 0 ? 0x0010'0073 : i_type(0, rd, 0, 1, 0x67);  // c.ebreak, c.jalr
}

std::uint32_t expand_quadrant2(std::uint32_t c) {
  const unsigned rd = c >> 7 & 0x1f, rs2 = c >> 2 & 0x1f;
  const std::uint32_t word = field(c, 12, 1, 5) | field(c, 4, 3, 2) | field(c, 2, 2, 6);
  const std::uint32_t dword = field(c, 12, 1, 5) | field(c, 5, 2, 3) | field(c, 2, 3, 6);
  const std::uint32_t store_word = field(c, 9, 4, 2) | field(c, 7, 2, 6);
  const std::uint32_t store_dword = field(c, 10, 3, 3) | field(c, 7, 3, 6);
  switch (c >> 13) {
    case 0:
      return i_type(field(c, 12, 1, 5) | rs2, rd, 1, rd, kOpImm);
    case 1:
      return i_type(dword, 2, 3, rd, kLoadFp);
    case 2:
      return rd == 0 ? 0 : i_type(word, 2, 2, rd, kLoad);
    case 3:
      return rd == 0 ? 0 : i_type(dword, 2, 3, rd, kLoad);
    case 4:
      return expand_jump_register(c, rd, rs2);
    case 5:
      return s_type(store_dword, rs2, 2, 3, kStoreFp);
    case 6:
      return s_type(store_word, rs2, 2, 2, kStore);
    default:
      return s_type(store_dword, rs2, 2, 3, kStore);
  }
}

}  // namespace

std::uint32_t expand_compressed(std::uint16_t bits) {
  switch (bits & 3) {
    case 0:
      return expand_quadrant0(bits);
    case 1:
      return expand_quadrant1(bits);
    case 2:
      return expand_quadrant2(bits);
    default:
      return 0;
  }
}

}  // namespace cvp
