// SPDX-License-Identifier: Apache-2.0
//
// What the instructions that come in pairs do, for their own handlers and those of the pairs.
// Included by execute.cpp only.
#pragma once

#define DO_lui RD = IMM
#define DO_auipc RD = PC_OF(op) + IMM
#define DO_li RD = IMM
#define DO_mv RD = RS1
#define DO_addi RD = RS1 + IMM
#define DO_andi RD = RS1 & IMM
#define DO_slli RD = RS1 << op->imm
#define DO_srli RD = RS1 >> op->imm
#define DO_add RD = RS1 + RS2
#define DO_addw RD = sign32(RS1 + RS2)
#define DO_addiw RD = sign32(RS1 + IMM)
#define DO_mulw RD = sign32(RS1 * RS2)
#define DO_xor_ RD = RS1 ^ RS2

#define BRANCH(condition)                          \
  do {                                             \
    if (condition) FOLLOW(taken, PC_OF(op) + IMM); \
    FOLLOW(next, block->pc + block->bytes);        \
  } while (0)
#define DO_beq BRANCH(RS1 == RS2)
#define DO_bne BRANCH(RS1 != RS2)
#define DO_blt BRANCH(as_signed(RS1) < as_signed(RS2))
#define DO_bge BRANCH(as_signed(RS1) >= as_signed(RS2))
#define DO_bltu BRANCH(RS1 < RS2)
#define DO_bgeu BRANCH(RS1 >= RS2)

// One that misses the TLB is left to the instruction's own handler, and so is what follows it.
#define FAST_LOAD(name, type, convert)                                  \
  do {                                                                  \
    const Addr va = RS1 + IMM;                                          \
    const TlbEntry& entry = tlb_.load(va);                              \
    if (UNLIKELY(!TLB_HAS(entry, va, type))) goto L_##name;             \
    type value;                                                         \
    std::memcpy(&value, host_pointer(va + entry.addend), sizeof value); \
    RD = static_cast<uint64_t>(convert{value});                         \
  } while (0)
#define FAST_STORE(name, type)                                          \
  do {                                                                  \
    const Addr va = RS1 + IMM;                                          \
    const TlbEntry& entry = tlb_.store(va);                             \
    if (UNLIKELY(!TLB_HAS(entry, va, type))) goto L_##name;             \
    const auto value = static_cast<type>(RS2);                          \
    std::memcpy(host_pointer(va + entry.addend), &value, sizeof value); \
  } while (0)
#define DO_lbu FAST_LOAD(lbu, std::uint8_t, uint64_t)
#define DO_lw FAST_LOAD(lw, std::int32_t, int64_t)
#define DO_ld FAST_LOAD(ld, std::int64_t, int64_t)
#define DO_sb FAST_STORE(sb, std::uint8_t)
#define DO_sd FAST_STORE(sd, std::uint64_t)
