// SPDX-License-Identifier: Apache-2.0
//
// From pc_ to a decoded block: translation of the fetch, look-up, check against memory, decoding.
// Code that cannot be granted, or whose page is not uniform under PMP, runs one instruction at a
// time from the scratch block and is fetched again each time.
#include <cstring>

#include "models/cpu/decode.h"
#include "models/cpu/hart.h"

namespace cvp {
namespace {

using enum OpKind;

bool between(OpKind kind, OpKind first, OpKind last) { return kind >= first && kind <= last; }

/// What a decoded block must look like to be a spin loop: loads and arithmetic whose sources do not
/// come from an earlier round, ending in a jump to the start. Then only memory can end it.
class SpinCheck {
 public:
  void add(const Instruction& i) {
    const bool reads_two = between(i.kind, k_add, k_and_) || between(i.kind, k_addw, k_sraw) ||
                           between(i.kind, k_mul, k_remuw) || between(i.kind, k_beq, k_bgeu) ||
                           between(i.kind, k_add_uw, k_czero_nez);
    const bool reads_one = reads_two || between(i.kind, k_lb, k_lwu) ||
                           between(i.kind, k_addi, k_srai) || between(i.kind, k_addiw, k_sraiw) ||
                           between(i.kind, k_slli_uw, k_bseti) || i.kind == k_mv;
    const bool reads_none = i.kind == k_lui || i.kind == k_auipc || i.kind == k_li ||
                            i.kind == k_nop || i.kind == k_fence || i.kind == k_jal;
    possible_ = possible_ && (reads_one || reads_none);
    if (reads_one) read(i.rs1);
    if (reads_two) read(i.rs2);
    if (!between(i.kind, k_beq, k_bgeu) && i.rd != kSinkRegister) written_ |= 1ull << i.rd;
    last_ = i;
  }
  bool spins(Addr last_offset) const {
    const bool jumps = between(last_.kind, k_beq, k_bgeu) || last_.kind == k_jal;
    return possible_ && jumps && (read_first_ & written_) == 0 &&
           static_cast<std::int64_t>(last_offset) + last_.imm == 0;
  }

 private:
  void read(unsigned reg) {
    if ((written_ >> reg & 1) == 0) read_first_ |= 1ull << reg;
  }
  std::uint64_t written_ = 0, read_first_ = 0;
  bool possible_ = true;
  Instruction last_;
};

/// The kind that checks the alignment first.
OpKind checked(OpKind kind) {
  switch (kind) {
    // clang-format off
    case k_lh: return k_lh_checked;
    case k_lw: return k_lw_checked;
    case k_ld: return k_ld_checked;
    case k_lhu: return k_lhu_checked;
    case k_lwu: return k_lwu_checked;
    case k_sh: return k_sh_checked;
    case k_sw: return k_sw_checked;
    case k_sd: return k_sd_checked;
    case k_flh: return k_flh_checked;
    case k_flw: return k_flw_checked;
    case k_fld: return k_fld_checked;
    case k_fsh: return k_fsh_checked;
    case k_fsw: return k_fsw_checked;
    case k_fsd: return k_fsd_checked;
    default: return kind;
      // clang-format on
  }
}

std::uint32_t half_word(const std::uint8_t* code) {
  return static_cast<std::uint32_t>(code[0] | code[1] << 8);
}

std::uint32_t instruction_at(const std::uint8_t* code) {
  const std::uint32_t low = half_word(code);
  return instruction_length(low) == 4 ? low | half_word(code + 2) << 16 : low;
}

}  // namespace

const void* Hart::label(OpKind kind) const {
  return labels_[static_cast<unsigned>(params_.misaligned_traps ? checked(kind) : kind)];
}

/// The handler of an instruction that is not part of a pair.
const void* Hart::own_label(Addr pc, const Instruction& i) const {
  const bool probed = i.kind != k_end && is_probed(pc, i);
  return label(probed ? k_probed : i.kind);
}

void Hart::emit(const Instruction& i, Addr offset) {
  draft_ops_.push_back({own_label(pc_ + offset, i), i.rd, i.rs1, i.rs2,
                        static_cast<std::uint8_t>(offset / 2), i.imm});
}

/// Ends the draft with a jump to what follows, unless its last instruction is a jump.
void Hart::close(Block& block, OpKind last) {
  block.count = static_cast<std::uint32_t>(draft_ops_.size());
  if (!ends_block(last)) emit({.kind = k_end}, block.bytes);
  block.ops = draft_ops_.data();
  block.epoch = code_epoch_;
}

Hart::Outcome Hart::translate_fetch(Addr va, Addr& physical, const std::uint8_t*& host) {
  const unsigned context = privilege_ == Privilege::kMachine ? 0
                           : privilege_ == Privilege::kUser  ? 1
                                                             : 4;
  const std::uint64_t tag = (va & ~Tlb::kPageMask) | tlb_.key(context);
  FetchTlbEntry& entry = tlb_.fetch(va);
  if (entry.tag == tag) {
    physical = entry.physical | (va & Tlb::kPageMask);
    host = host_pointer(va + entry.addend);
    return Outcome::kDone;
  }
  const Outcome outcome = translate(va, Access::kFetch, privilege_, physical);
  if (outcome != Outcome::kDone) return outcome;
  if (!pmp_.allows(physical, 2, Access::kFetch, privilege_)) {
    return access_fault(va, Access::kFetch);
  }
  host = nullptr;
  const Addr base = physical & ~Tlb::kPageMask;
  const HostPage* page = bus_.grant(physical);
  if (page == nullptr || !page->readable || base < page->base || page->size <= Tlb::kPageMask ||
      base - page->base > page->size - (Tlb::kPageMask + 1) ||
      !pmp_.uniform(base, Tlb::kPageMask + 1)) {
    return Outcome::kDone;
  }
  host = page->host + (physical - page->base);
  entry = {tag, reinterpret_cast<std::uint64_t>(host) - va, base};
  return Outcome::kDone;
}

Hart::Outcome Hart::find_block(Block*& out) {
  Addr physical = 0;
  const std::uint8_t* host = nullptr;
  const Outcome outcome = translate_fetch(pc_, physical, host);
  if (outcome != Outcome::kDone) return outcome;
  tlb_.note_code(pc_);
  if (host == nullptr) return fetch_from_bus(physical, out);
  if ((pc_ & Tlb::kPageMask) == Tlb::kPageMask - 1 && instruction_length(half_word(host)) == 4) {
    return straddling_block(host, physical, out);
  }
  Block* block = blocks_.find(physical, pc_);
  if (block != nullptr && block->epoch != code_epoch_) {
    if (std::memcmp(block->code, host, block->bytes) == 0) {
      block->epoch = code_epoch_;
    } else {
      block = nullptr;
    }
  }
  if (block != nullptr) {
    out = block;
    return Outcome::kDone;
  }
  return decode_block(physical, host, out);
}

Hart::Outcome Hart::decode_block(Addr physical, const std::uint8_t* code, Block*& out) {
  const Addr room = Tlb::kPageMask + 1 - (pc_ & Tlb::kPageMask);
  Block draft;
  draft.pc = pc_;
  draft.physical = physical;
  draft.code = code;
  draft_ops_.clear();
  SpinCheck spin;
  OpKind last = k_nop, alone = k_illegal;  // `alone`: the last one if it is not in a pair.
  Addr offset = 0, last_offset = 0;
  while (draft_ops_.size() < BlockCache::kMaxOps && offset < room && !ends_block(last)) {
    if (instruction_length(half_word(code + offset)) == 4 && offset + 4 > room) break;
    const Instruction instruction = decode(instruction_at(code + offset), params_.isa);
    // What a probe wants to see, or checks its alignment, has a handler of its own.
    const bool plain = !params_.misaligned_traps && !is_probed(pc_ + offset, instruction);
    const OpKind pair = plain ? pair_of(alone, instruction.kind) : k_illegal;
    if (pair != k_illegal) draft_ops_.back().label = label(pair);
    alone = plain && pair == k_illegal ? instruction.kind : k_illegal;
    emit(instruction, offset);
    spin.add(instruction);
    last = instruction.kind;
    last_offset = offset;
    offset += instruction.length;
  }
  draft.bytes = static_cast<std::uint32_t>(offset);
  draft.spins = spin.spins(last_offset);
  close(draft, last);
  if (blocks_.full()) blocks_.clear();
  out = blocks_.insert(draft, draft_ops_.size());
  ++statistics_.blocks_decoded;
  return Outcome::kDone;
}

/// A 32-bit instruction in the last two bytes of a page and the first two of the next. It is a
/// block of its own, compared with memory whenever it is looked up.
Hart::Outcome Hart::straddling_block(const std::uint8_t* first, Addr physical, Block*& out) {
  Addr physical2 = 0;
  const std::uint8_t* second = nullptr;
  const Outcome outcome = translate_fetch(pc_ + 2, physical2, second);
  if (outcome != Outcome::kDone) return outcome;
  tlb_.note_code(pc_ + 2);
  if (second == nullptr) return fetch_from_bus(physical, out);
  const std::uint32_t bits = half_word(first) | half_word(second) << 16;
  Block* block = blocks_.find(physical, pc_);
  if (block != nullptr && block->bytes == 4 && std::memcmp(block->code, &bits, 4) == 0) {
    out = block;
    return Outcome::kDone;
  }
  Block* draft = single_block(bits);
  draft->physical = physical;
  if (blocks_.full()) blocks_.clear();
  out = blocks_.insert(*draft, draft_ops_.size());
  ++statistics_.blocks_decoded;
  return Outcome::kDone;
}

Block* Hart::single_block(std::uint32_t bits) {
  const Instruction instruction = decode(bits, params_.isa);
  std::memcpy(scratch_code_.data(), &bits, 4);
  scratch_ = {};
  scratch_.pc = pc_;
  scratch_.bytes = instruction.length;
  scratch_.code = scratch_code_.data();
  draft_ops_.clear();
  emit(instruction, 0);
  close(scratch_, instruction.kind);
  scratch_ops_ = draft_ops_;
  scratch_.ops = scratch_ops_.data();
  return &scratch_;
}

Hart::Outcome Hart::fetch_from_bus(Addr physical, Block*& out) {
  std::uint64_t low = 0, high = 0;
  bool ok = false;
  if (physical_load(physical, 2, BusOp::kFetch, low, ok) == Outcome::kPending) {
    return Outcome::kPending;
  }
  if (!ok) return access_fault(pc_, Access::kFetch);
  if (instruction_length(static_cast<std::uint32_t>(low)) == 4) {
    Addr physical2 = physical + 2;
    if ((pc_ & Tlb::kPageMask) == Tlb::kPageMask - 1) {
      const Outcome outcome = translate(pc_ + 2, Access::kFetch, privilege_, physical2);
      if (outcome != Outcome::kDone) return outcome;
    }
    if (!pmp_.allows(physical2, 2, Access::kFetch, privilege_)) {
      return access_fault(pc_ + 2, Access::kFetch);
    }
    if (physical_load(physical2, 2, BusOp::kFetch, high, ok) == Outcome::kPending) {
      return Outcome::kPending;
    }
    if (!ok) return access_fault(pc_ + 2, Access::kFetch);
  }
  out = single_block(static_cast<std::uint32_t>(low | high << 16));
  return Outcome::kDone;
}

/// The first `count` instructions of a block, which then ends.
Block* Hart::truncate(const Block& block, std::uint64_t count) {
  scratch_ops_.assign(block.ops, block.ops + count);
  Op& last = scratch_ops_.back();  // It may be the first one of a pair.
  const Instruction instruction = decode(instruction_at(block.code + 2 * last.offset), params_.isa);
  last.label = own_label(block.pc + 2 * Addr{last.offset}, instruction);
  const Op& following = block.ops[count];
  const std::uint8_t offset = following.offset;
  scratch_ops_.push_back({labels_[static_cast<unsigned>(k_end)], 0, 0, 0, offset, 0});
  scratch_ = {};
  scratch_.pc = block.pc;
  scratch_.count = static_cast<std::uint32_t>(count);
  scratch_.bytes = 2u * offset;
  scratch_.code = block.code;
  scratch_.ops = scratch_ops_.data();
  return &scratch_;
}

}  // namespace cvp
