// SPDX-License-Identifier: Apache-2.0
#include "platform/call_profile.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "models/cpu/hart.h"

namespace cvp {
namespace {

using enum OpKind;

// A guest that calls for ever must not eat up the host.
constexpr std::size_t kMaxDepth = 256, kMaxNodes = 1 << 20, kMaxSuspended = 4096,
                      kMaxKnown = 1 << 20;
constexpr unsigned kRa = 1, kSp = 2, kT0 = 5;

/// Registers that hold a return address. [UNPRIV: Unconditional Jumps]
bool is_link(unsigned reg) { return reg == kRa || reg == kT0; }

std::string trap_name(std::uint64_t cause, bool is_interrupt) {
  static constexpr const char* kExceptions[] = {"fetch misaligned",
                                                "fetch fault",
                                                "illegal instruction",
                                                "breakpoint",
                                                "load misaligned",
                                                "load fault",
                                                "store misaligned",
                                                "store fault",
                                                "ecall from U",
                                                "ecall from S",
                                                "",
                                                "ecall from M",
                                                "fetch page fault",
                                                "load page fault",
                                                "",
                                                "store page fault"};
  static constexpr const char* kInterrupts[] = {
      "", "supervisor software interrupt", "", "machine software interrupt",
      "", "supervisor timer interrupt",    "", "machine timer interrupt",
      "", "supervisor external interrupt", "", "machine external interrupt"};
  const bool known = cause < (is_interrupt ? std::size(kInterrupts) : std::size(kExceptions));
  const std::string name =
      known ? is_interrupt ? kInterrupts[cause] : kExceptions[cause] : std::string();
  return "[" + (name.empty() ? fmt::format("trap {}", cause) : name) + "]";
}

}  // namespace

CallProfile::CallProfile(std::string root, const SymbolTable& symbols) : symbols_(symbols) {
  nodes_.push_back({std::move(root), 0, 0, {}});
  stack_.emplace_back();
}

// Jumps within a function tell nothing.
bool CallProfile::wants(Addr pc, const Instruction& i) const {
  if (i.kind == k_jalr || i.kind == k_mret || i.kind == k_sret) return true;
  if (i.kind != k_jal) return false;
  return is_link(i.rd) ||
         function_at(pc) != function_at(pc + static_cast<std::uint64_t>(std::int64_t{i.imm}));
}

HartProbe::Verdict CallProfile::before(Hart& hart, const ProbedInstruction& instruction) {
  settle(hart);
  correct(instruction.pc);
  const Instruction& i = instruction.decoded;
  number_ = instruction.number;
  back_ = instruction.pc + i.length;
  sp_ = hart.x(kSp);
  const Addr from = i.kind == k_jal ? instruction.pc : hart.x(i.rs1);
  target_ = (from + static_cast<std::uint64_t>(std::int64_t{i.imm})) & ~Addr{1};
  if (i.kind == k_mret || i.kind == k_sret) {
    hart.peek_csr(i.kind == k_mret ? kCsrMepc : kCsrSepc, target_);
  }
  event_ = i.kind == k_mret || i.kind == k_sret ? Event::kTrapReturn
           : is_link(i.rd)                      ? Event::kCall
           : i.kind == k_jalr && is_link(i.rs1) ? Event::kReturn
                                                : Event::kJump;
  return Verdict::kExecute;
}

void CallProfile::trapping(Hart& hart, std::uint64_t cause, bool is_interrupt) {
  settle(hart);
  correct(hart.pc());
  account(hart.retired());
  if (stack_.size() >= kMaxDepth) return;
  const std::size_t base = child(stack_.back().node, trap_name(cause, is_interrupt));
  stack_.push_back({base, base, hart.pc(), hart.x(kSp), true, SymbolTable::kNone});
}

void CallProfile::turn_ends(Hart& hart) {
  settle(hart);
  correct(hart.pc());
  account(hart.retired());
}

/// Carries out the event whose instruction has retired.
void CallProfile::settle(const Hart& hart) {
  const Event event = std::exchange(event_, Event::kNone);
  if (event == Event::kNone || hart.retired() <= number_) return;
  account(number_ + 1);
  switch (event) {
    case Event::kCall:
      return push(target_, back_, sp_);
    case Event::kReturn:
      return leave(target_, sp_, false);
    case Event::kTrapReturn:
      return leave(target_, sp_, true);
    default:
      if (function_at(target_) != stack_.back().function) enter(stack_.back(), target_);
      return;
  }
}

void CallProfile::account(std::uint64_t retired) {
  nodes_[stack_.back().node].instructions += retired - counted_;
  counted_ = retired;
}

/// A frame whose function is not the one that pc is in has been left unseen. Code without a name is
/// only entered by what is seen.
void CallProfile::correct(Addr pc) {
  Frame& top = stack_.back();
  const std::size_t function = function_at(pc);
  if (top.node == top.base || (function != top.function && function != SymbolTable::kNone)) {
    enter(top, pc);
  }
}

void CallProfile::enter(Frame& frame, Addr pc) {
  frame.function = function_at(pc);
  frame.node = child(frame.base, frame.function == SymbolTable::kNone
                                     ? fmt::format("{:#x}", pc)
                                     : symbols_.function(frame.function).name);
}

void CallProfile::push(Addr target, Addr back, std::uint64_t sp) {
  if (stack_.size() >= kMaxDepth) return;
  const std::size_t base = stack_.back().node;
  stack_.push_back({base, base, back, sp, false, SymbolTable::kNone});
  enter(stack_.back(), target);
}

void CallProfile::leave(Addr target, std::uint64_t sp, bool from_trap) {
  // Behind an ecall or an emulated instruction.
  const auto fits = [&](const Frame& frame) {
    return frame.is_trap == from_trap &&
           (frame.back == target || (from_trap && target > frame.back && target - frame.back <= 4));
  };
  const auto pop = [&](auto matches) {
    const auto found = std::find_if(stack_.rbegin(), std::prev(stack_.rend()), matches);
    if (found == std::prev(stack_.rend())) return false;
    stack_.erase(std::prev(found.base()), stack_.end());
    return true;
  };
  if (pop([&](const Frame& frame) { return frame.sp == sp && fits(frame); })) return;
  if (suspended_.contains({target, sp})) return switch_stack(target, sp);
  if (pop(fits)) return;
  switch_stack(target, sp);
}

void CallProfile::switch_stack(Addr target, std::uint64_t sp) {
  if (suspended_.size() >= kMaxSuspended) suspended_.clear();
  if (stack_.size() > 1) {
    const Key key{stack_.back().back, stack_.back().sp};
    suspended_[key] = std::move(stack_);
  }
  stack_.clear();
  const auto found = suspended_.find({target, sp});
  if (found == suspended_.end()) {
    stack_.emplace_back();
    return;
  }
  stack_ = std::move(found->second);
  suspended_.erase(found);
  stack_.pop_back();
}

std::size_t CallProfile::child(std::size_t parent, std::string_view name) {
  const auto found = nodes_[parent].children.find(name);
  if (found != nodes_[parent].children.end()) return found->second;
  if (nodes_.size() >= kMaxNodes) return parent;
  nodes_.push_back({std::string(name), parent, 0, {}});
  nodes_[parent].children.emplace(name, nodes_.size() - 1);
  return nodes_.size() - 1;
}

std::size_t CallProfile::function_at(Addr pc) const {
  const auto found = known_.find(pc);
  if (found != known_.end()) return found->second;
  if (known_.size() >= kMaxKnown) known_.clear();
  return known_[pc] = symbols_.find(pc);
}

std::string CallProfile::folded() const {
  std::string out;
  print(0, "", out);
  return out;
}

// Depth is limited by kMaxDepth, so recursion is too.
void CallProfile::print(std::size_t node, const std::string& path, std::string& out) const {
  std::string name = nodes_[node].name;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ';' || c == '\n'; }, '_');
  const std::string whole = path.empty() ? name : path + ";" + name;
  if (nodes_[node].instructions != 0) {
    out += fmt::format("{} {}\n", whole, nodes_[node].instructions);
  }
  for (const auto& [key, next] : nodes_[node].children) print(next, whole, out);
}

}  // namespace cvp
