// SPDX-License-Identifier: Apache-2.0
//
// One direction of a link by arithmetic: when messages arrive, with retries drawn from the bit
// error rate. No SystemC. A message costs the host the same whatever its length, and a retry a
// little more.
//
// A damaged flit costs the round trip, itself and what was sent before its replay; the replay may
// be damaged again. So of every slot  (1 - p) / (1 - p + p * N)  delivers, with p the chance that a
// flit is damaged and N the slots of the round trip. Its nak takes a slot of the other direction,
// and may itself be damaged: naks() of one direction are for send_nak() of the other.
//
// One stack has its times when it sends, for nothing can come between. Of two stacks either may
// still push the other back: a message is pushed, and has its times when its last flit starts.
#pragma once

#include <optional>

#include "models/ucie/adapter/ucie_go_back_n.h"
#include "models/ucie/adapter/ucie_noise.h"
#include "models/ucie/adapter/ucie_slots.h"
#include "models/ucie/adapter/ucie_turns.h"
#include "models/ucie/phy/ucie_link.h"

namespace cvp {

/// Chance that at least one bit of so many bytes is wrong; of flits that begin at one lane after
/// the other, on average.
double ucie_flit_error(double bit_error_rate, std::uint32_t bytes);
double ucie_flit_error(const UcieBitFaults& faults, std::uint32_t bytes);

/// UcieSlots with errors.
class UcieStream {
 public:
  struct Times {
    Femtoseconds accepted;   ///< The flit with the last byte starts, perhaps for nothing.
    Femtoseconds sent;       ///< It has left: the sender waits for nothing more.
    Femtoseconds delivered;  ///< It has left undamaged.
    Femtoseconds arrived;    ///< The last byte leaves the receive side.

    template <class Archive>
    void serialize(Archive& archive) {
      archive(accepted, sent, delivered, arrived);
    }
  };

  explicit UcieStream(std::uint64_t seed = 1) : errors_(seed) {}

  /// Of the wire; for good, none without.
  void set_idle(const UcieIdleTimes& idle) { slots_.set_idle(idle); }
  /// The link has come up; what was sent before has arrived. A raw link has no CRC and no retry.
  void configure(const UcieLinkShape& shape, Femtoseconds now, const UcieStreamErrors& errors = {});
  /// Calls come in order of `ready`. Of a latency-optimised flit's first half, the last byte leaves
  /// before the second half has come.
  Times send(Femtoseconds ready, std::uint64_t message_bytes,
             UcieProtocol protocol = UcieProtocol::kStreaming);

  /// Of two stacks. Calls come in order of `ready`; all messages of a stack have one protocol.
  void push(Femtoseconds ready, std::uint64_t message_bytes, UcieProtocol protocol, unsigned stack);
  /// When run() is due, at the earliest: the last flit of a message starts, or one that is damaged;
  /// Femtoseconds::max(): nothing waits.
  Femtoseconds next_start() const;
  /// Flits start that can by `until`, with what has been pushed.
  void run(Femtoseconds until);
  /// The next message of a stack whose last flit has started.
  std::optional<Times> take_started(unsigned stack);

  /// Without a limit of bandwidth, and without errors.
  Times send_untimed(Femtoseconds ready, std::uint64_t message_bytes,
                     UcieProtocol protocol = UcieProtocol::kStreaming);
  /// A flit without payload, for damage in the other direction; it goes before what leaves later,
  /// when something leaves, or with flush_naks.
  void send_nak(Femtoseconds ready);
  /// Those due by `now` go, behind what has been accepted, or has started, before.
  void flush_naks(Femtoseconds now);
  /// When the first of them is due that has not gone; Femtoseconds::max(): there is none.
  Femtoseconds next_nak() const {
    return waiting_naks_.empty() ? Femtoseconds::max() : waiting_naks_.front();
  }
  /// When something may go next; before a flit that has still room.
  Femtoseconds free_at() const { return slots_.free_at(); }
  Femtoseconds end_of_flit(Femtoseconds now) const { return slots_.end_of_flit(now); }
  /// What the other end sends for damage in this direction; the caller takes it away.
  std::vector<UcieNak>& naks() { return errors_.naks(); }

  /// The first flit from now on has a bit error. Not for raw links.
  void damage_next_flit(Femtoseconds now) {
    run_before(now);
    errors_.damage_next();
  }

  /// With payload, without those sent again; those that wait for their turn too.
  std::uint64_t flits() const { return flits_ + turns_.flits(); }
  std::uint64_t waiting_flits() const { return turns_.flits(); }
  std::uint64_t waiting_bytes() const { return turns_.bytes(); }
  /// Of two stacks: when the last flit that has started has left undamaged.
  Femtoseconds delivered() const { return delivered_; }
  std::uint64_t fill() const { return slots_.fill(); }  ///< As UcieSlots.
  std::uint64_t wire_bytes() const { return wire_flits() * slots_.format().wire_bytes; }
  std::uint64_t parity_bytes() const { return parity_slots_ * slots_.format().wire_bytes; }
  const UcieSlots& slots() const { return slots_; }
  std::uint64_t retries() const { return errors_.retries(); }
  std::uint64_t replayed() const { return errors_.replayed(); }
  std::uint64_t nops() const { return nops_; }                 ///< Naks.
  std::uint64_t damaged() const { return errors_.damaged(); }  ///< Flits whose CRC did not fit.
  Femtoseconds slot_time(std::uint64_t slots) const { return slots_.time(slots); }
  /// Time for which the wire carried flits of any kind.
  Femtoseconds busy() const {
    return busy_before_ + slot_time(wire_flits() - flits_before_ - untimed_flits_);
  }

  /// So too, or was awake for it.
  Femtoseconds awake(Femtoseconds now) const { return busy() + slots_.awake(now); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(slots_, turns_, started_, delivered_, half_payload_, half_time_, errors_, late_,
            waiting_naks_, flits_, nops_, untimed_flits_, flits_before_, busy_before_, parity_,
            sent_since_parity_, parity_slots_);
  }

 private:
  std::uint64_t wire_flits() const { return flits() + replayed() + nops_ + parity_slots_; }
  bool waits() const { return fill() > 0 || !turns_.empty(); }
  Times times_of(Femtoseconds sent, Femtoseconds late, std::uint32_t fill) const;
  void take_slots(Femtoseconds ready, std::uint64_t slots);
  void run_before(Femtoseconds time);
  std::uint64_t start_flits(Femtoseconds until);
  void send_parity(Femtoseconds ready, std::uint64_t flits);
  void place_nak(Femtoseconds due);

  UcieSlots slots_;  // In which flits leave for the first time.
  UcieTurns turns_;  // Of two stacks; what waits for them.
  std::array<std::deque<Times>, kUcieStacks> started_;
  Femtoseconds delivered_;
  std::uint32_t half_payload_ = 0;  // Payload of the half that is forwarded early; 0: none is.
  Femtoseconds half_time_;          // By which it is earlier.
  UcieGoBackN errors_;
  Femtoseconds late_;                      // The last flit's replay, after its first start.
  std::deque<Femtoseconds> waiting_naks_;  // In order.
  std::uint64_t flits_ = 0, nops_ = 0, untimed_flits_ = 0;
  std::uint64_t flits_before_ = 0;  // On the wire, with formats before this one.
  Femtoseconds busy_before_;
  bool parity_ = false;
  std::uint64_t sent_since_parity_ = 0, parity_slots_ = 0;
};

}  // namespace cvp
