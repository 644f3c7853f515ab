// SPDX-License-Identifier: Apache-2.0
//
// Packs messages into the flits of one direction of a link and says when each has arrived. No
// SystemC; a message costs the same whatever its length.
//
// A flit closes when it starts on the wire: what is ready by then shares it, what comes later waits
// for the next one. Messages start anywhere in a flit and go on in the next, so a busy link leaves
// no payload byte empty, and an idle one sends at once and pads. A message has arrived when the
// flit with its last byte has. Order is kept.
#pragma once

#include "models/core/units.h"

namespace cvp {

struct FlitFormat {
  std::uint32_t wire_bytes = 256;
  std::uint32_t payload_bytes = 240;  ///< What messages may fill.
  std::uint64_t bits_per_second = 1;  ///< On the wire: lanes times rate.
  Femtoseconds latency;               ///< Of a flit, beside its own time on the wire.

  /// Time that `flits` flits take on the wire, rounded once.
  Femtoseconds time(std::uint64_t flits) const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(wire_bytes, payload_bytes, bits_per_second, latency);
  }
};

/// FlitFormat::time() of one format many times: flits that take whole femtoseconds need no
/// division.
class FlitClock {
 public:
  FlitClock() = default;
  explicit FlitClock(const FlitFormat& format);
  const FlitFormat& format() const { return format_; }
  Femtoseconds time(std::uint64_t flits) const {
    return whole_.value != 0 ? flits * whole_ : format_.time(flits);
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(format_, whole_);
  }

 private:
  FlitFormat format_;
  Femtoseconds whole_;  // Of a flit; 0: not a whole number.
};

class FlitStream {
 public:
  struct Times {
    Femtoseconds first;    ///< The first flit has arrived.
    Femtoseconds sent;     ///< Last byte is on the wire: the transmit buffer is free again.
    Femtoseconds arrived;  ///< Last byte leaves the receive side.
  };

  /// The link has come up with `format`; what was packed before has left.
  void configure(const FlitFormat& format, Femtoseconds now);
  const FlitFormat& format() const { return format_; }
  /// Calls come in order of `ready`.
  Times send(Femtoseconds ready, std::uint64_t message_bytes);
  /// The same without a limit of bandwidth: every message arrives after one latency, in order.
  Times send_untimed(Femtoseconds ready, std::uint64_t message_bytes);

  std::uint64_t flits() const { return flits_; }
  /// Payload bytes in the last flit if it may still take more; 0: it is full.
  std::uint64_t fill() const { return fill_; }
  std::uint64_t wire_bytes() const { return wire_bytes_; }
  /// Time for which the wire carried flits.
  Femtoseconds busy() const { return busy_before_ + format_.time(flits_of_format_); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(format_, base_, slot_, fill_, flits_, flits_of_format_, wire_bytes_, busy_before_);
  }

 private:
  Femtoseconds slot_start() const { return base_ + format_.time(slot_); }

  FlitFormat format_;
  Femtoseconds base_;       // When the current run of back-to-back flits began.
  std::uint64_t slot_ = 0;  // The next flit that may still be filled, counted from base_.
  std::uint64_t fill_ = 0;  // Payload bytes already in it.
  std::uint64_t flits_ = 0, flits_of_format_ = 0, wire_bytes_ = 0;
  Femtoseconds busy_before_;  // With formats before this one.
};

}  // namespace cvp
