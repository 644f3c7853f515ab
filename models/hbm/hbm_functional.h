// SPDX-License-Identifier: Apache-2.0
//
// Time at functional fidelity: a bandwidth, and a latency that grows with the load, see
// hbm_curve.h. No banks. No SystemC.
#pragma once

#include <cstdint>

#include "models/core/units.h"
#include "models/hbm/hbm_curve.h"
#include "models/hbm/hbm_timing.h"

namespace cvp {

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

}  // namespace cvp
