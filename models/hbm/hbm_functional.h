// SPDX-License-Identifier: Apache-2.0
//
// Time at functional fidelity: a bandwidth, and a latency that grows with the load. Both come from
// the cycle model, as data (functional_curves.toml, written by scripts/hbm_curves.py). No banks.
// No SystemC.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "models/core/units.h"
#include "models/hbm/hbm_timing.h"

namespace cvp {

/// What the cycle model says of a generation.
struct HbmCurve {
  double bandwidth = 1;         ///< Of random reads of 1 KiB, as a fraction of the peak.
  std::vector<double> load;     ///< Fractions of that bandwidth, ascending from above 0.
  std::vector<double> latency;  ///< Of their bursts on average, in clocks, at each load.

  /// Straight lines between the points, from `idle` clocks at no load; level behind the last.
  double latency_at(double at, double idle) const;
};

/// The curve of a generation; those of users have that of HBM3, in their clocks.
const HbmCurve& hbm_curve(std::string_view generation);

class HbmFunctional {
 public:
  /// `idle`: latency of a read when nothing else goes on.
  HbmFunctional(const HbmTiming& timing, Femtoseconds idle);

  /// Completion of a transaction: the last beat of a read, the acceptance of a write.
  Femtoseconds access(bool write, std::uint64_t bytes, Femtoseconds arrival);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(busy_until_, window_, bytes_, bytes_before_);
  }

 private:
  double load(Femtoseconds arrival);

  const HbmCurve& curve_;
  const Bandwidth bandwidth_;  ///< The token's.
  const Femtoseconds idle_, clock_, window_length_;
  const double idle_clocks_;
  Femtoseconds busy_until_;  // The bandwidth is spent until then.
  // The load is that of the last whole window, as long as a refresh interval.
  std::uint64_t window_ = 0, bytes_ = 0, bytes_before_ = 0;
};

/// The file of curves.
std::vector<std::string_view> hbm_curve_texts();

}  // namespace cvp
