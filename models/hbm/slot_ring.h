// SPDX-License-Identifier: Apache-2.0
//
// Which command slots are taken, as bits: one row of bits per *lane* (a bank group as seen by the
// timing rules), one bit per slot. Reserving a slot also takes the slots around it that the rules
// then forbid to each lane, so that finding the first legal slot is a scan of one row. The ring
// remembers kSlots slots; what is older counts as taken. No SystemC.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/hbm/hbm_timing.h"

namespace cvp {

class SlotRing {
 public:
  static constexpr Slot kSlots = 16384;
  static constexpr unsigned kLaneStep = 4;  ///< Lanes are padded to a multiple of this.

  explicit SlotRing(unsigned lanes)
      : lanes_((lanes + kLaneStep - 1) / kLaneStep * kLaneStep),
        words_(static_cast<std::size_t>(kWords) * lanes_) {}

  unsigned lanes() const { return lanes_; }

  /// The first free slot of `lane` at or after `from`.
  Slot find(unsigned lane, Slot from) const {
    std::int64_t index = from >> 6;
    if (index > top_) return from;
    std::uint64_t keep = ~std::uint64_t{0} << (from & 63);
    if (index <= top_ - kWords) {
      index = top_ - kWords + 1;
      keep = ~std::uint64_t{0};
    }
    for (; index <= top_; ++index, keep = ~std::uint64_t{0}) {
      const std::uint64_t free = ~word(index)[lane] & keep;
      if (free != 0) return (index << 6) + std::countr_zero(free);
    }
    return index << 6;
  }

  /// Takes the slots `first + i` of every lane for each bit i set in its mask (at most 32 bits).
  void take(Slot first, const std::uint64_t* masks) {
    const std::int64_t index = first >> 6;
    const unsigned shift = first & 63;
    open(index + 1);
    if (index <= top_ - kWords) return;  // Older than the ring remembers.
    std::uint64_t* low = word(index);
    for (unsigned lane = 0; lane < lanes_; lane += kLaneStep) {
      for (unsigned i = 0; i < kLaneStep; ++i) low[lane + i] |= masks[lane + i] << shift;
    }
    if (shift <= 32) return;
    std::uint64_t* high = word(index + 1);
    for (unsigned lane = 0; lane < lanes_; lane += kLaneStep) {
      for (unsigned i = 0; i < kLaneStep; ++i) high[lane + i] |= masks[lane + i] >> (64 - shift);
    }
  }

  /// Takes [first, last) for the lanes [lane, lane + count).
  void take_range(unsigned lane, unsigned count, Slot first, Slot last) {
    if (last <= first) return;
    open(last >> 6);
    for (Slot at = std::max(first, (top_ - kWords + 1) << 6); at < last;) {
      const Slot end = std::min(last, (at | 63) + 1);
      std::uint64_t mask = ~std::uint64_t{0} << (at & 63);
      if (end & 63) mask &= ~(~std::uint64_t{0} << (end & 63));
      for (unsigned i = 0; i < count; ++i) word(at >> 6)[lane + i] |= mask;
      at = end;
    }
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(words_, top_);
  }

 private:
  static constexpr std::int64_t kWords = kSlots / 64;

  const std::uint64_t* word(std::int64_t index) const {
    return &words_[static_cast<std::size_t>(index & (kWords - 1)) * lanes_];
  }
  std::uint64_t* word(std::int64_t index) {
    return &words_[static_cast<std::size_t>(index & (kWords - 1)) * lanes_];
  }

  // Makes the words up to `index` usable; the oldest are given up.
  void open(std::int64_t index) {
    if (index > top_ + kWords) top_ = index - kWords;
    while (top_ < index) {
      std::uint64_t* fresh = word(++top_);
      for (unsigned lane = 0; lane < lanes_; ++lane) fresh[lane] = 0;
    }
  }

  unsigned lanes_;
  std::int64_t top_ = -1;  // Last usable word, counted from slot 0.
  std::vector<std::uint64_t> words_;
};

}  // namespace cvp
