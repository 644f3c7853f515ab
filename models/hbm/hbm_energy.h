// SPDX-License-Identifier: Apache-2.0
//
// Counts and times into energy, with the table of the generation's timing file. No SystemC.
#pragma once

#include "models/hbm/hbm_engine.h"
#include "models/hbm/hbm_power.h"
#include "models/hbm/pim/pim_array.h"

namespace cvp {

/// Picojoules since the start.
struct HbmEnergyUse {
  double activate = 0;  ///< With the precharge.
  double read = 0, write = 0;
  double refresh = 0;
  double background = 0;  ///< Clocks, leakage, self-refresh.
  double scrub = 0;       ///< Reads of the patrol.
  double pim = 0;         ///< Rows, bursts and arithmetic beside the banks.

  double access() const { return activate + read + write + pim; }
  double total() const { return access() + refresh + background + scrub; }
};

struct HbmActivity {
  HbmCounters counters;
  unsigned banks_a_refresh = 0;  ///< Of one command; 0: all of a pseudo channel.
  HbmResidency residency;
  /// Awake before the first row was opened, summed over channels; all of the time if none was.
  Femtoseconds closed = Femtoseconds::max();
  Femtoseconds now;
  std::uint64_t scrubbed_bursts = 0;  ///< Of the bursts read, the patrol's.
  PimCounters pim;
};

HbmEnergyUse hbm_energy(const HbmTiming& timing, const HbmActivity& activity);

}  // namespace cvp
