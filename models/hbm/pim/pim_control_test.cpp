// SPDX-License-Identifier: Apache-2.0
//
// The compute mode through the registers of a stack.
#include <catch2/catch.hpp>

#include "models/hbm/hbm.h"
#include "tests/harness/register_walk.h"
#include "tests/harness/test_bench.h"

using namespace cvp;

namespace {

using R = HbmRegs;

struct PimBench : TestBench<HbmStack> {
  explicit PimBench(bool pim = true, std::vector<unsigned> dead = {})
      : TestBench(HbmParams{
            .dead_pseudo_channels = std::move(dead), .pim = pim, .trained_at_reset = true}) {}

  void mode(unsigned mode) { write(&R::pim_mode, R::PimMode{.mode = mode}); }
  unsigned mode() { return read(&R::pim_status).mode; }
  Addr address(unsigned channel, unsigned bank, unsigned row, unsigned column) {
    write(&R::pim_place, R::PimPlace{.channel = channel,
                                     .pseudo_channel = bank / 32,
                                     .bank = bank % 32,
                                     .column = column,
                                     .row = row});
    return read(&R::pim_address);
  }
  // Runs the program and returns how long it was busy, in nanoseconds.
  double compute(std::initializer_list<std::uint32_t> program) {
    std::size_t n = 0;
    for (const std::uint32_t instruction : program) write(&R::pim_crf, n++, instruction);
    write(&R::pim_crf, n, pim_instruction(kPimExit, 0, 0, 0));
    const Femtoseconds begin = simulation_time();
    write(&R::pim_run, R::PimRun{.start = true});
    while (read(&R::pim_status).busy) wait(1_ns);
    return (simulation_time() - begin).nanoseconds();
  }
};

}  // namespace

TEST_CASE("PimControl registers follow their register file", "[unit][hbm]") {
  PimBench bench;
  bench.run([&] { register_walk(bench); });
}

TEST_CASE("PimControl a stack without compute units shows none", "[unit][hbm]") {
  PimBench bench(/*pim=*/false);
  bench.run([&] {
    CHECK_FALSE(bench.read(&R::pim_caps).present);
    const Addr mode = HbmRegs{"regs"}.pim_mode.offset();
    CHECK(bench.regs_initiator.write(mode, 4, 1).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  });
}

TEST_CASE("PimControl modes go step by step and close the memory", "[unit][hbm]") {
  PimBench bench;
  bench.run([&] {
    bench.mode(2);
    CHECK(bench.mode() == R::PimStatus::kModeSingleBank);
    bench.mode(1);
    CHECK(bench.mode() == R::PimStatus::kModeAllBanks);
    CHECK(bench.mem_initiator.revoked == 1);
    CHECK(bench.mem_initiator.read(0, 8).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
    tlm::tlm_generic_payload payload;
    tlm::tlm_dmi dmi;
    CHECK_FALSE(bench.mem_initiator->get_direct_mem_ptr(payload, dmi));
    bench.mode(2);
    CHECK(bench.mode() == R::PimStatus::kModeCompute);
    bench.mode(0);
    CHECK(bench.mode() == R::PimStatus::kModeCompute);
    bench.mode(1);
    bench.mode(0);
    CHECK(bench.mem_initiator.read(0, 8).status == tlm::TLM_OK_RESPONSE);
  });
}

TEST_CASE("PimControl tells where the map puts a burst", "[unit][hbm]") {
  PimBench bench;
  bench.run([&] {
    for (const Addr at : {Addr{0}, Addr{0x12345660}, 16_GiB - 32}) {
      const HbmPlace place = bench.dut.engine().place(at);
      CHECK(bench.address(place.channel(), place.bank(), place.row(), place.column()) == at);
    }
    CHECK(bench.address(16, 0, 0, 0) == ~Addr{0});
    CHECK(bench.address(0, 0, 16384, 0) == ~Addr{0});
    CHECK(bench.address(0, 0, 0, 32) == ~Addr{0});
  });
}

TEST_CASE("PimControl adds two bursts beside every pair of banks of a channel", "[unit][hbm]") {
  PimBench bench;
  bench.run([&] {
    const auto fill = [&](Addr address, float value) {
      std::vector<std::uint8_t> bytes(32);
      const Half half = half_of(value);
      for (std::size_t i = 0; i < 32; i += 2) std::memcpy(&bytes[i], &half, 2);
      bench.mem_initiator.write_bytes(address, bytes);
    };
    for (unsigned unit = 0; unit < 32; ++unit) {
      fill(bench.address(3, 2 * unit, 5, 0), static_cast<float>(unit));
    }
    const Addr elsewhere = bench.address(4, 0, 5, 1);
    fill(elsewhere, 77);
    bench.mode(1);
    bench.write(&R::pim_channels, 1 << 3);
    // 0.5 into all odd banks.
    for (std::size_t i = 0; i < 4; ++i) bench.write(&R::pim_data, i, 0x3800'3800'3800'3800);
    bench.write(&R::pim_odd, R::PimOdd{.row = 6});
    bench.write(&R::pim_write, R::PimWrite{.odd = true});
    CHECK(bench.read(&R::pim_odd).column == 1);
    bench.mode(2);
    bench.write(&R::pim_odd, R::PimOdd{.row = 6});
    bench.write(&R::pim_even, R::PimEven{.row = 5});
    const double time = bench.compute({
        pim_instruction(kPimFill, kPimGrfA, kPimEven, 0),
        pim_instruction(kPimAdd, kPimGrfA, kPimGrfA, kPimOdd),
        pim_instruction(kPimMov, kPimEven, kPimGrfA, 0),
    });
    CHECK(bench.read(&R::pim_status).error == R::PimStatus::kErrorNone);
    CHECK(bench.read(&R::pim_status).entry == 3);
    // Read, odd read at 36 (its ACT comes 5 later), write 20 after it; CWL, burst, tWR, tRP.
    CHECK(time == Approx((36 + 20 + 10 + 2 + 33 + 26) * 0.625).margin(2));
    CHECK(bench.read(&R::pim_commands) == 3);
    CHECK(bench.read(&R::pim_bursts) == 32 * 4);
    CHECK(bench.read(&R::pim_activates) == 32 * 3);  // One for the broadcast.
    CHECK(bench.read(&R::pim_operations) == 32 * 16);
    bench.mode(1);
    bench.mode(0);
    for (unsigned unit = 0; unit < 32; ++unit) {
      const Addr at = bench.address(3, 2 * unit, 5, 1);
      const auto value = static_cast<Half>(bench.mem_initiator.read(at + 30, 2).value);
      REQUIRE(half_to_float(value) == static_cast<float>(unit) + 0.5f);
    }
    CHECK(bench.mem_initiator.read(elsewhere, 2).value == half_of(77));
  });
}

TEST_CASE("PimControl refreshes a hot stack twice as often while it computes", "[unit][hbm]") {
  PimBench bench;
  bench.run([&] {
    bench.mode(1);
    bench.mode(2);
    const auto time_at = [&](unsigned celsius) {
      bench.write(&R::temperature_test, R::TemperatureTest{.celsius = celsius, .enable = true});
      bench.write(&R::pim_even, R::PimEven{});
      const double time =
          bench.compute({pim_instruction(kPimFill, kPimGrfA, kPimEven, 0), pim_jump(0, 4000)});
      CHECK(bench.read(&R::pim_status).error == R::PimStatus::kErrorNone);
      return time;
    };
    // More than ten microseconds: three refreshes of 350 ns, give or take one, or twice as many.
    const double cold = time_at(84);
    CHECK(cold > 3 * 3900);
    CHECK(time_at(85) - cold > 2 * 350);
  });
}

TEST_CASE("PimControl takes what the die corrects and stops at what it cannot", "[unit][hbm]") {
  PimBench bench;
  bench.run([&] {
    const Addr at = bench.address(0, 0, 5, 0);
    bench.mem_initiator.write_bytes(at, std::vector<std::uint8_t>(32, 0x11));
    bench.write(&R::inject_address, at);
    bench.write(&R::inject, R::Inject{.bit = 3, .one = true});
    bench.mode(1);
    bench.mode(2);
    bench.write(&R::pim_even, R::PimEven{.row = 5});
    const auto copy = {pim_instruction(kPimFill, kPimGrfA, kPimEven, 0),
                       pim_instruction(kPimMov, kPimEven, kPimGrfA, 0)};
    bench.compute(copy);
    CHECK(bench.read(&R::pim_status).error == R::PimStatus::kErrorNone);
    CHECK(bench.read(&R::ecc_on_die_corrected) == 1);
    bench.write(&R::inject, R::Inject{.bit = 4, .one = true});
    bench.write(&R::pim_even, R::PimEven{.row = 5});
    bench.compute(copy);
    CHECK(bench.read(&R::pim_status).error == R::PimStatus::kErrorData);
    CHECK(bench.read(&R::pim_status).entry == 0);
    CHECK(bench.read(&R::ecc_on_die_corrected) == 1);
    CHECK(bench.read(&R::ecc_uncorrected) == 1);
    CHECK(bench.read(&R::irq_status).uncorrected);
    CHECK(bench.read(&R::uncorrected_address) == at);
    CHECK(bench.read(&R::uncorrected_info).bank == bench.dut.engine().place(at).bank() % 32);
    bench.mode(1);
    bench.mode(0);
    CHECK(bench.mem_initiator.read(bench.address(0, 0, 5, 1), 2).value == 0x1111);
  });
}

TEST_CASE("PimControl operands of units are hit by the rates of errors", "[unit][hbm]") {
  PimBench bench;
  bench.run([&] {
    bench.mode(1);
    bench.mode(2);
    bench.write(&R::pim_channels, 1);
    bench.write(&R::inject_one_in, 1);
    bench.compute({pim_instruction(kPimFill, kPimGrfA, kPimEven, 0)});
    CHECK(bench.read(&R::pim_status).error == R::PimStatus::kErrorNone);
    CHECK(bench.read(&R::ecc_on_die_corrected) == 32);  // Units of a channel.
  });
}

TEST_CASE("PimControl units of a dead pseudo channel end with an error", "[unit][hbm]") {
  PimBench bench(/*pim=*/true, /*dead=*/{3});
  bench.run([&] {
    const auto load = {pim_instruction(kPimFill, kPimGrfA, kPimEven, 0)};
    const auto store = {pim_instruction(kPimMov, kPimOdd, kPimGrfA, 0)};
    for (const unsigned channel : {0u, 1u}) {
      const unsigned expected = channel == 1 ? R::PimStatus::kErrorData : R::PimStatus::kErrorNone;
      bench.write(&R::pim_channels, 1u << channel);
      bench.mode(1);
      bench.write(&R::pim_odd, R::PimOdd{.row = 6});
      bench.write(&R::pim_write, R::PimWrite{.odd = true});
      CHECK(bench.read(&R::pim_status).error == expected);
      CHECK(bench.read(&R::pim_odd).column == (channel == 1 ? 0u : 1u));
      bench.mode(2);
      for (const auto& program : {load, store}) {
        bench.compute(program);
        CHECK(bench.read(&R::pim_status).error == expected);
      }
      bench.mode(1);
    }
    CHECK(bench.read(&R::ecc_uncorrected) == 0);
  });
}

TEST_CASE("PimControl does nothing in self-refresh, and waits for its end", "[unit][hbm]") {
  PimBench bench;
  bench.run([&] {
    const auto sleep = [&](bool on) {
      bench.write(&R::power_ctrl, R::PowerCtrl{.self_refresh = on});
    };
    bench.mode(1);
    sleep(true);
    bench.write(&R::pim_write, R::PimWrite{.even = true, .odd = true});
    CHECK(bench.read(&R::pim_even).column == 0);
    CHECK(bench.read(&R::pim_odd).column == 0);
    bench.mode(2);
    CHECK(bench.mode() == R::PimStatus::kModeAllBanks);
    sleep(false);
    bench.mode(2);
    const auto load = {pim_instruction(kPimFill, kPimGrfA, kPimEven, 0)};
    bench.compute(load);
    const double awake = bench.compute(load);
    const std::uint64_t commands = bench.read(&R::pim_commands);
    sleep(true);
    CHECK(bench.compute(load) == 0);
    CHECK(bench.read(&R::pim_commands) == commands);
    CHECK(bench.read(&R::pim_even).column == 2);
    sleep(false);
    // tXS is tRFC + 8 ns, tRFC of 8 Gb a channel 350 ns.
    CHECK(bench.compute(load) == Approx(358 + awake).margin(2));
  });
}

TEST_CASE("PimControl channels that compute do not power down", "[unit][hbm]") {
  PimBench bench;
  bench.run([&] {
    const auto slept = [&] { return bench.read(&R::power_down_time); };
    bench.write(&R::power_idle, R::PowerIdle{.clocks = 64});
    bench.mode(1);
    bench.mode(2);
    bench.write(&R::pim_channels, 0x00ff);
    bench.write(&R::power_ctrl, R::PowerCtrl{.auto_power_down = true});
    bench.wait(1_us);
    const std::uint64_t before = slept();
    CHECK(bench.read(&R::power_down_entries) == 16);
    // 2000 slots of 2.5 ns, and a refresh of 350 ns between two of them.
    CHECK(bench.compute({pim_instruction(kPimNop, 0, 0, 0) | 2000}) ==
          Approx(8 + 5000 + 350).margin(4));
    // The other eight slept on; these do again 40 ns after the run.
    CHECK(slept() - before == Approx(8 * 5358).margin(32));
    CHECK(bench.read(&R::power_down_entries) == 16);
    bench.wait(140_ns);
    CHECK(bench.read(&R::power_down_entries) == 24);
  });
}
