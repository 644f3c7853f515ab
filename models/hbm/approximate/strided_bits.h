// SPDX-License-Identifier: Apache-2.0
//
// Rows of bits of equal distance, a word of 64 at a time.
#pragma once

#include <array>
#include <cstdint>

namespace cvp {

class StridedBits {
 public:
  static constexpr unsigned kMostStride = 64;

  /// Bits `stride` apart, 1 to kMostStride.
  explicit StridedBits(unsigned stride) : stride_(stride) {
    for (unsigned bit = 0; bit < 64; bit += stride) pattern_ |= std::uint64_t{1} << bit;
    for (unsigned bits = 1; bits <= 64; ++bits) {
      in_[bits] = static_cast<std::uint8_t>((bits + stride - 1) / stride);
    }
  }

  /// How many of them lie in `bits` bits, up to 64, of which the first one is one.
  unsigned in(unsigned bits) const { return in_[bits]; }

  /// Calls `use(word, mask, first)` for each word that has some of the `count` bits from `bit` on,
  /// in ascending order, until it returns false; `first` is the lowest of the mask.
  template <class Use>
  [[gnu::always_inline]] void for_each_word(std::uint64_t bit, unsigned count, Use use) const {
    while (count > 0) {
      const unsigned first = bit % 64, inside = in(64 - first);
      const std::uint64_t mask = pattern_ << first;
      if (inside >= count) {
        use(bit / 64, mask & ~std::uint64_t{0} >> (63 - (first + stride_ * (count - 1))), first);
        return;
      }
      if (!use(bit / 64, mask, first)) return;
      bit += std::uint64_t{stride_} * inside;
      count -= inside;
    }
  }

 private:
  std::uint64_t pattern_ = 0;
  std::array<std::uint8_t, 65> in_{};
  unsigned stride_;
};

}  // namespace cvp
