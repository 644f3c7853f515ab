// SPDX-License-Identifier: Apache-2.0
//
// The other way through an address map: from a place to its offset. For maps whose counts are all
// powers of two: then each place bit is an XOR of address bits, and the inverse the same. No
// SystemC.
#pragma once

#include <array>
#include <optional>

#include "models/hbm/hbm_map.h"

namespace cvp {

/// `bank` counts through the channel, as in HbmPlace.
constexpr HbmPlace place_at(unsigned channel, unsigned bank, std::uint32_t row, unsigned column) {
  return {std::uint64_t{row} | std::uint64_t{column} << 32 | std::uint64_t{bank} << 40 |
          std::uint64_t{channel} << 52};
}

class HbmInverse {
 public:
  static bool possible(const HbmGeometry& geometry);
  /// Of a map and geometry for which it is possible().
  HbmInverse(const HbmMap& map, const HbmGeometry& geometry);

  /// Nothing for a place outside the stack.
  std::optional<Addr> offset(const HbmPlace& place) const;

 private:
  std::uint64_t used_ = 0;                   // Bits of a place.
  std::array<std::uint64_t, 64> address_{};  // Of each of them alone.
};

}  // namespace cvp
