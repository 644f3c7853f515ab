// SPDX-License-Identifier: Apache-2.0
//
// Where a hart's instructions go: by function, with the calls that led there. Nothing is sampled:
// every instruction counts, for the stack it was executed on, so that the same run gives the same
// profile. No SystemC.
//
// Stacks are followed by watching calls, returns, traps and returns from traps, because RISC-V code
// keeps no frame pointers. A frame is known by its return address and its stack pointer. A return
// that fits no frame is a switch to another thread: the stack that is left is kept until a return
// fits its last frame. What is not seen (a branch into another function) is mended at the next
// event, from the function that pc is in.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/cpu/hart_probe.h"
#include "platform/symbol_table.h"

namespace cvp {

class CallProfile : public HartProbe {
 public:
  CallProfile(std::string root, const SymbolTable& symbols);

  /// `root;outer;inner 123` for each stack with instructions, in the order of the alphabet.
  std::string folded() const;

  bool wants(Addr pc, const Instruction& instruction) const override;
  Verdict before(Hart& hart, const ProbedInstruction& instruction) override;
  void trapping(Hart& hart, std::uint64_t cause, bool is_interrupt) override;
  void turn_ends(Hart& hart) override;

 private:
  enum class Event : std::uint8_t { kNone, kCall, kReturn, kJump, kTrapReturn };
  struct Node {
    std::string name;
    std::size_t parent = 0;
    std::uint64_t instructions = 0;
    std::map<std::string, std::size_t, std::less<>> children;
  };
  struct Frame {
    std::size_t base = 0;  ///< Under which the functions of this frame are.
    std::size_t node = 0;  ///< The function that it is in; `base`: not known yet.
    Addr back = 0;         ///< Where it returns to.
    std::uint64_t sp = 0;  ///< At the call.
    bool is_trap = false;
    std::size_t function = SymbolTable::kNone;  ///< Of `node`.
  };
  using Stack = std::vector<Frame>;
  using Key = std::pair<Addr, std::uint64_t>;

  void settle(const Hart& hart);
  void account(std::uint64_t retired);
  void correct(Addr pc);
  void enter(Frame& frame, Addr pc);
  void push(Addr target, Addr back, std::uint64_t sp);
  void leave(Addr target, std::uint64_t sp, bool from_trap);
  void switch_stack(Addr target, std::uint64_t sp);
  std::size_t child(std::size_t parent, std::string_view name);
  std::size_t function_at(Addr pc) const;
  void print(std::size_t node, const std::string& path, std::string& out) const;

  const SymbolTable& symbols_;
  std::vector<Node> nodes_;
  Stack stack_;
  std::map<Key, Stack> suspended_;
  std::uint64_t counted_ = 0;  ///< Instructions that are in the tree.
  mutable std::unordered_map<Addr, std::size_t> known_;

  // The event at hand; it counts once its instruction has retired.
  Event event_ = Event::kNone;
  std::uint64_t number_ = 0;
  Addr target_ = 0, back_ = 0;
  std::uint64_t sp_ = 0;
};

}  // namespace cvp
