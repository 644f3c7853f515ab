// SPDX-License-Identifier: Apache-2.0
//
// Histogram of latencies: exact below 128 ps, then 128 steps for each doubling, so that a quantile
// is at most 0.8 % off whatever its size. No SystemC.
#pragma once

#include <algorithm>
#include <bit>
#include <vector>

#include "models/core/units.h"

namespace cvp {

class UcieLatency {
 public:
  void add(Femtoseconds latency) {
    const std::size_t step = step_of(latency.value / kPicosecond);
    if (step >= steps_.size()) steps_.resize(step + 1);
    ++steps_[step];
    least_ = count_ == 0 ? latency : std::min(least_, latency);
    most_ = std::max(most_, latency);
    sum_ns_ += latency.nanoseconds();
    ++count_;
  }

  std::uint64_t count() const { return count_; }
  Femtoseconds least() const { return least_; }
  Femtoseconds most() const { return most_; }
  double mean_ns() const { return count_ == 0 ? 0 : sum_ns_ / static_cast<double>(count_); }
  /// Of all latencies sorted, the one at q (0 to 1) of their number, rounded down to its step.
  Femtoseconds quantile(double q) const {
    auto left = static_cast<std::uint64_t>(q * static_cast<double>(count_));
    for (std::size_t step = 0; step < steps_.size(); ++step) {
      if (left < steps_[step]) return std::max(least_, first_of(step));
      left -= steps_[step];
    }
    return most_;
  }

  struct Bar {
    Femtoseconds from;  ///< 2^n or 1.5 * 2^n ps; it ends where the next one of these begins.
    std::uint64_t count = 0;
  };
  /// Two bars for each doubling, from the first that counts something to the last.
  std::vector<Bar> bars() const {
    std::vector<Bar> bars;
    for (std::size_t step = 0; step < steps_.size(); ++step) {
      if (step % kStepsOfBar == 0) bars.push_back({first_of(step), 0});
      bars.back().count += steps_[step];
    }
    const auto counts = [](const Bar& bar) { return bar.count > 0; };
    bars.erase(bars.begin(), std::find_if(bars.begin(), bars.end(), counts));
    return bars;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(steps_, least_, most_, sum_ns_, count_);
  }

 private:
  static constexpr std::uint64_t kPicosecond = 1000, kSteps = 128, kStepsOfBar = 64;

  static std::size_t step_of(std::uint64_t ps) {
    if (ps < kSteps) return ps;
    const auto doublings = static_cast<unsigned>(std::bit_width(ps)) - 8;  // Beyond kSteps.
    return (doublings + 1) * kSteps + ((ps >> doublings) - kSteps);
  }
  static Femtoseconds first_of(std::size_t step) {
    if (step < kSteps) return {step * kPicosecond};
    const std::size_t doublings = step / kSteps - 1;
    return {((kSteps + step % kSteps) << doublings) * kPicosecond};
  }

  std::vector<std::uint64_t> steps_;
  Femtoseconds least_, most_;
  double sum_ns_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace cvp
