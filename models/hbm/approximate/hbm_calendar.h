// SPDX-License-Identifier: Apache-2.0
//
// The time of one resource of a channel, cut into windows of equal length, each of which serves one
// command. A command that comes later may take a window that earlier ones left free, so that
// commands are reordered without a queue that is searched. Finding a window and taking it cost
// O(1): a bit a window, in a ring. No SystemC.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "models/hbm/approximate/strided_bits.h"
#include "models/hbm/hbm_timing.h"

namespace cvp {

class HbmCalendar {
 public:
  using Window = std::uint64_t;  ///< Its number; counted without end.
  /// So many are remembered: enough for full queues whose requests all want other rows of one bank.
  static constexpr std::size_t kWindows = 4096;

  /// `quarters`: length of a window, in quarters of a slot; a fixed property that is not saved.
  explicit HbmCalendar(Slot quarters = 4)
      : quarters_(static_cast<std::uint64_t>(quarters)),
        inverse_(~std::uint64_t{0} / quarters_ + 1) {}

  /// The window of `slot`. Exact, though a multiplication, below 2^64 / quarters^2 slots.
  Window window(Slot slot) const {
    return static_cast<Window>(Wide{static_cast<std::uint64_t>(slot) * 4} * inverse_ >> 64);
  }
  Slot start(Window window) const { return static_cast<Slot>((window * quarters_ + 3) / 4); }

  /// Nothing will be asked or taken before `window`.
  void forget_before(Window window) {
    const std::uint64_t word = window / 64;
    if (word > first_) forget_words(word);
  }
  /// The first free window from this one on.
  Window free(Window window) const {
    if (!within(window)) [[unlikely]] {
      if (window / 64 > first_) return window;
      window = first_ * 64;
    }
    const std::uint64_t ahead = ~word(window) >> window % 64;
    return ahead != 0 ? window + static_cast<unsigned>(std::countr_zero(ahead))
                      : free_from_word(window / 64 + 1);
  }
  bool taken(Window window) const {
    return within(window) && (word(window) >> window % 64 & 1) != 0;
  }
  /// How many of `count` windows from this one on, at distances of `stride`, come before the first
  /// of them that is taken; those that lie too far ahead are not counted.
  unsigned free_run(Window window, const StridedBits& stride, unsigned count) const {
    if (!within(window)) return 0;
    unsigned found = count;
    stride.for_each_word(
        window, count,
        [&, asked = 0u](std::uint64_t word, std::uint64_t mask, unsigned at) mutable {
          const bool remembered = word - first_ < kWords;
          const std::uint64_t taken = remembered ? words_[word % kWords] & mask : mask;
          if (taken == 0) return asked += stride.in(64 - at), true;
          found = asked + stride.in(static_cast<unsigned>(std::countr_zero(taken)) - at);
          return false;
        });
    return found;
  }
  /// Takes so many, all of them remembered.
  void take_run(Window window, const StridedBits& stride, unsigned count) {
    stride.for_each_word(window, count, [&](std::uint64_t word, std::uint64_t mask, unsigned) {
      words_[word % kWords] |= mask;
      return true;
    });
  }
  /// What lies too far ahead is not remembered.
  void take(Window window) {
    if (within(window)) [[likely]] {
      words_[window / 64 % kWords] |= std::uint64_t{1} << window % 64;
    }
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(words_, first_);
  }

 private:
  static constexpr std::uint64_t kWords = kWindows / 64;
  __extension__ using Wide = unsigned __int128;

  bool within(Window window) const { return window / 64 - first_ < kWords; }
  std::uint64_t word(Window window) const { return words_[window / 64 % kWords]; }
  Window free_from_word(std::uint64_t word) const {
    for (; word < first_ + kWords; ++word) {
      const std::uint64_t bits = ~words_[word % kWords];
      if (bits != 0) return word * 64 + static_cast<unsigned>(std::countr_zero(bits));
    }
    return word * 64;
  }
  void forget_words(std::uint64_t word) {
    if (word - first_ >= kWords) {
      words_.fill(0);
    } else {
      for (std::uint64_t i = first_; i < word; ++i) words_[i % kWords] = 0;
    }
    first_ = word;
  }

  std::uint64_t quarters_, inverse_;
  std::uint64_t first_ = 0;  // The word of the earliest window; counted without end.
  std::array<std::uint64_t, kWords> words_{};
};

}  // namespace cvp
