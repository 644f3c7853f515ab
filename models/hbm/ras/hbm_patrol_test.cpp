// SPDX-License-Identifier: Apache-2.0
//
// The patrol by itself, and what it costs those who use the memory.
#include "models/hbm/ras/hbm_patrol.h"

#include <catch2/catch.hpp>
#include <vector>

#include "models/hbm/hbm.h"
#include "tests/harness/archive.h"
#include "tests/harness/test_bench.h"

using namespace cvp;

namespace {

using R = HbmRegs;
using Offsets = std::vector<Addr>;

// Bursts of the whole stack.
std::uint64_t bursts_read(TestBench<HbmStack>& bench) {
  return bench.dut.statistics().counters.bursts_read;
}

void enable(TestBench<HbmStack>& bench, std::uint32_t interval) {
  bench.write(&R::scrub_interval, interval);
  bench.write(&R::scrub_ctrl, R::ScrubCtrl{.enable = true});
}

// A memory of eight bursts.
struct Patrolled : HbmPort {
  HbmRegs regs{"regs"};
  HbmPatrol patrol{regs,
                   *this,
                   {.channels = 1,
                    .pseudo_channels = 1,
                    .stack_ids = 1,
                    .bank_groups = 1,
                    .banks = 1,
                    .rows = 1,
                    .columns = 8}};
  bool open = true;
  Offsets reads;
  std::uint64_t turn = 0;
  Femtoseconds next;

  Patrolled() {
    patrol.hook_registers([] { return Femtoseconds{}; });
    regs.scrub_interval.set(10);
    regs.write(regs.scrub_ctrl.offset(), 4, 1);
  }
  void wake_at(Femtoseconds time, HbmWake, std::uint64_t arg) override { next = time, turn = arg; }
  void revoke_grants() override {}
  void send_message(Addr, std::uint32_t) override {}
  void raise_hot(Femtoseconds) override {}
  bool patrol_reads(Addr offset) override {
    if (open) reads.push_back(offset);
    return open;
  }
  void wake() { patrol.wake(next, turn); }
};

}  // namespace

TEST_CASE("HbmPatrol goes round, burst after burst", "[unit][hbm]") {
  Patrolled memory;
  for (int n = 0; n < 10; ++n) {
    CHECK(memory.next == (n + 1) * 10_ns);
    memory.wake();
  }
  CHECK(memory.reads == Offsets{0, 32, 64, 96, 128, 160, 192, 224, 0, 32});
  CHECK(memory.patrol.bursts_read() == 10);
  memory.patrol.wake(1_us, memory.turn - 1);  // Of a turn that is over.
  CHECK(memory.reads.size() == 10);
}

TEST_CASE("HbmPatrol waits while the memory cannot be reached", "[unit][hbm]") {
  Patrolled memory;
  memory.wake();
  memory.open = false;
  for (int n = 0; n < 3; ++n) memory.wake();
  CHECK(memory.next == 50_ns);
  memory.open = true;
  memory.wake();
  CHECK(memory.reads == Offsets{0, 32});
}

TEST_CASE("HbmPatrol goes on identically after save and load", "[unit][hbm]") {
  Patrolled one, two;
  for (int n = 0; n < 3; ++n) one.wake();
  load(two.patrol, save(one.patrol));
  two.patrol.wake(40_ns, one.turn);
  CHECK(two.reads == Offsets{96});
}

TEST_CASE("HbmPatrol corrects when it comes by", "[unit][hbm]") {
  TestBench<HbmStack> bench(HbmParams{.trained_at_reset = true});
  bench.run([&] {
    enable(bench, 10);
    bench.wait(995_ns);
    CHECK(bench.read(&R::scrub_position) == 99 * 32);
    bench.write(&R::inject_address, 200 * 32 + 8);
    bench.write(&R::inject, R::Inject{.bit = 64, .one = true});
    bench.wait(1_us);  // At 1995 ns burst 198 is the last one read.
    CHECK(bench.read(&R::ecc_on_die_corrected) == 0);
    bench.wait(20_ns);
    CHECK(bench.read(&R::ecc_on_die_corrected) == 1);
    bench.write(&R::scrub_ctrl, R::ScrubCtrl{});
    const std::uint64_t position = bench.read(&R::scrub_position);
    bench.wait(1_us);
    CHECK(bench.read(&R::scrub_position) == position);
    CHECK(bursts_read(bench) == position / 32);
    // In self-refresh it waits.
    enable(bench, 10);
    bench.write(&R::power_ctrl, R::PowerCtrl{.self_refresh = true});
    bench.wait(1_us);
    CHECK(bench.read(&R::scrub_position) == position);
  });
}

namespace {

// Reads of 4 KiB one after the other in one channel without refresh; the patrol is elsewhere in the
// same banks.
void check_cost(Fidelity fidelity) {
  TestBench<HbmStack> bench(HbmParams{.channels = 1,
                                      .fidelity = fidelity,
                                      .trained_at_reset = true,
                                      .controller = {.refresh = HbmRefresh::kNone}});
  struct Cost {
    double time, rows, bursts, scrubbed;
  };
  const auto read_a_megabyte = [&] {
    const HbmStatistics before = bench.dut.statistics();
    const Femtoseconds begin = simulation_time();
    for (Addr at = 512_MiB; at < 513_MiB; at += 4_KiB) bench.mem_initiator.read_bytes(at, 4096);
    const HbmStatistics after = bench.dut.statistics();
    return Cost{
        (simulation_time() - begin).nanoseconds(),
        static_cast<double>(after.counters.activates - before.counters.activates),
        static_cast<double>(after.counters.bursts_read - before.counters.bursts_read),
        (after.energy.scrub - before.energy.scrub) / (256 * 3.48)};  // pJ a bit of HBM3-6400.
  };
  bench.run([&] {
    const Cost alone = read_a_megabyte();
    CHECK(alone.bursts == 32768);
    CHECK(alone.scrubbed == 0);
    enable(bench, 1000);
    const Cost seldom = read_a_megabyte();
    CHECK(seldom.time > alone.time);
    CHECK(seldom.time < 1.01 * alone.time);
    enable(bench, 20);
    const Cost often = read_a_megabyte();
    // 33 of 1000 slots of the bus, and a row for almost every burst, twice: the reader wants its
    // own back.
    CHECK(often.scrubbed == Approx(often.time / 20).margin(5));
    CHECK(often.bursts == Approx(32768 + often.scrubbed).margin(5));
    CHECK(often.rows > alone.rows + 0.7 * often.scrubbed);
    CHECK(often.time > 1.033 * alone.time);
    CHECK(often.time < 1.1 * alone.time);
  });
}

}  // namespace

TEST_CASE("HbmPatrol takes bandwidth: approximate", "[unit][hbm]") {
  check_cost(Fidelity::kApproximate);
}
TEST_CASE("HbmPatrol takes bandwidth: cycle", "[unit][hbm]") { check_cost(Fidelity::kCycle); }
