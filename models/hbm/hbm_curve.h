// SPDX-License-Identifier: Apache-2.0
//
// What functional fidelity knows of a memory: how its latency grows with the load. Read off the
// cycle model: for built-in generations by scripts/hbm_curves.py, stored in functional_curves.toml;
// for others when the first stack of them is built. No SystemC.
#pragma once

#include <string_view>
#include <vector>

#include "models/hbm/hbm_timing.h"

namespace cvp {

struct HbmCurve {
  double bandwidth = 1;         ///< Of random reads of 1 KiB, as a fraction of the peak.
  std::vector<double> load;     ///< Fractions of that bandwidth, ascending from above 0.
  std::vector<double> latency;  ///< Of their bursts on average, in clocks, at each load.

  /// Straight lines between the points, from `idle` clocks at no load; level behind the last.
  double latency_at(double at, double idle) const;
};

/// The stored curve of the built-in generation that has these distances and this height, whatever
/// its name and its channels; nullptr if none has. With more banks than the cycle model can have,
/// that of another height.
const HbmCurve* find_hbm_curve(const HbmTiming& timing);
/// The same, or else measured, in a fraction of a second and once a process. Only of what the cycle
/// model can have.
const HbmCurve& hbm_curve(const HbmTiming& timing);
/// Measures it on the cycle model, in one channel, at the given loads.
HbmCurve measure_hbm_curve(const HbmTiming& timing, const std::vector<double>& load);

/// The file of curves.
std::vector<std::string_view> hbm_curve_texts();

}  // namespace cvp
