// SPDX-License-Identifier: Apache-2.0
//
// When a resource that serves one thing at a time is busy. A reservation takes the earliest gap
// that is long enough, also one before reservations made earlier (a later requester may be nearer);
// look-back is bounded: of the past only the last `kGaps` gaps are remembered. No SystemC.
#pragma once

#include <cstddef>
#include <vector>

#include "models/core/units.h"

namespace cvp {

class Calendar {
 public:
  static constexpr std::size_t kGaps = 64;

  /// Takes the first `duration` that is free at or after `earliest`; returns when it starts.
  Femtoseconds reserve(Femtoseconds earliest, Femtoseconds duration);
  /// When the last reservation ends.
  Femtoseconds end() const { return busy_.empty() ? floor_ : busy_.back().end; }
  /// Sum of all reservations made.
  Femtoseconds busy_time() const { return busy_time_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(busy_, floor_, busy_time_);
  }

 private:
  struct Interval {
    Femtoseconds start, end;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(start, end);
    }
  };
  void insert(std::size_t position, Interval interval);

  std::vector<Interval> busy_;  // Sorted, disjoint, never touching.
  Femtoseconds floor_;          // Nothing is free before it.
  Femtoseconds busy_time_;
};

}  // namespace cvp
