// SPDX-License-Identifier: Apache-2.0
//
// Decoded instructions. The list of kinds is the one place from which the enumeration and the
// interpreter's jump table come. No SystemC.
#pragma once

#include <cstdint>

namespace cvp {

// clang-format off
#define CVP_HART_OPS(X) \
  X(lui) X(auipc) X(jal) X(jalr) X(beq) X(bne) X(blt) X(bge) X(bltu) X(bgeu) \
  X(lb) X(lh) X(lw) X(ld) X(lbu) X(lhu) X(lwu) X(sb) X(sh) X(sw) X(sd) \
  X(addi) X(slti) X(sltiu) X(xori) X(ori) X(andi) X(slli) X(srli) X(srai) \
  X(add) X(sub) X(sll) X(slt) X(sltu) X(xor_) X(srl) X(sra) X(or_) X(and_) \
  X(addiw) X(slliw) X(srliw) X(sraiw) X(addw) X(subw) X(sllw) X(srlw) X(sraw) \
  X(mul) X(mulh) X(mulhsu) X(mulhu) X(div) X(divu) X(rem) X(remu) \
  X(mulw) X(divw) X(divuw) X(remw) X(remuw) \
  X(lr) X(sc) X(amo) \
  X(flw) X(fld) X(fsw) X(fsd) \
  X(fadd_s) X(fsub_s) X(fmul_s) X(fdiv_s) X(fsqrt_s) X(fmadd_s) X(fmsub_s) X(fnmsub_s) X(fnmadd_s) \
  X(fadd_d) X(fsub_d) X(fmul_d) X(fdiv_d) X(fsqrt_d) X(fmadd_d) X(fmsub_d) X(fnmsub_d) X(fnmadd_d) \
  X(fsgnj_d) X(fmv_x_d) X(fmv_d_x) X(fp) \
  X(nop) X(mv) X(li) X(end) \
  X(fence) X(fence_i) X(pause) X(ecall) X(ebreak) X(csr) X(mret) X(sret) X(wfi) X(sfence_vma) \
  X(illegal)
// clang-format on

enum class OpKind : std::uint8_t {
#define CVP_OP_ENUMERATOR(name) k_##name,
  CVP_HART_OPS(CVP_OP_ENUMERATOR)
#undef CVP_OP_ENUMERATOR
};

/// Writes to x0 go to this extra register, so that the interpreter never asks.
inline constexpr std::uint8_t kSinkRegister = 32;

/// What decode() finds out. `imm` is the immediate, or the raw instruction for kinds that are
/// decoded further when they run (fp, csr, atomics, illegal).
struct Instruction {
  OpKind kind = OpKind::k_illegal;
  std::uint8_t rd = 0;
  std::uint8_t rs1 = 0;
  std::uint8_t rs2 = 0;
  std::uint8_t length = 4;
  std::int32_t imm = 0;
};

/// One step of the interpreter: 16 bytes, four to a cache line.
struct Op {
  const void* label;
  std::uint8_t rd, rs1, rs2;
  std::uint8_t offset;  ///< Half-words from the start of the block.
  std::int32_t imm;
};

}  // namespace cvp
