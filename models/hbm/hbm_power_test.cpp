// SPDX-License-Identifier: Apache-2.0
//
// Power states, temperature and energy, through the registers of a stack.
#include <catch2/catch.hpp>

#include "models/hbm/hbm.h"
#include "tests/harness/archive.h"
#include "tests/harness/test_bench.h"

using namespace cvp;

namespace {

using R = HbmRegs;

struct PowerBench : TestBench<HbmStack> {
  explicit PowerBench(bool refresh = true, Fidelity fidelity = Fidelity::kApproximate)
      : TestBench(HbmParams{
            .fidelity = fidelity,
            .trained_at_reset = true,
            .controller = {.refresh = refresh ? HbmRefresh::kAllBank : HbmRefresh::kNone}}) {}
  bool granted() {
    tlm::tlm_generic_payload payload;
    tlm::tlm_dmi dmi;
    return mem_initiator->get_direct_mem_ptr(payload, dmi);
  }
  Femtoseconds latency() { return mem_initiator.read(0, 32).latency; }
};

}  // namespace

TEST_CASE("HbmPower self-refresh keeps data, refuses accesses and wakes in tXS", "[unit][hbm]") {
  PowerBench bench;
  bench.run([&] {
    bench.mem_initiator.write(64, 8, 0x1234);
    bench.write(&R::power_ctrl, R::PowerCtrl{.self_refresh = true});
    CHECK(bench.mem_initiator.revoked == 1);
    CHECK_FALSE(bench.granted());
    CHECK(bench.read(&R::power_state).state == R::PowerState::kStateSelfRefresh);
    CHECK(bench.mem_initiator.read(64, 8).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
    bench.write(&R::ctrl, R::Ctrl{.start_training = true});
    CHECK_FALSE(bench.read(&R::status).busy);
    bench.wait(1_us);
    CHECK(bench.read(&R::self_refresh_time) == 1000);
    bench.write(&R::power_ctrl, R::PowerCtrl{});
    CHECK(bench.read(&R::power_state).state == R::PowerState::kStateWaking);
    CHECK_FALSE(bench.granted());
    // tXS is tRFC + 8 ns, tRFC of 8 Gb a channel 350 ns; then an access of its own.
    const auto read = bench.mem_initiator.read(64, 8);
    CHECK(read.value == 0x1234);
    CHECK(read.latency >= 358_ns);
    CHECK(read.latency <= 358_ns + 60_ns);
    CHECK(bench.read(&R::power_state).state == R::PowerState::kStateOn);
    CHECK(bench.granted());
    CHECK(bench.read(&R::self_refresh_time) == 1000);
  });
}

namespace {

void check_sleep(Fidelity fidelity) {
  PowerBench bench(/*refresh=*/false, fidelity);
  bench.run([&] {
    bench.wait(1_us);
    bench.latency();  // Opens the row.
    bench.wait(1_us);
    const Femtoseconds awake = bench.latency();
    bench.write(&R::power_idle, R::PowerIdle{.clocks = 160});  // 100 ns.
    bench.write(&R::power_ctrl, R::PowerCtrl{.auto_power_down = true});
    CHECK_FALSE(bench.granted());
    bench.wait(1_us - awake);
    const Femtoseconds asleep = bench.latency();
    CHECK(asleep >= awake + 7.3_ns);  // Commands start on slots of 0.625 ns.
    CHECK(asleep <= awake + 8.7_ns);
    const std::uint64_t entries = bench.read(&R::power_down_entries);
    CHECK(entries == 16);  // All others still sleep.
    bench.wait(50_ns);
    CHECK(bench.latency() < asleep);
    CHECK(bench.read(&R::power_down_entries) == 16);
    const std::uint64_t before = bench.read(&R::power_down_time);
    bench.wait(1_us);
    // 15 channels the whole time, one but for the 100 ns before it falls asleep.
    CHECK(bench.read(&R::power_down_time) - before == 15 * 1000 + 900);
    bench.write(&R::power_ctrl, R::PowerCtrl{});
    CHECK(bench.granted());
  });
}

// The idle time before a sleep is a part of what a transaction takes.
void check_no_sleep_at_work(Fidelity fidelity) {
  PowerBench bench(/*refresh=*/false, fidelity);
  bench.run([&] {
    bench.write(&R::power_idle, R::PowerIdle{.clocks = 64});
    bench.write(&R::power_ctrl, R::PowerCtrl{.auto_power_down = true});
    const auto slept = [&] { return bench.read(&R::power_down_time); };
    bench.mem_initiator.read_bytes(0, 65536);  // All channels are awake, or have been woken.
    const std::uint64_t before = slept(), entries = bench.read(&R::power_down_entries);
    for (int n = 0; n < 50; ++n) bench.mem_initiator.read_bytes(0, 65536);
    CHECK(slept() == before);
    CHECK(bench.read(&R::power_down_entries) == entries);
    // 40 ns later they sleep.
    bench.wait(140_ns);
    CHECK(slept() - before == 16 * 100);
  });
}

}  // namespace

TEST_CASE("HbmPower channels sleep when idle and the next access comes tXP later: approximate",
          "[unit][hbm]") {
  check_sleep(Fidelity::kApproximate);
}
TEST_CASE("HbmPower channels sleep when idle and the next access comes tXP later: cycle",
          "[unit][hbm]") {
  check_sleep(Fidelity::kCycle);
}
TEST_CASE("HbmPower channels that serve do not sleep: approximate", "[unit][hbm]") {
  check_no_sleep_at_work(Fidelity::kApproximate);
}
TEST_CASE("HbmPower channels that serve do not sleep: cycle", "[unit][hbm]") {
  check_no_sleep_at_work(Fidelity::kCycle);
}

namespace {

// tXP, and tXS with the tRFC of the generation's density, as the sources of the timing files have
// them.
void check_wake_times(const char* generation, Femtoseconds xp, Femtoseconds xs) {
  TestBench<HbmStack> bench(HbmParams{.generation = generation,
                                      .trained_at_reset = true,
                                      .controller = {.refresh = HbmRefresh::kNone}});
  CHECK(bench.dut.engine().timing().wake.xp == xp);
  CHECK(bench.dut.engine().timing().xs() == xs);
  bench.run([&] {
    const auto latency = [&] {
      bench.wait(10_us);
      return bench.mem_initiator.read(0, 32).latency;
    };
    latency();  // Opens the row.
    const Femtoseconds awake = latency();
    const Femtoseconds tick = Clock(bench.dut.engine().timing().clock).at(1);
    bench.write(&R::power_ctrl, R::PowerCtrl{.auto_power_down = true});
    const auto is_later_by = [&](Femtoseconds span) {
      const Femtoseconds later = latency();
      CHECK(later + tick >= awake + span);  // Commands start on the clock.
      CHECK(later <= awake + span + tick);
    };
    is_later_by(xp);
    bench.write(&R::power_ctrl, R::PowerCtrl{.self_refresh = true});
    bench.wait(1_us);
    bench.write(&R::power_ctrl, R::PowerCtrl{});
    const Femtoseconds after = bench.mem_initiator.read(0, 32).latency;
    CHECK(after + tick >= awake + xs);
    CHECK(after <= awake + xs + tick);
  });
}

}  // namespace

TEST_CASE("HbmPower wakes in the times of its generation: HBM2", "[unit][hbm]") {
  check_wake_times("hbm2", 8_ns, 358_ns);
}
TEST_CASE("HbmPower wakes in the times of its generation: HBM4", "[unit][hbm]") {
  check_wake_times("hbm4", 8_ns, 458_ns);
}
TEST_CASE("HbmPower wakes in the times of its generation: DDR5", "[unit][hbm]") {
  check_wake_times("ddr5", 7.5_ns, 295_ns);
}
TEST_CASE("HbmPower wakes in the times of its generation: LPDDR5", "[unit][hbm]") {
  check_wake_times("lpddr5", 7_ns, 287.5_ns);
}
TEST_CASE("HbmPower wakes in the times of its generation: GDDR6", "[unit][hbm]") {
  check_wake_times("gddr6", 6.66_ns, 133.32_ns);
}

TEST_CASE("HbmPower above the threshold refreshes come twice as often", "[unit][hbm]") {
  PowerBench bench;
  bench.run([&] {
    CHECK(bench.read(&R::temperature).celsius == 45);
    const auto refreshes_in = [&](Femtoseconds span) {
      const std::uint64_t before = bench.read(&R::channel_refreshes, 0);
      bench.wait(span);
      return bench.read(&R::channel_refreshes, 0) - before;
    };
    CHECK(refreshes_in(39_us) == 20);  // tREFI 3.9 us, two pseudo channels.
    bench.write(&R::temperature_test, R::TemperatureTest{.celsius = 84, .enable = true});
    CHECK(bench.read(&R::refresh_rate).times == 1);
    bench.write(&R::temperature_test, R::TemperatureTest{.celsius = 85, .enable = true});
    CHECK(bench.read(&R::refresh_rate).times == 2);
    CHECK(bench.read(&R::irq_status).hot);
    CHECK(refreshes_in(39_us) == 40);
    // They take time from reads: 350 ns each, of a channel's 1950 ns, both pseudo channels in turn.
    bench.write(&R::refresh_derate, R::RefreshDerate{.celsius = 95, .enable = true});
    CHECK(bench.read(&R::refresh_rate).times == 1);
    CHECK(refreshes_in(39_us) == 20);
  });
}

namespace {

void check_hot_start(Fidelity fidelity) {
  TestBench<HbmStack> bench(
      HbmParams{.fidelity = fidelity, .celsius = 95, .trained_at_reset = true});
  bench.run([&] {
    CHECK(bench.read(&R::temperature).celsius == 95);
    CHECK(bench.read(&R::refresh_rate).times == 2);
    CHECK(bench.read(&R::irq_status).hot);
    bench.wait(39_us);
    // tREFI 3.9 us, two pseudo channels; the last may be on its way.
    const std::uint64_t refreshes = bench.read(&R::channel_refreshes, 0);
    CHECK(refreshes >= 38);
    CHECK(refreshes <= 40);
  });
}

}  // namespace

TEST_CASE("Hbm stack that starts hot is refreshed twice as often: approximate", "[unit][hbm]") {
  check_hot_start(Fidelity::kApproximate);
}
TEST_CASE("Hbm stack that starts hot is refreshed twice as often: cycle", "[unit][hbm]") {
  check_hot_start(Fidelity::kCycle);
}
TEST_CASE("Hbm stack that starts hot is refreshed twice as often: functional", "[unit][hbm]") {
  check_hot_start(Fidelity::kFunctional);
}

TEST_CASE("HbmEngine refreshed twice as often loses twice the bandwidth", "[unit][hbm]") {
  const auto time_of = [](unsigned times) {
    HbmParams params;
    HbmEngine engine({.timing = params.timing(), .map = params.map_in_use()});
    if (times != 1) engine.set_refresh_rate(times, {});
    Femtoseconds done;
    for (Addr at = 0; at < 64_MiB; at += 4_KiB) done = engine.access(false, at, 4_KiB, {});
    return done.nanoseconds();
  };
  const double once = time_of(1), twice = time_of(2);
  // Refresh takes a share s of the time: once / twice = (1 - 2 s) / (1 - s), s about 9 to 11 %.
  const double share = (1 - once / twice) / (2 - once / twice);
  CHECK(share > 0.08);
  CHECK(share < 0.12);
}

TEST_CASE("HbmEnergy adds up counts and times by the table", "[unit][hbm]") {
  const HbmTiming& timing = *find_hbm_timing("hbm3-6400");
  HbmActivity activity;
  activity.now = 1_ms;
  // 16 channels x 2 pseudo channels x 2 stack ids of 22 mW, nothing open.
  CHECK(hbm_energy(timing, activity).background == Approx(64 * 22e-3 * 1e-3 * 1e12));
  // The first row is opened after a quarter of it.
  activity.closed = 16 * 250_us;
  CHECK(hbm_energy(timing, activity).background ==
        Approx(64 * (22e-3 * 0.25 + 30.25e-3 * 0.75) * 1e-3 * 1e12));
  activity.closed = {};
  activity.counters.activates = 1000;
  HbmEnergyUse use = hbm_energy(timing, activity);
  CHECK(use.background == Approx(64 * 30.25e-3 * 1e-3 * 1e12));
  CHECK(use.activate == Approx(1000 * 901.12));
  activity.counters.bursts_read = 10;
  activity.counters.bursts_written = 20;
  use = hbm_energy(timing, activity);
  CHECK(use.read == Approx(10 * 256 * 3.48));
  CHECK(use.write == Approx(20 * 256 * 3.48));
  activity.counters.refreshes = 100;
  CHECK(hbm_energy(timing, activity).refresh == Approx(100 * 32 * 2346.0));
  activity.banks_a_refresh = 1;
  CHECK(hbm_energy(timing, activity).refresh == Approx(100 * 2346.0));
  activity.banks_a_refresh = 0;
  // Half of the time in self-refresh: half of the refreshes were never sent.
  activity.residency.self_refresh = 16 * 500_us;
  use = hbm_energy(timing, activity);
  CHECK(use.refresh == Approx(50 * 32 * 2346.0));
  CHECK(use.background == Approx(64 * (30.25e-3 + 17.05e-3) * 0.5e-3 * 1e12));
  // Beside the banks: rows as ever, 0.44 pJ a bit, 0.75 pJ an operation.
  activity.pim = {
      .commands = 1, .bursts_read = 100, .activates = 10, .operations = 1600, .clocks = 1};
  CHECK(hbm_energy(timing, activity).pim == Approx(10 * 901.12 + 100 * 256 * 0.44 + 1600 * 0.75));
  // Writes cost what they do elsewhere: 4.59 instead of 4.7 pJ a bit of LPDDR5's core.
  const HbmTiming& lpddr5 = *find_hbm_timing("lpddr5");
  const double part = 100 * 256 * 0.44 / 2.68;
  activity.pim = {.bursts_read = 100};
  CHECK(hbm_energy(lpddr5, activity).pim == Approx(part * 4.7));
  activity.pim = {.bursts_written = 100};
  CHECK(hbm_energy(lpddr5, activity).pim == Approx(part * 4.59));
}

TEST_CASE("Hbm stack tells the energy that it has used", "[unit][hbm]") {
  PowerBench bench;
  bench.run([&] {
    bench.wait(10_us);
    const std::uint64_t idle = bench.read(&R::energy);
    // 10 us at 1.41 W, and two refreshes of 32 banks in 32 pseudo channels.
    CHECK(static_cast<double>(idle) == Approx(14.08e6 + 2 * 32 * 32 * 2346.0).epsilon(0.01));
    bench.mem_initiator.read_bytes(0, 4096);
    CHECK(bench.read(&R::energy) - idle > 4096 * 8 * 3.48);
    CHECK(bench.dut.statistics().energy.total() >= static_cast<double>(bench.read(&R::energy)));
  });
}

TEST_CASE("Hbm stack pays for open rows from the first access on, not before", "[unit][hbm]") {
  PowerBench bench(/*refresh=*/false);
  bench.run([&] {
    bench.wait(100_us);
    const auto background = [&] { return bench.dut.statistics().energy.background; };
    const auto milliwatts = [](double mw, double us) { return 64 * mw * us * 1e3; };  // pJ.
    CHECK(background() == Approx(milliwatts(22, 100)));
    bench.latency();
    const double before = background();
    CHECK(before - milliwatts(22, 100) < milliwatts(30.25, 0.1));
    bench.wait(100_us);
    CHECK(background() - before == Approx(milliwatts(30.25, 100)));
  });
}

TEST_CASE("HbmPower goes on identically after save and load", "[unit][hbm]") {
  PowerBench bench;
  bench.run([&] {
    bench.write(&R::power_ctrl, R::PowerCtrl{.auto_power_down = true});
    bench.wait(1_us);
    HbmRegs regs{"regs"};
    struct Port : HbmPort {
      void wake_at(Femtoseconds, HbmWake, std::uint64_t) override {}
      void revoke_grants() override {}
      bool patrol_reads(Addr) override { return false; }
      void send_message(Addr, std::uint32_t) override {}
      void raise_hot(Femtoseconds) override {}
    } port;
    const HbmTiming& timing = bench.dut.engine().timing();
    HbmPower one(regs, port, timing), two(regs, port, timing);
    one.used(3, 500_ns);
    load(two, save(one));
    CHECK(one.admit(1, 600_ns) == two.admit(1, 600_ns));
    CHECK(one.residency(1_us).power_down == two.residency(1_us).power_down);
  });
}
