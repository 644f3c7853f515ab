// SPDX-License-Identifier: Apache-2.0
//
// Results of instructions that C++ does not give as they are: division, words in 64 bits, NaN
// boxes. Private to models/cpu, no SystemC. [UNPRIV: "M" Extension, NaN Boxing of Narrower Values]
#pragma once

#include <bit>
#include <cstdint>

namespace cvp::arithmetic {

constexpr std::uint64_t sign32(std::uint64_t value) {
  return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)});
}
constexpr std::int64_t as_signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }

inline std::uint64_t divide(std::uint64_t a, std::uint64_t b) {
  if (b == 0) return ~std::uint64_t{0};
  if (b == ~std::uint64_t{0}) return 0 - a;  // Covers the overflow too.
  return static_cast<std::uint64_t>(as_signed(a) / as_signed(b));
}
inline std::uint64_t remainder(std::uint64_t a, std::uint64_t b) {
  if (b == 0) return a;
  if (b == ~std::uint64_t{0}) return 0;
  return static_cast<std::uint64_t>(as_signed(a) % as_signed(b));
}
inline std::uint64_t divide32(std::uint64_t a, std::uint64_t b) {
  return sign32(divide(sign32(a), sign32(b)));  // In 64 bits nothing overflows; b = 0 gives -1.
}
inline std::uint64_t remainder32(std::uint64_t a, std::uint64_t b) {
  return sign32(remainder(sign32(a), sign32(b)));
}
inline std::uint64_t divide_unsigned32(std::uint64_t a, std::uint64_t b) {
  const auto n = static_cast<std::uint32_t>(a), d = static_cast<std::uint32_t>(b);
  return d == 0 ? ~std::uint64_t{0} : sign32(n / d);
}
inline std::uint64_t remainder_unsigned32(std::uint64_t a, std::uint64_t b) {
  const auto n = static_cast<std::uint32_t>(a), d = static_cast<std::uint32_t>(b);
  return sign32(d == 0 ? n : n % d);
}

constexpr std::uint64_t kBox = 0xffff'ffff'0000'0000, kBoxHalf = 0xffff'ffff'ffff'0000;
inline float unbox(std::uint64_t bits) {
  return std::bit_cast<float>((bits & kBox) == kBox ? static_cast<std::uint32_t>(bits)
                                                    : 0x7fc0'0000u);
}
inline std::uint64_t box(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return kBox | ((bits & 0x7fff'ffffu) > 0x7f80'0000u ? 0x7fc0'0000u : bits);
}
inline double to_double(std::uint64_t bits) { return std::bit_cast<double>(bits); }
inline std::uint64_t canonical(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return (bits << 1) > 0xffe0'0000'0000'0000u ? 0x7ff8'0000'0000'0000u : bits;
}

}  // namespace cvp::arithmetic
