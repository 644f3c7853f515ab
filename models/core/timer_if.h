// SPDX-License-Identifier: Apache-2.0
//
// What a hart needs of the machine timer beside its interrupt line: the time CSR, and when to end a
// quantum so that its own timer interrupt comes in time.
#pragma once

#include <systemc>

#include "models/core/units.h"

namespace cvp {

class TimerIf : public sc_core::sc_interface {
 public:
  /// Value of mtime at `time`.
  virtual std::uint64_t mtime_at(Femtoseconds time) const = 0;
  /// When mtime reaches the hart's mtimecmp; in the past if it has, Femtoseconds::max() if it
  /// will not within the range of time.
  virtual Femtoseconds deadline(unsigned hart) const = 0;
};

}  // namespace cvp
