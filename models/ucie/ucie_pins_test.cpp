// SPDX-License-Identifier: Apache-2.0
//
// What the link registers show of the pins beside the lanes, and of what training has found dead.
#include "models/ucie/ucie_two_ports_test.h"

namespace cvp {
namespace {

constexpr std::uint32_t kUsed = 0, kRepaired = 1, kDead = 2, kUnused = 3;
const R::PinState kHealthy{.clock_spare = kUnused,
                           .valid_spare = kUnused,
                           .sideband_clock_spare = kUnused,
                           .sideband_data_spare = kUnused};
const R::PinState kAllUnused = R::PinState::from_bits(0xfffff);

void break_pin(Bench& bench, const R::BrokenPin& pin) {
  bench.write(&R::broken_pin, pin);
  CHECK(inject(bench, {.pin = true}) == R::Command::kResultAccepted);
}

TEST_CASE("UciePins show which of the pins beside the lanes are dead", "[unit][ucie]") {
  UcieParams near = first(), far = second();
  near.faults = far.faults = "d1.track, d1.valid_spare, d1.sideband:1, d1.sideband_spare:0";
  Bench bench(near, far);
  bench.run([&] {
    R::PinState expected = kHealthy;
    expected.track = kRepaired;
    expected.clock_spare = kUsed;
    expected.valid_spare = kDead;
    expected.sideband_data = kRepaired;
    expected.sideband_clock_spare = kDead;
    expected.sideband_data_spare = kUsed;
    CHECK(bench.read(&R::pin_state) == expected);
    CHECK(bench.dut.regs_b.read(0x21c, 4).value == kHealthy.to_bits());
    bench.dut.regs_b.write(0x200, 4, 0x10);
    CHECK(bench.dut.regs_b.read(0x21c, 4).value == expected.to_bits());
    bench.write(&R::lane_select, {.transmit = true});
    CHECK(bench.read(&R::pin_state) == kHealthy);
    bench.write(&R::lane_select, {.module = 1});
    CHECK(bench.read(&R::pin_state) == kAllUnused);
  });
}

TEST_CASE("UciePins of a standard package have no spares", "[unit][ucie]") {
  UcieParams near = first(false), far = second(false);
  near.package = far.package = UciePackage::kStandard;
  near.lanes = far.lanes = 16;
  Bench bench(near, far);
  bench.run([&] {
    CHECK(bench.read(&R::pin_state) == kAllUnused);
    CHECK(command(bench, {.start = true}) == R::Command::kResultAccepted);
    wait_state(bench, R::Status::kStateActive);
    CHECK(bench.read(&R::pin_state) == kHealthy);
  });
}

TEST_CASE("UciePins call no sideband repaired that is dead for good", "[unit][ucie]") {
  Bench bench(first(), second());
  bench.run([&] {
    break_pin(bench, {.kind = Kind::kKindSidebandSpare});
    bench.wait(1_us);
    wait_state(bench, R::Status::kStateActive);
    R::PinState expected = kHealthy;
    expected.sideband_clock_spare = kDead;
    CHECK(bench.read(&R::pin_state) == expected);
    CHECK_FALSE(bench.read(&R::lane_status).sideband);
    break_pin(bench, {.kind = Kind::kKindSideband});
    bench.wait(1_ms);
    for (const std::uint32_t state :
         {R::Status::kStatePhyretrain, R::Status::kStateTrainerror, R::Status::kStateReset}) {
      wait_state(bench, state);
      CHECK_FALSE(bench.read(&R::lane_status).sideband);
      CHECK(bench.read(&R::pin_state).sideband_clock == kDead);
      CHECK(bench.read(&R::pin_state).sideband_clock_spare == kDead);
    }
  });
}

TEST_CASE("UciePins and lanes that training has found dead are known until the next one",
          "[unit][ucie]") {
  Bench bench(first(), second());
  bench.run([&] {
    break_pin(bench, {.kind = Kind::kKindData, .number = 3});
    bench.wait(1_us);
    wait_state(bench, R::Status::kStateActive);
    break_pin(bench, {.kind = Kind::kKindValid});
    wait_state(bench, R::Status::kStateReset);
    R::PinState expected = kAllUnused;
    expected.valid = kDead;
    CHECK(bench.read(&R::pin_state) == expected);
    CHECK(bench.read(&R::lane_state, 0).lanes == 0xffff'ffbf);  // Lane 3 is dead.
    CHECK(bench.read(&R::lane_status).width == 0);
    CHECK(command(bench, {.start = true}) == R::Command::kResultAccepted);
    while (bench.read(&R::status).state == R::Status::kStateReset) bench.wait(1_us);
    CHECK(bench.read(&R::status).state == R::Status::kStateSbinit);
    CHECK(bench.read(&R::pin_state) == kAllUnused);
    CHECK(bench.read(&R::lane_state, 0).lanes == 0xffff'ffff);
    wait_state(bench, R::Status::kStateActive);
    expected = kHealthy;
    expected.valid = kRepaired;
    expected.valid_spare = kUsed;
    CHECK(bench.read(&R::pin_state) == expected);
    CHECK(bench.read(&R::lane_status).valid);
  });
}

TEST_CASE("UciePins that are spares and idle break without harm", "[unit][ucie]") {
  Bench bench(first(), second());
  bench.run([&] {
    for (const std::uint32_t kind : {Kind::kKindClockSpare, Kind::kKindValidSpare}) {
      break_pin(bench, {.kind = kind});
      bench.wait(1_us);
      wait_state(bench, R::Status::kStateActive);
    }
    R::PinState expected = kHealthy;
    expected.clock_spare = expected.valid_spare = kDead;
    CHECK(bench.read(&R::pin_state) == expected);
    CHECK(bench.read(&R::trainings).failures == 0);
    // The pin in whose place the spare would be.
    break_pin(bench, {.kind = Kind::kKindTrack});
    wait_state(bench, R::Status::kStateTrainerror);
    CHECK(bench.read(&R::error).lanes);
  });
}

}  // namespace
}  // namespace cvp
