// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "models/core/report.h"
#include "models/npu/mac_array/mac_array_models.h"
#include "models/npu/mac_array/mac_array_test_jobs.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

MacArrayParams with(Fidelity fidelity, bool record = false) {
  MacArrayParams params;
  params.fidelity = fidelity;
  params.record = record;
  return params;
}

TEST_CASE("MacArray multiplies and accumulates with sums that wrap", "[unit][mac_array]") {
  const auto fidelity = GENERATE(Fidelity::kFunctional, Fidelity::kApproximate);
  const auto array = make_mac_array(with(fidelity));
  const std::int8_t a[] = {127, -128};
  const std::int8_t b[] = {127, 1, -128, 1};
  std::int32_t c[] = {0x7fff'ffff, 5};
  array->preload({2, 2, b});
  array->run({1, 2, 2, a, c, 0}, {});
  // 127 * 127 + 128 * 128 = 32513; 2^31 - 1 + 32513 wraps to -2^31 + 32512.
  CHECK(c[0] == -2147483647 - 1 + 32512);
  CHECK(c[1] == 4);
}

TEST_CASE("MacArray gives the sums of integer arithmetic for random tiles", "[unit][mac_array]") {
  const auto fidelity = GENERATE(Fidelity::kFunctional, Fidelity::kApproximate);
  const auto array = make_mac_array(with(fidelity));
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    TestTile tile = random_tile(random);
    array->preload(tile.weights());
    array->run(tile.job(), random_stalls(random));
    REQUIRE(tile.c == tile.expected);
  }
}

TEST_CASE("MacArray needs k + 1 cycles of weights, m rows and 2 of pipeline", "[unit][mac_array]") {
  std::mt19937 random(2);
  TestTile first = make_tile(random, 40, 16, 16), second = make_tile(random, 5, 16, 16);
  TestTile third = make_tile(random, 3, 16, 12);
  const auto array = make_mac_array(with(Fidelity::kApproximate));
  array->preload(first.weights());
  array->preload(second.weights());
  CHECK(array->run(first.job(), {}).cycles == 17 + 40 + 2);
  array->preload(third.weights());
  CHECK(array->run(second.job(), {}).cycles == 5 + 2);  // Weights came in during the 40 rows.
  // 12 rows of weights began with the 7 cycles above: 5 more, and one to swap.
  const TileRecord record = array->run(third.job(), {});
  CHECK(record.cycles == 6 + 3 + 2);
  CHECK(record.weight_shift == 6);
  CHECK(record.stalled == 0);
}

TEST_CASE("MacArrayApproximate's closed form equals its cycle-by-cycle record",
          "[unit][mac_array]") {
  std::mt19937 random(3);
  MacArrayApproximate closed(with(Fidelity::kApproximate));
  MacArrayApproximate stepped(with(Fidelity::kApproximate, true));
  TestTile tile = random_tile(random);
  closed.preload(tile.weights());
  stepped.preload(tile.weights());
  for (int i = 0; i < 2000; ++i) {
    CAPTURE(i);
    TestTile next = random_tile(random);
    const bool early = random() % 4 != 0;
    const StallPattern stalls = random() % 3 == 0 ? random_stalls(random) : StallPattern{};
    if (early) closed.preload(next.weights()), stepped.preload(next.weights());
    const TileRecord got = closed.run(tile.job(), stalls);
    const TileRecord expected = stepped.run(tile.job(), stalls);
    REQUIRE(got.cycles == expected.cycles);
    REQUIRE(got.weight_shift == expected.weight_shift);
    REQUIRE(got.stalled == expected.stalled);
    REQUIRE(expected.handshakes.size() == expected.cycles);
    if (!early) closed.preload(next.weights()), stepped.preload(next.weights());
    tile = next;
  }
}

TEST_CASE("MacArray refuses a job whose weights were not preloaded", "[unit][mac_array]") {
  std::mt19937 random(4);
  TestTile tile = make_tile(random, 4, 4, 4);
  const auto array = make_mac_array(with(Fidelity::kApproximate));
  CHECK_THROWS_AS(array->run(tile.job(), {}), ModelError);
  CHECK_THROWS_AS(array->preload({17, 1, std::vector<std::int8_t>(17)}), ModelError);
}

TEST_CASE("MacArray goes on identically after save and load", "[unit][mac_array]") {
  std::vector<Fidelity> fidelities{Fidelity::kFunctional, Fidelity::kApproximate};
  if (mac_array_has_rtl()) fidelities.insert(fidelities.end(), {Fidelity::kRtl, Fidelity::kBoth});
  for (const Fidelity fidelity : fidelities) {
    CAPTURE(static_cast<int>(fidelity));
    std::mt19937 random(5);
    const auto array = make_mac_array(with(fidelity, true));
    TestTile tile = random_tile(random);
    array->preload(tile.weights());
    for (int i = 0; i < 50; ++i) {
      TestTile next = random_tile(random);
      array->preload(next.weights());
      array->run(tile.job(), random_stalls(random));
      tile = next;

      const auto copy = make_mac_array(with(fidelity, true));
      MacArrayState state = array->state(), loaded;
      load(loaded, save(state));
      copy->restore(loaded);
      TestTile one = tile, other = tile;
      const StallPattern stalls = random_stalls(random);
      const TileRecord expected = array->run(one.job(), stalls);
      const TileRecord got = copy->run(other.job(), stalls);
      REQUIRE(got.handshakes == expected.handshakes);
      REQUIRE(one.c == other.c);
      REQUIRE(copy->statistics().macs == array->statistics().macs);
      tile = random_tile(random);
      array->preload(tile.weights());
    }
    CHECK(array->statistics().first_difference.empty());
  }
}

}  // namespace
}  // namespace cvp
