// SPDX-License-Identifier: Apache-2.0
//
// Training of a link of one module: order, times, agreement, power states. Two ends, and wires
// between them.
#include <catch2/catch.hpp>

#include "models/ucie/phy/ucie_training_pair_test.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

constexpr auto kStd = UciePackage::kStandard;
constexpr auto kAdv = UciePackage::kAdvanced;

TEST_CASE("UcieTraining passes the states in the legal order", "[unit][ucie]") {
  TrainingPair link(end_of({kAdv, 64, 32_GTps}), end_of({kAdv, 64, 32_GTps}));
  CHECK(link.a.start(0_ns));
  CHECK_FALSE(link.a.start(0_ns));
  link.run(10_ms);
  // [UCIE: Link Training State Machine]; MBTRAIN.REPAIR only when LINKSPEED finds errors.
  const std::vector<UcieState> legal = {
      UcieState::kReset,
      UcieState::kSbInit,
      UcieState::kMbInitParam,
      UcieState::kMbInitCal,
      UcieState::kMbInitRepairClk,
      UcieState::kMbInitRepairVal,
      UcieState::kMbInitReversalMb,
      UcieState::kMbInitRepairMb,
      UcieState::kMbTrainValVref,
      UcieState::kMbTrainDataVref,
      UcieState::kMbTrainSpeedIdle,
      UcieState::kMbTrainTxSelfCal,
      UcieState::kMbTrainRxClkCal,
      UcieState::kMbTrainValTrainCenter,
      UcieState::kMbTrainValTrainVref,
      UcieState::kMbTrainDataTrainCenter1,
      UcieState::kMbTrainDataTrainVref,
      UcieState::kMbTrainRxDeskew,
      UcieState::kMbTrainDataTrainCenter2,
      UcieState::kMbTrainLinkSpeed,
      UcieState::kLinkInit,
      UcieState::kActive,
  };
  CHECK(link.seen == legal);
  CHECK(link.b.active());
  CHECK(link.a.shape() == link.b.shape());
  CHECK(link.a.shape().lanes == 64);
  // RESET is held for 4 ms; then only the ends' own work and the sideband take time.
  CHECK(link.a.residency(UcieState::kReset, link.now) == 4_ms);
  CHECK(link.a.residency(UcieState::kActive, link.now) > 5_ms);
}

TEST_CASE("UcieTraining does not count what it has heard in RESET", "[unit][ucie]") {
  using Kind = UcieTrainingMessage::Kind;
  UcieTraining end(end_of({kAdv, 64, 32_GTps}));
  REQUIRE(end.start(0_ns));
  // Of an attempt of the other end that is over when this one begins.
  for (const UcieState done : {UcieState::kSbInit, UcieState::kMbInitParam}) {
    end.receive(1_us, {.kind = Kind::kDone, .state = done, .lanes = 64, .rate = 32_GTps});
  }
  end.wake(4_ms);
  end.receive(4_ms, {.kind = Kind::kPattern, .state = UcieState::kSbInit});
  end.wake(4_ms + 2_us);
  end.wake(5_ms);
  CHECK(end.state() == UcieState::kSbInit);  // The other end has not finished it.
  end.receive(5_ms, {.kind = Kind::kDone, .state = UcieState::kSbInit});
  CHECK(end.state() == UcieState::kMbInitParam);
}

TEST_CASE("UcieTraining agrees on the smaller width and rate", "[unit][ucie]") {
  TrainingPair link(end_of({kAdv, 64, 16_GTps}), end_of({kAdv, 32, 32_GTps}));
  link.b.start(0_ns);
  link.run(10_ms);
  REQUIRE(link.a.active());
  REQUIRE(link.b.active());
  CHECK(link.a.shape().lanes == 32);
  CHECK(link.a.shape().rate == 16_GTps);
  CHECK(link.a.shape() == link.b.shape());
}

TEST_CASE("UcieTraining refuses ends of different packages", "[unit][ucie]") {
  TrainingPair link(end_of({kAdv, 32, 16_GTps}), end_of({kStd, 16, 16_GTps}));
  link.a.start(0_ns);
  link.run(5_ms);
  CHECK(link.a.state() == UcieState::kTrainError);
  CHECK(link.b.state() == UcieState::kTrainError);
  CHECK((link.a.error() == UcieTrainingError::kMismatch ||
         link.b.error() == UcieTrainingError::kMismatch));
}

TEST_CASE("UcieTraining degrades both ends when one sees broken lanes", "[unit][ucie]") {
  auto broken = end_of({kStd, 16, 16_GTps});
  broken.faults = {{.number = 1}};
  TrainingPair link(end_of({kStd, 16, 16_GTps}), broken);
  link.a.start(0_ns);
  link.run(10_ms);
  REQUIRE(link.a.active());
  CHECK(link.a.shape().lanes == 8);
  CHECK(link.b.shape().lanes == 8);
  CHECK(link.b.width().first_lane == 8);  // It receives on the other half.
}

TEST_CASE("UcieTraining ends in TRAINERROR when no half is whole", "[unit][ucie]") {
  auto broken = end_of({kStd, 16, 16_GTps});
  broken.faults = {{.number = 0}, {.number = 8}};
  TrainingPair link(end_of({kStd, 16, 16_GTps}), broken);
  link.a.start(0_ns);
  link.run(5_ms);
  CHECK(link.a.state() == UcieState::kTrainError);
  CHECK(link.b.state() == UcieState::kTrainError);
  CHECK(link.a.failed_state() == UcieState::kMbInitRepairMb);
  CHECK_FALSE(link.a.up());
}

TEST_CASE("UcieTraining gives up after exactly 8 ms without an answer", "[unit][ucie]") {
  auto dead = end_of({kAdv, 64, 32_GTps});
  dead.dead = true;
  TrainingPair link(end_of({kAdv, 64, 32_GTps}), dead);
  link.a.start(0_ns);
  link.run(12_ms - 1_fs);
  CHECK(link.a.state() == UcieState::kSbInit);
  link.run(12_ms);
  CHECK(link.a.state() == UcieState::kTrainError);
  CHECK(link.a.error() == UcieTrainingError::kTimeout);
  CHECK(link.a.failed_state() == UcieState::kSbInit);
  CHECK(link.b.state() == UcieState::kReset);
  // Software may try again: through RESET, 4 ms.
  CHECK(link.a.start(20_ms));
  CHECK(link.a.state() == UcieState::kReset);
  CHECK(link.a.deadline() == 24_ms);
}

TEST_CASE("UcieTraining recovers when a failed link is started again", "[unit][ucie]") {
  TrainingPair link(end_of({kAdv, 64, 32_GTps}), end_of({kAdv, 64, 32_GTps}));
  link.a.start(0_ns);
  link.run(4_ms + 20_us);
  link.wire.clear();  // A message is lost: both ends wait for the other until they give up.
  link.run(13_ms);
  REQUIRE(link.a.state() == UcieState::kTrainError);
  REQUIRE(link.b.state() == UcieState::kTrainError);
  link.a.start(link.now);
  link.run(30_ms);
  CHECK(link.a.active());
  CHECK(link.b.active());
}

TEST_CASE("UcieTraining retrains an active link and stays up", "[unit][ucie]") {
  TrainingPair link(end_of({kAdv, 64, 32_GTps}), end_of({kAdv, 64, 32_GTps}));
  CHECK_FALSE(link.a.retrain(0_ns));
  link.a.start(0_ns);
  link.run(10_ms);
  REQUIRE(link.b.retrain(link.now));
  CHECK_FALSE(link.b.active());
  CHECK(link.b.up());
  link.run(20_ms);
  CHECK(link.a.active());
  CHECK(link.b.active());
  CHECK(link.a.residency(UcieState::kPhyRetrain, link.now) > 0_ns);
  CHECK(link.a.residency(UcieState::kReset, link.now) == 4_ms);
}

TEST_CASE("UcieTraining sleeps in L1 and wakes", "[unit][ucie]") {
  TrainingPair link(end_of({kAdv, 64, 32_GTps}), end_of({kAdv, 64, 32_GTps}));
  CHECK_FALSE(link.a.sleep(UcieState::kL1, 0_ns));
  link.a.start(0_ns);
  link.run(10_ms);
  CHECK_FALSE(link.a.wake_up(link.now));
  REQUIRE(link.a.sleep(UcieState::kL1, link.now));
  REQUIRE(link.b.sleep(UcieState::kL1, link.now));
  CHECK(link.a.up());
  CHECK(link.next() == Femtoseconds::max());  // Sleeping costs nothing.
  link.run(20_ms);
  CHECK_FALSE(link.b.retrain(link.now));
  CHECK(link.b.wake_up(link.now));
  CHECK(link.b.state() == UcieState::kMbTrainSpeedIdle);
  link.run(20_ms + 60_us);
  CHECK(link.a.active());
  CHECK(link.b.active());
  CHECK(link.b.residency(UcieState::kL1, link.now) == 10_ms);
}

TEST_CASE("UcieTraining leaves L2 and a reset through RESET", "[unit][ucie]") {
  TrainingPair link(end_of({kAdv, 64, 32_GTps}), end_of({kAdv, 64, 32_GTps}));
  link.a.start(0_ns);
  link.run(10_ms);
  link.a.sleep(UcieState::kL2, link.now);
  link.b.sleep(UcieState::kL2, link.now);
  CHECK_FALSE(link.b.up());
  CHECK_FALSE(link.b.wake_up(link.now));
  CHECK(link.b.start(link.now));
  CHECK(link.b.deadline() == 14_ms);
  link.run(20_ms);
  CHECK(link.a.active());
  CHECK(link.b.active());
  link.a.reset(link.now);
  link.b.reset(link.now);
  CHECK(link.a.state() == UcieState::kReset);
  CHECK(link.a.error() == UcieTrainingError::kNone);
  CHECK_FALSE(link.a.failing());
  CHECK(link.next() == Femtoseconds::max());
  CHECK(link.a.start(link.now));
  link.run(30_ms);
  CHECK(link.b.active());
}

TEST_CASE("UcieTraining keeps to software's limits", "[unit][ucie]") {
  TrainingPair link(end_of({kAdv, 64, 32_GTps}), end_of({kAdv, 64, 32_GTps}));
  link.a.set_limits({.lanes = 32, .rate = 16_GTps});
  link.b.start(0_ns);
  link.run(10_ms);
  REQUIRE(link.b.active());
  CHECK(link.a.shape().lanes == 32);
  CHECK(link.b.shape().lanes == 32);
  CHECK(link.b.shape().rate == 16_GTps);
  // A retrain goes down further, never up.
  link.b.set_limits({.rate = 8_GTps});
  link.a.set_limits({});
  REQUIRE(link.b.retrain(link.now));
  link.run(20_ms);
  CHECK(link.a.shape() == link.b.shape());
  CHECK(link.a.shape().rate == 8_GTps);
  CHECK(link.a.shape().lanes == 32);
  CHECK(link.b.residency(UcieState::kReset, link.now) == 4_ms);
}

TEST_CASE("UcieTraining gives up at both ends when software says so", "[unit][ucie]") {
  TrainingPair link(end_of({kAdv, 64, 32_GTps}), end_of({kAdv, 64, 32_GTps}));
  CHECK_FALSE(link.a.fail(UcieTrainingError::kSoftware, 0_ns));
  link.a.start(0_ns);
  link.run(10_ms);
  REQUIRE(link.a.fail(UcieTrainingError::kSoftware, link.now));
  CHECK_FALSE(link.a.up());
  link.run(10_ms + 1_us);
  CHECK(link.a.state() == UcieState::kTrainError);
  CHECK(link.b.state() == UcieState::kTrainError);
  CHECK(link.a.error() == UcieTrainingError::kSoftware);
  CHECK(link.b.error() == UcieTrainingError::kPeer);
  CHECK(link.b.failed_state() == UcieState::kActive);
}

TEST_CASE("UcieTraining a link that drops a module is up once it is ACTIVE", "[unit][ucie]") {
  UcieLinkShape shape{kAdv, 64, 32_GTps};
  shape.modules = 2;
  auto params = end_of(shape);
  params.faults = {{.module = 0, .pin = UciePin::kValid},
                   {.module = 0, .pin = UciePin::kValidSpare}};
  TrainingPair link(params, params);
  REQUIRE(link.a.start(0_ns));
  link.collect();
  while (link.a.state() != UcieState::kActive && link.now < 30_ms) link.step();
  REQUIRE(link.a.active());
  CHECK(link.a.up());
}

TEST_CASE("UcieTraining trained at reset is active at once", "[unit][ucie]") {
  auto direct = end_of({kAdv, 64, 32_GTps});
  direct.trained_at_reset = true;
  const UcieTraining training(direct);
  CHECK(training.active());
  CHECK(training.up());
  CHECK(training.deadline() == Femtoseconds::max());
}

TEST_CASE("UcieTraining trained at reset is where training would have led", "[unit][ucie]") {
  const UcieLinkShape wide{kAdv, 64, 32_GTps, UcieFlitFormat::k256, 0, 4};
  const UcieLinkShape narrow{kAdv, 32, 16_GTps, UcieFlitFormat::k256, 0, 2};
  const UciePinFault clock[] = {{.pin = UciePin::kClock}, {.pin = UciePin::kTrack}};
  const std::vector<UciePinFault> group = {{.number = 0}, {.number = 1}, {.number = 2}};
  const UcieLinkShape two{kAdv, 64, 32_GTps, UcieFlitFormat::k256, 0, 2};
  const auto check = [](const UcieLinkShape& here, const UcieLinkShape& there,
                        const std::vector<UciePinFault>& faults, bool reversed = false) {
    UcieTrainingParams a = end_of(here), b = end_of(there);
    a.faults = b.faults = faults;
    a.reversed = b.reversed = reversed;
    TrainingPair link(a, b);
    link.a.start(0_ns);
    link.run(40_ms);
    for (UcieTrainingParams direct : {a, b}) {
      direct.trained_at_reset = true;
      direct.end = direct.capability == here ? 0 : 1;
      direct.other = direct.end == 0 ? there : here;
      const UcieTraining& trained = direct.end == 0 ? link.a : link.b;
      const UcieTraining at_once(direct);
      REQUIRE(trained.active());
      REQUIRE(at_once.active());
      CHECK(at_once.shape() == trained.shape());
      CHECK(at_once.used() == trained.used());
      for (const std::size_t side : {UcieLtsm::kIn, UcieLtsm::kOut}) {
        CHECK(at_once.lanes(side) == trained.lanes(side));
      }
    }
  };
  check(wide, narrow, {});
  check(narrow, wide, {});
  check(wide, narrow, {clock[0], clock[1]});  // Module 0, of direction 0.
  check(two, two, group);                     // Module 0 is half as wide, so both run at x32.
  check(two, two, group, true);
  check({kStd, 16, 16_GTps}, {kStd, 8, 32_GTps}, {});
}

TEST_CASE("UcieTraining trained at reset stays in RESET if the packages differ", "[unit][ucie]") {
  UcieTrainingParams direct = end_of({kAdv, 32, 16_GTps});
  direct.trained_at_reset = true;
  direct.other = UcieLinkShape{kStd, 16, 16_GTps};
  const UcieTraining training(direct);
  CHECK_FALSE(training.up());
  CHECK(training.state() == UcieState::kReset);
}

TEST_CASE("UcieTraining saved and loaded goes on identically", "[unit][ucie]") {
  const auto params = end_of({kAdv, 64, 24_GTps});
  TrainingPair first(params, params), second(params, params);
  first.a.start(0_ns);
  first.run(4_ms + 30_us);
  REQUIRE(first.a.state() != UcieState::kActive);
  load(second.a, save(first.a));
  load(second.b, save(first.b));
  second.wire = first.wire;
  second.now = first.now;
  first.run(10_ms);
  second.run(10_ms);
  REQUIRE(first.a.active());
  CHECK(second.a.active());
  CHECK(first.a.residency(UcieState::kActive, 10_ms) ==
        second.a.residency(UcieState::kActive, 10_ms));
}

}  // namespace
}  // namespace cvp
