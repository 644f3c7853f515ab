// SPDX-License-Identifier: Apache-2.0
//
// What a link takes while its shape and its state change.
#include "models/ucie/ucie_comparison_test.h"

namespace cvp {
namespace {

using R = UcieRegs;

// Watts at full load: 0.3 pJ/bit of 2048 Gbit/s, 0.25 pJ/bit of 256.
constexpr double kPeak = 0.6144, kPeakDegraded = 0.064;
constexpr double kIdleShare = 0.15;

Femtoseconds in_active(const UcieStatistics& statistics) {
  return statistics.residency[static_cast<std::size_t>(UcieState::kActive)];
}

// `count` messages of 4096 + 16 bytes in 18 flits each, at this distance.
void write(TestBench<BurstLink>& bench, unsigned count, Femtoseconds distance) {
  const std::vector<std::uint8_t> data(4096, 0xee);
  for (unsigned i = 0; i < count; ++i) {
    bench.dut.near.write(0, data, 0, posted());
    bench.wait(distance);
  }
}

void degrade_half_way(UcieFidelity fidelity) {
  UcieParams params = trained();
  params.fidelity = fidelity;
  TestBench<BurstLink> bench(params, params);
  bench.dut.near.on_complete([](const Burst& burst) { CHECK(burst.ok()); });
  bench.run([&] {
    write(bench, 1000, 40_ns);
    const UcieStatistics half = bench.dut.a.statistics();
    CHECK(in_active(half) == 40_us);
    CHECK(half.busy >= 18_us);  // Flit by flit reports come on top.
    const double first = kPeak * (half.busy.seconds() + kIdleShare * (40_us - half.busy).seconds());
    CHECK(half.energy_j == Approx(first).epsilon(1e-9));
    // Width and rate degrade: 1/8 of the bandwidth.
    bench.write(&R::limit, {.lanes = 32, .rate = 8});
    bench.write(&R::control, R::Control{.retrain = true});
    bench.wait(1_us);
    const UcieStatistics retrain = bench.dut.a.statistics();
    CHECK_FALSE(bench.dut.a.training().active());
    const double gap = (in_active(retrain) - in_active(half)).seconds();
    CHECK(gap < 1e-6);
    const double before = first + kPeak * kIdleShare * gap;
    CHECK(retrain.energy_j == Approx(before).epsilon(1e-9));
    wait_trained(bench);
    bench.wait(1_us);
    REQUIRE(bench.dut.a.link().shape().lanes == 32);
    write(bench, 100, 400_ns);
    const UcieStatistics all = bench.dut.a.statistics();
    const double active = (in_active(all) - in_active(retrain)).seconds();
    const double busy = (all.busy - half.busy).seconds();
    CHECK(busy >= 100 * 18 * 8e-9);
    const double second = kPeakDegraded * (busy + kIdleShare * (active - busy));
    CHECK(all.energy_j == Approx(before + second).epsilon(1e-9));
    // Asleep it takes nothing more, and awake again as before.
    bench.write(&R::control, R::Control{.sleep_l1 = true});
    bench.wait(20_us);
    REQUIRE(bench.dut.a.training().state() == UcieState::kL1);
    const UcieStatistics asleep = bench.dut.a.statistics();
    bench.wait(1_ms);
    CHECK(bench.dut.a.statistics().energy_j == asleep.energy_j);
    bench.write(&R::control, R::Control{.wake = true});
    wait_trained(bench);
    bench.wait(100_us);
    const UcieStatistics awake = bench.dut.a.statistics();
    CHECK(awake.energy_j - asleep.energy_j ==
          Approx(kPeakDegraded * kIdleShare * (in_active(awake) - in_active(asleep)).seconds())
              .epsilon(0.01));
  });
}

TEST_CASE("Ucie energy is the sum over the shapes of a link by arithmetic", "[unit][ucie]") {
  degrade_half_way(UcieFidelity::kApproximate);
}

TEST_CASE("Ucie energy is the sum over the shapes of a link flit by flit", "[unit][ucie]") {
  degrade_half_way(UcieFidelity::kFlit);
}

// A write of 18 flits every 40 ns: the band wakes, carries them, and stays awake until it is idle.
void sleep_between_writes(UcieFidelity fidelity) {
  UcieParams params = trained();
  params.fidelity = fidelity;
  params.idle = {.entry = 5_ns, .exit = 2_ns};
  TestBench<BurstLink> bench(params, params);
  std::vector<Femtoseconds> completed;
  bench.dut.near.on_complete([&](const Burst&) { completed.push_back(simulation_time()); });
  bench.run([&] {
    bench.wait(1_us);
    const UcieStatistics before = bench.dut.a.statistics();
    // Awake for 5 ns at the start.
    CHECK(before.energy_j == Approx(kPeak * (5e-9 + kIdleShare * 995e-9)).epsilon(1e-9));
    write(bench, 100, 40_ns);
    const UcieStatistics after = bench.dut.a.statistics();
    CHECK(after.busy == 1800_ns);
    CHECK(after.energy_j - before.energy_j ==
          Approx(100 * kPeak * (25e-9 + kIdleShare * 15e-9)).epsilon(1e-9));
    REQUIRE(completed.size() == 100);
    for (std::size_t i = 0; i < 100; ++i) CHECK(completed[i] == 1_us + i * 40_ns + 2_ns + 18_ns);
    // So near to the last one that the band is still awake: nothing is waited for.
    const Femtoseconds start = simulation_time();
    write(bench, 2, 23_ns);
    bench.wait(100_ns);
    CHECK(completed[100] == start + 20_ns);
    CHECK(completed[101] == start + 23_ns + 18_ns);
    const UcieStatistics pair = bench.dut.a.statistics();
    CHECK(pair.energy_j - after.energy_j ==
          Approx(kPeak * (46e-9 + kIdleShare * 100e-9)).epsilon(1e-9));
  });
}

TEST_CASE("Ucie a main band that is idle by arithmetic sleeps and takes its time to wake",
          "[unit][ucie]") {
  sleep_between_writes(UcieFidelity::kApproximate);
}

TEST_CASE("Ucie a main band that is idle flit by flit sleeps and takes its time to wake",
          "[unit][ucie]") {
  sleep_between_writes(UcieFidelity::kFlit);
}

TEST_CASE("Ucie a main band that sleeps agrees with arithmetic", "[unit][ucie]") {
  UcieParams params = trained();
  params.idle = {.entry = 3_ns, .exit = 4_ns};
  const Comparison result = compare(params, 2000, 20_ns);
  CHECK(result.mean_flits_ns == Approx(result.mean_ns).epsilon(0.005));
  CHECK(result.sent_flits.energy_j == Approx(result.sent.energy_j).epsilon(0.01));
}

}  // namespace
}  // namespace cvp
