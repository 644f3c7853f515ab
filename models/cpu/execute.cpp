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
// The handlers are in execute_*.inc, by concept; labels can only be jumped to within one function.
//
// `remaining` is the budget after the whole block. Before `op` it is remaining + count - index,
// which SYNC() stores for the slow paths.
#include <cstring>

#include "models/cpu/arithmetic.h"
#include "models/cpu/bit_manipulation.h"
#include "models/cpu/decode.h"
#include "models/cpu/execute_macros.h"
#include "models/cpu/execute_steps.h"
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

// With labels != null only hands out the jump table, which exists nowhere else.
StopReason Hart::interpret(const void* const** labels) {
  static const void* const kLabels[] = {
#define CVP_OP_LABEL(name) &&L_##name,
      CVP_HART_OPS(CVP_OP_LABEL)
#undef CVP_OP_LABEL
#define CVP_PAIR_LABEL(first, second) &&L_##first##_##second,
          CVP_PAIRS(CVP_PAIR_LABEL)
#undef CVP_PAIR_LABEL
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
  remaining = --remaining_;
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
  if (UNLIKELY(watch_hit_.has_value())) {
    remaining_ = remaining;
    return StopReason::kStopped;
  }
  goto dispatch;

fp_slow:
  SYNC();
  AFTER_SLOW(execute_fp(RAW));
  NEXT();

  // What runs most comes first, for the host's caches.
  // clang-format off
#include "models/cpu/execute_integer.inc"
#include "models/cpu/execute_memory.inc"
#include "models/cpu/execute_pairs.inc"
#include "models/cpu/execute_bits.inc"
#include "models/cpu/execute_float.inc"
#include "models/cpu/execute_system.inc"
#include "models/cpu/execute_probe.inc"
  // clang-format on

fp_off:
  illegal(raw_bits(*block, *op));
  goto trap;
}

}  // namespace cvp
