// SPDX-License-Identifier: Apache-2.0
//
// The slots of one direction of a link: when each flit starts, and how the messages of one stack
// are packed into them. No SystemC; a message costs the same whatever its length. Without idle
// times, and with one protocol, it is FlitStream.
//
// A flit carries one protocol, and closes when it starts on the wire, or when the next message is
// of another protocol.
#pragma once

#include <array>

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
  /// Bytes that the last flit can still take.
  std::uint32_t room(Femtoseconds ready, UcieProtocol protocol) const {
    if (fill_ == 0 || protocol_ != protocol || ready > last_start()) return 0;
    return payload_bytes(protocol) - fill_;
  }
  /// Calls come in order of `ready`.
  Sent send(Femtoseconds ready, std::uint64_t bytes, UcieProtocol protocol);
  /// From `ready` on takes slots before whatever comes next, and before a flit that has still room.
  void lose(Femtoseconds ready, std::uint64_t slots);

  /// Whole flits, one after the other from end() on.
  void take(std::uint64_t flits) { tail_ += flits; }
  /// Of the next so many slots, how many start by `until`; the first of them does.
  std::uint64_t starting_by(Femtoseconds until, std::uint64_t slots) const;
  /// When the slot starts that comes so many after the next one.
  Femtoseconds start_after(std::uint64_t slots) const { return start_of(tail_ + slots); }

  /// Nothing has to go before `ready`.
  void begin_run_if_idle(Femtoseconds ready);
  /// Nothing new goes before `time`: the wire carries what was sent before.
  void wait_until(Femtoseconds time) {
    if (time > end()) begin_run(time);
  }

  /// Time so far for which the wire was awake without a flit.
  Femtoseconds awake(Femtoseconds now) const { return awake_ + idle_.awake_since(end(), now); }
  /// Of all that has been taken.
  Femtoseconds end() const { return start_of(tail_); }
  /// Of the flit that is on the wire at `now`; `now` if none is.
  Femtoseconds end_of_flit(Femtoseconds now) const;

  /// When something may go next; before a flit that has still room.
  Femtoseconds free_at() const { return fill_ > 0 ? last_start() : end(); }

  /// Payload bytes in the last flit if it may still take more; 0: it is full.
  std::uint64_t fill() const { return fill_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(clock_, payload_, base_, tail_, fill_, protocol_, idle_, awake_);
  }

 private:
  Femtoseconds start_of(std::uint64_t slot) const { return base_ + clock_.time(slot); }
  Femtoseconds last_start() const { return start_of(tail_ - 1); }
  void begin_run(Femtoseconds start);

  FlitClock clock_;
  std::array<std::uint32_t, 4> payload_{};  // Of a flit, by protocol.
  Femtoseconds base_;                       // When this run of flits began.
  std::uint64_t tail_ = 0;                  // Slots taken since then.
  std::uint32_t fill_ = 0;                  // Of the last flit, and what it carries.
  UcieProtocol protocol_ = UcieProtocol::kNone;
  UcieIdleTimes idle_;
  Femtoseconds awake_;  // Before this run, without a flit.
};

}  // namespace cvp
