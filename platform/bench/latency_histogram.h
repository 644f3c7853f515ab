// SPDX-License-Identifier: Apache-2.0
//
// Latencies in ticks, counted exactly: an array for the usual ones, a map for the rest. No SystemC.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "models/hbm/hbm_timing.h"

namespace cvp {

/// Of fewer than 2^32 requests.
class LatencyHistogram {
 public:
  void add(Tick latency, std::uint32_t times) {
    count_ += times;
    sum_ += static_cast<std::uint64_t>(latency) * times;
    if (static_cast<std::size_t>(latency) < kUsual) {
      usual_[static_cast<std::size_t>(latency)] += times;
    } else {
      rest_[latency] += times;
    }
  }
  /// In ticks; 0 if there are none.
  double mean() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }
  /// sorted[floor(q x count)], 0 if there are none.
  Tick quantile(double q) const {
    auto left = static_cast<std::uint64_t>(q * static_cast<double>(count_));
    for (std::size_t latency = 0; latency < kUsual; ++latency) {
      if (left < usual_[latency]) return static_cast<Tick>(latency);
      left -= usual_[latency];
    }
    for (const auto& [latency, times] : rest_) {
      if (left < times) return latency;
      left -= times;
    }
    return 0;
  }

 private:
  static constexpr std::size_t kUsual = 1 << 16;
  std::vector<std::uint32_t> usual_ = std::vector<std::uint32_t>(kUsual);
  std::map<Tick, std::uint64_t> rest_;
  std::uint64_t count_ = 0, sum_ = 0;
};

}  // namespace cvp
