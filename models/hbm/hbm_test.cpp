// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm.h"

#include <catch2/catch.hpp>

#include "tests/harness/archive.h"
#include "tests/harness/register_walk.h"
#include "tests/harness/test_bench.h"

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

TEST_CASE("Hbm states its idle latencies as it times them", "[unit][hbm]") {
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
    CHECK(near(latency(0, 200), engine.idle_closed()));
    CHECK(near(latency(0, 600), engine.idle_hit()));
    CHECK(near(latency(other_row, 1000), engine.idle_conflict()));
  }
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
      CHECK(one.energy_pj(one.counters(accesses.now)) == two.energy_pj(two.counters(accesses.now)));
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
  CHECK(engine.energy_pj(engine.counters(done)) / (8.0 * kBytes) == Approx(3.59).epsilon(0.01));
}

TEST_CASE("Hbm functional fidelity keeps a bandwidth and the idle latency", "[unit][hbm]") {
  HbmParams params;
  HbmEngine engine({.timing = params.timing(), .map = params.map_in_use(), .functional = true});
  Femtoseconds done;
  for (Addr at = 0; at < 1_MiB; at += 4_KiB) done = engine.access(false, at, 4_KiB, {});
  // The last burst starts when 1 MiB less itself has gone by, and takes an idle read.
  const double bandwidth = 819.2 * hbm_curve("hbm3-6400").bandwidth;
  CHECK(done.nanoseconds() == Approx((1048576 - 4096) / bandwidth + 34.375).epsilon(1e-6));
  CHECK(engine.access(false, 0, 32, 1_ms) - 1_ms == engine.idle_closed());
  CHECK(engine.counters({}).bursts_read == 1_MiB / 32 + 1);
}

TEST_CASE("Hbm registers follow their register file", "[unit][hbm]") {
  TestBench<HbmStack> bench(HbmParams{});
  bench.run([&] { register_walk(bench); });
}

TEST_CASE("Hbm answers errors until mode registers and training are done", "[unit][hbm]") {
  using R = HbmRegs;
  TestBench<HbmStack> bench(HbmParams{});
  bench.run([&] {
    const auto ready = [&] { return bench.read(&R::status).ready; };
    CHECK(bench.mem_initiator.read(0, 8).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
    const R::Timing timing = bench.read(&R::timing);
    CHECK(timing.read_latency == 20);
    CHECK(timing.write_latency == 10);
    bench.write(&R::mode, 1, R::Mode{.value = timing.write_latency});
    bench.write(&R::mode, 2, R::Mode{.value = timing.read_latency});
    bench.write(&R::ctrl, R::Ctrl{.send_mrs = true});
    CHECK(bench.read(&R::status).busy);
    bench.wait(100_ns);
    bench.settle();
    CHECK(bench.read(&R::status).mrs_done);
    CHECK_FALSE(ready());
    bench.write(&R::ctrl, R::Ctrl{.start_training = true});
    bench.wait(9.9_us);
    CHECK(bench.read(&R::status).busy);
    CHECK(bench.mem_initiator.read(0, 8).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
    bench.wait(0.2_us);
    CHECK(bench.read(&R::trained) == 0xffff);
    CHECK(bench.read(&R::failed) == 0);
    CHECK(ready());
    CHECK(bench.mem_initiator.write(64, 8, 0x1234).status == tlm::TLM_OK_RESPONSE);
    CHECK(bench.mem_initiator.read(64, 8).value == 0x1234);
    CHECK(bench.read(&R::channel_bursts_read, 0) + bench.read(&R::channel_bursts_read, 1) == 1);
  });
}

TEST_CASE("Hbm channel that fails to train is named and the stack stays closed", "[unit][hbm]") {
  using R = HbmRegs;
  TestBench<HbmStack> bench(HbmParams{.training_fails = {3}});
  bench.run([&] {
    bench.write(&R::mode, 1, R::Mode{.value = 10});
    bench.write(&R::mode, 2, R::Mode{.value = 20});
    bench.write(&R::ctrl, R::Ctrl{.send_mrs = true});
    bench.wait(1_us);
    bench.write(&R::ctrl, R::Ctrl{.start_training = true});
    bench.wait(11_us);
    const R::Status status = bench.read(&R::status);
    CHECK(status.training_done);
    CHECK(status.training_failed);
    CHECK_FALSE(status.ready);
    CHECK(bench.read(&R::failed) == 0x0008);
    CHECK(bench.read(&R::trained) == 0xfff7);
    CHECK(bench.mem_initiator.read(0, 8).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
  });
}

TEST_CASE("Hbm pseudo channel that is dead reads as zero, the others as written", "[unit][hbm]") {
  // Bursts alternate between the pseudo channels of channel 0, which has 512 bytes at a time.
  HbmParams params{.map = "p1c1g2h4c4b2s1r14", .dead_pseudo_channels = {1}};
  params.trained_at_reset = true;
  TestBench<HbmStack> bench(params);
  bench.run([&] {
    std::vector<std::uint8_t> data(128, 0xa5);
    CHECK(bench.mem_initiator.write_bytes(0, data) == tlm::TLM_OK_RESPONSE);
    std::fill_n(data.begin() + 32, 32, std::uint8_t{0});
    std::fill_n(data.begin() + 96, 32, std::uint8_t{0});
    CHECK(bench.mem_initiator.read_bytes(0, 128) == data);
    CHECK(bench.mem_initiator.read_bytes(30, 4) == std::vector<std::uint8_t>{0xa5, 0xa5, 0, 0});
    tlm::tlm_generic_payload payload;
    tlm::tlm_dmi dmi;
    CHECK_FALSE(bench.mem_initiator->get_direct_mem_ptr(payload, dmi));
  });
}

TEST_CASE("Hbm does not train with wrong latencies in the mode registers", "[unit][hbm]") {
  using R = HbmRegs;
  TestBench<HbmStack> bench(HbmParams{});
  bench.run([&] {
    bench.write(&R::ctrl, R::Ctrl{.send_mrs = true});
    bench.wait(1_us);
    bench.write(&R::ctrl, R::Ctrl{.start_training = true});
    bench.wait(11_us);
    CHECK(bench.read(&R::failed) == 0xffff);
    CHECK_FALSE(bench.read(&R::status).ready);
  });
}

TEST_CASE("Hbm latency through its socket is the DRAM's plus the controller's", "[unit][hbm]") {
  HbmParams params{.controller_latency = 65_ns, .trained_at_reset = true};
  TestBench<HbmStack> bench(params);
  bench.run([&] {
    bench.wait(100_ns + 312500_fs);  // An odd tick.
    CHECK(bench.mem_initiator.read(0, 32).latency == 34.375_ns + 65_ns);
    bench.wait(100_ns);
    CHECK(bench.mem_initiator.read(0, 32).latency == 14.375_ns + 65_ns);
  });
}

TEST_CASE("Hbm counts bytes by class and touches no data without data", "[unit][hbm]") {
  TestBench<HbmStack> bench(HbmParams{.trained_at_reset = true});
  bench.run([&] {
    bench.mem_initiator.attributes.traffic_class = TrafficClass::kTensor;
    const std::vector<std::uint8_t> data(4096, 0x5a);
    CHECK(bench.mem_initiator.write_bytes(0x1000, data) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.mem_initiator.read_bytes(0x1000, 4096) == data);
    bench.mem_initiator.attributes.no_data = true;
    CHECK(bench.mem_initiator.write_bytes(0x1000, std::vector<std::uint8_t>(4096, 0)) ==
          tlm::TLM_OK_RESPONSE);
    bench.mem_initiator.attributes.no_data = false;
    CHECK(bench.mem_initiator.read_bytes(0x1000, 4096) == data);
    const HbmStatistics statistics = bench.dut.statistics();
    CHECK(statistics.read.of(TrafficClass::kTensor) == 8192);
    CHECK(statistics.written.of(TrafficClass::kTensor) == 8192);
    CHECK(statistics.counters.bursts_written == 256);
    CHECK(statistics.energy.read > 0);
  });
}

TEST_CASE("Hbm answers an access past its end with an address error", "[unit][hbm]") {
  TestBench<HbmStack> bench(HbmParams{.trained_at_reset = true});
  bench.run([&] {
    CHECK(bench.dut.size() == 16_GiB);
    CHECK(bench.mem_initiator.read(16_GiB - 8, 8).status == tlm::TLM_OK_RESPONSE);
    CHECK(bench.mem_initiator.read(16_GiB - 4, 8).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(bench.mem_initiator.read(~Addr{0}, 8).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  });
}

TEST_CASE("Hbm grants direct access with its latencies once it is ready", "[unit][hbm]") {
  TestBench<HbmStack> bench(HbmParams{.controller_latency = 10_ns, .trained_at_reset = true});
  bench.run([&] {
    tlm::tlm_generic_payload payload;
    GrantExtension extension;
    payload.set_extension(&extension);
    tlm::tlm_dmi dmi;
    REQUIRE(bench.mem_initiator->get_direct_mem_ptr(payload, dmi));
    CHECK(extension.store.get() == &bench.dut.store());
    CHECK(dmi.get_end_address() == 16_GiB - 1);
    CHECK(to_femtoseconds(dmi.get_read_latency()) == 44.375_ns);
    CHECK(to_femtoseconds(dmi.get_write_latency()) == 10_ns);
    payload.clear_extension(&extension);
  });
}

TEST_CASE("Hbm ordinary write ends with its WR, one through a grant with its acceptance",
          "[unit][hbm]") {
  TestBench<HbmStack> bench(HbmParams{.controller_latency = 10_ns, .trained_at_reset = true});
  bench.run([&] {
    bench.wait(100_ns + 312500_fs);  // An odd tick.
    // Two ticks of 0.3125 ns to the command slots, 32 from ACT to WR.
    CHECK(bench.mem_initiator.write(0, 32, 1).latency == 10.625_ns + 10_ns);
    tlm::tlm_generic_payload payload;
    tlm::tlm_dmi dmi;
    REQUIRE(bench.mem_initiator->get_direct_mem_ptr(payload, dmi));
    CHECK(to_femtoseconds(dmi.get_write_latency()) == 10_ns);
  });
}

TEST_CASE("Hbm grants no direct access before training", "[unit][hbm]") {
  TestBench<HbmStack> bench(HbmParams{});
  bench.run([&] {
    tlm::tlm_generic_payload payload;
    tlm::tlm_dmi dmi;
    CHECK_FALSE(bench.mem_initiator->get_direct_mem_ptr(payload, dmi));
  });
}

namespace {

// Of a stack that gives 512 bytes to each channel in turn.
void check_read_times(Fidelity fidelity) {
  using R = HbmRegs;
  TestBench<HbmStack> bench(HbmParams{.fidelity = fidelity,
                                      .controller_latency = 65_ns,
                                      .trained_at_reset = true,
                                      .controller = {.refresh = HbmRefresh::kNone}});
  bench.run([&] {
    const auto of = [&](Addr address) { return bench.dut.engine().place(address).channel(); };
    const auto reads = [&](Addr at) { return bench.read(&R::channel_reads, of(at)); };
    const auto time = [&](Addr at) { return bench.read(&R::channel_read_time, of(at)); };
    bench.wait(1_us);
    const Femtoseconds first = bench.mem_initiator.read(0, 32).latency;
    CHECK(first > 65_ns);
    CHECK(reads(0) == 1);
    CHECK(time(0) == first / 1_ns);
    CHECK(reads(512) == 0);
    bench.wait(1_us);
    // It counts whole in each of its channels.
    bench.mem_initiator.read_bytes(256, 1024);
    bench.mem_initiator.write_bytes(0, std::vector<std::uint8_t>(512));
    bench.mem_initiator.read(bench.dut.size(), 8);
    CHECK(reads(0) == 2);
    CHECK(reads(512) == 1);
    CHECK(reads(1024) == 1);
    CHECK(reads(1536) == 0);
    CHECK(time(512) > 65);
    CHECK(time(512) == time(1024));
    CHECK(time(0) - first / 1_ns - time(512) <= 1);  // Rounded once.
  });
}

}  // namespace

TEST_CASE("Hbm channels tell how long their reads took, functional", "[unit][hbm]") {
  check_read_times(Fidelity::kFunctional);
}
TEST_CASE("Hbm channels tell how long their reads took, approximate", "[unit][hbm]") {
  check_read_times(Fidelity::kApproximate);
}
TEST_CASE("Hbm channels tell how long their reads took, cycle", "[unit][hbm]") {
  check_read_times(Fidelity::kCycle);
}

TEST_CASE("Hbm read times have what waking from power-down costs", "[unit][hbm]") {
  using R = HbmRegs;
  TestBench<HbmStack> bench(HbmParams{.trained_at_reset = true});
  bench.run([&] {
    bench.write(&R::power_ctrl, R::PowerCtrl{.auto_power_down = true});
    bench.wait(1_us);
    const Femtoseconds latency = bench.mem_initiator.read(0, 32).latency;
    const unsigned channel = bench.dut.engine().place(0).channel();
    CHECK(bench.read(&R::channel_read_time, channel) == latency / 1_ns);
    CHECK(latency > 42_ns);  // tXP 8 ns, closed bank 34.4 ns.
  });
}
