// SPDX-License-Identifier: Apache-2.0
//
// Measures one direction of a link flit by flit: what was delivered between the first and the last
// arrival. No SystemC.
#pragma once

#include <array>

#include "models/ucie/adapter/ucie_flit.h"
#include "models/ucie/adapter/ucie_slot_time.h"

namespace cvp {

class UcieFlowMeter {
 public:
  /// A new flit with so many payload bytes leaves.
  void sent(UcieSlotTime time, std::uint64_t payload_bytes) {
    flying_[sent_++ % flying_.size()] = {time, payload_bytes};
  }
  /// The oldest that has not been accepted is accepted.
  void accepted(UcieSlotTime time) {
    const Flying& flit = flying_[accepted_ % flying_.size()];
    if (accepted_++ == 0) {
      first_ = time;
    } else {
      payload_bytes_ += flit.payload_bytes;
    }
    last_ = time;
    last_flight_ = time - flit.left;
  }

  std::uint64_t flits() const { return accepted_; }
  /// From when the one that was accepted last has left for the first time until it was accepted.
  UcieSlotTime last_flight() const { return last_flight_; }
  /// From the arrival of the first to that of the last.
  double slots() const { return ucie_slots(last_ - first_); }
  /// Of all flits but the first.
  std::uint64_t payload_bytes() const { return payload_bytes_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(flying_, sent_, accepted_, first_, last_, last_flight_, payload_bytes_);
  }

 private:
  struct Flying {
    UcieSlotTime left = 0;
    std::uint64_t payload_bytes = 0;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(left, payload_bytes);
    }
  };

  std::array<Flying, kUcieSequences> flying_{};  // More than can be in flight.
  std::uint64_t sent_ = 0, accepted_ = 0;
  UcieSlotTime first_ = 0, last_ = 0, last_flight_ = 0;
  std::uint64_t payload_bytes_ = 0;
};

}  // namespace cvp
