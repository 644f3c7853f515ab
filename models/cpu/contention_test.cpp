// SPDX-License-Identifier: Apache-2.0
//
// Many harts and one word: counters, locks, loops that wait.
#include <catch2/catch.hpp>

#include "models/cpu/cluster_bench.h"

namespace cvp {
namespace {

using namespace code;

/// Each hart adds 1 to the shared counter `rounds` times, with an AMO or with LR/SC.
std::vector<Word> counting_program(bool amo, int rounds) {
  std::vector<Word> out = {addi(a1, zero, rounds), addi(a2, zero, 1)};
  if (amo) {
    out.push_back(amoadd_d(zero, a2, a6));
  } else {
    for (const Word word : {lr_d(a3, a6), addi(a3, a3, 1), sc_d(a4, a3, a6), bne(a4, zero, -12)}) {
      out.push_back(word);
    }
  }
  const int body = amo ? 4 : 16;
  for (const Word word : {addi(a1, a1, -1), bne(a1, zero, -body - 4), kWait}) out.push_back(word);
  return out;
}

void count_together(unsigned harts, bool amo, bool grants, Femtoseconds quantum) {
  constexpr int kRounds = 500;
  ClusterBench bench(counting_program(amo, kRounds), {.harts = harts, .quantum = quantum});
  bench.world.grants = grants;
  bench.world.latency = 3_ns;
  bench.run(10_ms);
  CHECK(bench.cluster.all_waiting());
  CHECK(bench.word(kShared) == kRounds * harts);
}
TEST_CASE("CpuCluster loses no AMO", "[cpu]") { count_together(4, true, true, 100_ns); }
TEST_CASE("CpuCluster loses no AMO without grants", "[cpu]") {
  count_together(4, true, false, 10_us);
}
TEST_CASE("CpuCluster loses no LR/SC update", "[cpu]") { count_together(4, false, true, 10_us); }
TEST_CASE("CpuCluster loses no LR/SC update in tiny quanta", "[cpu]") {
  count_together(4, false, true, 17_ns);
}
TEST_CASE("CpuCluster loses no LR/SC update without grants", "[cpu]") {
  count_together(4, false, false, 10_us);
}
TEST_CASE("CpuCluster of 64 harts loses no AMO", "[cpu]") {
  count_together(64, true, true, 100_ns);
}
TEST_CASE("CpuCluster of 64 harts loses no LR/SC update", "[cpu]") {
  count_together(64, false, true, 100_ns);
}

/// A ticket lock around a counter that is no atomic. While a hart waits for its turn it only loads,
/// or counts too, so that nothing tells its loop from work.
void count_with_ticket_lock(bool counts, Femtoseconds quantum) {
  constexpr int kRounds = 200, kTicket = 0, kOwner = 64, kCounter = 128;
  const Word work = counts ? addi(t1, t1, 1) : kNop;
  ClusterBench bench(
      {addi(a1, zero, kRounds), addi(a2, zero, 1),
       // Take a ticket, wait until it is the owner's number.
       amoadd_d(a3, a2, a6), ld(a4, kOwner, a6), work, bne(a4, a3, -8),
       // Inside.
       ld(a5, kCounter, a6), addi(a5, a5, 1), sd(a5, kCounter, a6),
       // Hand on to the next.
       addi(a4, a4, 1), sd(a4, kOwner, a6), addi(a1, a1, -1), bne(a1, zero, -40), kWait},
      {.harts = 2, .quantum = quantum});
  bench.run(100_ms);
  CHECK(bench.cluster.all_waiting());
  CHECK(bench.word(kShared + kTicket) == 2 * kRounds);
  CHECK(bench.word(kShared + kCounter) == 2 * kRounds);
}
TEST_CASE("CpuCluster hands a ticket lock on", "[cpu]") { count_with_ticket_lock(false, 10_us); }
TEST_CASE("CpuCluster hands a ticket lock on in quanta of 1 us", "[cpu]") {
  count_with_ticket_lock(false, 1_us);
}
TEST_CASE("CpuCluster hands a ticket lock on to a loop that also counts", "[cpu]") {
  count_with_ticket_lock(true, 10_us);
}
TEST_CASE("CpuCluster hands a ticket lock on to a loop that also counts, in quanta of 1 us",
          "[cpu]") {
  count_with_ticket_lock(true, 1_us);
}

TEST_CASE("CpuCluster lets other harts on when one spins on memory", "[cpu]") {
  // Hart 0 waits for a flag that hart 1 sets 50 us later.
  std::vector<Word> program = {
      bne(a0, zero, 16), ld(a1, 0, a6),     beq(a1, zero, -4), kWait,         lui(a2, 5),
      addi(a2, a2, -1),  bne(a2, zero, -4), addi(a3, zero, 1), sd(a3, 0, a6), kWait};
  ClusterBench bench(program, {.harts = 2});
  bench.run(1_ms);
  CHECK(bench.cluster.all_waiting());
  // Hart 1 needs 1 + 1 + 2 * 0x5000 + 3 instructions; hart 0 sees it at most 64 rounds later.
  CHECK(bench.cluster.statistics(0).local_time <= 40'965_ns + 132_ns);
}

}  // namespace
}  // namespace cvp
