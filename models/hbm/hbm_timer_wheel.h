// SPDX-License-Identifier: Apache-2.0
//
// Ticks at which banks become ready, near in the future: one mask of banks a tick. No SystemC.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>

#include "models/hbm/hbm_timing.h"

namespace cvp {

class HbmTimerWheel {
 public:
  static constexpr Tick kNever = std::numeric_limits<Tick>::max();

  /// `bank` (below 64) is to be looked at in `tick`, or earlier if that is far off.
  void set(Tick now, Tick tick, unsigned bank) {
    tick = std::min(tick, now + kTicks - 1);
    const unsigned at = static_cast<unsigned>(tick & (kTicks - 1));
    banks_[at] |= std::uint64_t{1} << bank;
    used_[at / 64] |= std::uint64_t{1} << (at % 64);
    next_ = std::min(next_, tick);
  }
  /// The earliest tick that is set.
  Tick next() const { return next_; }
  /// Removes and returns the banks of next().
  std::uint64_t take() {
    const unsigned at = static_cast<unsigned>(next_ & (kTicks - 1));
    const std::uint64_t banks = banks_[at];
    banks_[at] = 0;
    used_[at / 64] &= ~(std::uint64_t{1} << (at % 64));
    next_ = after(next_);
    return banks;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(banks_, used_, next_);
  }

 private:
  static constexpr Tick kTicks = 256;

  Tick after(Tick tick) const {
    const unsigned at = static_cast<unsigned>(tick & (kTicks - 1));
    constexpr unsigned kWords = kTicks / 64;
    std::uint64_t word = used_[at / 64] & (~std::uint64_t{0} << (at % 64));
    for (unsigned i = 0; i <= kWords; ++i) {
      if (word != 0) {
        const Tick found = Tick{(at / 64 + i) % kWords * 64} + std::countr_zero(word);
        return tick + ((found - at) & (kTicks - 1));
      }
      word = used_[(at / 64 + i + 1) % kWords];
    }
    return kNever;
  }

  std::array<std::uint64_t, kTicks> banks_{};
  std::array<std::uint64_t, kTicks / 64> used_{};
  Tick next_ = kNever;
};

}  // namespace cvp
