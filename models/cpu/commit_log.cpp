// SPDX-License-Identifier: Apache-2.0
//
// An instruction is noted before it runs and logged when the next one is about to, or when the hart
// traps or its turn ends: then its results are in the registers. The accrued exceptions are taken
// away meanwhile, because Spike logs fflags when an instruction raises any, new or not.
#include "models/cpu/commit_log.h"

#include "models/cpu/csr_names.h"
#include "models/cpu/decode.h"
#include "models/cpu/hart.h"
#include "models/cpu/memory_access.h"

namespace cvp {
namespace {

/// Major opcodes. [UNPRIV: RV32/64G Instruction Set Listings]
enum Opcode : std::uint32_t {
  kLoad = 0x03,
  kLoadFp = 0x07,
  kMiscMem = 0x0f,
  kOpImm = 0x13,
  kAuipc = 0x17,
  kOpImm32 = 0x1b,
  kStore = 0x23,
  kStoreFp = 0x27,
  kAmo = 0x2f,
  kOp = 0x33,
  kLui = 0x37,
  kOp32 = 0x3b,
  kMadd = 0x43,
  kMsub = 0x47,
  kNmsub = 0x4b,
  kNmadd = 0x4f,
  kOpFp = 0x53,
  kJalr = 0x67,
  kJal = 0x6f,
  kSystem = 0x73,
};
constexpr std::uint32_t kSret = 0x1020'0073, kMret = 0x3020'0073;
constexpr unsigned kLoadReserved = 2, kStoreConditional = 3;  // Bits 31 to 27 of AMO.
constexpr std::uint32_t kZeroBlock = 0x0040'200f, kCacheBlockMask = 0xfff0'7fff;
constexpr unsigned kCacheBlock = 64;
constexpr std::size_t kFlushAt = 1 << 16;

std::uint32_t opcode(std::uint32_t word) { return word & 0x7f; }
unsigned destination(std::uint32_t word) { return word >> 7 & 31; }
unsigned source1(std::uint32_t word) { return word >> 15 & 31; }
unsigned source2(std::uint32_t word) { return word >> 20 & 31; }
unsigned access_bytes(std::uint32_t word) { return 1u << (word >> 12 & 3); }
unsigned csr_of(std::uint32_t word) { return word >> 20; }

bool is_fp(std::uint32_t word) { return opcode(word) >= kMadd && opcode(word) <= kOpFp; }
bool is_store(std::uint32_t word) { return opcode(word) == kStore || opcode(word) == kStoreFp; }
bool is_csr_access(std::uint32_t word) { return opcode(word) == kSystem && (word >> 12 & 3) != 0; }
bool writes_csr(std::uint32_t word) {
  return is_csr_access(word) && ((word >> 12 & 3) == 1 || source1(word) != 0);
}

bool writes_f(std::uint32_t word) {
  if (opcode(word) == kLoadFp) return true;
  if (opcode(word) != kOpFp) return is_fp(word);
  const unsigned operation = word >> 27;  // Comparisons, conversions and moves to x.
  return operation != 0x14 && operation != 0x18 && operation != 0x1c;
}

bool writes_x(std::uint32_t word) {
  switch (opcode(word)) {
    case kLoad:
    case kOpImm:
    case kAuipc:
    case kOpImm32:
    case kAmo:
    case kOp:
    case kLui:
    case kOp32:
    case kJalr:
    case kJal:
      return true;
    case kOpFp:
      return !writes_f(word);
    default:
      return is_csr_access(word);
  }
}

std::int64_t offset(std::uint32_t word) {
  const auto high = static_cast<std::int32_t>(word) >> 20;
  if (opcode(word) == kLoad || opcode(word) == kLoadFp) return high;
  if (is_store(word)) return (high & ~31) | static_cast<std::int32_t>(destination(word));
  return 0;
}

bool fs_dirty(const Hart& hart) {
  std::uint64_t value = 0;
  hart.peek_csr(kCsrMstatus, value);
  return (value & mstatus::kFs) == mstatus::kFs;
}

std::string prefix(unsigned hart) {
  const std::string number = std::to_string(hart);
  return "core" + std::string(number.size() < 4 ? 4 - number.size() : 0, ' ') + number + ": ";
}

}  // namespace

CommitLog::CommitLog(unsigned hart, Range range, Sink sink)
    : range_(range), sink_(std::move(sink)), prefix_(prefix(hart)) {}

bool CommitLog::wants(Addr, const Instruction&) const { return active_; }

void CommitLog::turn_begins(Hart& hart, std::uint64_t max_instructions) {
  const std::uint64_t done = hart.instructions();
  const bool active = done < range_.last && range_.first <= done + max_instructions;
  if (active == active_) return;
  active_ = active;
  hart.probes_changed();
}

HartProbe::Verdict CommitLog::before(Hart& hart, const ProbedInstruction& instruction) {
  finish(hart);
  const std::uint64_t number = instruction.number + 1;
  if (number < range_.first || number > range_.last) return Verdict::kExecute;
  started_ = true;
  now_ = instruction;
  word_ = instruction.decoded.length == 2
              ? expand_compressed(static_cast<std::uint16_t>(instruction.bits))
              : instruction.bits;
  address_ = hart.x(source1(word_)) + static_cast<std::uint64_t>(offset(word_));
  operand_ = opcode(word_) == kStoreFp ? hart.f(source2(word_)) : hart.x(source2(word_));
  privilege_ = static_cast<unsigned>(hart.privilege());
  was_dirty_ = fs_dirty(hart);
  if (is_fp(word_)) {
    flags_ = hart.fp_flags();
    hart.set_fp_flags(0);
  }
  return Verdict::kExecute;
}

void CommitLog::trapping(Hart& hart, std::uint64_t, bool) { finish(hart); }

void CommitLog::turn_ends(Hart& hart) {
  finish(hart);
  if (!text_.empty()) sink_(text_);
  text_.clear();
}

void CommitLog::finish(Hart& hart) {
  if (!started_) return;
  started_ = false;
  if (hart.retired() > now_.number) print(hart);
  if (is_fp(word_)) hart.set_fp_flags(hart.fp_flags() | flags_);
  if (text_.size() < kFlushAt) return;
  sink_(text_);
  text_.clear();
}

void CommitLog::print(const Hart& hart) {
  text_ += prefix_;
  text_ += static_cast<char>('0' + privilege_);
  text_ += ' ';
  print_value(now_.pc, 8);
  text_ += " (";
  print_value(now_.bits, now_.decoded.length);
  text_ += ')';
  Writes writes;
  add_destination(hart, writes);
  if (writes_csr(word_)) add_csr(hart, csr_of(word_), writes);
  if (word_ == kMret || word_ == kSret) add_csr(hart, kCsrMstatus, writes);
  if (is_fp(word_) && hart.fp_flags() != 0) {
    writes[kCsrFflags << 4 | kCsr] = hart.fp_flags() | flags_;
  }
  if (!was_dirty_ && fs_dirty(hart)) add_csr(hart, kCsrMstatus, writes);
  for (const auto& [key, value] : writes) {
    const unsigned number = key >> 4, kind = key & 15;
    const std::string decimal = std::to_string(number);
    text_ += ' ';
    text_ += kind == kX ? 'x' : kind == kF ? 'f' : 'c';
    text_ += kind == kCsr ? decimal + '_' + csr_name(number) : decimal;
    if (kind != kCsr && number < 10) text_ += ' ';
    text_ += ' ';
    print_value(value, 8);
  }
  print_memory(hart);
  text_ += '\n';
}

void CommitLog::add_destination(const Hart& hart, Writes& writes) const {
  const unsigned rd = destination(word_);
  if (writes_f(word_)) {
    writes[rd << 4 | kF] = hart.f(rd);
  } else if (writes_x(word_) && rd != 0) {
    writes[rd << 4 | kX] = hart.x(rd);
  }
}

// Views are logged as what they show; registers that are read-only zero take no write.
void CommitLog::add_csr(const Hart& hart, unsigned number, Writes& writes) const {
  const auto add = [&](unsigned real) {
    std::uint64_t value = 0;
    if (hart.peek_csr(real, value)) writes[real << 4 | kCsr] = value;
  };
  if (Hart::csr_is_zero(number)) return;
  switch (number) {
    case kCsrFcsr:
      add(kCsrFflags);
      return add(kCsrFrm);
    case kCsrSstatus:
      return add(kCsrMstatus);
    case kCsrSie:
      return add(kCsrMie);
    case kCsrSip:
      return add(kCsrMip);
    default:
      return add(number);
  }
}

void CommitLog::print_memory(const Hart& hart) {
  if (opcode(word_) == kLoad || opcode(word_) == kLoadFp) return print_load();
  if (is_store(word_)) return print_store(address_, operand_, access_bytes(word_));
  if ((word_ & kCacheBlockMask) == kZeroBlock) {
    const Addr base = address_ & ~Addr{kCacheBlock - 1};
    for (unsigned i = 0; i < kCacheBlock; ++i) print_store(base + i, 0, 1);
    return;
  }
  if (opcode(word_) != kAmo) return;
  const unsigned function = word_ >> 27, rd = destination(word_), bytes = access_bytes(word_);
  const std::uint64_t result = hart.x(rd == 0 ? kSinkRegister : rd);
  if (function == kStoreConditional) {
    if (result == 0) print_store(address_, operand_, bytes);
    return;
  }
  print_load();
  if (function == kLoadReserved) return;
  print_store(address_, apply_rmw(amo_function(word_), result, operand_, 0, bytes), bytes);
}

void CommitLog::print_load() {
  text_ += " mem ";
  print_value(address_, 8);
}

void CommitLog::print_store(Addr address, std::uint64_t value, unsigned bytes) {
  text_ += " mem ";
  print_value(address, 8);
  text_ += ' ';
  print_value(value, bytes);
}

void CommitLog::print_value(std::uint64_t value, unsigned bytes) {
  text_ += "0x";
  for (unsigned shift = 8 * bytes; shift != 0; shift -= 4) {
    text_ += "0123456789abcdef"[value >> (shift - 4) & 15];
  }
}

}  // namespace cvp
