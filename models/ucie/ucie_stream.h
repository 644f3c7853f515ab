// SPDX-License-Identifier: Apache-2.0
//
// One direction of a link by arithmetic: when messages arrive, with retries drawn from the bit
// error rate. No SystemC. A message costs the host the same whatever its length, and a retry a
// little more.
//
// A damaged flit costs the round trip, itself and what was sent before its replay; the replay may
// be damaged again. So of every slot  (1 - p) / (1 - p + p * N)  delivers, with p the chance that a
// flit is damaged and N the slots of the round trip.
#pragma once

#include "models/ucie/ucie_link.h"
#include "models/ucie/ucie_noise.h"

namespace cvp {

/// Chance that at least one bit of so many bytes is wrong.
double ucie_flit_error(double bit_error_rate, std::uint32_t bytes);
double ucie_flit_error(const UcieBitFaults& faults, std::uint32_t bytes);

struct UcieStreamErrors {
  double flit_error = 0;               ///< Chance that a flit is damaged.
  bool parity = false;                 ///< A slot in 1025 is parity (ucie_parity.h).
  std::uint32_t round_trip_slots = 1;  ///< From the start of a damaged flit to that of its replay.
};

/// The same interface as FlitStream, which it is without errors.
class UcieStream {
 public:
  using Times = FlitStream::Times;

  explicit UcieStream(std::uint64_t seed = 1) : random_(seed) {}

  /// The link has come up; what was sent before has arrived. A raw link has no CRC and no retry.
  void configure(const UcieLinkShape& shape, Femtoseconds now, const UcieStreamErrors& errors = {});
  /// Calls come in order of `ready`. Of a latency-optimised flit's first half, the last byte leaves
  /// before the second half has come.
  Times send(Femtoseconds ready, std::uint64_t message_bytes);
  /// Without a limit of bandwidth, and without errors.
  Times send_untimed(Femtoseconds ready, std::uint64_t message_bytes);

  /// The next flit has a bit error. Not for raw links.
  void damage_next_flit() { good_flits_ = 0; }

  std::uint64_t flits() const {
    return stream_.flits() - replayed_ - parity_slots_;
  }                                                                  ///< Without those sent again.
  std::uint64_t fill() const { return stream_.fill(); }              ///< As FlitStream.
  std::uint64_t wire_bytes() const { return stream_.wire_bytes(); }  ///< With them.
  std::uint64_t parity_bytes() const { return parity_slots_ * stream_.format().wire_bytes; }
  std::uint64_t retries() const { return retries_; }
  std::uint64_t replayed() const { return replayed_; }
  Femtoseconds slot_time(std::uint64_t slots) const { return stream_.format().time(slots); }
  Femtoseconds busy() const { return stream_.busy(); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(stream_, half_payload_, half_time_, error_, round_trip_slots_, random_, good_flits_,
            retries_, replayed_, parity_, sent_since_parity_, parity_slots_);
  }

 private:
  std::uint64_t draw_retries(std::uint64_t flits);
  std::uint64_t draw_parity(std::uint64_t flits);
  void forward_half(Times& times) const;

  FlitStream stream_;
  std::uint32_t half_payload_ = 0;  // Payload of the half that is forwarded early; 0: none is.
  Femtoseconds half_time_;          // By which it is earlier.
  double error_ = 0;
  std::uint32_t round_trip_slots_ = 1;
  UcieRandom random_;
  std::uint64_t good_flits_ = UcieRandom::kNever;  // To come before the next damaged one.
  std::uint64_t retries_ = 0, replayed_ = 0;
  bool parity_ = false;
  std::uint64_t sent_since_parity_ = 0, parity_slots_ = 0;
};

}  // namespace cvp
