// SPDX-License-Identifier: Apache-2.0
//
// Reservations of harts whose turn has ended in the middle of an LR/SC pair, for the bus or because
// the quantum is over, and what other harts' writes do to them. Within a turn no other hart runs,
// so that a reservation needs no watching. No SystemC.
//
// While a reservation is held, other harts get no grant for stores to its page: their stores become
// transactions, seen at their exact times. A write to the granule breaks the reservation; one that
// comes while the sc itself is under way waits for its end.
#pragma once

#include <cstdint>
#include <vector>

#include "models/core/units.h"

namespace cvp {

class ReservationMonitor {
 public:
  static constexpr Addr kGranuleBytes = 64, kPageBytes = 4096;

  explicit ReservationMonitor(unsigned harts) : held_(harts) {}

  void hold(unsigned hart, Addr address) { held_[hart] = {true, false, address}; }
  void release(unsigned hart) { held_[hart] = {}; }
  /// The sc of this hart is under way: its reservation can no longer be broken.
  void commit(unsigned hart) { held_[hart].committed = true; }

  /// Whether stores of this hart to the page of `address` must be transactions.
  bool suspends_stores(unsigned hart, Addr address) const {
    return any_other(hart, address, kPageBytes, [](const Held&) { return true; });
  }
  /// Whether a write of this hart must wait for another one's sc.
  bool must_wait(unsigned hart, Addr address) const {
    return any_other(hart, address, kGranuleBytes, [](const Held& h) { return h.committed; });
  }
  /// Whether a write of `writer` breaks the reservation of `hart`.
  bool breaks(unsigned writer, Addr address, unsigned hart) const {
    return writer != hart && covers(held_[hart], address, kGranuleBytes);
  }

 private:
  struct Held {
    bool valid = false, committed = false;
    Addr address = 0;
  };
  static bool covers(const Held& held, Addr address, Addr bytes) {
    return held.valid && held.address / bytes == address / bytes;
  }
  template <class Predicate>
  bool any_other(unsigned hart, Addr address, Addr bytes, Predicate predicate) const {
    for (unsigned other = 0; other < held_.size(); ++other) {
      if (other != hart && covers(held_[other], address, bytes) && predicate(held_[other])) {
        return true;
      }
    }
    return false;
  }

  std::vector<Held> held_;
};

}  // namespace cvp
