// SPDX-License-Identifier: Apache-2.0
//
// How full a queue of the controller is over time. Requests come in order and leave in any; when
// each leaves is known as soon as it is scheduled. One leaves in a slot; who would be the second
// does so a slot later. No SystemC.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "models/hbm/approximate/strided_bits.h"
#include "models/hbm/hbm_timing.h"

namespace cvp {

class HbmOccupancy {
 public:
  explicit HbmOccupancy(unsigned capacity) : capacity_(capacity) {}

  /// The slot in which there is room for one more request that comes in slot `from`. It takes it.
  Slot enter(Slot from) {
    const Slot room = wait_for_room(from);
    ++used_;
    return room;
  }
  /// Whether there is room by slot `by` for one that comes in slot `from`, as far as is known.
  bool has_room(Slot from, Slot by) {
    if (from > slot_) pass(from);
    while (used_ >= capacity_ && leaving_ > 0 && next() <= by) wait_for_one();
    return used_ < capacity_;
  }
  /// So many pass through, each as there is room: the first leaves in slot `first`, the others at
  /// distances of `stride` after it. Whether all that is near enough to be remembered.
  bool pass_run(Slot first, const StridedBits& stride, Slot last, unsigned count) {
    if (first <= slot_ || last >= slot_ + kSlots - 64 * kMargin) return false;
    used_ += count;
    leaving_ += count;
    stride.for_each_word(static_cast<std::uint64_t>(first), count,
                         [&](std::uint64_t at, std::uint64_t mask, unsigned) {
                           std::uint64_t& word = words_[at % words_.size()];
                           std::uint64_t twice = word & mask;
                           word |= mask;
                           for (; twice != 0; twice &= twice - 1) {
                             --leaving_;
                             leave(static_cast<Slot>(at * 64) + std::countr_zero(twice));
                           }
                           return true;
                         });
    if (used_ > capacity_) wait_for(std::min(used_ - capacity_, leaving_));
    return true;
  }
  /// One of those inside leaves in `slot`.
  void leave(Slot slot) {
    if (slot <= slot_) {
      --used_;
      return;
    }
    slot = std::min(slot, slot_ + kSlots - 64 * kMargin);
    std::uint64_t free = ~word(slot) & ~std::uint64_t{0} << (static_cast<std::uint64_t>(slot) % 64);
    while (free == 0) [[unlikely]] {
        slot = (slot | 63) + 1;
        free = ~word(slot);
      }
    word(slot) |= free & -free;
    ++leaving_;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(words_, slot_, used_, leaving_);
  }

 private:
  // Enough for full queues whose requests all want other rows of one bank, and some to find a slot.
  static constexpr Slot kSlots = 8192, kMargin = 4;

  std::uint64_t& word(Slot slot) {
    return words_[static_cast<std::uint64_t>(slot) / 64 % words_.size()];
  }
  void left(unsigned count) {
    used_ -= count;
    leaving_ -= count;
  }
  Slot wait_for_room(Slot from) {
    if (from > slot_) pass(from);
    while (used_ >= capacity_ && leaving_ > 0) wait_for_one();
    return slot_;
  }
  // All up to and including `to` have left.
  void pass(Slot to) {
    for (; leaving_ > 0 && slot_ / 64 < to / 64; slot_ = (slot_ | 63) + 1) {
      left(static_cast<unsigned>(std::popcount(word(slot_))));
      word(slot_) = 0;
    }
    if (leaving_ > 0) {
      const std::uint64_t gone = word(to) & (~std::uint64_t{0} >> (63 - to % 64));
      left(static_cast<unsigned>(std::popcount(gone)));
      word(to) &= ~gone;
    }
    slot_ = to;
  }
  // When the next one leaves.
  Slot next() {
    while (word(slot_) == 0) slot_ = (slot_ | 63) + 1;
    return (slot_ & ~Slot{63}) + std::countr_zero(word(slot_));
  }
  void wait_for(unsigned count) {
    for (;; slot_ = (slot_ | 63) + 1) {
      const auto here = static_cast<unsigned>(std::popcount(word(slot_)));
      if (here >= count) break;
      left(here);
      count -= here;
      word(slot_) = 0;
    }
    for (; count > 0; --count) wait_for_one();
  }
  void wait_for_one() {
    slot_ = next();
    word(slot_) &= word(slot_) - 1;
    left(1);
  }

  unsigned capacity_;
  std::array<std::uint64_t, kSlots / 64> words_{};  // By slot, a ring: somebody leaves.
  Slot slot_ = 0;                                   // Those up to it have left.
  unsigned used_ = 0, leaving_ = 0;  // Inside, and those of them that are going to leave.
};

}  // namespace cvp
