// SPDX-License-Identifier: Apache-2.0
//
// Between Femtoseconds and the kernel's sc_time. The kernel counts femtoseconds too, so both
// directions are exact.
#pragma once

#include <systemc>

#include "models/core/units.h"

namespace cvp {

/// First line of sc_main and of the test main: before any sc_time exists.
inline void set_time_resolution() { sc_core::sc_set_time_resolution(1, sc_core::SC_FS); }

inline sc_core::sc_time to_sc_time(Femtoseconds time) {
  return sc_core::sc_time::from_value(time.value);
}
inline Femtoseconds to_femtoseconds(const sc_core::sc_time& time) { return {time.value()}; }
inline Femtoseconds simulation_time() { return to_femtoseconds(sc_core::sc_time_stamp()); }

}  // namespace cvp
