// SPDX-License-Identifier: Apache-2.0
//
// Unit test of the RTL on its pins: many tiles with all three streams stalled at random, the next
// tiles' weights and rows following as early as the array takes them. Expected sums come from
// plain integer arithmetic here.
#include <Vmac_array.h>
#include <verilated.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

namespace {

constexpr int kRows = 16, kCols = 16;

struct Tile {
  int m, k;
  std::vector<std::int8_t> a, b;            // m x k, k x kCols
  std::vector<std::uint32_t> in, expected;  // m x kCols
};

Tile random_tile(std::mt19937& random) {
  Tile tile{
      1 + static_cast<int>(random() % 24), 1 + static_cast<int>(random() % kRows), {}, {}, {}, {}};
  const auto extreme = [&random] {  // Every fourth operand is an extreme.
    static constexpr int kExtremes[] = {-128, -127, 127, 0};
    const auto draw = random();
    return static_cast<std::int8_t>(draw & 3 ? static_cast<int>(draw >> 8)
                                             : kExtremes[draw >> 8 & 3]);
  };
  for (int i = 0; i < tile.m * tile.k; ++i) tile.a.push_back(extreme());
  for (int i = 0; i < tile.k * kCols; ++i) tile.b.push_back(extreme());
  for (int i = 0; i < tile.m * kCols; ++i) tile.in.push_back(static_cast<std::uint32_t>(random()));
  for (int row = 0; row < tile.m; ++row) {
    for (int column = 0; column < kCols; ++column) {
      std::int64_t sum = 0;
      for (int i = 0; i < tile.k; ++i) sum += tile.a[row * tile.k + i] * tile.b[i * kCols + column];
      tile.expected.push_back(tile.in[row * kCols + column] + static_cast<std::uint32_t>(sum));
    }
  }
  return tile;
}

// Runs `tiles` back to back; each stream is held up in `stall_percent` of the cycles.
class Bench {
 public:
  Bench(std::vector<Tile> tiles, unsigned stall_percent, unsigned seed)
      : tiles_(std::move(tiles)), stall_(stall_percent), random_(seed) {
    context_.fatalOnError(false);
    dut_.rst_ni = 0;
    dut_.eval();
    dut_.rst_ni = 1;
    dut_.eval();
  }
  ~Bench() { dut_.final(); }

  // Cycles taken.
  int run() {
    int cycle = 0;
    for (; result_.tile < tiles_.size() && cycle < 1'000'000; ++cycle) {
      offer();
      dut_.clk_i = 0;
      dut_.eval();
      check_result();
      const bool weight_taken = dut_.weight_valid_i && dut_.weight_ready_o;
      const bool row_taken = dut_.row_valid_i && dut_.row_ready_o;
      dut_.clk_i = 1;
      dut_.eval();
      if (weight_taken) weight_.advance(tiles_[weight_.tile].k), dut_.weight_valid_i = 0;
      if (row_taken) row_.advance(tiles_[row_.tile].m), dut_.row_valid_i = 0;
      REQUIRE(!context_.gotError());
    }
    return cycle;
  }

 private:
  struct Position {
    std::size_t tile = 0;
    int row = 0;
    void advance(int rows) {
      if (++row == rows) row = 0, ++tile;
    }
  };

  bool go() { return random_() % 100 >= stall_; }

  void offer() {
    if (weight_.tile < tiles_.size() && (dut_.weight_valid_i || go())) {
      const Tile& tile = tiles_[weight_.tile];
      dut_.weight_valid_i = 1;
      dut_.weight_last_i = weight_.row == tile.k - 1;
      std::memcpy(&dut_.weight_i, &tile.b[weight_.row * kCols], kCols);
    }
    if (row_.tile < tiles_.size() && (dut_.row_valid_i || go())) {
      const Tile& tile = tiles_[row_.tile];
      dut_.row_valid_i = 1;
      dut_.row_last_i = row_.row == tile.m - 1;
      std::memset(&dut_.row_i, 0x55, kRows);  // What lies beyond k meets zero weights.
      std::memcpy(&dut_.row_i, &tile.a[row_.row * tile.k], tile.k);
      std::memcpy(&dut_.acc_i, &tile.in[row_.row * kCols], 4 * kCols);
    }
    dut_.result_ready_i = go();
  }

  void check_result() {
    if (!dut_.result_valid_o || !dut_.result_ready_i) return;
    const Tile& tile = tiles_[result_.tile];
    REQUIRE(std::memcmp(&dut_.result_o, &tile.expected[result_.row * kCols], 4 * kCols) == 0);
    REQUIRE(dut_.result_last_o == (result_.row == tile.m - 1));
    result_.advance(tile.m);
  }

  std::vector<Tile> tiles_;
  unsigned stall_;
  std::mt19937 random_;
  Position weight_, row_, result_;
  VerilatedContext context_;
  Vmac_array dut_{&context_};
};

std::vector<Tile> random_tiles(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Tile> tiles;
  while (tiles.size() < count) tiles.push_back(random_tile(random));
  return tiles;
}

}  // namespace

TEST_CASE("mac_array gives exact sums under random stalls of all three streams",
          "[mac_array_rtl]") {
  for (const unsigned stall_percent : {0u, 10u, 50u, 90u}) {
    for (unsigned seed = 1; seed <= 5; ++seed) {
      CAPTURE(stall_percent, seed);
      Bench(random_tiles(40, seed), stall_percent, seed).run();
    }
  }
}

TEST_CASE("mac_array takes a row a cycle while the next weights load", "[mac_array_rtl]") {
  std::mt19937 random(7);
  std::vector<Tile> tiles;
  while (tiles.size() < 10) {
    Tile tile = random_tile(random);
    if (tile.m > tile.k) tiles.push_back(tile);  // Weights are complete before the last row.
  }
  int rows = 0;
  for (const Tile& tile : tiles) rows += tile.m;
  // First weights, a cycle to swap, the rows without a gap, two cycles of pipeline.
  CHECK(Bench(tiles, 0, 1).run() == tiles.front().k + 1 + rows + 2);
}
