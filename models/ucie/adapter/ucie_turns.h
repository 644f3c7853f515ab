// SPDX-License-Identifier: Apache-2.0
//
// What two stacks have to send over one direction of a link, and in which order their flits go. No
// SystemC and no time: it counts flits from the next one on. A message costs the same whatever its
// length.
//
// Stacks that both have something take turns, flit by flit, as UcieTransmitter has them; a flit
// takes what its stack has when it goes. So until something is pushed all that will go is known:
// with F flits of the other stack, flit i of the stack whose turn it is has i + min(i, F) in front
// of it.
#pragma once

#include <algorithm>
#include <array>
#include <deque>

#include "models/ucie/adapter/ucie_flit.h"

namespace cvp {

class UcieTurns {
 public:
  /// Nothing waits.
  void clear() { stacks_ = {}; }
  /// A flit of the stack has room for `capacity` bytes: the same for all that waits there.
  void push(unsigned stack, std::uint64_t bytes, std::uint32_t capacity);
  bool empty() const { return !has_message(0) && !has_message(1); }
  /// That wait.
  std::uint64_t flits() const { return flits(0) + flits(1); }
  std::uint64_t bytes() const {
    return stacks_[0].pushed - stacks_[0].placed + stacks_[1].pushed - stacks_[1].placed;
  }
  bool has_message(unsigned stack) const { return !stacks_[stack].ends.empty(); }
  /// In front of the one with the last byte of a stack's first message.
  std::uint64_t flits_before(unsigned stack) const {
    return place(stack, stacks_[stack].flit_of(stacks_[stack].ends.front()));
  }
  /// The next `count` flits go, one or more. For each message whose last byte is in them, in the
  /// order of a stack: `done(stack, flits in front of it, bytes of its flit up to its last one)`.
  template <class Done>
  void take(std::uint64_t count, Done done);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(stacks_, turn_);
  }

 private:
  struct Stack {
    std::uint64_t pushed = 0, placed = 0;  // Bytes; placed in flits that have gone.
    std::uint32_t capacity = 1;
    std::deque<std::uint64_t> ends;  // Of messages, in all bytes that were pushed.

    std::uint64_t flits() const {
      return pushed == placed ? 0 : (pushed - placed + capacity - 1) / capacity;
    }
    std::uint64_t flit_of(std::uint64_t end) const { return (end - placed - 1) / capacity; }
    template <class Archive>
    void serialize(Archive& archive) {
      archive(pushed, placed, capacity, ends);
    }
  };

  std::uint64_t flits(unsigned stack) const { return stacks_[stack].flits(); }
  // Flits in front of flit n of a stack.
  std::uint64_t place(unsigned stack, std::uint64_t n) const {
    return n + std::min(turn_ == stack ? n : n + 1, flits(1 - stack));
  }
  // Of the next `count` flits, those of the stack whose turn it is.
  std::uint64_t in_turn(std::uint64_t count) const {
    const std::uint64_t others = std::min(count, flits(1 - turn_));
    return std::min(flits(turn_), std::max((count + 1) / 2, count - others));
  }

  std::array<Stack, kUcieStacks> stacks_;
  unsigned turn_ = 0;  // Stack that goes first.
};

template <class Done>
void UcieTurns::take(std::uint64_t count, Done done) {
  const std::uint64_t first = in_turn(count);
  const bool first_went_last = first > in_turn(count - 1);
  std::array<std::uint64_t, kUcieStacks> placed{};
  // 1. What is in them, counted from before the first of them.
  for (unsigned stack = 0; stack < kUcieStacks; ++stack) {
    Stack& each = stacks_[stack];
    const std::uint64_t gone = stack == turn_ ? first : count - first;
    placed[stack] = std::min(each.pushed, each.placed + gone * each.capacity);
    for (; !each.ends.empty() && each.ends.front() <= placed[stack]; each.ends.pop_front()) {
      const std::uint64_t end = each.ends.front();
      const auto fill = static_cast<std::uint32_t>((end - each.placed - 1) % each.capacity + 1);
      done(stack, place(stack, each.flit_of(end)), fill);
    }
  }
  // 2. Then they go.
  for (unsigned stack = 0; stack < kUcieStacks; ++stack) stacks_[stack].placed = placed[stack];
  if (first_went_last) turn_ = 1 - turn_;
}

}  // namespace cvp
