// SPDX-License-Identifier: Apache-2.0
//
// How many requests end in which tick, as far as is known: a ring of counts with a bit for each
// tick in which something ends, so that adding and taking are O(1). Those beyond the ring wait in a
// map. No SystemC.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <map>

#include "models/hbm/hbm_timing.h"

namespace cvp {

class CompletionCalendar {
 public:
  static constexpr Tick kNever = std::numeric_limits<Tick>::max();

  /// At `tick`, or at the last tick taken if that is later; returns when.
  Tick add(Tick tick, std::uint32_t requests) {
    tick = std::max(tick, now_);
    if (tick - now_ < static_cast<Tick>(kTicks)) [[likely]] {
      const std::size_t at = slot(tick);
      ring_[at] += requests;
      bits_[at / 64] |= std::uint64_t{1} << at % 64;
    } else {
      far_[tick] += requests;
    }
    next_ = std::min(next_, tick);
    return tick;
  }

  /// The next tick in which something ends; kNever if there is none.
  Tick next() const { return next_; }

  /// How many end in the next tick, which must exist. They are forgotten.
  std::uint64_t take() {
    now_ = next_;
    const std::size_t at = slot(now_);
    std::uint64_t requests = ring_[at];
    ring_[at] = 0;
    bits_[at / 64] &= ~(std::uint64_t{1} << at % 64);
    Tick far = kNever;
    if (!far_.empty()) [[unlikely]] {
      if (far_.begin()->first == now_) requests += far_.extract(far_.begin()).mapped();
      if (!far_.empty()) far = far_.begin()->first;
    }
    next_ = std::min(next_in_ring(), far);
    return requests;
  }

 private:
  static constexpr std::uint64_t kTicks = 16384;
  static constexpr std::size_t kWords = kTicks / 64;

  static std::size_t slot(Tick tick) { return static_cast<std::uint64_t>(tick) % kTicks; }

  Tick next_in_ring() const {
    const std::size_t begin = slot(now_), first = begin / 64;
    std::uint64_t word = bits_[first] & ~std::uint64_t{0} << begin % 64;
    for (std::size_t i = 0; i <= kWords; ++i) {
      if (word != 0) {
        const std::size_t at =
            (first + i) % kWords * 64 + static_cast<unsigned>(std::countr_zero(word));
        return now_ + static_cast<Tick>((at - begin) % kTicks);
      }
      word = bits_[(first + i + 1) % kWords];
    }
    return kNever;
  }

  Tick now_ = 0, next_ = kNever;
  std::array<std::uint32_t, kTicks> ring_{};
  std::array<std::uint64_t, kWords> bits_{};
  std::map<Tick, std::uint64_t> far_;
};

}  // namespace cvp
