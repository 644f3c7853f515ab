// SPDX-License-Identifier: Apache-2.0
//
// Numbers in the byte order of virtio structures. No SystemC.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <vector>

namespace cvp {

template <std::unsigned_integral Number>
Number little_endian(std::span<const std::uint8_t> bytes, std::size_t offset) {
  std::uint64_t value = 0;
  for (std::size_t i = sizeof(Number); i > 0; --i) value = value << 8 | bytes[offset + i - 1];
  return static_cast<Number>(value);
}

template <std::unsigned_integral Number>
void append_little_endian(std::vector<std::uint8_t>& bytes, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    bytes.push_back(static_cast<std::uint8_t>(std::uint64_t{value} >> 8 * i));
  }
}

}  // namespace cvp
