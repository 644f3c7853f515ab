// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <filesystem>

#include "models/npu/mac_array/mac_array_models.h"
#include "models/npu/mac_array/mac_array_test_jobs.h"
#include "tests/harness/scratch_directory.h"

namespace cvp {

std::unique_ptr<MacArray> make_mac_array_bug_bit(const MacArrayParams& params);
std::unique_ptr<MacArray> make_mac_array_bug_cycle(const MacArrayParams& params);

namespace {

MacArrayParams with(Fidelity fidelity) {
  MacArrayParams params;
  params.fidelity = fidelity;
  params.record = true;
  return params;
}

// `tiles` jobs, the weights of each preloaded during the one before.
void run_overlapping(MacArray& array, std::mt19937& random, int tiles, std::size_t size,
                     bool stalled) {
  TestTile tile = random_tile(random, size, size);
  array.preload(tile.weights());
  for (int i = 0; i < tiles; ++i) {
    TestTile next = random_tile(random, size, size);
    array.preload(next.weights());
    array.run(tile.job(), stalled ? random_stalls(random) : StallPattern{});
    REQUIRE(tile.c == tile.expected);
    tile = next;
  }
}

TEST_CASE("MacArrayRtl and MacArrayApproximate give equal records for two overlapping jobs",
          "[unit][mac_array]") {
  std::mt19937 random(1);
  TestTile first = make_tile(random, 30, 16, 16), second = make_tile(random, 9, 7, 13);
  const auto model = make_mac_array(with(Fidelity::kApproximate));
  const auto rtl = make_mac_array(with(Fidelity::kRtl));
  std::vector<TileRecord> records[2];
  for (MacArray* array : {model.get(), rtl.get()}) {
    TestTile one = first, two = second;
    auto& record = records[array == rtl.get()];
    array->preload(one.weights());
    array->preload(two.weights());
    record.push_back(array->run(one.job(), {}));
    record.push_back(array->run(two.job(), {}));
    CHECK(one.c == first.expected);
    CHECK(two.c == second.expected);
  }
  for (int job = 0; job < 2; ++job) {
    CHECK(records[0][job].cycles == records[1][job].cycles);
    CHECK(records[0][job].handshakes == records[1][job].handshakes);
  }
  CHECK(records[1][0].cycles == 17 + 30 + 2);
  CHECK(records[1][1].cycles == 9 + 2);
}

TEST_CASE("MacArrayBoth finds no difference under 1,000 random stall patterns",
          "[unit][mac_array]") {
  const auto array = make_mac_array(with(Fidelity::kBoth));
  std::mt19937 random(2);
  run_overlapping(*array, random, 1000, 16, true);
  CHECK(array->statistics().tiles_compared == 1000);
  CHECK(array->statistics().tiles_different == 0);
  CHECK(array->statistics().first_difference == "");
}

TEST_CASE("MacArrayBoth compares both_tiles tiles and goes on with the model",
          "[unit][mac_array]") {
  MacArrayParams params = with(Fidelity::kBoth);
  params.both_tiles = 10;
  const auto array = make_mac_array(params);
  std::mt19937 random(3);
  run_overlapping(*array, random, 25, 16, true);
  CHECK(array->statistics().tiles == 25);
  CHECK(array->statistics().tiles_compared == 10);
}

TEST_CASE("MacArrayBoth names the word of a planted one-bit bug", "[unit][mac_array]") {
  MacArrayParams params;
  params.rows = params.columns = 4;
  params.record = true;
  MacArrayBoth array(std::make_unique<MacArrayApproximate>(params), make_mac_array_bug_bit(params),
                     0, false);
  const std::int8_t a[] = {5, -128}, b[] = {1, -128};
  std::int32_t c[] = {0, 0, 0, 0};
  array.preload({1, 2, b});
  array.run({2, 2, 1, a, c, 0}, {});
  CHECK(c[3] == 16384);  // What counts is the model's.
  CHECK(array.statistics().tiles_different == 1);
  CHECK(array.statistics().first_difference ==
        "tile 0, row 1, column 1: model 16384 (0x4000), rtl 0 (0x0)");
}

TEST_CASE("MacArrayBoth names the cycle of a planted one-cycle bug", "[unit][mac_array]") {
  MacArrayParams params;
  params.rows = params.columns = 4;
  params.record = true;
  MacArrayBoth array(std::make_unique<MacArrayApproximate>(params),
                     make_mac_array_bug_cycle(params), 0, false);
  const std::int8_t a[] = {1, 2, 3, 4, 5, 6}, b[] = {7};
  std::int32_t c[6] = {};
  array.preload({1, 1, b});
  array.run({6, 1, 1, a, c, 0}, {});
  CHECK(array.statistics().tiles_different == 0);  // The bug needs a stalled result.
  array.preload({1, 1, b});
  // Weights in cycle 0, swap in 1, rows from 2, the first result in 4: stalled until 5.
  array.run({6, 1, 1, a, c, 0}, {{0, 0, 0, 0, kStallResult}});
  CHECK(array.statistics().tiles_different == 1);
  CHECK(array.statistics().first_difference == "tile 1, cycle 5, row_ready: model 1, rtl 0");
}

TEST_CASE("MacArrayRtl writes the waveform of a tile on request", "[unit][mac_array]") {
  // The file's size after as many overlapping tiles, all of one size, when it is to hold `tile`.
  const auto size_of_wave = [](std::uint64_t tile, int tiles) {
    const ScratchDirectory scratch;
    MacArrayParams params = with(Fidelity::kRtl);
    params.wave = scratch.path("tile.fst");
    params.wave_tile = tile;
    std::mt19937 random(5);
    {
      const auto array = make_mac_array(params);
      run_overlapping(*array, random, tiles, 16, false);
    }
    return std::filesystem::file_size(scratch.path("tile.fst"));
  };
  const auto nothing = size_of_wave(100, 4), first = size_of_wave(0, 4), third = size_of_wave(2, 4);
  CHECK(first > nothing + 500);
  CHECK(third > nothing + 500);
  CHECK(first == size_of_wave(0, 40));
}

}  // namespace
}  // namespace cvp
