// SPDX-License-Identifier: Apache-2.0
#include "models/core/report.h"
#include "tests/harness/archive.h"
#include "tests/harness/register_walk.h"
#include "tests/harness/sample_regs.h"
#include "tests/harness/test_bench.h"

namespace cvp {
namespace {

using R = SampleRegs;

class Sample : public sc_core::sc_module {
 public:
  RegisterSocket regs_target{"regs_target"};
  sc_core::sc_out<bool> irq{"irq"};

  explicit Sample(sc_core::sc_module_name name, Femtoseconds latency = {}) : sc_module(name) {
    regs_target.serve(regs, latency);
    SC_HAS_PROCESS(Sample);
    SC_METHOD(drive_irq);
    sensitive << regs_target.changed();
  }

  R regs{"sample"};

 private:
  void drive_irq() { irq.write(regs.status.get().done); }
};

}  // namespace

TEST_CASE("RegisterBank runs the write hook while a pulse is up and drops it after",
          "[unit][registers]") {
  R regs;
  unsigned starts = 0;
  regs.ctrl.on_write([&](R::Ctrl ctrl) { starts += ctrl.start; });
  CHECK(regs.write(0x0, 4, 0x13) == RegisterStatus::kOk);
  CHECK(starts == 1);
  CHECK(regs.ctrl.get() == R::Ctrl{.enable = true, .mode = R::Ctrl::kModeSlow});
  CHECK(regs.read(0x0, 4).value == 0x12);
}

TEST_CASE("RegisterBank writes half of a wide register and leaves the other", "[unit][registers]") {
  R regs;
  CHECK(regs.write(0xc, 4, 0x1234) == RegisterStatus::kOk);
  CHECK(regs.write(0x8, 4, 0x5678) == RegisterStatus::kOk);
  CHECK(regs.base.get() == 0x1234'0000'5678);
  CHECK(regs.read(0xc, 4).value == 0x1234);
  CHECK(regs.write(0xa, 4, 0) == RegisterStatus::kSizeError);
  CHECK(regs.write(0x8, 2, 0) == RegisterStatus::kSizeError);
}

TEST_CASE("RegisterBank moves eight bytes over two adjacent registers", "[unit][registers]") {
  R regs;
  CHECK(regs.write(0x20, 8, 0x0000'0005'0000'0003) == RegisterStatus::kOk);
  CHECK(regs.level[0].get().value == 3);
  CHECK(regs.level[1].get().value == 5);
  CHECK(regs.read(0x20, 8).value == 0x0000'0005'0000'0003);
}

TEST_CASE("RegisterBank clears a field when it is read and shows it once", "[unit][registers]") {
  R regs;
  regs.status.set({.seen = true});
  CHECK(regs.peek(0x4, 4).value == 4);
  CHECK(regs.read(0x4, 4).value == 4);
  CHECK(regs.read(0x4, 4).value == 0);
}

TEST_CASE("RegisterBank reads one register and writes another at a shared address",
          "[unit][registers]") {
  R regs;
  regs.input.set(0x41);
  unsigned written = 0;
  regs.output.on_write([&](std::uint8_t value) { written = value; });
  CHECK(regs.write(0x10, 1, 0x42) == RegisterStatus::kOk);
  CHECK(written == 0x42);
  CHECK(regs.read(0x10, 1).value == 0x41);
}

TEST_CASE("RegisterBank follows the write modes of SystemRDL", "[unit][registers]") {
  R regs;
  regs.toggle.set({.sets = 0x1, .toggles = 0x3, .clears = 0xf, .zeros = 0xf});
  regs.write(0x30, 2, 0x5152);  // zeros 5, clears 1, toggles 5, sets 2
  CHECK(regs.toggle.get() == R::Toggle{.sets = 0x3, .toggles = 0x6, .clears = 0, .zeros = 0x5});
}

TEST_CASE("RegisterBank numbers group elements group by group and hides unimplemented ones",
          "[unit][registers]") {
  R regs;
  std::size_t last = 99;
  regs.lane_gain.on_write([&](std::size_t index, std::uint16_t) { last = index; });
  CHECK(regs.write(0x100 + 2 * 0x40 + 8, 2, 7) == RegisterStatus::kOk);
  CHECK(last == regs.lane_gain.index(2, 1));
  CHECK(regs.lane_gain[5].get() == 7);
  regs.lane_gain.limit_groups(2);
  CHECK(regs.write(0x100 + 2 * 0x40 + 8, 2, 7) == RegisterStatus::kAddressError);
  regs.lane_gain.limit(1);
  CHECK(regs.read(0x108, 2).status == RegisterStatus::kAddressError);
}

TEST_CASE("RegisterBank restores every register from an archive", "[unit][registers]") {
  R saved, loaded;
  saved.write(0x8, 8, 0xfeed'f00d'dead'beef);
  saved.status.set({.busy = true, .done = true});
  saved.lane_gain.set(3, 0xabcd);
  load(loaded, save(saved));
  CHECK(loaded.base.get() == 0xfeed'f00d'dead'beef);
  CHECK(loaded.status.get() == saved.status.get());
  CHECK(loaded.lane_gain.get(3) == 0xabcd);
  CHECK(save(loaded) == save(saved));
}

TEST_CASE("RegisterWalk passes on a block that does nothing but store", "[unit][registers]") {
  TestBench<Sample> bench;
  bench.run([&] { register_walk(bench); });
}

TEST_CASE("RegisterWalk fails on a field that does not keep what is written",
          "[unit][registers][!shouldfail]") {
  TestBench<Sample> bench;
  bench.dut.regs.level.on_write([&](std::size_t index, R::Level) {
    if (index == 2) bench.dut.regs.level.set(index, {});
  });
  bench.run([&] { register_walk(bench); });
}

TEST_CASE("RegisterWalk fails on a register that comes out of reset with another value",
          "[unit][registers][!shouldfail]") {
  TestBench<Sample> bench;
  bench.dut.regs.ctrl.set({.mode = 3});
  bench.run([&] { register_walk(bench); });
}

// AddressSanitizer does not follow an exception across the kernel's coroutines.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("TestBench reports a failure inside the simulation", "[unit][registers][!shouldfail]") {
  TestBench<Sample> bench;
  bench.run([&] { REQUIRE(bench.read(&R::ctrl).mode == 7); });
}
#endif

TEST_CASE("RegisterSocket takes its latency and drives outputs after a change",
          "[unit][registers]") {
  TestBench<Sample> bench(Femtoseconds{3_ns});
  bench.run([&] {
    CHECK(bench.regs_initiator.read(0x0, 4).latency == 3_ns);
    bench.dut.regs.status.set({.done = true});
    CHECK(bench.wait_for_irq(1_ns));
    bench.write(&R::status, {.done = true});
    CHECK(bench.wait_for(bench.dut.irq, false, 1_ns));
  });
}

TEST_CASE("RegisterSocket refuses atomics and poisoned writes", "[unit][registers]") {
  TestBench<Sample> bench;
  bench.run([&] {
    bench.regs_initiator.attributes.poison = true;
    CHECK(bench.regs_initiator.write(0x8, 8, 1).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
    bench.regs_initiator.attributes.poison = false;
    bench.regs_initiator.attributes.atomic = AtomicOp::kAdd;
    CHECK(bench.regs_initiator.read(0x8, 8).status == tlm::TLM_COMMAND_ERROR_RESPONSE);
    bench.regs_initiator.attributes.atomic = AtomicOp::kNone;
    CHECK(bench.read(&R::base) == 0x1'0000'0000);
  });
}

}  // namespace cvp
