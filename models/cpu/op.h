// SPDX-License-Identifier: Apache-2.0
//
// Decoded instructions. The lists of kinds are the one place from which the enumeration and the
// interpreter's jump table come. No SystemC.
#pragma once

#include <cstdint>

namespace cvp {

// clang-format off
#define CVP_INTEGER_OPS(X) \
  X(lui) X(auipc) X(jal) X(jalr) X(beq) X(bne) X(blt) X(bge) X(bltu) X(bgeu) \
  X(addi) X(slti) X(sltiu) X(xori) X(ori) X(andi) X(slli) X(srli) X(srai) \
  X(add) X(sub) X(sll) X(slt) X(sltu) X(xor_) X(srl) X(sra) X(or_) X(and_) \
  X(addiw) X(slliw) X(srliw) X(sraiw) X(addw) X(subw) X(sllw) X(srlw) X(sraw) \
  X(mul) X(mulh) X(mulhsu) X(mulhu) X(div) X(divu) X(rem) X(remu) \
  X(mulw) X(divw) X(divuw) X(remw) X(remuw) \
  X(nop) X(mv) X(li) X(end)
// Zba, Zbb, Zbc, Zbs, Zbkb, Zbkx and Zicond: first those with one source, then those with two.
#define CVP_BIT_OPS(X) \
  X(slli_uw) X(clz) X(ctz) X(cpop) X(clzw) X(ctzw) X(cpopw) X(sext_b) X(sext_h) X(zext_h) \
  X(rori) X(roriw) X(orc_b) X(rev8) X(brev8) X(bclri) X(bexti) X(binvi) X(bseti) \
  X(add_uw) X(sh1add) X(sh2add) X(sh3add) X(sh1add_uw) X(sh2add_uw) X(sh3add_uw) \
  X(andn) X(orn) X(xnor) X(max) X(maxu) X(min) X(minu) X(rol) X(ror) X(rolw) X(rorw) \
  X(clmul) X(clmulh) X(clmulr) X(bclr) X(bext) X(binv) X(bset) \
  X(pack) X(packh) X(packw) X(xperm4) X(xperm8) X(czero_eqz) X(czero_nez)
#define CVP_MEMORY_OPS(X) \
  X(lb) X(lh) X(lw) X(ld) X(lbu) X(lhu) X(lwu) X(sb) X(sh) X(sw) X(sd) \
  X(lr) X(sc) X(amo) X(cbo)
// For harts that do not do misaligned accesses: check, then go on as the kind of that name.
#define CVP_CHECKED_OPS(X) \
  X(lh_checked) X(lw_checked) X(ld_checked) X(lhu_checked) X(lwu_checked) \
  X(sh_checked) X(sw_checked) X(sd_checked) \
  X(flh_checked) X(flw_checked) X(fld_checked) X(fsh_checked) X(fsw_checked) X(fsd_checked)
#define CVP_FLOAT_OPS(X) \
  X(flh) X(flw) X(fld) X(fsh) X(fsw) X(fsd) \
  X(fadd_s) X(fsub_s) X(fmul_s) X(fdiv_s) X(fsqrt_s) X(fmadd_s) X(fmsub_s) X(fnmsub_s) X(fnmadd_s) \
  X(fadd_d) X(fsub_d) X(fmul_d) X(fdiv_d) X(fsqrt_d) X(fmadd_d) X(fmsub_d) X(fnmsub_d) X(fnmadd_d) \
  X(fsgnj_d) X(fmv_x_d) X(fmv_d_x) X(fp)
#define CVP_SYSTEM_OPS(X) \
  X(fence) X(fence_i) X(pause) X(ecall) X(ebreak) X(csr) X(mret) X(sret) X(wfi) X(sfence_vma) \
  X(sfence_inval) X(wrs) X(probed) X(illegal)
// Pairs that one handler carries out: those that programs are full of.
#define CVP_BRANCHES_AFTER(X, first) \
  X(first, beq) X(first, bne) X(first, blt) X(first, bge) X(first, bltu) X(first, bgeu)
#define CVP_SUMS_AFTER(X, first) \
  X(first, addi) X(first, add) X(first, addw) X(first, slli) X(first, srli) X(first, mv)
#define CVP_ACCESSES_AFTER(X, first) \
  X(first, lbu) X(first, lw) X(first, ld) X(first, sb) X(first, sd)
#define CVP_PAIRS(X) \
  CVP_BRANCHES_AFTER(X, addi) CVP_BRANCHES_AFTER(X, addiw) CVP_BRANCHES_AFTER(X, add) \
  CVP_BRANCHES_AFTER(X, addw) CVP_BRANCHES_AFTER(X, andi) CVP_BRANCHES_AFTER(X, li) \
  CVP_BRANCHES_AFTER(X, mv) CVP_BRANCHES_AFTER(X, lbu) CVP_BRANCHES_AFTER(X, lw) \
  CVP_BRANCHES_AFTER(X, ld) CVP_BRANCHES_AFTER(X, sb) CVP_BRANCHES_AFTER(X, sd) \
  CVP_SUMS_AFTER(X, addi) CVP_SUMS_AFTER(X, add) CVP_SUMS_AFTER(X, slli) CVP_SUMS_AFTER(X, srli) \
  CVP_SUMS_AFTER(X, andi) CVP_SUMS_AFTER(X, mv) CVP_SUMS_AFTER(X, lui) CVP_SUMS_AFTER(X, auipc) \
  CVP_SUMS_AFTER(X, lbu) CVP_SUMS_AFTER(X, lw) CVP_SUMS_AFTER(X, ld) CVP_SUMS_AFTER(X, sd) \
  CVP_ACCESSES_AFTER(X, addi) CVP_ACCESSES_AFTER(X, add) CVP_ACCESSES_AFTER(X, mv) \
  CVP_ACCESSES_AFTER(X, lw) CVP_ACCESSES_AFTER(X, ld) CVP_ACCESSES_AFTER(X, sd) \
  X(slli, xor_) X(srli, xor_) X(slli, andi) X(sb, addw) X(addi, mulw) X(mulw, addw)
#define CVP_HART_OPS(X) \
  CVP_INTEGER_OPS(X) CVP_BIT_OPS(X) CVP_MEMORY_OPS(X) CVP_CHECKED_OPS(X) CVP_FLOAT_OPS(X) \
  CVP_SYSTEM_OPS(X)
// clang-format on

enum class OpKind : std::uint16_t {
#define CVP_OP_ENUMERATOR(name) k_##name,
  CVP_HART_OPS(CVP_OP_ENUMERATOR)
#undef CVP_OP_ENUMERATOR
// clang-format off
#define CVP_PAIR_ENUMERATOR(first, second) k_##first##_##second,
  // clang-format on
  CVP_PAIRS(CVP_PAIR_ENUMERATOR)
#undef CVP_PAIR_ENUMERATOR
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
