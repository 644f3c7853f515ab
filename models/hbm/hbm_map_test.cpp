// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_map.h"

#include <catch2/catch.hpp>
#include <vector>

#include "models/hbm/hbm.h"

using namespace cvp;

namespace {

constexpr const char* kReferenceMap = "p1g2c3b2s1c2r14y";

// Bit-by-bit decode of p1g2c3b2s1c2r14y with the folds as the reference experiment writes them.
HbmPlace reference_place(Addr address) {
  const auto bits = [&](unsigned lsb, unsigned count) {
    return address >> lsb & ((std::uint64_t{1} << count) - 1);
  };
  const std::uint64_t r = bits(16, 14);
  const std::uint64_t p = bits(5, 1) ^ ((r >> 4 ^ r >> 9) & 1);
  const std::uint64_t g = bits(6, 2) ^ ((r ^ r >> 6) & 3);
  const std::uint64_t b = bits(11, 2) ^ ((r >> 2 ^ r >> 8) & 3);
  const std::uint64_t s = bits(13, 1) ^ (r >> 5 & 1);
  const std::uint64_t c = bits(8, 3) | bits(14, 2) << 3;
  const std::uint64_t bank = ((p * 2 + s) * 4 + g) * 4 + b;
  return {r | c << 32 | bank << 40};
}

// Few rows, so that every burst can be looked at.
HbmGeometry small(unsigned channels, unsigned stack_ids, unsigned rows) {
  return {.channels = channels, .stack_ids = stack_ids, .rows = rows, .columns = 8};
}

// Every place there is comes once.
void check_bijection(std::string_view text, const HbmGeometry& geometry) {
  INFO(text);
  REQUIRE(HbmMap::check(text, geometry) == "");
  const HbmMap map(text, geometry);
  CHECK(map.bytes() == geometry.stack_bytes());
  std::vector<bool> seen(geometry.stack_bytes() / geometry.burst_bytes);
  for (Addr at = 0; at < map.bytes(); at += geometry.burst_bytes) {
    const HbmPlace place = map.place(at);
    REQUIRE(place.channel() < geometry.channels);
    REQUIRE(place.bank() < geometry.bank_count());
    REQUIRE(place.row() < geometry.rows);
    REQUIRE(place.column() < geometry.columns);
    const std::size_t bank = std::size_t{place.channel()} * geometry.bank_count() + place.bank();
    const std::size_t number =
        (bank * geometry.rows + place.row()) * geometry.columns + place.column();
    REQUIRE_FALSE(seen[number]);
    seen[number] = true;
  }
}

}  // namespace

TEST_CASE("Hbm map folds row bits into bank, group, stack id and pseudo channel", "[unit][hbm]") {
  HbmGeometry geometry;
  geometry.channels = 1;
  const HbmMap map(kReferenceMap, geometry);
  CHECK(map.bytes() == 1_GiB);
  std::uint64_t x = 1;
  for (int i = 0; i < 1000; ++i) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    const Addr address = x >> 20 & (1_GiB - 1);
    REQUIRE(map.place(address) == reference_place(address));
  }
}

TEST_CASE("Hbm map refuses what is no bijection", "[unit][hbm]") {
  HbmGeometry geometry;
  geometry.channels = 1;
  CHECK(HbmMap::check(kReferenceMap, geometry).empty());
  CHECK(HbmMap::check("p1g2c3b2s1c2r13y", geometry) ==
        "address map \"p1g2c3b2s1c2r13y\" has 13 bits of 'r'; expected 14");
  CHECK_FALSE(HbmMap::check("p1g2c3b2s1c2r14x1", geometry).empty());
  CHECK_FALSE(HbmMap::check("p1g2c3b2s1c2r", geometry).empty());
  CHECK_FALSE(HbmMap::check("h4p1g2c3b2s1c2r14y", geometry).empty());
}

TEST_CASE("Hbm map with counts that are no powers of two reaches every place once", "[unit][hbm]") {
  check_bijection("p1g2c3b2s1h2r6y", small(4, 2, 64));
  check_bijection("p1g2c1b2s*3c2h2r6y", small(4, 3, 64));
  check_bijection("p1g2c1h*12b2s1c2r5y", small(12, 2, 32));
  check_bijection("p1g2c1h2h*3b2s*3c2r4r*3y", small(12, 3, 48));
  check_bijection("p1g2c3b2s*3h1r6", small(2, 3, 64));
}

TEST_CASE("Hbm map folds modulo a count that is no power of two", "[unit][hbm]") {
  const HbmMap map("p1g2c3b2s*3r6y", small(1, 3, 64));
  const Addr row = map.bytes() / 64;
  const auto stack_id = [&](Addr address) { return map.place(address).bank() / 16 % 3; };
  const Addr one_stack_id = row / 3;
  CHECK(stack_id(0) == 0);
  CHECK(stack_id(2 * one_stack_id) == 2);
  // Row bit 5 is the stack id's fold.
  CHECK(stack_id(32 * row) == 1);
  CHECK(stack_id(32 * row + 2 * one_stack_id) == 0);
}

TEST_CASE("Hbm map takes folds of one's own", "[unit][hbm]") {
  check_bijection("p1g2c3b2s1r6y(g0=r0^r5,c1=r2,p0=r1)", small(1, 2, 64));
  const HbmMap map("p1g2c3b2s1r6y(g0=r0^r5)", small(1, 2, 64));
  const Addr row = map.bytes() / 64;
  const auto group = [&](Addr address) { return map.place(address).bank() / 4 % 4; };
  CHECK(group(0) == 0);
  CHECK(group(row) == 1);
  CHECK(group(2 * row) == 0);
  CHECK(group(33 * row) == 0);
  for (const char* wrong :
       {"y(", "y()", "y(g0)", "y(g0=)", "y(g0=r0", "y(g0=r0)x", "y(r0=r1)", "y(g2=r0)", "y(g0=r6)",
        "y(g0=g1)", "y(g0=r32)", "y(x0=r0)", "yy", "y(g0=r0,)", "y(g0=r1,g0=r2)", "y(g0=r1^r1)"}) {
    INFO(wrong);
    CHECK_FALSE(HbmMap::check(std::string("p1g2c3b2s1r6") + wrong, small(1, 2, 64)).empty());
  }
}

TEST_CASE("Hbm map errors tell numbers as they were written", "[unit][hbm]") {
  const auto error = [](const char* text) { return HbmMap::check(text, small(1, 2, 64)); };
  CHECK(error("p99999999999999999999") ==
        "address map \"p99999999999999999999\": field 'p' of 99999999999999999999 bits; expected 1 "
        "to 31");
  CHECK(error("p*99999999999999999999") ==
        "address map \"p*99999999999999999999\": field 'p' of 99999999999999999999 values; "
        "expected 1 to 16777216");
  CHECK(error("p1g2c3b2s1r6y(g1=r0,g1=r2)") ==
        "address map \"p1g2c3b2s1r6y(g1=r0,g1=r2)\": folds g1 twice; expected all its row bits in "
        "one");
}

TEST_CASE("Hbm channels take turns of 256 bytes to 4 KiB", "[unit][hbm]") {
  CHECK(HbmParams{}.map_in_use() == "p1g2c1h4c2b2s1c2r14y");
  CHECK(HbmParams{.channel_interleave = 4096}.map_in_use() == "p1g2c4h4b2s1c1r14y");
  CHECK(HbmParams{.generation = "ddr5-4800", .channel_interleave = 256}.map_in_use() ==
        "g2h1g1c4b2s1c2r16y");
  CHECK(HbmParams{.channels = 12, .stack_ids = 3}.map_in_use() == "p1g2c1h2h*3c2b2s*3c2r14y");
  for (const unsigned interleave : {256u, 512u, 1024u, 2048u, 4096u}) {
    for (const HbmTiming& timing : hbm_timings()) {
      INFO(timing.name << " " << interleave);
      HbmParams params{.generation = timing.name, .channel_interleave = interleave};
      REQUIRE(params.errors().empty());
      const HbmMap map(params.map_in_use(), params.timing().geometry);
      const unsigned first = map.place(0).channel();
      CHECK(map.place(interleave - 1).channel() == first);
      CHECK(map.place(interleave).channel() != first);
    }
  }
}

TEST_CASE("Hbm map knows the blocks that lie in one row", "[unit][hbm]") {
  const auto block = [](std::string_view text) {
    const HbmMap map(text, small(4, 2, 64));
    for (Addr at = 0; at < map.bytes(); at += 32) {
      const Addr first = at / map.row_block() * map.row_block();
      REQUIRE(map.place(at).same_row(map.place(first)));
    }
    return map.row_block();
  };
  CHECK(block("c3p1g2h2b2s1r6y") == 256);
  CHECK(block("c1c1p1g2h2b2s1c1r6") == 128);
  CHECK(block("p1g2c1h2b2s1c2r6y") == 32);
}

TEST_CASE("Hbm map knows the blocks that lie in one channel", "[unit][hbm]") {
  const auto block = [](std::string_view text, const HbmGeometry& geometry) {
    const HbmMap map(text, geometry);
    for (Addr at = 0; at < map.bytes(); at += 32) {
      const Addr first = at / map.channel_block() * map.channel_block();
      REQUIRE(map.place(at).channel() == map.place(first).channel());
    }
    return map.channel_block();
  };
  CHECK(block("p1g2c1h2b2s1c2r6y", small(4, 2, 64)) == 512);
  CHECK(block("p1g2c1r6h2b2s1c2y", small(4, 2, 64)) == 512);
  CHECK(block("p1g2b2s*3h2c3r6y", small(4, 3, 64)) == 32 * 32 * 3);
  CHECK(block("h2p1g2b2s1c3r6", small(4, 2, 64)) == 32);
}
