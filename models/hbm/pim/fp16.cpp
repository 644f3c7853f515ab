// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/pim/fp16.h"

#include <bit>

namespace cvp {

float half_to_float(Half value) {
  const std::uint32_t sign = std::uint32_t{value} >> 15 << 31;
  const std::uint32_t exponent = value >> 10 & 31, fraction = value & 0x3ff;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f80'0000 | fraction << 13);
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

Half half_of(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<Half>(bits >> 16 & 0x8000);
  const std::uint32_t magnitude = bits & 0x7fff'ffff;
  if (magnitude > 0x7f80'0000) return 0x7e00;
  if (magnitude >= 0x477f'f000) return sign | 0x7c00;  // 65520 and more.
  // Bits below the last place of the result: 13, more where it is subnormal.
  std::uint32_t significand = magnitude, shift = 13;
  if (magnitude < 0x3880'0000) {
    const std::uint32_t below = 113 - (magnitude >> 23);
    if (below > 11) return sign;
    significand = (magnitude & 0x007f'ffff) | 0x0080'0000;
    shift += below;
  } else {
    significand -= std::uint32_t{112} << 23;
  }
  const std::uint32_t odd = significand >> shift & 1;
  significand += (std::uint32_t{1} << (shift - 1)) - 1 + odd;
  return static_cast<Half>(sign | significand >> shift);
}

}  // namespace cvp
