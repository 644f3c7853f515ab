// SPDX-License-Identifier: Apache-2.0
//
// The interpreter: direct threaded code. Each Op holds the address of its handler; a handler ends
// with a jump to the next one, so that the host predicts each of them by itself.
//
//   dispatch     look for interrupts, find the block at pc_, enter it
//   enter        take the block's length off the budget, jump to its first handler
//   trap         an instruction of `block` failed; what and where is in trap_cause_, trap_value_
//   leave        something after `op` wants attention: interrupts, or the budget
//
// `remaining` is the budget after the whole block. Before `op` it is remaining + count - index,
// which SYNC() stores for the slow paths.
#include <cstring>

#include "models/cpu/arithmetic.h"
#include "models/cpu/decode.h"
#include "models/cpu/hart.h"
#include "models/cpu/host_fpu.h"
#include "models/cpu/soft_float.h"

namespace cvp {
namespace {

using namespace arithmetic;

__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;
using std::int32_t;
using std::int64_t;
using std::uint32_t;
using std::uint64_t;

/// The instruction as it stands in memory, for mtval.
uint32_t raw_bits(const Block& block, const Op& op) {
  const std::uint8_t* code = block.code + 2 * op.offset;
  uint32_t bits = static_cast<uint32_t>(code[0] | code[1] << 8);
  if (instruction_length(bits) == 4) bits |= static_cast<uint32_t>(code[2] | code[3] << 8) << 16;
  return bits;
}

}  // namespace

#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define OP(name) L_##name:
#define NEXT()        \
  do {                \
    ++op;             \
    goto * op->label; \
  } while (0)
#define SYNC() remaining_ = remaining + block->count - (op - block->ops)
#define PC_OF(op) (block->pc + 2 * Addr{(op)->offset})
#define RD x[op->rd]
#define RS1 x[op->rs1]
#define RS2 x[op->rs2]
#define IMM static_cast<uint64_t>(int64_t{op->imm})
#define RAW static_cast<uint32_t>(op->imm)

// What follows a slow path: a trap, a bus access that must wait, or just the next instruction.
#define AFTER_SLOW(outcome)                        \
  do {                                             \
    const Outcome after_slow = (outcome);          \
    if (UNLIKELY(after_slow != Outcome::kDone)) {  \
      if (after_slow == Outcome::kTrap) goto trap; \
      goto pending;                                \
    }                                              \
    if (UNLIKELY(leave_block_)) goto leave;        \
    if (UNLIKELY(charged_ != 0)) goto charged;     \
  } while (0)

#define ENTER(next_block)                          \
  do {                                             \
    block = (next_block);                          \
    remaining -= block->count;                     \
    if (UNLIKELY(remaining < 0)) goto over_budget; \
    op = block->ops;                               \
    goto * op->label;                              \
  } while (0)

// Goes on at a target known at decode time, through the link if it is still good.
#define FOLLOW(link_name, target)                            \
  do {                                                       \
    if (LIKELY(block->link_name.context == link_context_)) { \
      ENTER(block->link_name.block);                         \
    }                                                        \
    pc_ = (target);                                          \
    link = &block->link_name;                                \
    goto follow;                                             \
  } while (0)

#define ALU(name, expression) \
  OP(name) {                  \
    RD = (expression);        \
    NEXT();                   \
  }
#define BRANCH(name, condition)                    \
  OP(name) {                                       \
    if (condition) FOLLOW(taken, PC_OF(op) + IMM); \
    FOLLOW(next, block->pc + block->bytes);        \
  }
#define LOAD(name, type, convert)                                                         \
  OP(name) {                                                                              \
    const Addr va = RS1 + IMM;                                                            \
    const TlbEntry& entry = tlb_.load(va);                                                \
    if (LIKELY(entry.tag == (((va + sizeof(type) - 1) & ~Tlb::kPageMask) | load_key_))) { \
      type value;                                                                         \
      std::memcpy(&value, host_pointer(va + entry.addend), sizeof value);                 \
      RD = static_cast<uint64_t>(convert{value});                                         \
      NEXT();                                                                             \
    }                                                                                     \
    SYNC();                                                                               \
    uint64_t loaded = 0;                                                                  \
    const Outcome outcome = load_slow(va, sizeof(type), loaded);                          \
    if (outcome == Outcome::kDone) {                                                      \
      RD = static_cast<uint64_t>(convert{static_cast<type>(loaded)});                     \
    }                                                                                     \
    AFTER_SLOW(outcome);                                                                  \
    NEXT();                                                                               \
  }
#define STORE(name, type)                                                                 \
  OP(name) {                                                                              \
    const Addr va = RS1 + IMM;                                                            \
    const TlbEntry& entry = tlb_.store(va);                                               \
    if (LIKELY(entry.tag == (((va + sizeof(type) - 1) & ~Tlb::kPageMask) | load_key_))) { \
      const auto value = static_cast<type>(RS2);                                          \
      std::memcpy(host_pointer(va + entry.addend), &value, sizeof value);                 \
      NEXT();                                                                             \
    }                                                                                     \
    SYNC();                                                                               \
    AFTER_SLOW(store_slow(va, sizeof(type), RS2));                                        \
    NEXT();                                                                               \
  }
#define FP_LOAD(name, type, boxed)                                                        \
  OP(name) {                                                                              \
    const Addr va = RS1 + IMM;                                                            \
    const TlbEntry& entry = tlb_.load(va);                                                \
    uint64_t value = 0;                                                                   \
    if (LIKELY(fp_dirty_ &&                                                               \
               entry.tag == (((va + sizeof(type) - 1) & ~Tlb::kPageMask) | load_key_))) { \
      std::memcpy(&value, host_pointer(va + entry.addend), sizeof(type));                 \
      f[op->rd] = boxed;                                                                  \
      NEXT();                                                                             \
    }                                                                                     \
    SYNC();                                                                               \
    if ((mstatus_ & mstatus::kFs) == 0) goto fp_off;                                      \
    const Outcome outcome = load_slow(va, sizeof(type), value);                           \
    if (outcome == Outcome::kDone) {                                                      \
      enter_fp();                                                                         \
      f[op->rd] = boxed;                                                                  \
    }                                                                                     \
    AFTER_SLOW(outcome);                                                                  \
    NEXT();                                                                               \
  }
#define FP_STORE(name, type)                                                              \
  OP(name) {                                                                              \
    const Addr va = RS1 + IMM;                                                            \
    const TlbEntry& entry = tlb_.store(va);                                               \
    const auto value = static_cast<type>(f[op->rs2]);                                     \
    if (LIKELY(fp_dirty_ &&                                                               \
               entry.tag == (((va + sizeof(type) - 1) & ~Tlb::kPageMask) | load_key_))) { \
      std::memcpy(host_pointer(va + entry.addend), &value, sizeof value);                 \
      NEXT();                                                                             \
    }                                                                                     \
    SYNC();                                                                               \
    if ((mstatus_ & mstatus::kFs) == 0) goto fp_off;                                      \
    AFTER_SLOW(store_slow(va, sizeof(type), value));                                      \
    NEXT();                                                                               \
  }
#define FP(name, target, expression) \
  OP(name) {                         \
    if (LIKELY(fp_fast_)) {          \
      f[op->target] = (expression);  \
      NEXT();                        \
    }                                \
    goto fp_slow;                    \
  }
#define RS3 f[RAW >> 27]
#define FMA(name, a_sign, c_sign)                                                                 \
  OP(name##_d) {                                                                                  \
    if (LIKELY(fp_fast_ && fma)) {                                                                \
      const uint64_t a = f[op->rs1] ^ (uint64_t{a_sign} << 63), b = f[op->rs2],                   \
                     c = RS3 ^ (uint64_t{c_sign} << 63);                                          \
      const uint64_t result = canonical(host_fpu::fma(to_double(a), to_double(b), to_double(c))); \
      if (LIKELY(result != 0x7ff8'0000'0000'0000u)) {                                             \
        f[op->rd] = result;                                                                       \
        NEXT();                                                                                   \
      }                                                                                           \
    }                                                                                             \
    goto fp_slow;                                                                                 \
  }                                                                                               \
  OP(name##_s) {                                                                                  \
    if (LIKELY(fp_fast_ && fma)) {                                                                \
      const float a = unbox(f[op->rs1]), b = unbox(f[op->rs2]), c = unbox(RS3);                   \
      const uint64_t result = box(host_fpu::fma(a_sign ? -a : a, b, c_sign ? -c : c));            \
      if (LIKELY(static_cast<uint32_t>(result) != 0x7fc0'0000u)) {                                \
        f[op->rd] = result;                                                                       \
        NEXT();                                                                                   \
      }                                                                                           \
    }                                                                                             \
    goto fp_slow;                                                                                 \
  }

// With labels != null only hands out the jump table, which exists nowhere else.
StopReason Hart::interpret(const void* const** labels) {
  static const void* const kLabels[] = {
#define CVP_OP_LABEL(name) &&L_##name,
      CVP_HART_OPS(CVP_OP_LABEL)
#undef CVP_OP_LABEL
  };
  if (labels != nullptr) {
    *labels = kLabels;
    return StopReason::kQuantum;
  }

  static const bool fma = host_fpu::has_fma();
  uint64_t* const x = x_.data();
  uint64_t* const f = f_.data();
  Block* block = nullptr;
  const Op* op = nullptr;
  BlockLink* link = nullptr;
  int64_t remaining = remaining_;

dispatch:
  link = nullptr;
  leave_block_ = false;
  remaining_ = remaining;
  if (!replaying() && take_interrupt()) {
    --remaining;
    ++stolen_;
  }
follow : {
  if (UNLIKELY(leave_block_)) goto dispatch;
  if (remaining <= 0) {
    remaining_ = remaining;
    return StopReason::kQuantum;
  }
  if (block == &scratch_) link = nullptr;
  // A loop that only loads has no link to itself and gives way after a number of rounds.
  const bool rounds = link != nullptr && block->spins && pc_ == block->pc;
  if (!rounds) {
    spin_count_ = 0;
  } else if (++spin_count_ >= params_.spin_rounds) {
    spin_count_ = 0;
    remaining_ = remaining;
    return StopReason::kSpin;
  }
  BlockCache::Jump& jump = blocks_.jump(pc_);
  Block* found = jump.link.block;
  if (jump.pc != pc_ || jump.link.context != link_context_) {
    remaining_ = remaining;
    const std::uint64_t inserted = blocks_.clears();
    const Outcome outcome = find_block(found);
    if (outcome == Outcome::kTrap) goto fetch_trap;
    if (outcome == Outcome::kPending) return StopReason::kBusPending;
    if (blocks_.clears() != inserted) link = nullptr;  // The block it is in is gone.
    if (found != &scratch_) {
      blocks_.jump(pc_) = {pc_, {found, link_context_}};
    } else {
      link = nullptr;
    }
  }
  if (link != nullptr && !rounds) *link = {found, link_context_};
  ENTER(found);
}

over_budget:
  // Only the first instructions of the block fit; they run from a copy.
  remaining += block->count;
  if (remaining == 0) {
    pc_ = block->pc;
    remaining_ = 0;
    return StopReason::kQuantum;
  }
  block = truncate(*block, static_cast<uint64_t>(remaining));
  remaining = 0;
  op = block->ops;
  goto * op->label;

trap:
  pc_ = PC_OF(op);
fetch_trap:
  // What trapped does not retire but takes its time, so that traps in a loop end too.
  remaining = remaining_ - 1;
  ++stolen_;
  log_.clear();
  take_trap();
  goto dispatch;

pending:
  pc_ = PC_OF(op);
  return StopReason::kBusPending;

charged:
  // Slow memory has used up some of the budget.
  if (remaining >= charged_ && op + 1 < block->ops + block->count) {
    remaining -= charged_;
    stolen_ += charged_;
    charged_ = 0;
    NEXT();
  }
leave:
  // `op` is done; what follows it in the block is looked up again.
  remaining = remaining_ - 1 - charged_;
  stolen_ += charged_;
  charged_ = 0;
  pc_ = block->pc + (op + 1 < block->ops + block->count ? 2 * Addr{op[1].offset} : block->bytes);
  if (UNLIKELY(sc_failed_)) {
    sc_failed_ = false;
    remaining_ = remaining;
    return StopReason::kScFailed;
  }
  goto dispatch;

fp_slow:
  SYNC();
  AFTER_SLOW(execute_fp(RAW));
  NEXT();

  // clang-format off
  ALU(lui, IMM)
  ALU(auipc, PC_OF(op) + IMM)
  ALU(li, IMM)
  ALU(mv, RS1)
  ALU(addi, RS1 + IMM)
  ALU(slti, as_signed(RS1) < int64_t{op->imm})
  ALU(sltiu, RS1 < IMM)
  ALU(xori, RS1 ^ IMM)
  ALU(ori, RS1 | IMM)
  ALU(andi, RS1 & IMM)
  ALU(slli, RS1 << op->imm)
  ALU(srli, RS1 >> op->imm)
  ALU(srai, static_cast<uint64_t>(as_signed(RS1) >> op->imm))
  ALU(add, RS1 + RS2)
  ALU(sub, RS1 - RS2)
  ALU(sll, RS1 << (RS2 & 63))
  ALU(slt, as_signed(RS1) < as_signed(RS2))
  ALU(sltu, RS1 < RS2)
  ALU(xor_, RS1 ^ RS2)
  ALU(srl, RS1 >> (RS2 & 63))
  ALU(sra, static_cast<uint64_t>(as_signed(RS1) >> (RS2 & 63)))
  ALU(or_, RS1 | RS2)
  ALU(and_, RS1 & RS2)
  ALU(addiw, sign32(RS1 + IMM))
  ALU(slliw, sign32(RS1 << op->imm))
  ALU(srliw, sign32(static_cast<uint32_t>(RS1) >> op->imm))
  ALU(sraiw, sign32(static_cast<uint64_t>(static_cast<int32_t>(RS1) >> op->imm)))
  ALU(addw, sign32(RS1 + RS2))
  ALU(subw, sign32(RS1 - RS2))
  ALU(sllw, sign32(RS1 << (RS2 & 31)))
  ALU(srlw, sign32(static_cast<uint32_t>(RS1) >> (RS2 & 31)))
  ALU(sraw, sign32(static_cast<uint64_t>(static_cast<int32_t>(RS1) >> (RS2 & 31))))
  ALU(mul, RS1 * RS2)
  ALU(mulh, static_cast<uint64_t>((Int128{as_signed(RS1)} * as_signed(RS2)) >> 64))
  ALU(mulhsu, static_cast<uint64_t>((Int128{as_signed(RS1)} * static_cast<Int128>(RS2)) >> 64))
  ALU(mulhu, static_cast<uint64_t>((Uint128{RS1} * RS2) >> 64))
  ALU(div, divide(RS1, RS2))
  ALU(divu, RS2 == 0 ? ~uint64_t{0} : RS1 / RS2)
  ALU(rem, remainder(RS1, RS2))
  ALU(remu, RS2 == 0 ? RS1 : RS1 % RS2)
  ALU(mulw, sign32(RS1 * RS2))
  ALU(divw, divide32(RS1, RS2))
  ALU(divuw, divide_unsigned32(RS1, RS2))
  ALU(remw, remainder32(RS1, RS2))
  ALU(remuw, remainder_unsigned32(RS1, RS2))

  LOAD(lb, std::int8_t, int64_t)
  LOAD(lh, std::int16_t, int64_t)
  LOAD(lw, std::int32_t, int64_t)
  LOAD(ld, std::int64_t, int64_t)
  LOAD(lbu, std::uint8_t, uint64_t)
  LOAD(lhu, std::uint16_t, uint64_t)
  LOAD(lwu, std::uint32_t, uint64_t)
  STORE(sb, std::uint8_t)
  STORE(sh, std::uint16_t)
  STORE(sw, std::uint32_t)
  STORE(sd, std::uint64_t)

  BRANCH(beq, RS1 == RS2)
  BRANCH(bne, RS1 != RS2)
  BRANCH(blt, as_signed(RS1) < as_signed(RS2))
  BRANCH(bge, as_signed(RS1) >= as_signed(RS2))
  BRANCH(bltu, RS1 < RS2)
  BRANCH(bgeu, RS1 >= RS2)
  // clang-format on

  OP(nop) OP(fence) { NEXT(); }
  OP(jal) {
    RD = block->pc + block->bytes;
    FOLLOW(taken, PC_OF(op) + IMM);
  }
  OP(jalr) {
    const Addr target = (RS1 + IMM) & ~Addr{1};
    RD = block->pc + block->bytes;
    const BlockCache::Jump& jump = blocks_.jump(target);
    if (LIKELY(jump.pc == target && jump.link.context == link_context_)) ENTER(jump.link.block);
    pc_ = target;
    link = nullptr;
    goto follow;
  }
  OP(end) { FOLLOW(next, block->pc + block->bytes); }

  // Atomics.
  OP(lr) {
    SYNC();
    AFTER_SLOW(load_reserved(RAW, RS1, op->rd));
    NEXT();
  }
  OP(sc) {
    SYNC();
    spin_count_ = 0;
    const Outcome outcome = store_conditional(RAW, RS1, RS2, op->rd);
    if (sc_failed_) leave_block_ = true;
    AFTER_SLOW(outcome);
    FOLLOW(next, block->pc + block->bytes);
  }
  OP(amo) {
    SYNC();
    AFTER_SLOW(atomic(RAW, RS1, RS2, op->rd));
    NEXT();
  }

  // Floating point.
  FP_LOAD(flw, uint32_t, kBox | value)
  FP_LOAD(fld, uint64_t, value)
  FP_STORE(fsw, uint32_t)
  FP_STORE(fsd, uint64_t)
  FP(fadd_s, rd, box(host_fpu::add(unbox(f[op->rs1]), unbox(f[op->rs2]))))
  FP(fsub_s, rd, box(host_fpu::sub(unbox(f[op->rs1]), unbox(f[op->rs2]))))
  FP(fmul_s, rd, box(host_fpu::mul(unbox(f[op->rs1]), unbox(f[op->rs2]))))
  FP(fdiv_s, rd, box(host_fpu::div(unbox(f[op->rs1]), unbox(f[op->rs2]))))
  FP(fsqrt_s, rd, box(host_fpu::sqrt(unbox(f[op->rs1]))))
  FP(fadd_d, rd, canonical(host_fpu::add(to_double(f[op->rs1]), to_double(f[op->rs2]))))
  FP(fsub_d, rd, canonical(host_fpu::sub(to_double(f[op->rs1]), to_double(f[op->rs2]))))
  FP(fmul_d, rd, canonical(host_fpu::mul(to_double(f[op->rs1]), to_double(f[op->rs2]))))
  FP(fdiv_d, rd, canonical(host_fpu::div(to_double(f[op->rs1]), to_double(f[op->rs2]))))
  FP(fsqrt_d, rd, canonical(host_fpu::sqrt(to_double(f[op->rs1]))))
  // A NaN takes the slow path as well: zero times infinity plus a quiet NaN is invalid here only.
  FMA(fmadd, 0, 0)
  FMA(fmsub, 0, 1)
  FMA(fnmsub, 1, 0)
  FMA(fnmadd, 1, 1)
  OP(fsgnj_d) {
    if (UNLIKELY(!fp_dirty_)) goto fp_slow;
    constexpr uint64_t kSign = uint64_t{1} << 63;
    f[op->rd] = (f[op->rs1] & ~kSign) | (f[op->rs2] & kSign);
    NEXT();
  }
  OP(fmv_x_d) {
    if (UNLIKELY(!fp_dirty_)) goto fp_slow;
    RD = f[op->rs1];
    NEXT();
  }
  OP(fmv_d_x) {
    if (UNLIKELY(!fp_dirty_)) goto fp_slow;
    f[op->rd] = RS1;
    NEXT();
  }
  OP(fp) { goto fp_slow; }

  // System. All of these end their block.
  OP(fence_i) {
    ++code_epoch_;
    link_context_ = ++link_generation_ << 2 | static_cast<uint64_t>(privilege_);
    FOLLOW(next, block->pc + block->bytes);
  }
  OP(pause) {
    pc_ = block->pc + block->bytes;
    remaining_ = remaining;
    return StopReason::kPause;
  }
  OP(csr) {
    SYNC();
    AFTER_SLOW(execute_csr(RAW, op->rd, op->rs1));
    FOLLOW(next, block->pc + block->bytes);
  }
  OP(ecall) {
    SYNC();
    raise(static_cast<Cause>(8 + static_cast<unsigned>(privilege_)), 0);
    goto trap;
  }
  OP(ebreak) {
    SYNC();
    raise(Cause::kBreakpoint, PC_OF(op));
    goto trap;
  }
  OP(illegal) {
    SYNC();
    illegal(RAW);
    goto trap;
  }
  OP(mret) OP(sret) {
    SYNC();
    if (trap_return(RAW, RAW == 0x3020'0073) == Outcome::kTrap) goto trap;
    goto dispatch;
  }
  OP(wfi) {
    SYNC();
    bool stops = false;
    if (wait_for_interrupt(RAW, stops) == Outcome::kTrap) goto trap;
    pc_ = block->pc + block->bytes;
    if (!stops) goto dispatch;
    remaining_ = remaining;
    return StopReason::kWfi;
  }
  OP(sfence_vma) {
    SYNC();
    if (fence_translations(RAW) == Outcome::kTrap) goto trap;
    pc_ = block->pc + block->bytes;
    goto dispatch;
  }

fp_off:
  illegal(raw_bits(*block, *op));
  goto trap;
}

}  // namespace cvp
