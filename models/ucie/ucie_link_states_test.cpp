// SPDX-License-Identifier: Apache-2.0
//
// The states of a link as its registers show them: sleep, the interfaces and what the adapters
// agree upon, LinkReset and Disabled.
#include "models/ucie/ucie_two_ports_test.h"

namespace cvp {
namespace {

TEST_CASE("UcieLinkRegisters a link in L1 is woken by traffic and loses none", "[unit][ucie]") {
  Bench bench(first(), second());
  bench.run([&] {
    CHECK(command(bench, {.sleep_l1 = true}) == R::Command::kResultAccepted);
    bench.wait(1_us);
    CHECK(bench.read(&R::status).state == R::Status::kStateL1);
    CHECK(bench.read(&R::status).up);
    const double energy = bench.dut.a.statistics().energy_j;
    bench.wait(1_ms);
    CHECK(bench.dut.a.statistics().energy_j == energy);  // The clock stands.
    CHECK(command(bench, {.retrain = true}) == R::Command::kResultWrongState);
    bench.dut.memory_b.load(0x100, {0x5a});
    const auto result = bench.dut.near.read(0x100, 1);
    CHECK(result.value == 0x5a);
    CHECK(result.latency > 40_us);
    CHECK(result.latency < 60_us);
    CHECK(bench.read(&R::status).state == R::Status::kStateActive);
    CHECK(command(bench, {.sleep_l1 = true}) == R::Command::kResultAccepted);
    // Traffic that comes while the link falls asleep waits, and wakes it.
    const auto early = bench.dut.near.read(0x100, 1);
    CHECK(early.status == tlm::TLM_OK_RESPONSE);
    CHECK(early.latency > 240_ns);
    CHECK(early.latency < 2_us);  // Its PHY had not slept yet.
    CHECK(command(bench, {.sleep_l1 = true}) == R::Command::kResultAccepted);
    bench.wait(1_us);
    CHECK(command(bench, {.wake = true}) == R::Command::kResultAccepted);
    wait_state(bench, R::Status::kStateActive);
  });
}

TEST_CASE("UcieLinkRegisters a link in L2 is down until it is trained", "[unit][ucie]") {
  set_log_sink([](std::string_view) {});
  Bench bench(first(), second());
  bench.run([&] {
    CHECK(command(bench, {.sleep_l2 = true}) == R::Command::kResultAccepted);
    bench.wait(1_us);
    CHECK(bench.read(&R::status).state == R::Status::kStateL2);
    CHECK_FALSE(bench.read(&R::status).up);
    CHECK(bench.read(&R::event).down);
    CHECK_FALSE(bench.read(&R::event).train_error);
    CHECK(bench.dut.near.read(0, 8).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(command(bench, {.start = true}) == R::Command::kResultAccepted);
    wait_state(bench, R::Status::kStateActive);
    CHECK(bench.dut.near.read(0, 8).status == tlm::TLM_OK_RESPONSE);
  });
}

TEST_CASE("UcieLinkRegisters show the interfaces and what the adapters agree upon",
          "[unit][ucie]") {
  set_log_sink([](std::string_view) {});
  UcieParams old = second(false);
  old.format = UcieFlitFormat::k68;
  old.receive_flits = 99;
  Bench bench(first(false), old);
  bench.run([&] {
    CHECK(bench.read(&R::interface).rdi == R::Interface::kRdiReset);
    CHECK_FALSE(bench.read(&R::agreement).valid);
    CHECK(command(bench, {.link_reset = true}) == R::Command::kResultWrongState);
    CHECK(command(bench, {.start = true}) == R::Command::kResultAccepted);
    wait_state(bench, R::Status::kStateActive);
    CHECK(bench.read(&R::interface).rdi == R::Interface::kRdiActive);
    CHECK(bench.read(&R::interface).fdi0 == R::Interface::kRdiActive);
    CHECK(bench.read(&R::interface).fdi1 == R::Interface::kRdiReset);
    const auto agreement = bench.read(&R::agreement);
    CHECK(agreement.valid);
    CHECK(agreement.format == R::Capability::kFormatFlit68);
    CHECK(agreement.stacks == 1);
    CHECK(agreement.receive_flits == 99);
    CHECK(bench.dut.a.link().shape().wire_bytes() == 68);
    CHECK(bench.dut.near.read(0, 8).status == tlm::TLM_OK_RESPONSE);
    // Disabled ends the link at both ends, until software trains it.
    bench.write(&R::event, R::Event{.down = true});
    CHECK(command(bench, {.disable = true}) == R::Command::kResultAccepted);
    bench.wait(1_us);
    CHECK(bench.read(&R::interface).rdi == R::Interface::kRdiDisabled);
    CHECK((bench.dut.regs_b.read(0x64, 4).value & 0xf) == R::Interface::kRdiDisabled);
    CHECK(bench.read(&R::status).state == R::Status::kStateReset);
    CHECK_FALSE(bench.read(&R::status).up);
    CHECK(bench.read(&R::event).down);
    CHECK_FALSE(bench.read(&R::event).train_error);
    CHECK(bench.dut.near.read(0, 8).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(command(bench, {.start = true}) == R::Command::kResultAccepted);
    CHECK(bench.read(&R::interface).rdi == R::Interface::kRdiReset);
    CHECK_FALSE(bench.read(&R::agreement).valid);
    wait_state(bench, R::Status::kStateActive);
    // LinkReset is over by itself.
    CHECK(command(bench, {.link_reset = true}) == R::Command::kResultAccepted);
    bench.wait(1_us);
    CHECK(bench.read(&R::interface).rdi == R::Interface::kRdiLinkreset);
    bench.wait(5_ms);
    CHECK(bench.read(&R::interface).rdi == R::Interface::kRdiReset);
    CHECK(bench.read(&R::interface).fdi0 == R::Interface::kRdiReset);
  });
}

TEST_CASE("UcieLinkRegisters ends of different flit formats send the common one", "[unit][ucie]") {
  UcieParams best = first(false), old = second(false);
  best.fidelity = old.fidelity = UcieFidelity::kFlit;
  best.format = UcieFlitFormat::k256LatOptExtra;
  best.parity = 1;
  old.format = UcieFlitFormat::k68;
  Bench bench(best, old);
  bench.run([&] {
    CHECK(command(bench, {.start = true}) == R::Command::kResultAccepted);
    wait_state(bench, R::Status::kStateActive);
    bench.dut.memory_b.load(0x100, {0x5a});
    CHECK(bench.dut.near.read(0x100, 1).value == 0x5a);
    const UcieStatistics sent = bench.dut.a.statistics();
    CHECK(sent.flits == 1);
    CHECK(sent.wire_bytes % 68 == 0);
  });
}

TEST_CASE("UcieLinkRegisters ends without a common flit format end in TRAINERROR", "[unit][ucie]") {
  UcieParams raw = second(false);
  raw.format = UcieFlitFormat::kRaw;
  Bench bench(first(false), raw);
  bench.run([&] {
    CHECK(command(bench, {.start = true}) == R::Command::kResultAccepted);
    wait_state(bench, R::Status::kStateTrainerror);
    CHECK(bench.read(&R::error).mismatch);
    CHECK(bench.read(&R::error).failed_state == R::Status::kStateActive);
    CHECK(bench.read(&R::log).cause == R::Log::kCauseMismatch);
    CHECK_FALSE(bench.read(&R::status).up);
    CHECK(bench.read(&R::trainings).up == 0);
  });
}

TEST_CASE("UcieLinkRegisters do not sleep on traffic", "[unit][ucie]") {
  Bench bench(first(), second());
  bench.run([&] {
    bench.dut.memory_a.latency = bench.dut.memory_b.latency = 10_us;
    bench.dut.read_now.notify(sc_core::SC_ZERO_TIME);
    bench.wait(1_us);
    CHECK(command(bench, {.sleep_l1 = true}) == R::Command::kResultBusy);
    // The other end does not know; this one refuses.
    bench.dut.regs_b.write(0x10, 4, 4);
    bench.wait(1_us);
    CHECK((bench.dut.regs_b.read(0x28, 4).value & 7) == R::Command::kResultRefused);
    CHECK((bench.dut.regs_b.read(0x64, 4).value >> 4 & 0xf) == R::Interface::kRdiActivePmnak);
    CHECK(bench.read(&R::interface).fdi0 == R::Interface::kRdiActive);
    CHECK(bench.read(&R::status).state == R::Status::kStateActive);
    bench.wait(20_us);
    CHECK(bench.dut.read_done);
  });
}

}  // namespace
}  // namespace cvp
