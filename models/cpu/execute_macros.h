// SPDX-License-Identifier: Apache-2.0
//
// What the handlers of the interpreter are written in; see execute.cpp. Included there only.
#pragma once

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

// Loads and stores that hit the TLB, in which an access that crosses pages never does.
#define TLB_HAS(entry, va, type) \
  ((entry).tag == ((((va) + sizeof(type) - 1) & ~Tlb::kPageMask) | load_key_))

#define ALU(name, expression) \
  OP(name) {                  \
    RD = (expression);        \
    NEXT();                   \
  }
