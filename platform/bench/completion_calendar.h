// SPDX-License-Identifier: Apache-2.0
//
// Completions that are known to come, by tick: a ring of buckets with a bit for each that holds
// something, so that adding and taking are O(1) and nothing is allocated on the way. Those beyond
// the ring wait in a map. No SystemC.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include "models/hbm/hbm_timing.h"

namespace cvp {

struct Completion {
  Tick generated;
  std::uint32_t requests;  ///< That end together: those of one transaction.
  bool write;
};

class CompletionCalendar {
 public:
  static constexpr Tick kNever = std::numeric_limits<Tick>::max();

  /// At `tick`, or at the last tick taken if that is later.
  void add(Tick tick, const Completion& completion) {
    tick = std::max(tick, now_);
    if (free_ == kNone) grow();
    const std::uint32_t entry = free_;
    free_ = entries_[entry].next;
    std::uint32_t& head = tick - now_ < static_cast<Tick>(kTicks) ? ring(tick) : far_head(tick);
    entries_[entry] = {completion, head};
    head = entry;
    next_ = std::min(next_, tick);
  }

  /// The tick of the next completion; kNever if there is none.
  Tick next() const { return next_; }

  /// Calls `done` for all of the next tick, which must exist.
  template <class Done>
  void take(Tick tick, Done done) {
    now_ = tick;
    std::uint32_t entry = ring_[slot(tick)];
    ring_[slot(tick)] = kNone;
    bits_[slot(tick) / 64] &= ~(std::uint64_t{1} << (slot(tick) % 64));
    release(entry, done);
    if (!far_.empty() && far_.begin()->first == tick) {
      entry = far_.begin()->second;
      far_.erase(far_.begin());
      release(entry, done);
    }
    next_ = std::min(next_in_ring(), far_.empty() ? kNever : far_.begin()->first);
  }

  CompletionCalendar() { ring_.fill(kNone); }

 private:
  struct Entry {
    Completion completion;
    std::uint32_t next;  // Of the same tick, or of the free ones.
  };
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::uint64_t kTicks = 16384;
  static constexpr std::size_t kWords = kTicks / 64;

  static std::size_t slot(Tick tick) { return static_cast<std::uint64_t>(tick) % kTicks; }

  Tick next_in_ring() const {
    const std::size_t begin = slot(now_), first = begin / 64;
    std::uint64_t word = bits_[first] & ~std::uint64_t{0} << begin % 64;
    for (std::size_t i = 0; i <= kWords; ++i) {
      if (word != 0) {
        const std::size_t at = (first + i) % kWords * 64 + std::countr_zero(word);
        return now_ + static_cast<Tick>((at - begin) % kTicks);
      }
      word = bits_[(first + i + 1) % kWords];
    }
    return kNever;
  }

  std::uint32_t& ring(Tick tick) {
    bits_[slot(tick) / 64] |= std::uint64_t{1} << (slot(tick) % 64);
    return ring_[slot(tick)];
  }
  std::uint32_t& far_head(Tick tick) { return far_.try_emplace(tick, kNone).first->second; }

  template <class Done>
  void release(std::uint32_t entry, Done done) {
    while (entry != kNone) {
      Entry& e = entries_[entry];
      done(e.completion);
      const std::uint32_t next = e.next;
      e.next = free_;
      free_ = entry;
      entry = next;
    }
  }

  void grow() {
    const auto first = static_cast<std::uint32_t>(entries_.size());
    const std::uint32_t last = std::max<std::uint32_t>(2 * first, 64);
    entries_.resize(last);
    for (std::uint32_t i = first; i < last; ++i) entries_[i].next = i + 1 < last ? i + 1 : kNone;
    free_ = first;
  }

  Tick now_ = 0, next_ = kNever;
  std::array<std::uint32_t, kTicks> ring_;
  std::array<std::uint64_t, kWords> bits_{};
  std::map<Tick, std::uint32_t> far_;
  std::vector<Entry> entries_;
  std::uint32_t free_ = kNone;
};

}  // namespace cvp
