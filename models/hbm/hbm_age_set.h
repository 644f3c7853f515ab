// SPDX-License-Identifier: Apache-2.0
//
// A set of entries of a ring in which the order of places is the order of ages: the oldest member
// is found by counting zeros. No SystemC.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace cvp {

class HbmAgeSet {
 public:
  static constexpr unsigned kPlaces = 256;  ///< Of the ring; a member is a number below.

  bool empty() const { return (words_[0] | words_[1] | words_[2] | words_[3]) == 0; }
  bool has(unsigned place) const { return words_[place / 64] >> (place % 64) & 1; }
  void add(unsigned place) { words_[place / 64] |= std::uint64_t{1} << (place % 64); }
  void remove(unsigned place) { words_[place / 64] &= ~(std::uint64_t{1} << (place % 64)); }
  void remove(const HbmAgeSet& other) {
    words_[0] &= ~other.words_[0];
    words_[1] &= ~other.words_[1];
    words_[2] &= ~other.words_[2];
    words_[3] &= ~other.words_[3];
  }
  /// The oldest member, if `head` is the oldest place; the set is not empty.
  unsigned oldest(unsigned head) const {
    unsigned i = head / 64;
    std::uint64_t word = words_[i] & ~std::uint64_t{0} << (head % 64);
    while (word == 0) {
      i = (i + 1) % kWords;
      word = words_[i];
    }
    return i * 64 + static_cast<unsigned>(std::countr_zero(word));
  }

  /// The oldest member that `accept` takes, or ~0U.
  template <class Accept>
  unsigned first(unsigned head, Accept accept) const {
    unsigned i = head / 64;
    const std::uint64_t below = (std::uint64_t{1} << (head % 64)) - 1;
    std::uint64_t word = words_[i] & ~below;
    for (unsigned n = 0;;) {
      for (; word != 0; word &= word - 1) {
        const unsigned place = i * 64 + static_cast<unsigned>(std::countr_zero(word));
        if (accept(place)) return place;
      }
      if (++n > kWords) break;
      i = (i + 1) % kWords;
      word = n < kWords ? words_[i] : words_[i] & below;
    }
    return ~0U;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(words_);
  }

 private:
  static constexpr unsigned kWords = kPlaces / 64;
  std::array<std::uint64_t, kWords> words_{};
};

}  // namespace cvp
