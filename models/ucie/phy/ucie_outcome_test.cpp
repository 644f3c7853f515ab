// SPDX-License-Identifier: Apache-2.0
//
// The state machines of both ends against ucie_training_outcome(), which ucie_phy_test.cpp compares
// with the table: every single fault and every pair of a link, in the legal order of states.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "models/ucie/phy/ucie_training_pair_test.h"

namespace cvp {
namespace {

constexpr auto kStd = UciePackage::kStandard;
constexpr auto kAdv = UciePackage::kAdvanced;
using Faults = std::vector<UciePinFault>;
using S = UcieState;

// [UCIE: Link Training State Machine]; TRAINERROR from any state but RESET, RESET from there.
const std::set<std::pair<S, S>> kLegal = {
    {S::kReset, S::kSbInit},
    {S::kSbInit, S::kMbInitParam},
    {S::kMbInitParam, S::kMbInitCal},
    {S::kMbInitCal, S::kMbInitRepairClk},
    {S::kMbInitRepairClk, S::kMbInitRepairVal},
    {S::kMbInitRepairVal, S::kMbInitReversalMb},
    {S::kMbInitReversalMb, S::kMbInitRepairMb},
    {S::kMbInitRepairMb, S::kMbTrainValVref},
    {S::kMbTrainValVref, S::kMbTrainDataVref},
    {S::kMbTrainDataVref, S::kMbTrainSpeedIdle},
    {S::kMbTrainSpeedIdle, S::kMbTrainTxSelfCal},
    {S::kMbTrainTxSelfCal, S::kMbTrainRxClkCal},
    {S::kMbTrainRxClkCal, S::kMbTrainValTrainCenter},
    {S::kMbTrainValTrainCenter, S::kMbTrainValTrainVref},
    {S::kMbTrainValTrainVref, S::kMbTrainDataTrainCenter1},
    {S::kMbTrainDataTrainCenter1, S::kMbTrainDataTrainVref},
    {S::kMbTrainDataTrainVref, S::kMbTrainRxDeskew},
    {S::kMbTrainRxDeskew, S::kMbTrainDataTrainCenter2},
    {S::kMbTrainDataTrainCenter2, S::kMbTrainLinkSpeed},
    {S::kMbTrainLinkSpeed, S::kMbTrainRepair},
    {S::kMbTrainLinkSpeed, S::kMbTrainSpeedIdle},
    {S::kMbTrainLinkSpeed, S::kLinkInit},
    {S::kMbTrainRepair, S::kMbTrainTxSelfCal},
    {S::kLinkInit, S::kActive},
    {S::kActive, S::kPhyRetrain},
    {S::kPhyRetrain, S::kMbTrainTxSelfCal},
    {S::kPhyRetrain, S::kMbTrainSpeedIdle},
    {S::kPhyRetrain, S::kMbTrainRepair},
    {S::kTrainError, S::kReset},
    // A module that the others leave out.
    {S::kMbTrainLinkSpeed, S::kReset},
};

bool legal(S from, S to) {
  return kLegal.contains({from, to}) || (to == S::kTrainError && from != S::kReset);
}

/// Trains a link and looks at every change of every module.
struct Training {
  TrainingPair link;
  std::vector<S> last;
  std::vector<Femtoseconds> entered;

  Training(const UcieLinkShape& shape, const Faults& faults, bool reversed)
      : link(params(shape, faults, reversed), params(shape, faults, reversed)),
        last(2 * shape.modules, S::kReset),
        entered(2 * shape.modules) {}

  static UcieTrainingParams params(const UcieLinkShape& shape, const Faults& faults, bool rev) {
    return {.capability = shape, .faults = faults, .reversed = rev};
  }
  void look() {
    for (std::size_t i = 0; i < last.size(); ++i) {
      const UcieTraining& end = i % 2 == 0 ? link.a : link.b;
      const S state = end.module(static_cast<std::uint32_t>(i / 2)).state();
      if (state == last[i]) continue;
      INFO(name_of(last[i]) << " to " << name_of(state));
      if (!legal(last[i], state)) FAIL("illegal");
      // RESET is held; nobody stays longer than the time-out and that of the hand-shake.
      const Femtoseconds stayed = link.now - entered[i];
      if (last[i] == S::kReset) REQUIRE(stayed >= kUcieResetTime);
      if (last[i] != S::kReset && last[i] != S::kActive) REQUIRE(stayed <= 2 * kUcieTimeout);
      last[i] = state;
      entered[i] = link.now;
    }
  }
  /// Until ACTIVE at both ends, or until both have given up.
  void run() {
    link.a.start(0_ns);
    link.collect();
    while (link.next() != Femtoseconds::max()) {
      link.step();
      look();
    }
  }
};

S furthest(const UcieTraining& a, const UcieTraining& b) {
  return std::max(a.failed_state(), b.failed_state());
}

void check(const UcieLinkShape& shape, const Faults& faults, bool reversed = false) {
  const auto expected = ucie_training_outcome(shape, faults, reversed);
  Training training(shape, faults, reversed);
  INFO("lanes " << shape.lanes << ", modules " << shape.modules);
  for (const UciePinFault& fault : faults) {
    UNSCOPED_INFO("m" << fault.module << ".d" << fault.direction << '.' << name_of(fault.pin) << ':'
                      << fault.number);
  }
  training.run();
  const UcieTraining &a = training.link.a, &b = training.link.b;
  if (expected.lanes == 0) {
    REQUIRE(a.state() == S::kReset);
    REQUIRE(b.state() == S::kReset);
    REQUIRE_FALSE(a.up());
    REQUIRE_FALSE(b.up());
    REQUIRE(furthest(a, b) == expected.failed);
    return;
  }
  REQUIRE(a.active());
  REQUIRE(b.active());
  REQUIRE(a.shape() == b.shape());
  REQUIRE(a.shape().lanes == expected.lanes);
  REQUIRE(a.shape().modules == expected.modules);
  REQUIRE(a.shape().rate == expected.rate);
  REQUIRE(a.used() == expected.used);
  REQUIRE(b.used() == expected.used);
  for (std::uint32_t module = 0; module < shape.modules; ++module) {
    if ((expected.used >> module & 1) == 0) continue;
    for (std::uint32_t direction = 0; direction < 2; ++direction) {
      const auto& wanted = expected.each[module][direction];
      for (const UcieTraining* end : {&a, &b}) {
        const std::size_t side = (end == &a) == (direction == 0) ? UcieLtsm::kOut : UcieLtsm::kIn;
        const auto got = end->module(module).direction(side);
        REQUIRE(got.width.width == expected.lanes);
        REQUIRE(got.clock_repaired == wanted.clock_repaired);
        REQUIRE(got.valid_repaired == wanted.valid_repaired);
        REQUIRE(got.sideband_repaired == wanted.sideband_repaired);
        if (wanted.width.width == expected.lanes) REQUIRE(got.lane_map == wanted.lane_map);
      }
    }
  }
}

Faults every_pin(const UcieLinkShape& shape) {
  Faults all;
  for (std::uint32_t module = 0; module < shape.modules; ++module) {
    for (std::uint32_t direction = 0; direction < 2; ++direction) {
      for (std::size_t p = 0; p < kUciePins; ++p) {
        const auto pin = static_cast<UciePin>(p);
        for (std::uint32_t n = 0; n < ucie_pin_count(shape.package, shape.lanes, pin); ++n) {
          all.push_back({module, direction, pin, n});
        }
      }
    }
  }
  return all;
}

/// Every single fault and every pair of a link, both directions and all modules.
void check_pairs(const UcieLinkShape& shape) {
  const Faults pins = every_pin(shape);
  check(shape, {});
  for (std::size_t i = 0; i < pins.size(); ++i) {
    check(shape, {pins[i]}, true);
    for (std::size_t j = 0; j <= i; ++j) check(shape, {pins[i], pins[j]});
  }
}

UcieLinkShape shape_of(UciePackage package, std::uint32_t lanes, std::uint32_t modules = 1) {
  UcieLinkShape shape{package, lanes, 16_GTps};
  shape.modules = modules;
  return shape;
}

TEST_CASE("UcieTraining of a standard link comes out as the table says", "[unit][ucie]") {
  check_pairs(shape_of(kStd, 8));
  check_pairs(shape_of(kStd, 16));
}

TEST_CASE("UcieTraining of an advanced x32 link comes out as the table says", "[unit][ucie]") {
  check_pairs(shape_of(kAdv, 32));
}

TEST_CASE("UcieTraining of an advanced x64 link comes out as the table says", "[unit][ucie]") {
  check_pairs(shape_of(kAdv, 64));
}

TEST_CASE("UcieTraining of two and four modules comes out as the table says", "[unit][ucie]") {
  check_pairs(shape_of(kStd, 16, 2));
  check_pairs(shape_of(kStd, 8, 4));
}

TEST_CASE("UcieTraining of three dead lanes of a group comes out as the table says",
          "[unit][ucie]") {
  for (std::uint32_t a = 0; a < 64; a += 3) {
    for (std::uint32_t b = 0; b < a; b += 2) {
      for (std::uint32_t c = 0; c < b; ++c) {
        check(shape_of(kAdv, 64), {{.number = a}, {.number = b}, {.number = c}});
        check(shape_of(kAdv, 64),
              {{.number = a}, {.number = b}, {.direction = 1, .number = c}, {.number = 63 - c}});
      }
    }
  }
}

TEST_CASE("UcieTraining drops modules one by one", "[unit][ucie]") {
  const UciePin pins[] = {UciePin::kSideband, UciePin::kClock, UciePin::kValid, UciePin::kData};
  for (unsigned dead = 0; dead < 16; ++dead) {
    for (const UciePin pin : pins) {
      Faults faults;
      for (std::uint32_t module = 0; module < 4; ++module) {
        if ((dead >> module & 1) == 0) continue;
        faults.push_back({module, module % 2, pin, 0});
        if (pin == UciePin::kData) faults.push_back({module, 0, pin, 15});
      }
      check(shape_of(kStd, 16, 4), faults);
    }
  }
  // One narrow module of four: all go on at half the width, after MBTRAIN.REPAIR.
  check(shape_of(kStd, 16, 4), {{.module = 2, .number = 3}});
  check(shape_of(kAdv, 64, 2), {{.number = 0}, {.number = 1}, {.number = 2}});
}

TEST_CASE("UcieTraining falls to the rate that its lanes bear", "[unit][ucie]") {
  UcieLinkShape shape = shape_of(kStd, 16);
  shape.rate = 32_GTps;
  for (const DataRate limit : kUcieRates) {
    const UciePinFault weak{.number = 5, .works_up_to = limit};
    check(shape, {weak});
    CHECK(ucie_training_outcome(shape, Faults{weak}).rate == std::min(limit, shape.rate));
    check(shape, {weak, {.direction = 1, .number = 3}});
    check(shape, {weak, {.direction = 1, .number = 9, .works_up_to = 8_GTps}});
    // Two of a group are repaired by spares at full rate; a third costs the rate.
    UcieLinkShape advanced = shape_of(kAdv, 64);
    Faults faults{weak, {.number = 6, .works_up_to = limit}};
    check(advanced, faults);
    CHECK(ucie_training_outcome(advanced, faults).rate == 16_GTps);
    faults.push_back({.number = 7, .works_up_to = limit});
    check(advanced, faults);
    CHECK(ucie_training_outcome(advanced, faults).rate == std::min(limit, advanced.rate));
    check(shape_of(kAdv, 32, 4), {{3, 1, UciePin::kData, 1, limit}, {2, 0, UciePin::kValid, 0}});
  }
}

TEST_CASE("UcieTraining with a time-out asks for TRAINERROR and waits 8 ms for the answer",
          "[unit][ucie]") {
  TrainingPair link(end_of(shape_of(kAdv, 64)), end_of(shape_of(kAdv, 64)));
  link.a.start(0_ns);
  while (link.a.state() != S::kMbTrainDataVref) link.step();
  const Femtoseconds entered = link.now;
  link.cut = true;
  link.wire.clear();
  link.run(entered + 8_ms - 1_fs);
  CHECK(link.a.state() == S::kMbTrainDataVref);
  CHECK(link.a.error() == UcieTrainingError::kNone);
  link.run(entered + 8_ms);  // Times out, asks.
  CHECK(link.a.error() == UcieTrainingError::kTimeout);
  CHECK(link.a.failed_state() == S::kMbTrainDataVref);
  CHECK(link.a.state() == S::kMbTrainDataVref);
  link.run(entered + 16_ms - 1_fs);
  CHECK(link.a.state() == S::kMbTrainDataVref);
  link.run(entered + 16_ms);
  CHECK(link.a.state() == S::kTrainError);
  link.run(entered + 17_ms - 1_fs);
  CHECK(link.a.state() == S::kTrainError);
  link.run(entered + 17_ms);
  CHECK(link.a.state() == S::kReset);
  // It stays there until software or the other end starts again, and holds it for 4 ms.
  CHECK(link.a.deadline() == Femtoseconds::max());
  link.cut = false;
  CHECK(link.a.start(link.now + 1_ms));
  CHECK(link.a.deadline() == entered + 21_ms);
  link.run(entered + 40_ms);
  CHECK(link.a.active());
  CHECK(link.b.active());
}

TEST_CASE("UcieTraining every state times out after exactly 8 ms", "[unit][ucie]") {
  for (S state = S::kSbInit; state <= S::kPhyRetrain;
       state = static_cast<S>(static_cast<int>(state) + 1)) {
    if (state == S::kActive) continue;
    INFO(name_of(state));
    // A spare for a lane that fails at the rate leads through MBTRAIN.REPAIR.
    auto params = end_of(shape_of(kAdv, 64));
    params.faults = {{.number = 3, .works_up_to = 8_GTps}};
    TrainingPair link(params, params);
    link.a.start(0_ns);
    while (link.a.state() != state) {
      if (link.a.active()) link.a.retrain(link.now), link.collect();
      if (link.a.state() != state) link.step();
    }
    const Femtoseconds entered = link.now;
    link.cut = true;
    link.wire.clear();
    link.run(entered + 8_ms - 1_fs);
    CHECK(link.a.error() == UcieTrainingError::kNone);
    link.run(entered + 8_ms);
    CHECK(link.a.error() == UcieTrainingError::kTimeout);
    CHECK(link.a.failed_state() == state);
  }
}

TEST_CASE("UcieTraining of an ACTIVE link takes a lane that dies out of use", "[unit][ucie]") {
  const auto retrained = [](UciePackage package, std::uint32_t lanes, const Faults& faults) {
    TrainingPair link(end_of(shape_of(package, lanes)), end_of(shape_of(package, lanes)));
    link.a.start(0_ns);
    link.run(10_ms);
    REQUIRE(link.a.active());
    for (const UciePinFault& fault : faults) {
      link.a.add_fault(fault);
      link.b.add_fault(fault);
    }
    link.a.retrain(link.now);
    link.run(40_ms);
    CHECK(link.a.active() == link.b.active());
    return link.a.active() ? link.a.shape().lanes : 0;
  };
  CHECK(retrained(kAdv, 64, {{.number = 1}, {.number = 2}}) == 64);
  CHECK(retrained(kAdv, 64, {{.number = 1}, {.number = 2}, {.number = 3}}) == 32);
  CHECK(retrained(kStd, 16, {{.direction = 1, .number = 9}}) == 8);
  CHECK(retrained(kStd, 16, {{.number = 1}, {.number = 9}}) == 0);
  CHECK(retrained(kAdv, 64, {{.pin = UciePin::kValid}}) == 0);  // Repaired by RESET only.
}

}  // namespace
}  // namespace cvp
