// SPDX-License-Identifier: Apache-2.0
//
// Address map of an HBM stack, as data: a string of bit fields, least significant first above the
// offset bits of a burst. No SystemC.
//
//   p pseudo channel   g bank group   b bank   s stack id   c column   h channel   r row
//
// `p1g2c1h4c2b2s1c2r14y`: a letter used twice gives its low bits first; a trailing `y` folds row
// bits into bank group, bank, pseudo channel, stack id and channel (all are XORs of the unfolded
// row). Everything is XOR of address bits, so a decode is four table look-ups.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/hbm/hbm_timing.h"

namespace cvp {

/// Where a burst lies, packed so that maps can XOR it. `bank` counts through a channel: pseudo
/// channel, stack id, bank group, bank, most significant first.
struct HbmPlace {
  std::uint64_t bits = 0;

  std::uint32_t row() const { return static_cast<std::uint32_t>(bits); }
  unsigned column() const { return bits >> 32 & 0xff; }
  unsigned bank() const { return bits >> 40 & 0xfff; }
  unsigned channel() const { return static_cast<unsigned>(bits >> 52); }
  auto operator<=>(const HbmPlace&) const = default;
};

class HbmMap {
 public:
  /// Why `text` is no map of this geometry (not a bijection, unknown letter); empty if it is one.
  static std::string check(std::string_view text, const HbmGeometry& geometry);
  /// A map that passed the check.
  HbmMap(std::string_view text, const HbmGeometry& geometry);

  std::uint64_t bytes() const { return bytes_; }

  HbmPlace place(Addr offset) const {
    const Addr burst = offset >> burst_bits_;
    return {table_[0][burst & 0xff] ^ table_[1][burst >> 8 & 0xff] ^ table_[2][burst >> 16 & 0xff] ^
            table_[3][burst >> 24 & 0xff]};
  }

 private:
  static constexpr unsigned kBytes = 4;
  std::uint64_t bytes_;
  unsigned burst_bits_;
  std::array<std::array<std::uint64_t, 256>, kBytes> table_;
};

}  // namespace cvp
