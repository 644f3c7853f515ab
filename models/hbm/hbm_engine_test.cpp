// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_engine.h"

#include <catch2/catch.hpp>

#include "models/hbm/hbm_energy.h"
#include "models/hbm/hbm_params.h"
#include "tests/harness/archive.h"

using namespace cvp;

namespace {

HbmEngineParams one_channel(const char* generation, const char* map) {
  HbmEngineParams params{.timing = *find_hbm_timing(generation), .map = map};
  params.timing.geometry.channels = 1;
  return params;
}

// An odd tick (half a clock), from which the reference experiment counts.
Femtoseconds odd_tick(const HbmEngine& engine, std::uint64_t n) {
  return Clock({2 * engine.timing().clock.hertz}).at(2 * n + 1);
}

// Reads one row, the same row, another row of its bank; each when the one before is long done.
// Row bits 0..7 of the reference maps do not fold to 0 together, so the second row is 2^14 rows of
// 2 KiB up only in a map without fold.
std::array<double, 3> idle_latencies(const char* generation, const char* map, Addr other_row) {
  HbmEngine engine(one_channel(generation, map));
  std::array<double, 3> result{};
  const std::array<Addr, 3> addresses = {0, 0, other_row};
  for (unsigned i = 0; i < 3; ++i) {
    const Femtoseconds at = odd_tick(engine, 200 + 400 * i);
    result[i] = (engine.access(false, addresses[i], 32, at) - at).nanoseconds();
  }
  return result;
}

}  // namespace

// Source of the figures: Ramulator 2.1 and DRAMSys 5.1 (HBM3), Ramulator 2.1 (HBM2).
TEST_CASE("Hbm idle reads take 14.375, 34.375 and 50 ns on HBM3-6400", "[unit][hbm]") {
  const auto [closed, hit, conflict] =
      idle_latencies("hbm3-6400", "p1g2c3b2s1c2r14", Addr{1} << 16);
  CHECK(hit == Approx(14.375).epsilon(1e-9));
  CHECK(closed == Approx(34.375).epsilon(1e-9));
  CHECK(conflict == Approx(50.0).epsilon(1e-9));
}

TEST_CASE("Hbm idle reads take 17, 32 and 45 ns on HBM2-2000", "[unit][hbm]") {
  const auto [closed, hit, conflict] = idle_latencies("hbm2", "p1g2c3b2c2r14", Addr{1} << 15);
  CHECK(hit == Approx(17.0).epsilon(1e-9));
  CHECK(closed == Approx(32.0).epsilon(1e-9));
  CHECK(conflict == Approx(45.0).epsilon(1e-9));
}

// From an odd tick a command slot is two ticks away, a precharge one.
TEST_CASE("Hbm idle reads of every generation take what its distances add up to", "[unit][hbm]") {
  for (const HbmTiming& timing : hbm_timings()) {
    INFO(timing.name);
    HbmEngineParams params{.timing = timing};
    params.map = HbmParams{.generation = timing.name}.map_in_use();
    params.map.pop_back();  // Without the fold, a row number up is the same bank.
    HbmEngine engine(params);
    const Addr other_row = engine.bytes() / timing.geometry.rows;
    const auto latency = [&](Addr address, std::uint64_t n) {
      const Femtoseconds at = odd_tick(engine, n);
      return engine.access(false, address, 32, at) - at;
    };
    const auto near = [](Femtoseconds a, Femtoseconds b) {
      return std::max(a, b) - std::min(a, b) <= 1_fs;  // Each is rounded once.
    };
    const HbmRules rules(timing);
    const Clock ticks({2 * timing.clock.hertz});
    const auto read = [&](Tick slot) {  // RD starts so long after.
      return ticks.at(static_cast<std::uint64_t>(slot + rules.read_data));
    };
    const Tick opening = 2 * rules.act_rd;
    CHECK(near(latency(0, 200), read(2 + opening)));
    CHECK(near(latency(0, 600), read(2)));
    CHECK(near(latency(other_row, 1000), read((rules.pre_act + 2) / 2 * 2 + opening)));
    CHECK(near(engine.idle_closed(), read(2 + opening)));
  }
}

// A write of tick 0 has the reads before it planned anew.
TEST_CASE("Hbm refresh rate that is told at the beginning stays", "[unit][hbm]") {
  HbmParams params;
  const HbmEngineParams engine{.timing = params.timing(), .map = params.map_in_use()};
  HbmEngine before(engine), between(engine);
  before.set_refresh_rate(2, {});
  before.access(false, 0, 32, {});
  between.access(false, 0, 32, {});
  between.set_refresh_rate(2, {});
  for (HbmEngine* each : {&before, &between}) each->access(true, 64, 32, {});
  const Femtoseconds refreshed = 1960_ns;  // Half of tREFI, and a little.
  CHECK(between.access(false, 0, 32, refreshed) == before.access(false, 0, 32, refreshed));
  CHECK(before.access(false, 0, 32, refreshed) > refreshed + 100_ns);
}

TEST_CASE("Hbm burst of many rows ends with its last channel", "[unit][hbm]") {
  HbmParams params;
  HbmEngine engine({.timing = params.timing(), .map = params.map_in_use()});
  const Femtoseconds at = odd_tick(engine, 100);
  // 4 KiB is 16 bursts in each of 8 channels, 8 a pseudo channel: at least seven more column slots
  // of 2 tCK after the first; bank groups alternate, so tCCDL allows it.
  const Femtoseconds done = engine.access(false, 0, 4096, at);
  CHECK(done - at >= 34.375_ns + 7 * 1.25_ns);
  CHECK(done - at <= 60_ns);
  CHECK(engine.counters(at).bursts_read == 128);
}

namespace {

const HbmRefresh kRefreshes[] = {HbmRefresh::kNone, HbmRefresh::kAllBank, HbmRefresh::kPerBank,
                                 HbmRefresh::kSameBank};

HbmEngineParams engine_with(HbmRefresh refresh) {
  HbmParams params;
  return {
      .timing = params.timing(), .map = params.map_in_use(), .controller = {.refresh = refresh}};
}

/// Reads and writes of up to 4 KiB on a gibibyte, some of them long after the one before.
struct RandomAccesses {
  std::uint64_t x;
  Femtoseconds now{};

  void next() {
    x = x * 6364136223846793005u + 1442695040888963407u;
    now += {x >> 40};
  }
  Femtoseconds step(HbmEngine& engine) const {
    const Addr offset = x >> 20 & (1_GiB - 1) & ~Addr{31};
    return engine.access((x >> 60) < 6, offset, 32 + (x >> 10 & 0xfe0), now);
  }
};

}  // namespace

TEST_CASE("Hbm engine goes on identically after save and load", "[unit][hbm]") {
  for (const HbmRefresh refresh : kRefreshes) {
    for (std::uint64_t seed = 1; seed <= 25; ++seed) {
      HbmEngine one(engine_with(refresh)), two(engine_with(refresh));
      RandomAccesses accesses{seed};
      for (int i = 0; i < 400; ++i) accesses.next(), accesses.step(one);
      load(two, save(one));
      for (int i = 0; i < 400; ++i) {
        accesses.next();
        REQUIRE(accesses.step(one) == accesses.step(two));
      }
      const auto energy = [&](const HbmEngine& engine) {
        return hbm_energy(engine.timing(), {.counters = engine.counters(accesses.now)}).total();
      };
      CHECK(energy(one) == energy(two));
    }
  }
}

TEST_CASE("Hbm engine answers writes after a long rest as it did before", "[unit][hbm]") {
  for (const HbmRefresh refresh : kRefreshes) {
    HbmEngine engine(engine_with(refresh));
    RandomAccesses accesses{3};
    for (int i = 0; i < 300; ++i) accesses.next(), accesses.step(engine);
    accesses.now += 1_ms;
    for (int i = 0; i < 100; ++i) {
      accesses.next();
      REQUIRE(accesses.step(engine) < accesses.now + 10_us);
    }
  }
}

TEST_CASE("Hbm counters tell without a trace, even of a time to come", "[unit][hbm]") {
  for (const HbmRefresh refresh : kRefreshes) {
    HbmEngine watched(engine_with(refresh)), alone(engine_with(refresh));
    RandomAccesses accesses{5};
    for (int i = 0; i < 1000; ++i) {
      accesses.next();
      if (i % 50 == 0) (void)watched.counters(accesses.now + 10_us);
      REQUIRE(accesses.step(watched) == accesses.step(alone));
    }
  }
}

TEST_CASE("Hbm energy of streaming reads is the table's 3.59 pJ a bit", "[unit][hbm]") {
  HbmEngine engine(one_channel("hbm3-6400", "p1g2c5b2s1r14"));
  constexpr std::uint64_t kBytes = 1_MiB;
  Femtoseconds done;
  for (Addr at = 0; at < kBytes; at += 1_KiB) done = engine.access(false, at, 1_KiB, {});
  // Some rows are opened twice, around a refresh.
  const HbmEnergyUse use = hbm_energy(engine.timing(), {.counters = engine.counters(done)});
  CHECK(use.access() / (8.0 * kBytes) == Approx(3.59).epsilon(0.01));
}

TEST_CASE("Hbm functional fidelity keeps a bandwidth and the idle latency", "[unit][hbm]") {
  HbmParams params;
  HbmEngine engine({.timing = params.timing(), .map = params.map_in_use(), .functional = true});
  Femtoseconds done;
  for (Addr at = 0; at < 1_MiB; at += 4_KiB) done = engine.access(false, at, 4_KiB, {});
  // Each of 16 channels starts its last block of 512 bytes when the rest of its part of 1 MiB has
  // gone by; that takes an idle read.
  const double bandwidth = 819.2 * hbm_curve(params.timing()).bandwidth;
  CHECK(done.nanoseconds() == Approx((1048576 - 16 * 512) / bandwidth + 34.375).epsilon(1e-6));
  CHECK(engine.access(false, 0, 32, 1_ms) - 1_ms == engine.idle_closed());
  CHECK(engine.counters({}).bursts_read == 1_MiB / 32 + 1);
}

TEST_CASE("HbmEngine's pseudo channels share the bus for columns, whosever the queues are",
          "[unit][hbm]") {
  for (const char* generation : {"hbm3-6400", "hbm4-8.0"}) {
    const auto latency = [&](bool queues_per_pseudo_channel, std::uint64_t length) {
      HbmEngineParams params{.timing = *find_hbm_timing(generation),
                             .queues_per_pseudo_channel = queues_per_pseudo_channel};
      params.map = HbmMap::interleaved(params.timing.geometry, 512);
      HbmEngine engine(params);
      const Femtoseconds at = odd_tick(engine, 200);
      return engine.access(false, 0, length, at) - at;
    };
    const Femtoseconds clock = Clock(find_hbm_timing(generation)->clock).at(1);
    for (const bool apart : {false, true}) {
      CHECK(latency(apart, 64) == latency(apart, 32) + clock);
    }
  }
}
