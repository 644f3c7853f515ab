// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_functional.h"

#include <algorithm>

namespace cvp {
HbmFunctional::HbmFunctional(const HbmTiming& timing, Femtoseconds idle)
    : curve_(hbm_curve(timing)),
      bandwidth_{curve_.bandwidth * timing.peak_bytes_per_second()},
      idle_(idle),
      clock_(Clock(timing.clock).at(1)),
      window_length_(Clock(timing.clock).at(timing.refi)),
      idle_clocks_(static_cast<double>(idle.value) / static_cast<double>(clock_.value)) {}

Femtoseconds HbmFunctional::access(bool write, std::uint64_t bytes, Femtoseconds arrival) {
  const double load = this->load(arrival);
  bytes_ += bytes;
  const Femtoseconds start = std::max(arrival, busy_until_);
  busy_until_ = start + bandwidth_.time_for(bytes);
  if (write) return start;
  const double clocks = curve_.latency_at(load, idle_clocks_);
  const Femtoseconds latency{
      static_cast<std::uint64_t>(clocks * static_cast<double>(clock_.value))};
  // Most reads of the curve find their row open: where one takes less than a closed bank, who comes
  // in a crowd does too.
  return std::max({busy_until_, start + std::min(idle_, latency), arrival + latency});
}

double HbmFunctional::load(Femtoseconds arrival) {
  const std::uint64_t window = arrival / window_length_;
  if (window > window_) {
    bytes_before_ = window == window_ + 1 ? bytes_ : 0;
    bytes_ = 0;
    window_ = window;
  }
  return static_cast<double>(bytes_before_) /
         (bandwidth_.bytes_per_second * window_length_.seconds());
}

}  // namespace cvp
