// SPDX-License-Identifier: Apache-2.0
//
// Numbers in flits: little-endian, whatever the host.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace cvp {

template <class Number>
void ucie_put(std::uint8_t* bytes, Number number) {
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(bytes, &number, sizeof number);
  } else {
    for (std::size_t i = 0; i < sizeof number; ++i) {
      bytes[i] = static_cast<std::uint8_t>(number >> 8 * i);
    }
  }
}

template <class Number>
Number ucie_get(const std::uint8_t* bytes) {
  Number number = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&number, bytes, sizeof number);
  } else {
    for (std::size_t i = 0; i < sizeof number; ++i) {
      number = static_cast<Number>(number | static_cast<Number>(bytes[i]) << 8 * i);
    }
  }
  return number;
}

}  // namespace cvp
