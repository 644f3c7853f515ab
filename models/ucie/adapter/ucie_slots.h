// SPDX-License-Identifier: Apache-2.0
//
// Packs messages of two stacks into the flits of one direction of a link, and says when each has
// been sent. No SystemC; a message costs the same whatever its length. With one stack and one
// protocol it is FlitStream.
//
// A flit carries one stack and one protocol, and closes when it starts on the wire, or when the
// next message of its stack is of another protocol. Stacks that both have something take turns,
// flit by flit: a stack whose turn comes while the other has a backlog takes every second slot.
// What has gone into that backlog before is later by these: who wants to know follows it.
#pragma once

#include <array>
#include <deque>

#include "models/core/flit_stream.h"
#include "models/ucie/adapter/ucie_flit.h"
#include "models/ucie/phy/ucie_idle.h"

namespace cvp {

class UcieSlots {
 public:
  /// For good; none without.
  void set_idle(const UcieIdleTimes& idle) { idle_ = idle; }
  /// The link has come up with `format`, of which the payload is that of the protocol.
  void configure(UcieFlitFormat flits, const FlitFormat& format, Femtoseconds now);
  const FlitFormat& format() const { return clock_.format(); }
  /// Of so many flits on the wire.
  Femtoseconds time(std::uint64_t flits) const { return clock_.time(flits); }
  std::uint32_t payload_bytes(UcieProtocol protocol) const {
    return payload_[static_cast<std::size_t>(protocol)];
  }

  struct Sent {
    Femtoseconds time;        ///< The last byte has left.
    std::uint64_t flits = 0;  ///< Begun for this message.
    std::uint32_t fill = 0;   ///< Payload bytes in the last of its flits, 1 or more.
  };
  /// Bytes that the last flit of a stack can still take.
  std::uint32_t room(Femtoseconds ready, UcieProtocol protocol, unsigned stack) const {
    const Open& open = open_[stack];
    const bool closed = ready > start_of(open.slot) || open.protocol != protocol;
    return open.fill > 0 && !closed ? payload_bytes(protocol) - open.fill : 0;
  }
  /// Calls come in order of `ready`.
  Sent send(Femtoseconds ready, std::uint64_t bytes, UcieProtocol protocol, unsigned stack);
  /// From `ready` on takes slots before whatever comes next, and before a flit that has still room.
  void lose(Femtoseconds ready, std::uint64_t slots);

  /// Nothing new goes before `time`: the wire carries what was sent before.
  void wait_until(Femtoseconds time) {
    if (time > end()) begin_run(time);
  }

  /// Remembers the message that a stack has sent last, to tell when it really leaves.
  void follow(unsigned stack) {
    const std::uint64_t slot = open_[stack].slot;
    followed_[stack].push_back({slot, start_of(slot + 1)});
  }
  /// When the last byte of the first message that is followed has left, as far as is known: certain
  /// when its flit has started.
  Femtoseconds followed_until(unsigned stack) const { return followed_[stack].front().until; }
  void unfollow(unsigned stack) { followed_[stack].pop_front(); }

  /// Time so far for which the wire was awake without a flit.
  Femtoseconds awake(Femtoseconds now) const { return awake_ + idle_.awake_since(end(), now); }
  /// Of all that has been taken.
  Femtoseconds end() const { return start_of(tail_); }

  /// Payload bytes in the flit of the last message if it may still take more; 0: it is full.
  std::uint64_t fill() const { return open_[last_stack_].fill; }
  /// Flits that may still take more, and what is in them.
  unsigned open_flits() const {
    return (open_[0].fill > 0 ? 1u : 0u) + (open_[1].fill > 0 ? 1u : 0u);
  }
  std::uint64_t open_bytes() const { return std::uint64_t{open_[0].fill} + open_[1].fill; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(clock_, payload_, base_, tail_, next_, open_, last_stack_, followed_, idle_, awake_);
  }

 private:
  // The last flit of a stack, which has still room.
  struct Open {
    std::uint64_t slot = 0;
    std::uint32_t fill = 0;  // 0: there is none.
    UcieProtocol protocol = UcieProtocol::kNone;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(slot, fill, protocol);
    }
  };

  // The last flit of a message, and its end; that of an earlier run moves no more.
  struct Followed {
    std::uint64_t slot = 0;
    Femtoseconds until;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(slot, until);
    }
  };

  void push_back(Followed& message, std::uint64_t slots) {
    message.slot += slots;
    message.until = start_of(message.slot + 1);
  }
  Femtoseconds start_of(std::uint64_t slot) const { return base_ + clock_.time(slot); }
  void begin_run_if_idle(Femtoseconds ready);
  void begin_run(Femtoseconds start);
  std::uint64_t take(Femtoseconds ready, std::uint64_t flits, unsigned stack);

  FlitClock clock_;
  std::array<std::uint32_t, 4> payload_{};         // Of a flit, by protocol.
  Femtoseconds base_;                              // When this run of flits began.
  std::uint64_t tail_ = 0;                         // Slots taken since then.
  std::array<std::uint64_t, kUcieStacks> next_{};  // First slot that a stack's next flit may take.
  std::array<Open, kUcieStacks> open_{};
  unsigned last_stack_ = 0;
  UcieIdleTimes idle_;
  Femtoseconds awake_;  // Before this run, without a flit.
  std::array<std::deque<Followed>, kUcieStacks> followed_;
};

}  // namespace cvp
