// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "models/hbm/cycle/cycle_engine.h"
#include "tests/harness/archive.h"

using namespace cvp;
using namespace cvp::hbm_cycle;

namespace {

constexpr const char* kMap = "p1g2c3b2s1c2r14y";

CycleEngineParams one_channel(const char* policy, const char* generation = "hbm3-6400",
                              const char* map = kMap) {
  HbmTiming timing = *find_hbm_timing(generation);
  timing.geometry.channels = 1;
  return {timing, map, *find_controller_policy(policy)};
}

// Ends of all requests that the engine still has.
std::vector<Completion> drain(CycleEngine& engine) {
  std::vector<Completion> ends;
  while (engine.next_tick() != kNever) engine.step(ends);
  return ends;
}

Tick latency(CycleEngine& engine, std::uint64_t offset, Tick arrival) {
  engine.submit(0, false, offset, 32, arrival);
  const auto ends = drain(engine);
  REQUIRE(ends.size() == 1);
  return ends[0].tick - arrival;
}

}  // namespace

// 2 + 44, 2 + 64 + 44 and 1 + 51 + 64 + 44 ticks of 0.3125 ns from an odd tick, one less from an
// even one.
TEST_CASE("Hbm cycle idle reads take 14.375, 34.375 and 50 ns on HBM3-6400", "[hbm]") {
  const std::uint64_t other_row = std::uint64_t{1} << 22;  // Unfolded into the same bank.
  for (const Tick odd : {1, 0}) {
    CycleEngine engine(one_channel("none_q64", "hbm3-6400", "p1g2c3b2s1c2r14"));
    CHECK(latency(engine, 0, 10000 + odd) == 109 + odd);
    CHECK(latency(engine, 64 * 4, 20000 + odd) == 45 + odd);
    CHECK(latency(engine, other_row, 30000 + odd) == 159 + odd);
  }
}

TEST_CASE("Hbm cycle idle reads take 17, 32 and 45 ns on HBM2-2000", "[hbm]") {
  CycleEngine engine(one_channel("none_q64", "hbm2", "p1g2c3b2c2r14"));
  CHECK(latency(engine, 0, 10001) == 2 * 32);
  CHECK(latency(engine, 64 * 4, 20001) == 2 * 17);
  CHECK(latency(engine, std::uint64_t{1} << 21, 30001) == 2 * 45);
}

TEST_CASE("Hbm cycle answers a read of a waiting write in the next tick and merges writes",
          "[hbm]") {
  CycleEngine engine(one_channel("none_q64"));
  // A read to another bank keeps the queue in read mode while the write waits.
  engine.submit(1, false, 64, 32, 99);
  engine.submit(2, true, 0, 32, 99);
  engine.submit(3, false, 0, 32, 101);
  engine.submit(4, true, 0, 32, 102);
  std::vector<Tick> end(5);
  for (const Completion& c : drain(engine)) end[c.id] = c.tick;
  CHECK(end[3] == 102);
  CHECK(end[4] == 103);
  CHECK(end[2] > 103);
  CHECK(engine.channel_statistics(0).forwarded == 2);
  CHECK(engine.channel_statistics(0).writes == 1);
}

TEST_CASE("Hbm cycle transaction of many bursts ends with the last of them", "[hbm]") {
  CycleEngine engine(one_channel("none_q64"));
  engine.submit(7, false, 16, 4096, 0);
  const auto ends = drain(engine);
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].id == 7);
  CHECK(engine.channel_statistics(0).reads == 129);
  CHECK(ends[0].tick > 129 * 2);
}

TEST_CASE("Hbm cycle refreshes of an idle channel are made up for when a request comes", "[hbm]") {
  CycleEngine engine(one_channel("ab_q64"));
  CHECK(engine.next_tick() == kNever);
  const Tick refi = 12480, late = 1000 * refi + 2000;
  CHECK(latency(engine, 0, late) == 109);
  CHECK(engine.channel_statistics(0).refreshes == 2000);
  // In the middle of a refresh it waits for its end.
  CHECK(latency(engine, 0, 2000 * refi + 100) > 800);
}

TEST_CASE("Hbm cycle engine saved and loaded goes on identically", "[hbm]") {
  const auto params = one_channel("fr_fcfs_adaptive");
  CycleEngine original(params), copy(params);
  const auto feed = [](CycleEngine& engine, std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t n = from; n < to; ++n) {
      engine.submit(n, n % 3 == 0, (n * 0x9E3779B97F4A7C15 >> 35) / 32 * 32, 32,
                    static_cast<Tick>(n * 3));
    }
  };
  std::vector<Completion> ends;
  feed(original, 0, 500);
  while (original.next_tick() < 1500) original.step(ends);
  load(copy, save(original));
  feed(original, 500, 1000);
  feed(copy, 500, 1000);
  const auto a = drain(original), b = drain(copy);
  REQUIRE(a.size() == b.size());
  REQUIRE(a.size() > 500);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK((a[i].id == b[i].id && a[i].tick == b[i].tick));
}
