// SPDX-License-Identifier: Apache-2.0
//
// The driver of links against a script of accesses.
#include <catch2/catch.hpp>

extern "C" {
#include "drivers/ucie.h"
}
#include "mock.h"
#include "ucie_regs.h"

namespace {

/// Writes a link's DVSEC with two locators.
void put_dvsec(Mock& machine, std::uintptr_t at, std::uint32_t mailbox, std::uint32_t lanes) {
  machine.memory[at + UCIE_EXTENDED_CAPABILITY] = 0x10023;
  machine.memory[at + UCIE_DVSEC] = 0x0800d2de;
  machine.memory[at + UCIE_DVSEC_ID] = 2u << UCIE_DVSEC_ID_LOCATORS_SHIFT;
  machine.memory[at + UCIE_LOCATOR] = lanes << UCIE_LOCATOR_OFFSET_SHIFT | 2;
  machine.memory[at + UCIE_LOCATOR + UCIE_LOCATOR_STRIDE] =
      mailbox << UCIE_LOCATOR_OFFSET_SHIFT | 1;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "Ucie driver walks the capabilities and the locators", "[drivers]") {
  ucie_t ucie = {0};
  CHECK(ucie_find(kBase, &ucie) == UCIE_ENODEV);
  machine.memory[kBase] = 0x80010001;  // Another capability; the next one at 0x800.
  CHECK(ucie_find(kBase, &ucie) == UCIE_ENODEV);
  machine.memory[kBase + 0x800] = 0x80010023;  // A DVSEC of another vendor that points at itself.
  CHECK(ucie_find(kBase, &ucie) == UCIE_ENODEV);
  machine.memory[kBase + 0x800] = 0x90010023;
  put_dvsec(machine, kBase + 0x900, 0x40, 0x60);
  REQUIRE(ucie_find(kBase, &ucie) == UCIE_OK);
  CHECK(ucie.base == kBase + 0x900);
  CHECK(ucie_remote_write(&ucie, 0x2c, 7) == UCIE_OK);
  CHECK(wrote(kBase + 0x940 + UCIE_MAILBOX_DATA - UCIE_MAILBOX_INDEX, 7));
  machine.memory[kBase + 0x960 + UCIE_LANE_STATE - UCIE_LANE_SELECT] = 1;
  CHECK(ucie_lane(&ucie, 0) == UCIE_LANE_REPAIRED);
}

TEST_CASE_METHOD(Fixture, "Ucie driver starts only what is a link block", "[drivers]") {
  const ucie_t ucie = {kBase};
  ucie_capability_t capability;
  CHECK(ucie_probe(&ucie, &capability) == UCIE_ENODEV);
  CHECK(ucie_start(&ucie) == UCIE_ENODEV);
  CHECK(machine.writes.empty());
  put_dvsec(machine, kBase, UCIE_MAILBOX_INDEX, UCIE_LANE_SELECT);
  machine.memory[kBase + UCIE_CAPABILITY] = 0x12040;
  REQUIRE(ucie_probe(&ucie, &capability) == UCIE_OK);
  CHECK(capability.lanes == 64);
  CHECK(capability.rate == 32);
  // What is refused leaves the errors where they are.
  machine.memory[kBase + UCIE_ERROR] = UCIE_ERROR_LANES;
  machine.memory[kBase + UCIE_COMMAND] = UCIE_COMMAND_RESULT_WRONG_STATE;
  CHECK(ucie_start(&ucie) == UCIE_ESTATE);
  CHECK_FALSE(wrote(kBase + UCIE_ERROR, UCIE_ERROR_LANES));
  machine.memory[kBase + UCIE_COMMAND] = UCIE_COMMAND_RESULT_ACCEPTED;
  REQUIRE(ucie_start(&ucie) == UCIE_OK);
  CHECK(wrote(kBase + UCIE_CONTROL, UCIE_CONTROL_START));
  CHECK(wrote(kBase + UCIE_ERROR, UCIE_ERROR_LANES));
  machine.memory[kBase + UCIE_STATUS] = 0x20400116;
  const ucie_state_t state = ucie_state(&ucie);
  CHECK(state.up);
  CHECK(state.lanes == 64);
  CHECK(state.rate == 32);
  CHECK(std::string(ucie_state_name(state.state)) == "ACTIVE");
}

TEST_CASE_METHOD(Fixture, "Ucie driver says what became of a command", "[drivers]") {
  const ucie_t ucie = {kBase};
  const std::pair<unsigned, ucie_status_t> kResults[] = {
      {UCIE_COMMAND_RESULT_NONE, UCIE_ESTATE},        {UCIE_COMMAND_RESULT_ACCEPTED, UCIE_OK},
      {UCIE_COMMAND_RESULT_WRONG_STATE, UCIE_ESTATE}, {UCIE_COMMAND_RESULT_BAD_VALUE, UCIE_EINVAL},
      {UCIE_COMMAND_RESULT_BUSY, UCIE_EBUSY},         {UCIE_COMMAND_RESULT_REFUSED, UCIE_EREFUSED}};
  for (const auto& [result, status] : kResults) {
    machine.memory[kBase + UCIE_COMMAND] = result;
    CHECK(ucie_retrain(&ucie) == status);
  }
  CHECK(wrote(kBase + UCIE_CONTROL, UCIE_CONTROL_RETRAIN));
  CHECK(ucie_sleep(&ucie, 3) == UCIE_EINVAL);
  CHECK(ucie_limit(&ucie, 32, 5) == UCIE_EREFUSED);
  machine.memory[kBase + UCIE_COMMAND] = UCIE_COMMAND_RESULT_ACCEPTED;
  CHECK(ucie_limit(&ucie, 32, 16) == UCIE_OK);
  CHECK(wrote(kBase + UCIE_LIMIT, 0x1020));
  for (const std::uint8_t bad : {3, 5, 8, 255}) CHECK(ucie_want_parity(&ucie, bad) == UCIE_EINVAL);
  CHECK_FALSE(wrote(kBase + UCIE_PARITY, 3));
  CHECK(ucie_want_parity(&ucie, 4) == UCIE_OK);
  CHECK(wrote(kBase + UCIE_PARITY, 4));
  machine.memory[kBase + UCIE_COMMAND] = UCIE_COMMAND_RESULT_BAD_VALUE;  // Not with these flits.
  CHECK(ucie_want_parity(&ucie, 2) == UCIE_EINVAL);
  machine.memory[kBase + UCIE_PARITY] = 0x122;
  ucie_parity_t parity;
  ucie_parity(&ucie, &parity);
  CHECK(parity.wanted == 2);
  CHECK(parity.agreed == 2);
  CHECK(parity.refused);
}

TEST_CASE_METHOD(Fixture, "Ucie driver reaches the other end by the mailbox", "[drivers]") {
  const ucie_t ucie = {kBase};
  uint32_t value = 0;
  CHECK(ucie_remote_read(&ucie, 0x1000) == UCIE_ENOREG);
  CHECK(ucie_remote_read(&ucie, UCIE_MAILBOX_INDEX_WRITES | 0x2c) == UCIE_ENOREG);
  CHECK(ucie_remote_write(&ucie, UCIE_MAILBOX_INDEX_WRITES | 0x2c, 7) == UCIE_ENOREG);
  put_dvsec(machine, kBase, UCIE_MAILBOX_INDEX, UCIE_LANE_SELECT);
  CHECK(ucie_remote_write(&ucie, 0x2c, 7) == UCIE_OK);
  CHECK(wrote(kBase + UCIE_MAILBOX_DATA, 7));
  CHECK(wrote(kBase + UCIE_MAILBOX_INDEX, 0x1002c));
  CHECK(wrote(kBase + UCIE_MAILBOX_CONTROL, UCIE_MAILBOX_CONTROL_START));
  machine.memory[kBase + UCIE_MAILBOX_STATUS] = UCIE_MAILBOX_STATUS_BUSY;
  CHECK(ucie_remote_read(&ucie, 0) == UCIE_EBUSY);
  CHECK(ucie_remote_done(&ucie, &value) == UCIE_EBUSY);
  machine.memory[kBase + UCIE_MAILBOX_STATUS] = 0x10;
  CHECK(ucie_remote_done(&ucie, &value) == UCIE_ENOREG);
  machine.memory[kBase + UCIE_MAILBOX_STATUS] = 0x20;
  CHECK(ucie_remote_done(&ucie, &value) == UCIE_EALIGN);
  machine.memory[kBase + UCIE_MAILBOX_STATUS] = 0x30;
  CHECK(ucie_remote_done(&ucie, &value) == UCIE_EREFUSED);
  machine.memory[kBase + UCIE_MAILBOX_STATUS] = 0x50;
  CHECK(ucie_remote_done(&ucie, &value) == UCIE_ETIMEOUT);
  machine.memory[kBase + UCIE_MAILBOX_STATUS] = 0;
  machine.memory[kBase + UCIE_MAILBOX_DATA] = 9;
  CHECK(ucie_remote_done(&ucie, &value) == UCIE_OK);
  CHECK(value == 9);
}

TEST_CASE_METHOD(Fixture, "Ucie driver touches nothing where no locator leads", "[drivers]") {
  const ucie_t ucie = {kBase};
  uint32_t value = 5;
  ucie_lanes_t lanes = {};
  lanes.width = 7;
  put_dvsec(machine, kBase, UCIE_MAILBOX_INDEX, UCIE_LANE_SELECT);
  machine.memory[kBase + UCIE_COMMAND] = UCIE_COMMAND_RESULT_ACCEPTED;
  for (const std::uint64_t locators : {0u, 2u}) {
    machine.memory[kBase + UCIE_DVSEC_ID] = locators << UCIE_DVSEC_ID_LOCATORS_SHIFT;
    machine.memory[kBase + UCIE_LOCATOR] = 0x20003;  // A block of another kind.
    machine.memory[kBase + UCIE_LOCATOR + UCIE_LOCATOR_STRIDE] = 0;
    CHECK(ucie_remote_read(&ucie, 0) == UCIE_ENODEV);
    CHECK(ucie_remote_write(&ucie, 0, 1) == UCIE_ENODEV);
    CHECK(ucie_remote_done(&ucie, &value) == UCIE_ENODEV);
    CHECK(value == 5);
    CHECK(ucie_lanes(&ucie, 0, false, &lanes) == UCIE_ENODEV);
    CHECK(lanes.width == 7);
    CHECK(ucie_lane(&ucie, 0) == UCIE_LANE_UNUSED);
    ucie_pins_t pins;
    CHECK(ucie_pins(&ucie, 0, &pins) == UCIE_ENODEV);
    CHECK(ucie_break_pin(&ucie, "data", 0, 0, 0) == UCIE_ENODEV);
    CHECK(ucie_damage_flit(&ucie) == UCIE_ENODEV);
    CHECK(ucie_fatal_error(&ucie) == UCIE_ENODEV);
  }
  CHECK(machine.writes.empty());
}

TEST_CASE_METHOD(Fixture, "Ucie driver breaks pins by name and reads lanes", "[drivers]") {
  const ucie_t ucie = {kBase};
  machine.memory[kBase + UCIE_COMMAND] = UCIE_COMMAND_RESULT_ACCEPTED;
  CHECK(ucie_break_pin(&ucie, "lane", 0, 0, 0) == UCIE_EINVAL);
  CHECK(ucie_break_pin(&ucie, "data", 64, 0, 0) == UCIE_EINVAL);
  CHECK(machine.writes.empty());
  put_dvsec(machine, kBase, UCIE_MAILBOX_INDEX, UCIE_LANE_SELECT);
  CHECK(ucie_break_pin(&ucie, "valid_spare", 0, 1, 16) == UCIE_OK);
  CHECK(wrote(kBase + UCIE_BROKEN_PIN, 0x10010006));
  CHECK(wrote(kBase + UCIE_INJECT, UCIE_INJECT_PIN));
  machine.memory[kBase + UCIE_LANE_STATE + UCIE_LANE_STATE_STRIDE] = 2u << 6;
  CHECK(ucie_lane(&ucie, 19) == UCIE_LANE_DEAD);
  CHECK(ucie_lane(&ucie, 99) == UCIE_LANE_UNUSED);
  machine.memory[kBase + UCIE_PIN_STATE] = 0x9b424;
  const char* const names[] = {"clock",       "track",    "clock_spare",   "valid",
                               "valid_spare", "sideband", "sideband_spare"};
  const std::vector<unsigned> states[] = {{0, 1}, {2}, {0}, {0}, {1}, {3, 2}, {1, 2}};
  ucie_pins_t pins;
  for (unsigned kind = 0; kind < 7; ++kind) {
    REQUIRE(ucie_pins(&ucie, kind, &pins) == UCIE_OK);
    CHECK(std::string(pins.name) == names[kind]);
    REQUIRE(pins.count == states[kind].size());
    for (unsigned n = 0; n < pins.count; ++n) CHECK(pins.state[n] == states[kind][n]);
  }
  CHECK(ucie_pins(&ucie, 7, &pins) == UCIE_EINVAL);
  machine.memory[kBase + UCIE_LANE_MAP + UCIE_LANE_MAP_STRIDE] = 0xff064003;
  CHECK(ucie_lane_map(&ucie, 4) == 3);
  CHECK(ucie_lane_map(&ucie, 5) == 64);
  CHECK(ucie_lane_map(&ucie, 7) == UCIE_NO_LANE);
  CHECK(ucie_lane_map(&ucie, 64) == UCIE_NO_LANE);
  CHECK(ucie_damage_flit(&ucie) == UCIE_OK);
  machine.memory[kBase + UCIE_COMMAND] = UCIE_COMMAND_RESULT_BAD_VALUE;
  CHECK(ucie_damage_flit(&ucie) == UCIE_ENOCRC);
  CHECK(ucie_break_pin(&ucie, "data", 63, 3, 0) == UCIE_EINVAL);
}

TEST_CASE_METHOD(Fixture, "Ucie driver releases nothing over a link that is down", "[drivers]") {
  const ucie_t ucie = {kBase};
  CHECK(ucie_release_remote(&ucie) == UCIE_EDOWN);
  machine.memory[kBase + UCIE_STATUS] = UCIE_STATUS_UP;
  machine.memory[kBase + UCIE_COMMAND] = UCIE_COMMAND_RESULT_ACCEPTED;
  CHECK(ucie_release_remote(&ucie) == UCIE_OK);
  CHECK(wrote(kBase + UCIE_SIDEBAND, UCIE_SIDEBAND_RELEASE));
  machine.memory[kBase + UCIE_COMMAND] = UCIE_COMMAND_RESULT_WRONG_STATE;  // Lost meanwhile.
  CHECK(ucie_release_remote(&ucie) == UCIE_ESTATE);
}
