// SPDX-License-Identifier: Apache-2.0
//
// Training outcomes: every single fault and every pair of a direction, against the table of
// TRAINING.md written down a second time.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "models/ucie/phy/ucie_phy.h"

namespace cvp {
namespace {

constexpr auto kStd = UciePackage::kStandard;
constexpr auto kAdv = UciePackage::kAdvanced;
constexpr UciePin kAllPins[] = {
    UciePin::kData,       UciePin::kDataSpare,  UciePin::kClock,
    UciePin::kTrack,      UciePin::kClockSpare, UciePin::kValid,
    UciePin::kValidSpare, UciePin::kSideband,   UciePin::kSidebandSpare};

struct Shape {
  UciePackage package;
  std::uint32_t lanes;
};
constexpr Shape kShapes[] = {{kStd, 8}, {kStd, 16}, {kAdv, 32}, {kAdv, 64}};

using Faults = std::vector<UciePinFault>;

Faults every_pin(const Shape& shape) {
  Faults all;
  for (const UciePin pin : kAllPins) {
    for (std::uint32_t n = 0; n < ucie_pin_count(shape.package, shape.lanes, pin); ++n) {
      all.push_back({.pin = pin, .number = n});
    }
  }
  return all;
}

/// Width left by the table: counts of dead pins alone decide.
std::uint32_t expected_width(const Shape& shape, const Faults& faults) {
  int clock = 0, clock_spare = 0, valid = 0, valid_spare = 0;
  std::array<int, 2> part{}, spare{}, sideband{}, sideband_spare{};  // Sideband: clock, data.
  const std::uint32_t half = shape.package == kAdv ? 32 : 8;
  for (const UciePinFault& fault : faults) {
    const std::string name = name_of(fault.pin);
    if (name == "data") ++part[fault.number / half];
    if (name == "data_spare") ++spare[fault.number / 2];
    if (name == "clock" || name == "track") ++clock;
    if (name == "clock_spare") ++clock_spare;
    if (name == "valid") ++valid;
    if (name == "valid_spare") ++valid_spare;
    if (name == "sideband") ++sideband[fault.number];
    if (name == "sideband_spare") ++sideband_spare[fault.number];
  }
  if (shape.package == kStd) {
    if (clock + valid + sideband[0] + sideband[1] > 0) return 0;
    if (part[0] + part[1] == 0) return shape.lanes;
    if (shape.lanes == 8) return 0;
    return part[0] > 0 && part[1] > 0 ? 0 : 8;
  }
  if (clock > 0 && clock + clock_spare > 1) return 0;
  if (valid > 0 && valid + valid_spare > 1) return 0;
  for (const int pin : {0, 1}) {
    if (sideband[pin] > 0 && sideband_spare[pin] > 0) return 0;
  }
  const auto good = [&](int group) { return part[group] == 0 || part[group] + spare[group] <= 2; };
  if (shape.lanes == 32) return good(0) ? 32 : 0;
  return good(0) && good(1) ? 64 : good(0) || good(1) ? 32 : 0;
}

/// The lane map goes to pins that work, each once.
void check_map(const Shape& shape, const Faults& faults, const UcieDirectionOutcome& outcome) {
  const std::uint32_t spares = shape.package == kAdv ? shape.lanes / 16 : 0;
  REQUIRE(outcome.lane_map.size() == outcome.width.width);
  const std::set<std::uint32_t> used(outcome.lane_map.begin(), outcome.lane_map.end());
  REQUIRE(used.size() == outcome.width.width);
  for (const std::uint32_t lane : used) REQUIRE(lane < shape.lanes + spares);
  for (const UciePinFault& fault : faults) {
    if (fault.pin == UciePin::kData) REQUIRE(!used.contains(fault.number));
    if (fault.pin == UciePin::kDataSpare) REQUIRE(!used.contains(shape.lanes + fault.number));
  }
  const auto states = ucie_lane_states(shape.package, shape.lanes, faults, outcome);
  REQUIRE(states.size() == shape.lanes + spares);
  REQUIRE(std::ranges::count(states, UcieLaneState::kActive) == outcome.width.width);
}

void check(const Shape& shape, const Faults& faults) {
  const auto outcome = ucie_direction_outcome(shape.package, shape.lanes, faults);
  const std::uint32_t width = expected_width(shape, faults);
  INFO("lanes " << shape.lanes);
  for (const UciePinFault& fault : faults) {
    UNSCOPED_INFO(name_of(fault.pin) << ' ' << fault.number);
  }
  REQUIRE(outcome.width.width == width);
  REQUIRE((outcome.failed == UcieState::kActive) == (width > 0));
  check_map(shape, faults, outcome);
}

TEST_CASE("UciePhy every single fault and every pair have the outcome of the table",
          "[unit][ucie]") {
  std::size_t cases = 0;
  for (const Shape& shape : kShapes) {
    const Faults pins = every_pin(shape);
    check(shape, {});
    for (std::size_t i = 0; i < pins.size(); ++i) {
      check(shape, {pins[i]});
      for (std::size_t j = 0; j < i; ++j) check(shape, {pins[i], pins[j]});
      cases += i + 1;
    }
  }
  // Pins of a direction: 14, 22, 44, 78.
  CHECK(cases == 14 * 15 / 2 + 22 * 23 / 2 + 44 * 45 / 2 + 78 * 79 / 2);
}

// [UCIE: Sideband Initialization (SBINIT)]: any clock pin with any data pin.
TEST_CASE("UciePhy a sideband needs one clock and one data pin", "[unit][ucie]") {
  for (unsigned dead = 0; dead < 16; ++dead) {
    Faults faults;
    for (std::uint32_t n = 0; n < 4; ++n) {
      if ((dead >> n & 1) == 0) continue;
      faults.push_back(
          {.pin = n < 2 ? UciePin::kSideband : UciePin::kSidebandSpare, .number = n % 2});
    }
    const bool clock = (dead & 0b0101) != 0b0101, data = (dead & 0b1010) != 0b1010;
    INFO("dead " << dead);
    const auto outcome = ucie_direction_outcome(kAdv, 64, faults);
    CHECK((outcome.failed == UcieState::kActive) == (clock && data));
    CHECK(outcome.sideband_repaired == (clock && data && (dead & 3) != 0));
    check(kShapes[3], faults);
  }
}

TEST_CASE("UciePhy every three dead lanes have the outcome of the table", "[unit][ucie]") {
  for (const Shape& shape : kShapes) {
    for (std::uint32_t a = 0; a < shape.lanes; ++a) {
      for (std::uint32_t b = 0; b < a; ++b) {
        for (std::uint32_t c = 0; c < b; ++c) {
          check(shape, {{.number = a}, {.number = b}, {.number = c}});
        }
      }
    }
  }
}

TEST_CASE("UciePhy fails in the state that meets the fault", "[unit][ucie]") {
  const auto failed = [](Faults faults) { return ucie_direction_outcome(kAdv, 64, faults).failed; };
  CHECK(failed({{.pin = UciePin::kSideband}, {.pin = UciePin::kSidebandSpare}}) ==
        UcieState::kSbInit);
  CHECK(failed({{.pin = UciePin::kClock}, {.pin = UciePin::kTrack}}) ==
        UcieState::kMbInitRepairClk);
  CHECK(failed({{.pin = UciePin::kValid}, {.pin = UciePin::kValidSpare}}) ==
        UcieState::kMbInitRepairVal);
  CHECK(failed({{.number = 0},
                {.number = 1},
                {.number = 2},
                {.number = 32},
                {.number = 33},
                {.number = 34}}) == UcieState::kMbInitRepairMb);
  CHECK(failed({{.pin = UciePin::kValid}}) == UcieState::kActive);
  CHECK(ucie_direction_outcome(kAdv, 64, Faults{{.pin = UciePin::kTrack}}).clock_repaired);
}

TEST_CASE("UciePhy repaired lanes move towards the nearest spare", "[unit][ucie]") {
  const auto map = [](Faults faults, bool reversed = false) {
    return ucie_direction_outcome(kAdv, 64, faults, reversed).lane_map;
  };
  const auto one = map({{.number = 2}});
  CHECK(std::vector(one.begin(), one.begin() + 4) == std::vector<std::uint32_t>{64, 0, 1, 3});
  CHECK(one[31] == 31);
  const auto two = map({{.number = 33}, {.number = 62}});
  CHECK(two[31] == 31);
  CHECK(std::vector(two.begin() + 32, two.begin() + 35) == std::vector<std::uint32_t>{66, 32, 34});
  CHECK(std::vector(two.begin() + 61, two.end()) == std::vector<std::uint32_t>{61, 63, 67});
  // The lower spare is dead: towards the other.
  const auto other = map({{.number = 30}, {.pin = UciePin::kDataSpare, .number = 0}});
  CHECK(std::vector(other.begin() + 29, other.begin() + 33) ==
        std::vector<std::uint32_t>{29, 31, 65, 32});
  // Reversal, and the half that is left.
  CHECK(map({}, true).front() == 63);
  CHECK(map({}, true).back() == 0);
  CHECK(map({{.number = 0}, {.number = 1}, {.number = 2}}).front() == 32);
}

TEST_CASE("UciePhy lanes say what has become of them", "[unit][ucie]") {
  const Faults faults{{.number = 1}, {.number = 40}, {.number = 41}, {.number = 42}};
  const auto outcome = ucie_direction_outcome(kAdv, 64, faults);
  const auto states = ucie_lane_states(kAdv, 64, faults, outcome);
  CHECK(states[0] == UcieLaneState::kActive);
  CHECK(states[1] == UcieLaneState::kRepaired);
  CHECK(states[39] == UcieLaneState::kUnused);
  CHECK(states[40] == UcieLaneState::kDead);
  CHECK(states[64] == UcieLaneState::kActive);
  CHECK(states[65] == UcieLaneState::kUnused);
}

UcieLinkOutcome link(UciePackage package, std::uint32_t lanes, std::uint32_t modules,
                     const Faults& faults) {
  UcieLinkShape shape{package, lanes, 16_GTps};
  shape.modules = modules;
  REQUIRE(ucie_fault_errors(shape, faults).empty());
  return ucie_training_outcome(shape, faults);
}

TEST_CASE("UciePhy failed modules are dropped before the link fails", "[unit][ucie]") {
  Faults faults;
  const std::uint32_t modules_left[] = {4, 2, 2, 1, 0};
  const std::uint32_t used[] = {0b1111, 0b0110, 0b1010, 0b0010, 0};
  std::size_t failed = 0;
  for (const std::uint32_t module : {0u, 2u, 3u, 1u}) {
    // Before this module fails too.
    const auto outcome = link(kStd, 16, 4, faults);
    CHECK(outcome.modules == modules_left[failed]);
    CHECK(outcome.lanes == 16);
    CHECK(outcome.used == used[failed]);
    faults.push_back({.module = module, .pin = UciePin::kValid});
    ++failed;
  }
  const auto none = link(kStd, 16, 4, faults);
  CHECK(none.modules == 0);
  CHECK(none.lanes == 0);
  CHECK(none.failed == UcieState::kMbInitRepairVal);
}

TEST_CASE("UciePhy both directions run at the width of the narrower", "[unit][ucie]") {
  CHECK(link(kStd, 16, 1, {{.direction = 0, .number = 3}}).lanes == 8);
  CHECK(link(kStd, 16, 1, {{.direction = 0, .number = 3}, {.direction = 1, .number = 12}}).lanes ==
        8);
  CHECK(link(kStd, 16, 1, {{.direction = 1, .pin = UciePin::kClock}}).lanes == 0);
  // Four lanes of a group, two of each direction: each direction has spares of its own.
  CHECK(link(kAdv, 64, 1,
             {{.direction = 0, .number = 0},
              {.direction = 0, .number = 1},
              {.direction = 1, .number = 2},
              {.direction = 1, .number = 3}})
            .lanes == 64);
  // One narrow module: half of all four is as much as two whole ones, and keeps the modules.
  const auto narrow = link(kStd, 16, 4, {{.module = 1, .number = 3}});
  CHECK(narrow.modules == 4);
  CHECK(narrow.lanes == 8);
  // Two whole ones are more than two narrow ones.
  const auto two =
      link(kStd, 16, 4, {{.module = 1, .number = 3}, {.module = 2, .pin = UciePin::kValid}});
  CHECK(two.modules == 2);
  CHECK(two.lanes == 16);
  CHECK(two.used == 0b1001);
}

TEST_CASE("UciePhy faults at pins that do not exist are refused", "[unit][ucie]") {
  UcieLinkShape standard{kStd, 16, 16_GTps}, advanced{kAdv, 32, 16_GTps};
  const auto error = [](const UcieLinkShape& shape, UciePinFault fault) {
    const auto errors = ucie_fault_errors(shape, std::span(&fault, 1));
    return errors.empty() ? std::string() : errors.front();
  };
  CHECK(error(standard, {.number = 15}).empty());
  CHECK(error(standard, {.number = 16}) == "data 16 does not exist; expected 0 to 15");
  CHECK(error(standard, {.module = 1}) == "module 1 does not exist; modules are 0 to 0");
  CHECK(error(standard, {.direction = 2}) == "direction 2 does not exist; expected 0 or 1");
  CHECK(error(standard, {.pin = UciePin::kValidSpare}) == "a standard package has no valid_spare");
  CHECK(error(advanced, {.pin = UciePin::kDataSpare, .number = 1}).empty());
  CHECK_FALSE(error(advanced, {.pin = UciePin::kDataSpare, .number = 2}).empty());
}

TEST_CASE("UciePhy falls back rate by rate", "[unit][ucie]") {
  CHECK(ucie_lower_rate(64_GTps) == 48_GTps);
  CHECK(ucie_lower_rate(24_GTps) == 16_GTps);
  CHECK_FALSE(ucie_lower_rate(4_GTps).has_value());
}

}  // namespace
}  // namespace cvp
