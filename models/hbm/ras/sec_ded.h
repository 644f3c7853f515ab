// SPDX-License-Identifier: Apache-2.0
//
// A code that corrects one wrong bit and detects two: each bit has a column of odd weight in the
// parity-check matrix, so that one wrong bit gives a syndrome of odd weight (its column) and two
// give one of even weight. [HSIAO: A Class of Optimal Minimum Odd-weight-column SEC-DED Codes]
//
// The code is linear: the syndrome of a stored word is that of its wrong bits alone. What is kept
// and decoded here is therefore the pattern of wrong bits, data first, check bits behind. No
// SystemC.
#pragma once

#include <array>
#include <bit>
#include <bitset>
#include <cstdint>
#include <optional>

namespace cvp {

enum class EccVerdict : std::uint8_t { kClean, kCorrected, kUncorrectable };

template <unsigned kDataBits, unsigned kCheckBits>
class SecDed {
 public:
  static constexpr unsigned kBits = kDataBits + kCheckBits;
  using Bits = std::bitset<kBits>;
  using Check = std::uint16_t;

  static Check syndrome(const Bits& wrong) {
    Check sum = 0;
    for (unsigned bit = 0; bit < kBits; ++bit) {
      if (wrong[bit]) sum ^= kColumns[bit];
    }
    return sum;
  }
  /// The bit whose column is `syndrome`.
  static std::optional<unsigned> find(Check syndrome) {
    for (unsigned bit = 0; bit < kBits; ++bit) {
      if (kColumns[bit] == syndrome) return bit;
    }
    return std::nullopt;
  }
  /// What a decoder makes of a word with these bits wrong; it takes what it corrects out of them.
  /// Three and more wrong bits may pass for one.
  static EccVerdict decode(Bits& wrong) {
    const Check sum = syndrome(wrong);
    if (sum == 0) return EccVerdict::kClean;
    const auto bit = find(sum);
    if (!bit) return EccVerdict::kUncorrectable;
    wrong.flip(*bit);
    return EccVerdict::kCorrected;
  }
  /// Check bits as computed anew over data with these bits wrong: no decoder sees them any more.
  static void encode(Bits& wrong) {
    for (unsigned bit = kDataBits; bit < kBits; ++bit) wrong.reset(bit);
    const Check sum = syndrome(wrong);
    for (unsigned bit = 0; bit < kCheckBits; ++bit) wrong[kDataBits + bit] = sum >> bit & 1;
  }

 private:
  // Weight 3, then 5, in ascending order; the check bits' columns have weight 1.
  static constexpr std::array<Check, kBits> make_columns() {
    std::array<Check, kBits> columns{};
    unsigned count = 0;
    for (int weight = 3; weight <= 5; weight += 2) {
      for (unsigned value = 0; value < 1u << kCheckBits && count < kDataBits; ++value) {
        if (std::popcount(value) == weight) columns[count++] = static_cast<Check>(value);
      }
    }
    for (unsigned bit = 0; bit < kCheckBits; ++bit) {
      columns[kDataBits + bit] = static_cast<Check>(1u << bit);
    }
    return columns;
  }
  static constexpr std::array<Check, kBits> kColumns = make_columns();
  static_assert(kColumns[kDataBits - 1] != 0, "too few check bits");
};

/// Of the controller: 64 bits of data with 8 of check, beside each other on the bus.
using WordCode = SecDed<64, 8>;
/// Of the DRAM die: two such words with 9 check bits that never leave it.
using DieCode = SecDed<2 * WordCode::kBits, 9>;

}  // namespace cvp
