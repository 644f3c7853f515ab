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
#pragma once

#include "models/ucie/ucie_go_back_n.h"
#include "models/ucie/ucie_link.h"
#include "models/ucie/ucie_noise.h"
#include "models/ucie/ucie_slots.h"

namespace cvp {

/// Chance that at least one bit of so many bytes is wrong.
double ucie_flit_error(double bit_error_rate, std::uint32_t bytes);
double ucie_flit_error(const UcieBitFaults& faults, std::uint32_t bytes);

/// UcieSlots with errors.
class UcieStream {
 public:
  struct Times {
    Femtoseconds accepted;  ///< The flit with the last byte starts, perhaps for nothing.
    Femtoseconds sent;      ///< The last byte is on the wire: the transmit buffer is free again.
    Femtoseconds arrived;   ///< The last byte leaves the receive side.
  };

  explicit UcieStream(std::uint64_t seed = 1) : errors_(seed) {}

  /// The link has come up; what was sent before has arrived. A raw link has no CRC and no retry.
  void configure(const UcieLinkShape& shape, Femtoseconds now, const UcieStreamErrors& errors = {});
  /// Calls come in order of `ready`. Of a latency-optimised flit's first half, the last byte leaves
  /// before the second half has come.
  Times send(Femtoseconds ready, std::uint64_t message_bytes,
             UcieProtocol protocol = UcieProtocol::kStreaming, unsigned stack = 0);
  /// Without a limit of bandwidth, and without errors.
  Times send_untimed(Femtoseconds ready, std::uint64_t message_bytes,
                     UcieProtocol protocol = UcieProtocol::kStreaming);
  /// A flit without payload, for damage in the other direction; it goes before what leaves later,
  /// when something leaves, or with flush_naks.
  void send_nak(Femtoseconds ready);
  /// Those due by `now` go, behind what has been accepted before.
  void flush_naks(Femtoseconds now);
  /// What the other end sends for damage in this direction; the caller takes it away.
  std::vector<UcieNak>& naks() { return errors_.naks(); }

  /// The next flit has a bit error. Not for raw links.
  void damage_next_flit() { errors_.damage_next(); }

  /// With payload, without those sent again.
  std::uint64_t flits() const { return stream_.flits() - replayed_ - nops_ - parity_slots_; }
  std::uint64_t fill() const { return stream_.fill(); }              ///< As UcieSlots.
  std::uint64_t wire_bytes() const { return stream_.wire_bytes(); }  ///< Of flits of every kind.
  std::uint64_t parity_bytes() const { return parity_slots_ * stream_.format().wire_bytes; }
  std::uint64_t retries() const { return errors_.retries(); }
  std::uint64_t replayed() const { return replayed_; }
  std::uint64_t nops() const { return nops_; }  ///< Naks.
  Femtoseconds slot_time(std::uint64_t slots) const { return stream_.format().time(slots); }
  Femtoseconds busy() const { return stream_.busy(); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(stream_, half_payload_, half_time_, errors_, free_, waiting_naks_, replayed_, nops_,
            parity_, sent_since_parity_, parity_slots_);
  }

 private:
  std::uint64_t draw_retries(std::uint64_t flits, Femtoseconds end);
  std::uint64_t draw_parity(std::uint64_t flits);
  void take_slots(Femtoseconds ready, std::uint64_t slots);
  void place_nak(Femtoseconds due);

  UcieSlots stream_;
  std::uint32_t half_payload_ = 0;  // Payload of the half that is forwarded early; 0: none is.
  Femtoseconds half_time_;          // By which it is earlier.
  UcieGoBackN errors_;
  Femtoseconds free_;                      // The wire is, but for the flit that is open.
  std::deque<Femtoseconds> waiting_naks_;  // In order.
  std::uint64_t replayed_ = 0, nops_ = 0;
  bool parity_ = false;
  std::uint64_t sent_since_parity_ = 0, parity_slots_ = 0;
};

}  // namespace cvp
