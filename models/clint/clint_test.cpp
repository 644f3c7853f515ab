// SPDX-License-Identifier: Apache-2.0
#include "models/clint/clint.h"

#include "tests/harness/archive.h"
#include "tests/harness/register_walk.h"
#include "tests/harness/test_bench.h"

namespace cvp {

using R = ClintRegs;

TEST_CASE("Clint registers follow their register file", "[unit][clint]") {
  TestBench<Clint> bench(ClintParams{.harts = 2});
  bench.run([&] { register_walk(bench); });
}

TEST_CASE("Clint mtime counts a 10 MHz timebase from simulated time 0", "[unit][clint]") {
  TestBench<Clint> bench(ClintParams{});
  bench.run([&] {
    CHECK(bench.read(&R::mtime) == 0);
    bench.wait(99_ns);
    CHECK(bench.read(&R::mtime) == 0);
    bench.wait(1_ns);
    CHECK(bench.read(&R::mtime) == 1);
    bench.wait(1_ms);
    CHECK(bench.read(&R::mtime) == 10'001);
    CHECK(bench.dut.timer->mtime_at(1_s) == 10'000'000);
  });
}

TEST_CASE("Clint msip follows bit 0 of its register, for its hart alone", "[unit][clint]") {
  TestBench<Clint> bench(ClintParams{.harts = 2});
  bench.run([&] {
    bench.write(&R::msip, 1, R::Msip{.pending = true});
    CHECK_FALSE(bench.wire(bench.dut.msip[0]).read());
    CHECK(bench.wire(bench.dut.msip[1]).read());
    CHECK(bench.regs_initiator.write(4, 4, 0xffff'fffe).status == tlm::TLM_OK_RESPONSE);
    CHECK_FALSE(bench.wire(bench.dut.msip[1]).read());
  });
}

TEST_CASE("Clint mtip rises when mtime reaches mtimecmp, to the femtosecond", "[unit][clint]") {
  TestBench<Clint> bench(ClintParams{});
  bench.run([&] {
    bench.write(&R::mtimecmp, 250);  // 250 ticks of 100 ns.
    CHECK(bench.dut.timer->deadline(0) == 25'000_ns);
    CHECK(bench.wait_for(bench.dut.mtip[0], true, 1_ms));
    CHECK(simulation_time() == 25'000_ns);
    bench.write(&R::mtimecmp, 260);
    CHECK_FALSE(bench.wire(bench.dut.mtip[0]).read());
    CHECK(bench.wait_for(bench.dut.mtip[0], true, 1_ms));
    CHECK(simulation_time() == 26'000_ns);
  });
}

TEST_CASE("Clint mtip of an obsolete comparison does not rise", "[unit][clint]") {
  TestBench<Clint> bench(ClintParams{});
  bench.run([&] {
    bench.write(&R::mtimecmp, 10);
    bench.write(&R::mtimecmp, ~std::uint64_t{0});
    CHECK(bench.dut.timer->deadline(0) == Femtoseconds::max());
    CHECK_FALSE(bench.wait_for(bench.dut.mtip[0], true, 1_ms));
  });
}

TEST_CASE("Clint mtimecmp takes two 4-byte writes like one of 8 bytes", "[unit][clint]") {
  TestBench<Clint> bench(ClintParams{.harts = 2});
  bench.run([&] {
    CHECK(bench.regs_initiator.write(0x400c, 4, 1).status == tlm::TLM_OK_RESPONSE);
    CHECK(bench.regs_initiator.write(0x4008, 4, 2).status == tlm::TLM_OK_RESPONSE);
    CHECK(bench.read(&R::mtimecmp, 1) == 0x1'0000'0002);
    CHECK(bench.read(&R::mtimecmp, 0) == ~std::uint64_t{0});
  });
}

TEST_CASE("Clint mtime can be written, whole or by halves", "[unit][clint]") {
  TestBench<Clint> bench(ClintParams{});
  bench.run([&] {
    bench.wait(1_us);
    bench.write(&R::mtime, 1000);
    bench.wait(1_us);
    CHECK(bench.read(&R::mtime) == 1010);
    CHECK(bench.regs_initiator.write(0xbffc, 4, 1).status == tlm::TLM_OK_RESPONSE);
    CHECK(bench.read(&R::mtime) == 0x1'0000'0000 + 1010);
    bench.write(&R::mtimecmp, 0x1'0000'0000 + 1020);
    CHECK(bench.wait_for(bench.dut.mtip[0], true, 1_ms));
    CHECK(simulation_time() == 3_us);
  });
}

TEST_CASE("Clint has no registers for harts that are not there", "[unit][clint]") {
  TestBench<Clint> bench(ClintParams{.harts = 2});
  bench.run([&] {
    CHECK(bench.regs_initiator.read(0x8, 4).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(bench.regs_initiator.write(0x4010, 8, 0).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  });
}

TEST_CASE("ClintCore goes on identically from an archive", "[unit][clint]") {
  ClintCore saved(2, 10_MHz), loaded(2, 10_MHz);
  saved.set_mtime(5_us, 7);
  saved.regs.mtimecmp.set(1, 123);
  saved.regs.msip.set(0, {.pending = true});
  load(loaded, save(saved));
  CHECK(loaded.mtime_at(1_ms) == 7 + 10'000 - 50);
  CHECK(loaded.deadline(1, 6_us) == 5_us + 100_ns * 116);
  CHECK(loaded.msip(0));
  CHECK_FALSE(loaded.mtip(1, 16'599_ns));
  CHECK(loaded.mtip(1, 16'600_ns));
}

}  // namespace cvp
