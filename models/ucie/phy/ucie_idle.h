// SPDX-License-Identifier: Apache-2.0
//
// A main band that carries nothing: how long it stays awake, and what it takes to wake it. No
// SystemC. [UCIE: Electrical Layer]
#pragma once

#include <algorithm>

#include "models/core/units.h"

namespace cvp {

/// Of one direction. Nothing has gone for longer than `entry`: it takes idle power, and the next
/// flit starts `exit` later than it could.
struct UcieIdleTimes {
  Femtoseconds entry, exit;

  /// When a flit starts that is ready at `ready`, after nothing since `end`.
  Femtoseconds start(Femtoseconds end, Femtoseconds ready) const {
    return ready > end + entry ? ready + exit : ready;
  }
  /// Awake between two flits, the first of which has ended then, and the second starts.
  Femtoseconds awake_between(Femtoseconds end, Femtoseconds next) const {
    return std::min(next - end, entry + exit);
  }
  /// Awake since the last flit has ended; there is none yet that follows.
  Femtoseconds awake_since(Femtoseconds end, Femtoseconds now) const {
    return now > end ? std::min(now - end, entry) : Femtoseconds{};
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(entry, exit);
  }
};

}  // namespace cvp
