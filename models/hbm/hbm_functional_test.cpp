// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_functional.h"

#include <catch2/catch.hpp>

#include "models/hbm/hbm_engine.h"
#include "tests/harness/archive.h"

using namespace cvp;

namespace {

const HbmTiming& hbm3() { return *find_hbm_timing("hbm3-6400"); }

constexpr double kChannelPeak = 51.2e9;  // Bytes a second.

// Reads of 1 KiB in one channel at a part of the curve's bandwidth; the mean latency once the load
// is known.
double latency_at(double load) {
  const HbmCurve& curve = hbm_curve(hbm3());
  HbmFunctional functional(hbm3(), 34_ns);
  const double rate = load * curve.bandwidth * kChannelPeak;
  double sum = 0;
  constexpr int kReads = 20000;
  for (int n = 0; n < 2 * kReads; ++n) {
    const Femtoseconds at{static_cast<std::uint64_t>(n * 1024e15 / rate)};
    const Femtoseconds latency = functional.access(5, false, 1024, at) - at;
    if (n >= kReads) sum += latency.nanoseconds();
  }
  return sum / kReads;
}

}  // namespace

TEST_CASE("Hbm every built-in generation has a curve that rises with the load", "[unit][hbm]") {
  for (const HbmTiming& timing : hbm_timings()) {
    INFO(timing.name);
    const HbmCurve& curve = hbm_curve(timing);
    if (timing.name != "hbm3-6400") CHECK(&curve != &hbm_curve(hbm3()));
    CHECK(curve.bandwidth > 0.3);
    CHECK(curve.bandwidth < 1);
    CHECK(curve.load.front() > 0);
    CHECK(curve.latency.front() > 10);
    CHECK(curve.latency.back() > 2 * curve.latency.front());
    for (std::size_t i = 1; i < curve.load.size(); ++i) {
      CHECK(curve.load[i] > curve.load[i - 1]);
      // But for the least loads, where a refresh closes rows before they are read again.
      CHECK(curve.latency[i] >= 0.95 * curve.latency[i - 1]);
    }
  }
}

TEST_CASE("Hbm curve is that of the distances, not of the name", "[unit][hbm]") {
  HbmTiming copy = hbm3();
  copy.name = "ddr5-4800";
  CHECK(&hbm_curve(copy) == &hbm_curve(hbm3()));
  copy = *find_hbm_timing("hbm2");
  copy.name = "mine";
  CHECK(&hbm_curve(copy) == &hbm_curve(*find_hbm_timing("hbm2")));
  HbmGeometry wider = hbm3().geometry;
  wider.channels = 32;
  CHECK(&hbm_curve(hbm3().with_geometry(wider)) == &hbm_curve(hbm3()));
  // One of its own is measured, once.
  copy = hbm3();
  copy.cl += 20;
  const HbmCurve& own = hbm_curve(copy);
  CHECK(&own == &hbm_curve(copy));
  CHECK(own.latency[0] == Approx(hbm_curve(hbm3()).latency[0] + 20).epsilon(0.03));
}

// What the cycle model takes at half of the peak.
TEST_CASE("Hbm curve is that of the height", "[unit][hbm]") {
  const auto latency = [](unsigned stack_ids) {
    HbmGeometry built = hbm3().geometry;
    built.stack_ids = stack_ids;
    const HbmCurve& curve = hbm_curve(hbm3().with_geometry(built));
    return curve.latency_at(0.5 / curve.bandwidth, 55) * 0.625;
  };
  CHECK(latency(2) == Approx(101).epsilon(0.05));
  CHECK(latency(4) == Approx(118.7).epsilon(0.05));
  // More banks than the cycle model has: the generation's own.
  const HbmTiming& ddr5 = *find_hbm_timing("ddr5");
  HbmGeometry ranks = ddr5.geometry;
  ranks.stack_ids = 4;
  CHECK(&hbm_curve(ddr5.with_geometry(ranks)) == &hbm_curve(ddr5));
}

TEST_CASE("Hbm curve that is measured is like the stored one", "[unit][hbm]") {
  for (const char* name : {"hbm3-6400", "hbm2", "ddr5-4800", "lpddr5-6400"}) {
    INFO(name);
    const HbmTiming& timing = *find_hbm_timing(name);
    const HbmCurve& stored = hbm_curve(timing);
    const HbmCurve measured = measure_hbm_curve(timing, stored.load);
    CHECK(measured.bandwidth == Approx(stored.bandwidth).epsilon(0.02));
    for (std::size_t i = 0; i < stored.load.size(); ++i) {
      INFO(stored.load[i] << ": " << measured.latency[i] << ", stored " << stored.latency[i]);
      // Where nearly all of the bandwidth is asked for, a queue is long to settle.
      const double bar = stored.load[i] <= 0.6 ? 0.08 : 0.15;
      CHECK(measured.latency[i] == Approx(stored.latency[i]).epsilon(bar));
    }
  }
}

TEST_CASE("Hbm curve is straight between its points and level behind them", "[unit][hbm]") {
  const HbmCurve curve{.bandwidth = 1, .load = {0.1, 0.5, 1}, .latency = {20, 30, 60}};
  CHECK(curve.latency_at(0, 10) == 10);
  CHECK(curve.latency_at(0.05, 10) == Approx(15));
  CHECK(curve.latency_at(0.1, 10) == 20);
  CHECK(curve.latency_at(0.3, 10) == Approx(25));
  CHECK(curve.latency_at(0.5, 10) == 30);
  CHECK(curve.latency_at(0.9, 10) == Approx(54));
  CHECK(curve.latency_at(1.5, 10) == 60);
}

TEST_CASE("Hbm functional latency is the curve's at the load", "[unit][hbm]") {
  const HbmCurve& curve = hbm_curve(hbm3());
  for (const double load : {0.1, 0.35, 0.6, 0.8}) {
    INFO(load);
    CHECK(latency_at(load) == Approx(curve.latency_at(load, 55) * 0.625).epsilon(0.02));
  }
}

TEST_CASE("Hbm functional bandwidth is the curve's however much is asked for", "[unit][hbm]") {
  HbmFunctional functional(hbm3(), 34_ns);
  Femtoseconds done;
  for (int n = 0; n < 1024; ++n) done = functional.access(0, n % 2 == 0, 1024, {});
  const double bandwidth = hbm_curve(hbm3()).bandwidth * kChannelPeak;
  CHECK((1 << 20) / done.seconds() == Approx(bandwidth).epsilon(0.03));
  CHECK(functional.access(1, false, 32, {}) <= 35_ns);  // Other channels are idle.
}

TEST_CASE("Hbm functional time goes on identically after save and load", "[unit][hbm]") {
  HbmFunctional one(hbm3(), 34_ns), two(hbm3(), 34_ns);
  for (std::uint64_t n = 0; n < 10000; ++n) one.access(0, false, 512, n * 10_ns);
  load(two, save(one));
  for (std::uint64_t n = 10000; n < 20000; ++n) {
    REQUIRE(one.access(n % 2, n % 3 == 0, 512, n * 10_ns) ==
            two.access(n % 2, n % 3 == 0, 512, n * 10_ns));
  }
}

TEST_CASE("Hbm functional fidelity gives a stream the channels that its map gives it",
          "[unit][hbm]") {
  const auto bytes_a_second = [](const char* map, std::uint64_t length) {
    HbmEngine engine({hbm3(), map, true, {}});
    Femtoseconds done;
    for (Addr at = 0; at < 4_MiB; at += length) done = engine.access(false, at, length, {});
    return 4_MiB / done.seconds();
  };
  const double channel = hbm_curve(hbm3()).bandwidth * kChannelPeak;
  for (const std::uint64_t length : {64_KiB, 1_KiB, std::uint64_t{64}}) {
    INFO(length);
    CHECK(bytes_a_second("p1g2c3b2s1c2r14h4", length) == Approx(channel).epsilon(0.03));
    CHECK(bytes_a_second("p1g2c1h4c2b2s1c2r14", length) == Approx(16 * channel).epsilon(0.03));
  }
}

TEST_CASE("Hbm functional fidelity counts bursts in their channels, and no rows", "[unit][hbm]") {
  const HbmTiming& timing = hbm3();
  HbmEngine engine({timing, "p1g2c1h4c2b2s1c2r14y", true, {}});
  engine.access(false, 0, 4096, {});        // Blocks of 512 bytes: eight channels.
  engine.access(true, 8 * 512 - 1, 2, {});  // The end of one, the beginning of the next.
  std::vector<std::uint64_t> read, written;
  for (unsigned channel = 0; channel < timing.geometry.channels; ++channel) {
    const HbmCounters counters = engine.channel_counters(channel, 1_us);
    read.push_back(counters.bursts_read);
    written.push_back(counters.bursts_written);
  }
  CHECK(read == std::vector<std::uint64_t>{16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(written == std::vector<std::uint64_t>{0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0});
  const HbmCounters sum = engine.counters(1_us);
  CHECK(sum.bursts_read == 128);
  CHECK(sum.bursts_written == 2);
  CHECK(sum.row_hits + sum.row_misses + sum.row_conflicts + sum.activates == 0);
}
