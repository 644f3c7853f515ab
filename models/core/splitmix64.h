// SPDX-License-Identifier: Apache-2.0
//
// Repeatable random numbers by index. Source: Steele, Lea and Flood, Fast Splittable Pseudorandom
// Number Generators (2014).
#pragma once

#include <cstdint>

namespace cvp {

/// As good as independent numbers for consecutive arguments.
constexpr std::uint64_t splitmix64(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
  x = (x ^ x >> 27) * 0x94D049BB133111EB;
  return x ^ x >> 31;
}

}  // namespace cvp
