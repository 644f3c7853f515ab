// SPDX-License-Identifier: Apache-2.0
//
// Reservations that outlast a turn: which writes of other harts break them.
#include <catch2/catch.hpp>

#include "models/cpu/cluster_bench.h"

namespace cvp {
namespace {

using namespace code;

// Hart 0 reserves, waits 100 ns for the device and stores conditionally; hart 1 writes meanwhile
// and restores what was there. An sc that only compared values would succeed.
void break_reservation(bool grants, int offset, bool breaks) {
  std::vector<Word> program = {sd(zero, 8, a6),
                               bne(a0, zero, 24),
                               lr_d(a1, a6),
                               ld(a2, 0, s1),
                               sc_d(a3, a6, a6),
                               kWait,
                               kNop};
  // Hart 1 has stored to the page before, so that it has a grant for it.
  for (int n = 0; n < 20; ++n) program.push_back(kNop);
  for (const Word word : {sd(a6, offset, a6), sd(zero, offset, a6), addi(a4, zero, 1), kWait}) {
    program.push_back(word);
  }
  ClusterBench bench(program, {.harts = 2, .quantum = 15_ns});
  bench.world.grants = grants;
  for (unsigned hart = 0; hart < 2; ++hart) bench.cluster.hart(hart).set_x(a3, 7);
  bench.run(10_us);
  CHECK(bench.cluster.hart(1).x(a4) == 1);
  CHECK(bench.cluster.statistics(1).local_time < 100_ns);
  CHECK(bench.cluster.hart(0).x(a3) == (breaks ? 1 : 0));
  CHECK(bench.word(kShared) == (breaks ? 0 : kShared));
}
TEST_CASE("CpuCluster breaks a reservation by another hart's write, even of the same value",
          "[cpu]") {
  break_reservation(true, 0, true);
}
TEST_CASE("CpuCluster breaks a reservation without grants", "[cpu]") {
  break_reservation(false, 0, true);
}
TEST_CASE("CpuCluster breaks a reservation by a write to the same 64 bytes", "[cpu]") {
  break_reservation(true, 56, true);
}
TEST_CASE("CpuCluster keeps a reservation when the next 64 bytes are written", "[cpu]") {
  break_reservation(true, 64, false);
}
TEST_CASE("CpuCluster keeps a reservation without grants when the next 64 bytes are written",
          "[cpu]") {
  break_reservation(false, 64, false);
}

TEST_CASE("CpuCluster lets an sc succeed even if every instruction is a turn", "[cpu]") {
  ClusterBench bench({addi(a1, zero, 50), lr_d(a3, a6), addi(a3, a3, 1), sc_d(a4, a3, a6),
                      bne(a4, zero, -12), addi(a1, a1, -1), bne(a1, zero, -20), kWait},
                     {.harts = 3, .quantum = 1_ns});
  bench.run(100_us);
  CHECK(bench.cluster.all_waiting());
  CHECK(bench.word(kShared) == 150);
}

TEST_CASE("Reservations: a write waits for an sc that is under way, and only for its granule",
          "[cpu]") {
  ReservationMonitor monitor(3);
  monitor.hold(0, 0x1008);
  CHECK_FALSE(monitor.must_wait(1, 0x1000));
  CHECK(monitor.breaks(1, 0x1038, 0));
  CHECK_FALSE(monitor.breaks(0, 0x1008, 0));
  CHECK_FALSE(monitor.breaks(1, 0x1040, 0));
  monitor.commit(0);
  CHECK(monitor.must_wait(1, 0x1000));
  CHECK_FALSE(monitor.must_wait(0, 0x1000));
  CHECK_FALSE(monitor.must_wait(1, 0x1040));
  CHECK(monitor.suspends_stores(1, 0x1ff8));
  CHECK_FALSE(monitor.suspends_stores(0, 0x1ff8));
  CHECK_FALSE(monitor.suspends_stores(1, 0x2000));
  monitor.release(0);
  CHECK_FALSE(monitor.must_wait(1, 0x1000));
  CHECK_FALSE(monitor.suspends_stores(1, 0x1ff8));
}

}  // namespace
}  // namespace cvp
