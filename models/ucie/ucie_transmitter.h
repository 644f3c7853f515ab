// SPDX-License-Identifier: Apache-2.0
//
// Packs messages into flits and says when each has arrived. One for each direction of a link. No
// SystemC; a message costs the same whatever its length.
//
// A flit closes when it starts on the wire: what is ready by then shares it, what comes later waits
// for the next one. Messages start anywhere in a flit and go on in the next, so a busy link leaves
// no payload byte empty, and an idle one sends at once and pads. A message has arrived when the
// flit with its last byte has. Order is kept.
#pragma once

#include "models/ucie/ucie_link.h"

namespace cvp {

class UcieTransmitter {
 public:
  struct Times {
    Femtoseconds sent;     ///< Last byte is on the wire: the transmit buffer is free again.
    Femtoseconds arrived;  ///< Last byte leaves the receive side.
  };

  /// The link has trained to `shape`; what was packed before has left.
  void configure(const UcieLinkShape& shape, Femtoseconds now);
  /// Calls come in order of `ready`.
  Times send(Femtoseconds ready, std::uint64_t message_bytes);
  /// The same without a limit of bandwidth: every message arrives after one latency, in order.
  Times send_untimed(Femtoseconds ready, std::uint64_t message_bytes);

  std::uint64_t flits() const { return flits_; }
  std::uint64_t wire_bytes() const { return wire_bytes_; }
  /// Time for which the wire carried flits.
  Femtoseconds busy() const { return busy_before_ + shape_.flit_time(flits_of_shape_); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(shape_, base_, slot_, fill_, flits_, flits_of_shape_, wire_bytes_, busy_before_);
  }

 private:
  Femtoseconds slot_start() const { return base_ + shape_.flit_time(slot_); }

  UcieLinkShape shape_;
  Femtoseconds base_;       // When the current run of back-to-back flits began.
  std::uint64_t slot_ = 0;  // The next flit that may still be filled, counted from base_.
  std::uint64_t fill_ = 0;  // Payload bytes already in it.
  std::uint64_t flits_ = 0, flits_of_shape_ = 0, wire_bytes_ = 0;
  Femtoseconds busy_before_;  // With shapes before this one.
};

}  // namespace cvp
