// SPDX-License-Identifier: Apache-2.0
//
// Random jobs and stall patterns for the tests of the MAC array.
#pragma once

#include <random>
#include <vector>

#include "models/npu/mac_array/mac_array.h"

namespace cvp {

/// A job with its operands and the sums that plain integer arithmetic gives.
struct TestTile {
  std::size_t m, n, k;
  std::vector<std::int8_t> a, b;
  std::vector<std::int32_t> c, expected;

  TileWeights weights() const { return {k, n, b}; }
  TileJob job() { return {m, n, k, a, c, 0}; }
};

inline TestTile make_tile(std::mt19937& random, std::size_t m, std::size_t n, std::size_t k) {
  TestTile tile{m, n, k, {}, {}, {}, {}};
  const auto operand = [&random] {  // Every fourth is an extreme.
    const auto draw = random();
    return static_cast<std::int8_t>(draw % 4 == 0 ? (draw & 4 ? -128 : 127) : draw >> 8);
  };
  for (std::size_t i = 0; i < m * k; ++i) tile.a.push_back(operand());
  for (std::size_t i = 0; i < k * n; ++i) tile.b.push_back(operand());
  for (std::size_t i = 0; i < m * n; ++i) tile.c.push_back(static_cast<std::int32_t>(random()));
  for (std::size_t i = 0; i < m * n; ++i) {
    std::uint32_t sum = static_cast<std::uint32_t>(tile.c[i]);
    for (std::size_t j = 0; j < k; ++j) {
      sum += static_cast<std::uint32_t>(tile.a[i / n * k + j] * tile.b[j * n + i % n]);
    }
    tile.expected.push_back(static_cast<std::int32_t>(sum));
  }
  return tile;
}

inline TestTile random_tile(std::mt19937& random, std::size_t rows = 16, std::size_t columns = 16) {
  const std::size_t m = 1 + random() % 20, n = 1 + random() % columns, k = 1 + random() % rows;
  return make_tile(random, m, n, k);
}

/// Each stream stalls in its own share of the cycles, which `random` draws.
inline StallPattern random_stalls(std::mt19937& random) {
  StallPattern stalls;
  const unsigned length = random() % 100;
  const unsigned percent[] = {static_cast<unsigned>(random() % 95),
                              static_cast<unsigned>(random() % 95),
                              static_cast<unsigned>(random() % 95)};
  for (unsigned cycle = 0; cycle < length; ++cycle) {
    std::uint8_t bits = 0;
    for (unsigned stream = 0; stream < 3; ++stream) {
      if (random() % 100 < percent[stream]) bits = static_cast<std::uint8_t>(bits | 1u << stream);
    }
    stalls.cycles.push_back(bits);
  }
  return stalls;
}

}  // namespace cvp
