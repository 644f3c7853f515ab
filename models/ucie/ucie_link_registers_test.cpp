// SPDX-License-Identifier: Apache-2.0
//
// The link registers: commands in right and wrong states, events and their message, log, mailbox,
// lanes, errors on demand.
#include "models/ucie/ucie_two_ports_test.h"

namespace cvp {
namespace {

TEST_CASE("UcieLinkRegisters begin with a DVSEC that leads to the mailbox and the lanes",
          "[unit][ucie]") {
  Bench bench(first(), second());
  bench.run([&] {
    // [PCIe: Designated Vendor-Specific Extended Capability]
    CHECK(bench.read(&R::extended_capability).id == 0x23);
    CHECK(bench.read(&R::extended_capability).version == 1);
    CHECK(bench.read(&R::extended_capability).next == 0);
    CHECK(bench.read(&R::dvsec).vendor == 0xd2de);
    CHECK(bench.read(&R::dvsec).length == 0x80);
    CHECK(bench.read(&R::dvsec_id).id == 0);
    CHECK(bench.read(&R::dvsec_id).locators == 2);
    CHECK(bench.read(&R::locator, 0).block == R::Locator::kBlockMailbox);
    CHECK(bench.read(&R::locator, 0).offset == 0x100);
    CHECK(bench.read(&R::locator, 1).block == R::Locator::kBlockLanes);
    CHECK(bench.read(&R::locator, 1).offset == 0x200);
  });
}

TEST_CASE("UcieLinkRegisters commands in the wrong state say so and do nothing", "[unit][ucie]") {
  Bench bench(first(false), second(false));
  bench.run([&] {
    CHECK(bench.read(&R::command).result == R::Command::kResultNone);
    for (const R::Control& control : {R::Control{.retrain = true}, R::Control{.sleep_l1 = true},
                                      R::Control{.sleep_l2 = true}, R::Control{.wake = true}}) {
      CHECK(command(bench, control) == R::Command::kResultWrongState);
    }
    CHECK(inject(bench, {.flit = true}) == R::Command::kResultWrongState);
    CHECK(inject(bench, {.fatal = true}) == R::Command::kResultWrongState);
    CHECK(bench.read(&R::status).state == R::Status::kStateReset);
    bench.write(&R::limit, {.lanes = 48});
    CHECK(command(bench, {.start = true}) == R::Command::kResultBadValue);
    bench.write(&R::limit, {.rate = 33});
    CHECK(command(bench, {.start = true}) == R::Command::kResultBadValue);
    bench.write(&R::limit, {});
    CHECK(command(bench, {.start = true}) == R::Command::kResultAccepted);
    CHECK(command(bench, {.start = true}) == R::Command::kResultWrongState);
    wait_state(bench, R::Status::kStateActive);
    CHECK(command(bench, {.start = true}) == R::Command::kResultWrongState);
    CHECK(command(bench, {.wake = true}) == R::Command::kResultWrongState);
    CHECK(bench.read(&R::event).up);
    CHECK(bench.read(&R::trainings).up == 1);
  });
}

TEST_CASE("UcieLinkRegisters limits degrade the link at the next retrain", "[unit][ucie]") {
  Bench bench(first(), second());
  bench.run([&] {
    bench.write(&R::limit, {.lanes = 32, .rate = 8});
    CHECK(command(bench, {.retrain = true}) == R::Command::kResultAccepted);
    bench.wait(1_us);
    wait_state(bench, R::Status::kStateActive);
    CHECK(bench.read(&R::status).lanes == 32);
    CHECK(bench.read(&R::status).rate == 8);
    CHECK(bench.read(&R::status).modules == 1);
    CHECK(bench.dut.regs_b.read(0x14, 4).value >> 16 == 0x0820);
    const auto correctable = bench.read(&R::correctable);
    CHECK(correctable.width);
    CHECK(correctable.rate);
    CHECK_FALSE(correctable.repaired);
    // x32 at 8 GT/s: 8 ns a flit, 10 ns each way.
    CHECK(bench.dut.near.read(0, 8).latency == 20_ns);
    // The other end's limit counts too.
    bench.dut.regs_b.write(0x2c, 4, 0x400);
    CHECK(command(bench, {.retrain = true}) == R::Command::kResultAccepted);
    bench.wait(1_us);
    wait_state(bench, R::Status::kStateActive);
    CHECK(bench.read(&R::status).rate == 4);
  });
}

TEST_CASE("UcieLinkRegisters events interrupt by message", "[unit][ucie]") {
  Bench bench(first(), second());
  bench.run([&] {
    listen(bench, {.correctable = true}, 7);
    bench.wait(1_us);
    CHECK(message(bench) == 0);
    CHECK(inject(bench, {.flit = true}) == R::Command::kResultAccepted);
    bench.dut.near.read(0, 8);
    bench.dut.near.read(0, 8);
    CHECK(message(bench) == 7);
    CHECK(bench.read(&R::event).correctable);
    CHECK(bench.read(&R::correctable).retry);
    CHECK(bench.read(&R::retries) == 1);
    bench.write(&R::message_data, 8);
    inject(bench, {.flit = true});
    bench.dut.near.read(0, 8);
    bench.dut.near.read(0, 8);
    CHECK(message(bench) == 7);  // Still set: no edge.
    bench.write(&R::event, R::Event{.correctable = true});
    inject(bench, {.flit = true});
    bench.dut.near.read(0, 8);
    bench.dut.near.read(0, 8);
    CHECK(message(bench) == 8);
    // Enabling one that is set interrupts too.
    listen(bench, {.mailbox = true}, 9);
    mailbox(bench, 0);
    CHECK(message(bench) == 9);
    listen(bench, {.correctable = true}, 10);
    bench.wait(1_ns);
    CHECK(message(bench) == 10);
  });
}

TEST_CASE("UcieLinkRegisters a fatal error is logged at both ends and leads to RESET",
          "[unit][ucie]") {
  set_log_sink([](std::string_view) {});
  Bench bench(first(), second());
  bench.run([&] {
    listen(bench, {.train_error = true}, 5);
    bench.wait(3_us);
    CHECK(inject(bench, {.fatal = true}) == R::Command::kResultAccepted);
    CHECK_FALSE(bench.read(&R::status).up);
    CHECK(bench.dut.near.read(0, 8).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
    bench.wait(1_us);
    CHECK(message(bench) == 5);
    CHECK(bench.read(&R::status).state == R::Status::kStateTrainerror);
    CHECK(bench.read(&R::error).injected);
    CHECK(bench.read(&R::error).failed_state == R::Status::kStateActive);
    const auto event = bench.read(&R::event);
    CHECK((event.down && event.train_error && event.uncorrectable));
    const auto log = bench.read(&R::log);
    CHECK(log.valid);
    CHECK(log.cause == R::Log::kCauseInjected);
    CHECK(log.lanes == 64);
    CHECK(log.rate == 32);
    // 3 us; LinkError and TRAINERROR are asked for, one behind the other, and answered.
    CHECK(bench.read(&R::log_time) == 3364);
    CHECK(bench.read(&R::interface).rdi == R::Interface::kRdiLinkerror);
    CHECK(bench.read(&R::interface).fdi0 == R::Interface::kRdiLinkerror);
  });
}

TEST_CASE("UcieLinkRegisters mailbox reaches the other end's registers", "[unit][ucie]") {
  UcieParams narrow = second();
  narrow.max_in_flight = 7;
  Bench bench(first(), narrow);
  bench.run([&] {
    const Femtoseconds begin = simulation_time();
    bench.write(&R::mailbox_index, {.offset = 0x14});
    bench.write(&R::mailbox_control, {.start = true});
    CHECK(bench.read(&R::mailbox_status).busy);
    // 120 ns there and 240 ns back, with 2 ns each of PHY and wire.
    bench.wait(363_ns);
    CHECK(bench.read(&R::mailbox_status).busy);
    bench.wait(1_ns);
    CHECK_FALSE(bench.read(&R::mailbox_status).busy);
    CHECK(simulation_time() - begin == 364_ns);
    CHECK((bench.read(&R::mailbox_data) & 0x1f) == R::Status::kStateActive);
    CHECK(bench.read(&R::event).mailbox);
    // Writes: its limit.
    bench.write(&R::mailbox_data, 0x1020);
    CHECK(mailbox(bench, 0x2c, true) == R::MailboxStatus::kStatusOk);
    CHECK(bench.dut.regs_b.read(0x2c, 4).value == 0x1020);
    CHECK(mailbox(bench, 0x2c) == R::MailboxStatus::kStatusOk);
    CHECK(bench.read(&R::mailbox_data) == 0x1020);
    // Halves of a register of 64 bits.
    bench.write(&R::mailbox_data, 0x89abcdec);
    CHECK(mailbox(bench, 0x38, true) == R::MailboxStatus::kStatusOk);
    bench.write(&R::mailbox_data, 0x1234567);
    CHECK(mailbox(bench, 0x3c, true) == R::MailboxStatus::kStatusOk);
    CHECK(bench.dut.regs_b.read(0x38, 8).value == 0x123456789abcdec);
    CHECK(mailbox(bench, 0x3c) == R::MailboxStatus::kStatusOk);
    CHECK(bench.read(&R::mailbox_data) == 0x1234567);
    CHECK(mailbox(bench, 0x38) == R::MailboxStatus::kStatusOk);
    CHECK(bench.read(&R::mailbox_data) == 0x89abcdec);
    // What is no register.
    CHECK(mailbox(bench, 0x800) == R::MailboxStatus::kStatusNoRegister);
    CHECK(mailbox(bench, 0x800, true) == R::MailboxStatus::kStatusNoRegister);
    CHECK(mailbox(bench, 0x15) == R::MailboxStatus::kStatusMisaligned);
    // A command at the other end.
    bench.write(&R::mailbox_data, 2);
    CHECK(mailbox(bench, 0x10, true) == R::MailboxStatus::kStatusOk);
    bench.wait(1_us);
    CHECK(bench.read(&R::status).state != R::Status::kStateActive);
    wait_state(bench, R::Status::kStateActive);
  });
}

TEST_CASE("UcieLinkRegisters mailbox ends with an error where nobody answers", "[unit][ucie]") {
  UcieParams dead = second();
  dead.fault = UcieFault::kDead;
  Bench bench(first(), dead);
  bench.run([&] {
    bench.write(&R::mailbox_control, {.start = true});
    bench.wait(8_ms - 1_ns);
    CHECK(bench.read(&R::mailbox_status).busy);
    bench.wait(2_ns);
    CHECK_FALSE(bench.read(&R::mailbox_status).busy);
    CHECK(bench.read(&R::mailbox_status).status == R::MailboxStatus::kStatusTimeout);
  });
}

TEST_CASE("UcieLinkRegisters mailbox needs a sideband that is up", "[unit][ucie]") {
  Bench bench(first(false), second(false));
  bench.run([&] { CHECK(mailbox(bench, 0) == R::MailboxStatus::kStatusDown); });
}

TEST_CASE("UcieLinkRegisters show the physical lane of every logical one", "[unit][ucie]") {
  UcieParams near = first(), far = second();
  near.faults = far.faults = "d1.data:3, d1.data:40, d1.data:41, d1.data:42, data_spare:1";
  Bench bench(near, far);
  bench.run([&] {
    // In from direction 1: lanes below 3 move towards spare 0, which is no. 64; the upper half is
    // given up, and with it that of the other direction.
    CHECK(bench.read(&R::lane_map, 0).lanes == 0x02010040);
    CHECK(bench.read(&R::lane_map, 1).lanes == 0x07060504);
    CHECK(bench.read(&R::lane_map, 7).lanes == 0x1f1e1d1c);
    CHECK(bench.read(&R::lane_map, 8).lanes == 0xffffffff);
    bench.write(&R::lane_select, {.transmit = true});
    CHECK(bench.read(&R::lane_map, 0).lanes == 0x03020100);
    CHECK(bench.read(&R::lane_map, 7).lanes == 0x1f1e1d1c);
    CHECK(bench.read(&R::lane_map, 15).lanes == 0xffffffff);
    bench.write(&R::lane_select, {.module = 1});
    CHECK(bench.read(&R::lane_map, 0).lanes == 0xffffffff);
    CHECK(command(bench, {.disable = true}) == R::Command::kResultAccepted);
    bench.wait(1_us);
    bench.write(&R::lane_select, R::LaneSelect{});
    CHECK(bench.read(&R::lane_map, 0).lanes == 0xffffffff);
  });
}

TEST_CASE("UcieLinkRegisters show lanes that are reversed", "[unit][ucie]") {
  UcieParams near = first(), far = second();
  near.reversed = far.reversed = true;
  Bench bench(near, far);
  bench.run([&] {
    CHECK(bench.read(&R::lane_map, 0).lanes == 0x3c3d3e3f);
    CHECK(bench.read(&R::lane_map, 15).lanes == 0x00010203);
  });
}

TEST_CASE("UcieLinkRegisters number spares as their own end has them", "[unit][ucie]") {
  UcieParams near = first(false), far = second(false);
  far.lanes = 32;
  near.faults = far.faults = "data:0";
  Bench bench(near, far);
  bench.run([&] {
    CHECK(command(bench, {.start = true}) == R::Command::kResultAccepted);
    wait_state(bench, R::Status::kStateActive);
    CHECK(bench.read(&R::status).lanes == 32);
    CHECK(bench.read(&R::lane_map, 0).lanes == 0x03020140);
    CHECK((bench.read(&R::lane_state, 0).lanes & 3) == 1);    // Lane 0, repaired.
    CHECK((bench.read(&R::lane_state, 2).lanes & 3) == 3);    // Lane 32 has no partner.
    CHECK((bench.read(&R::lane_state, 4).lanes & 15) == 12);  // Spare 0 in use, spare 1 not.
    CHECK(bench.dut.regs_b.read(0x240, 4).value == 0x03020120);
    CHECK((bench.dut.regs_b.read(0x20c, 4).value & 15) == 12);
  });
}

TEST_CASE("UcieLinkRegisters show the state of every lane", "[unit][ucie]") {
  UcieParams broken = second();
  broken.faults = "d1.data:3, d1.data:40, d1.data:41, d1.data:42, d1.clock, data_spare:1";
  UcieParams near = first();
  near.faults = broken.faults;
  Bench bench(near, broken);
  bench.run([&] {
    CHECK(bench.read(&R::status).lanes == 32);
    // What comes in at end a is direction 1.
    const std::uint32_t word = bench.read(&R::lane_state, 0).lanes;
    CHECK((word >> 6 & 3) == 1);                                  // Lane 3, repaired.
    CHECK((bench.read(&R::lane_state, 2).lanes >> 16 & 3) == 2);  // Lane 40, dead.
    CHECK((bench.read(&R::lane_state, 3).lanes & 3) == 3);        // Lane 48, unused.
    CHECK((bench.read(&R::lane_state, 4).lanes & 3) == 0);        // Spare 0, in use.
    CHECK((bench.read(&R::lane_state, 4).lanes >> 2 & 3) == 2);   // Spare 1, dead.
    const auto status = bench.read(&R::lane_status);
    CHECK(status.width == 32);
    CHECK(status.repaired == 1);
    CHECK(status.clock);
    CHECK_FALSE(status.valid);
    bench.write(&R::lane_select, {.transmit = true});
    CHECK(bench.read(&R::lane_state, 0).lanes == 0);
    CHECK_FALSE(bench.read(&R::lane_status).clock);
    bench.write(&R::lane_select, {.module = 2});
    CHECK(bench.read(&R::lane_status).width == 0);
    for (std::size_t word = 0; word < 5; ++word) {  // There is no such module.
      CHECK(bench.read(&R::lane_state, word).lanes == 0xffffffff);
    }
  });
}

TEST_CASE("UcieLinkRegisters a pin that breaks is repaired by a retrain of its own",
          "[unit][ucie]") {
  Bench bench(first(), second());
  bench.run([&] {
    listen(bench, {.up = true}, 3);
    bench.write(&R::broken_pin, {.kind = Kind::kKindData, .number = 9});
    CHECK(inject(bench, {.pin = true}) == R::Command::kResultAccepted);
    CHECK(bench.read(&R::status).state == R::Status::kStatePhyretrain);
    CHECK(bench.read(&R::status).up);
    wait_state(bench, R::Status::kStateActive);
    bench.wait(1_us);
    CHECK(message(bench) == 3);
    CHECK(bench.read(&R::lane_status).repaired == 1);
    CHECK(bench.read(&R::correctable).repaired);
    CHECK(bench.read(&R::status).lanes == 64);
    // One that works up to a rate, with no spare left.
    for (const std::uint32_t lane : {10u, 11u}) {
      bench.write(&R::broken_pin, {.kind = Kind::kKindData, .number = lane, .rate = 12});
      CHECK(inject(bench, {.pin = true}) == R::Command::kResultAccepted);
      bench.wait(1_us);
      wait_state(bench, R::Status::kStateActive);
    }
    CHECK(bench.read(&R::status).rate == 12);
    // Pins that do not exist.
    for (const R::BrokenPin& pin :
         {R::BrokenPin{.kind = 9}, R::BrokenPin{.kind = Kind::kKindDataSpare, .number = 4},
          R::BrokenPin{.module = 1}, R::BrokenPin{.kind = Kind::kKindValid, .rate = 8}}) {
      bench.write(&R::broken_pin, pin);
      CHECK(inject(bench, {.pin = true}) == R::Command::kResultBadValue);
    }
  });
}

TEST_CASE("UcieLinkRegisters a sideband pin that breaks leaves the sideband to its spare",
          "[unit][ucie]") {
  Bench bench(first(), second());
  bench.run([&] {
    bench.write(&R::broken_pin, {.kind = Kind::kKindSideband, .number = 1});
    CHECK(inject(bench, {.pin = true}) == R::Command::kResultAccepted);
    CHECK(mailbox(bench, 0) == R::MailboxStatus::kStatusOk);
    wait_state(bench, R::Status::kStateActive);
    CHECK(bench.read(&R::interface).fdi0 == R::Interface::kRdiActive);
    CHECK(mailbox(bench, 0) == R::MailboxStatus::kStatusOk);
    // Both ends show it without a RESET.
    CHECK(bench.read(&R::lane_status).sideband);
    CHECK(bench.read(&R::correctable).repaired);
    bench.write(&R::lane_select, {.transmit = true});
    CHECK_FALSE(bench.read(&R::lane_status).sideband);
    bench.dut.regs_b.write(0x200, 4, 0x10);
    CHECK((bench.dut.regs_b.read(0x218, 4).value >> 26 & 1) == 1);
    CHECK((bench.dut.regs_b.read(0x44, 4).value >> 1 & 1) == 1);
  });
}

TEST_CASE("UcieLinkRegisters take one command at a time", "[unit][ucie]") {
  Bench bench(first(), second());
  bench.run([&] {
    CHECK(command(bench, {.sleep_l2 = true, .disable = true}) == R::Command::kResultBadValue);
    CHECK(command(bench, {.start = true, .retrain = true}) == R::Command::kResultBadValue);
    CHECK(inject(bench, {.flit = true, .fatal = true}) == R::Command::kResultBadValue);
    bench.write(&R::control, R::Control{.link_reset = true, .disable = true});
    bench.wait(10_us);
    CHECK(bench.read(&R::status).state == R::Status::kStateActive);
    CHECK(bench.read(&R::status).up);
    CHECK(bench.read(&R::retries) == 0);
    CHECK(command(bench, {.disable = true}) == R::Command::kResultAccepted);
  });
}

TEST_CASE("UcieLinkRegisters say at once that a limit or parity cannot be", "[unit][ucie]") {
  Bench bench(first(), second());
  bench.run([&] {
    for (const R::Limit& limit : {R::Limit{.lanes = 20}, R::Limit{.rate = 7},
                                  R::Limit{.lanes = 128}, R::Limit{.rate = 64}}) {
      bench.write(&R::limit, limit);
      CHECK(bench.read(&R::command).result == R::Command::kResultBadValue);
    }
    bench.write(&R::limit, R::Limit{.lanes = 32, .rate = 8});
    CHECK(bench.read(&R::command).result == R::Command::kResultAccepted);
    bench.write(&R::parity, R::Parity{.inserts = 3});
    CHECK(bench.read(&R::command).result == R::Command::kResultBadValue);
    bench.write(&R::parity, R::Parity{.inserts = 2});
    CHECK(bench.read(&R::command).result == R::Command::kResultAccepted);
    // At the end that starts nothing, too.
    bench.write(&R::mailbox_data, 0x714);
    CHECK(mailbox(bench, 0x2c, true) == R::MailboxStatus::kStatusOk);
    CHECK(mailbox(bench, 0x28) == R::MailboxStatus::kStatusOk);
    CHECK(bench.read(&R::mailbox_data) == R::Command::kResultBadValue);
  });
}

TEST_CASE("UcieLinkRegisters damage no flit where there are none", "[unit][ucie]") {
  UcieParams a = first(), b = second();
  a.fidelity = b.fidelity = UcieFidelity::kFunctional;
  Bench bench(a, b);
  bench.run([&] { CHECK(inject(bench, {.flit = true}) == R::Command::kResultBadValue); });
}

TEST_CASE("UcieLinkRegisters a clock pin that breaks ends the link in PHYRETRAIN", "[unit][ucie]") {
  Bench bench(first(), second());
  bench.run([&] {
    bench.write(&R::broken_pin, {.kind = Kind::kKindClock});
    CHECK(inject(bench, {.pin = true}) == R::Command::kResultAccepted);
    wait_state(bench, R::Status::kStateTrainerror);
    CHECK(bench.read(&R::error).lanes);
    CHECK(bench.read(&R::error).failed_state == R::Status::kStatePhyretrain);
    CHECK(bench.read(&R::interface).rdi == R::Interface::kRdiLinkerror);
    // The next training puts the spare in its place.
    wait_state(bench, R::Status::kStateReset);
    CHECK(command(bench, {.start = true}) == R::Command::kResultAccepted);
    wait_state(bench, R::Status::kStateActive);
    CHECK(bench.read(&R::lane_status).clock);
  });
}

}  // namespace
}  // namespace cvp
