// SPDX-License-Identifier: Apache-2.0
//
// Measures one direction of a link flit by flit: what was delivered between the first and the last
// arrival, and how long flits were under way. No SystemC.
#pragma once

#include <algorithm>
#include <array>

#include "models/ucie/adapter/ucie_flit.h"

namespace cvp {

class UcieFlowMeter {
 public:
  /// A new flit with so many payload bytes leaves.
  void sent(std::uint64_t slot, std::uint64_t payload_bytes) {
    flying_[sent_++ % flying_.size()] = {slot, payload_bytes};
  }
  /// The oldest that has not been accepted is accepted.
  void accepted(std::uint64_t slot) {
    const Flit& flit = flying_[accepted_ % flying_.size()];
    if (accepted_++ == 0) {
      first_slot_ = slot;
    } else {
      payload_bytes_ += flit.payload_bytes;
    }
    last_slot_ = slot;
    flight_slots_ += slot - flit.slot;
  }

  std::uint64_t flits() const { return accepted_; }
  /// From the arrival of the first to that of the last.
  std::uint64_t slots() const { return last_slot_ - first_slot_; }
  /// Of all flits but the first.
  std::uint64_t payload_bytes() const { return payload_bytes_; }
  /// From a flit's first start on the wire until it is accepted, on average.
  double flight_slots() const {
    return static_cast<double>(flight_slots_) /
           static_cast<double>(std::max<std::uint64_t>(accepted_, 1));
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(flying_, sent_, accepted_, first_slot_, last_slot_, payload_bytes_, flight_slots_);
  }

 private:
  struct Flit {
    std::uint64_t slot = 0, payload_bytes = 0;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(slot, payload_bytes);
    }
  };
  std::array<Flit, kUcieSequences> flying_;  // More than can be in flight.
  std::uint64_t sent_ = 0, accepted_ = 0;
  std::uint64_t first_slot_ = 0, last_slot_ = 0;
  std::uint64_t payload_bytes_ = 0, flight_slots_ = 0;
};

}  // namespace cvp
