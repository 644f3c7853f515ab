// SPDX-License-Identifier: Apache-2.0
//
// Results of the bit-manipulation instructions that are no single C++ expression. Private to
// models/cpu, no SystemC. [UNPRIV: "B" Extension for Bit Manipulation]
#pragma once

#include <bit>
#include <cstdint>

namespace cvp::bits {

constexpr std::uint64_t byte(std::uint64_t value, unsigned index) {
  return value >> (8 * index) & 0xff;
}

/// Every byte that is not zero becomes 0xff.
constexpr std::uint64_t or_combine_bytes(std::uint64_t value) {
  std::uint64_t out = 0;
  for (unsigned i = 0; i < 8; ++i) {
    if (byte(value, i) != 0) out |= std::uint64_t{0xff} << (8 * i);
  }
  return out;
}

constexpr std::uint64_t reverse_bytes(std::uint64_t value) { return __builtin_bswap64(value); }

/// Reverses the bits of each byte, which stays where it is.
constexpr std::uint64_t reverse_in_bytes(std::uint64_t value) {
  value = (value >> 1 & 0x5555'5555'5555'5555) | (value & 0x5555'5555'5555'5555) << 1;
  value = (value >> 2 & 0x3333'3333'3333'3333) | (value & 0x3333'3333'3333'3333) << 2;
  return (value >> 4 & 0x0f0f'0f0f'0f0f'0f0f) | (value & 0x0f0f'0f0f'0f0f'0f0f) << 4;
}

__extension__ using Product = unsigned __int128;

/// The product without carries, 127 bits.
constexpr Product carryless_product(std::uint64_t a, std::uint64_t b) {
  Product out = 0;
  for (; b != 0; b &= b - 1) out ^= Product{a} << std::countr_zero(b);
  return out;
}

/// Element i of the result is the element of `table` whose number is element i of `indices`, or
/// zero where there is none.
constexpr std::uint64_t permute(std::uint64_t table, std::uint64_t indices, unsigned width) {
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  std::uint64_t out = 0;
  for (unsigned at = 0; at < 64; at += width) {
    const std::uint64_t from = (indices >> at & mask) * width;
    if (from < 64) out |= (table >> from & mask) << at;
  }
  return out;
}

}  // namespace cvp::bits
