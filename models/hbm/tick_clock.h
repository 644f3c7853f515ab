// SPDX-License-Identifier: Apache-2.0
//
// Ticks to time and back, as models/core/units.h's Clock does it, without its 128-bit divisions:
// an estimate in floating point, put right by exact multiplications. For the paths that every
// transaction takes. No SystemC.
#pragma once

#include <cstdint>

#include "models/core/units.h"
#include "models/hbm/hbm_timing.h"

namespace cvp {

class TickClock {
 public:
  /// Of ticks of half a period of `clock`.
  explicit TickClock(Frequency clock)
      : hertz_(2 * clock.hertz),
        whole_(kFemtoseconds % hertz_ == 0 ? kFemtoseconds / hertz_ : 0),
        inverse_(whole_ > 0 ? ~std::uint64_t{0} / whole_ : 0),
        period_(kSecond / static_cast<double>(hertz_)),
        frequency_(static_cast<double>(hertz_) / kSecond) {}

  /// When tick `tick` begins, rounded to the nearest femtosecond.
  Femtoseconds at(Tick tick) const {
    if (whole_ > 0) return {static_cast<std::uint64_t>(tick) * whole_};
    const Wide target = static_cast<Wide>(tick) * kFemtoseconds + hertz_ / 2;
    auto time = static_cast<std::uint64_t>(static_cast<double>(tick) * period_);
    while (Wide{time} * hertz_ > target) --time;
    while (Wide{time + 1} * hertz_ <= target) ++time;
    return {time};
  }

  /// The first tick that begins at or after `time`.
  Tick until(Femtoseconds time) const {
    if (whole_ > 0) {
      const std::uint64_t end = time.value + whole_ - 1;
      auto tick = static_cast<std::uint64_t>(Wide{end} * inverse_ >> 64);
      if (end - tick * whole_ >= whole_) ++tick;
      return static_cast<Tick>(tick);
    }
    if (time.value == 0) return 0;
    // at(tick) >= time, if and only if tick x 10^15 + f / 2 >= time x f.
    const Wide target = Wide{time.value} * hertz_ - hertz_ / 2;
    auto tick = static_cast<std::uint64_t>(static_cast<double>(time.value) * frequency_);
    while (Wide{tick} * kFemtoseconds < target) ++tick;
    while (tick > 0 && Wide{tick - 1} * kFemtoseconds >= target) --tick;
    return static_cast<Tick>(tick);
  }
  /// The last tick that has begun at `time`.
  Tick in(Femtoseconds time) const { return until({time.value + 1}) - 1; }

 private:
  __extension__ using Wide = unsigned __int128;
  static constexpr std::uint64_t kFemtoseconds = 1'000'000'000'000'000;
  static constexpr double kSecond = 1e15;

  std::uint64_t hertz_, whole_;  // whole_: femtoseconds of a tick, if it is a whole number ...
  std::uint64_t inverse_;        // ... and 2^64 divided by it.
  double period_, frequency_;
};

}  // namespace cvp
