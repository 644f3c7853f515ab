// SPDX-License-Identifier: Apache-2.0
//
// What a debugger does to harts: breakpoints, watchpoints, steps, holding, reset; and page tables
// as it reads them.
#include <catch2/catch.hpp>

#include "models/cpu/cluster_bench.h"
#include "models/cpu/cpu_debug.h"
#include "models/cpu/debug_walk.h"

namespace cvp {
namespace {

using namespace code;
using enum DebugMode;

/// A cluster under a debugger that notes its stops.
struct DebugBench : ClusterBench {
  explicit DebugBench(const std::vector<Word>& program, const CpuClusterParams& params = {})
      : ClusterBench(program, params), debug(cluster, [this](const DebugStop& stop) {
          stops.push_back(stop);
          sc_core::sc_pause();
        }) {}
  /// Runs until a hart stops, which must happen.
  DebugStop run_to_stop(const std::vector<DebugMode>& modes) {
    const std::size_t before = stops.size();
    debug.go(modes);
    run(1_ms);
    REQUIRE(stops.size() == before + 1);
    return stops.back();
  }
  std::vector<DebugStop> stops;
  CpuDebug debug;
};

const std::vector<Word> kCount{addi(a1, a1, 1), addi(a2, a2, 1), sd(a1, 0, s0), ld(a3, 0, s0),
                               jump_back(-16)};

TEST_CASE("CpuDebug stops before a breakpoint, each time round", "[cpu]") {
  DebugBench bench(kCount);
  bench.debug.set_breakpoints({kRamBase + 4});
  for (std::uint64_t round = 1; round <= 3; ++round) {
    const DebugStop stop = bench.run_to_stop({kRun});
    CHECK(stop.cause == DebugStop::Cause::kBreakpoint);
    CHECK(bench.cluster.hart(0).pc() == kRamBase + 4);
    CHECK(bench.cluster.hart(0).x(a1) == round);
    CHECK(bench.cluster.hart(0).x(a2) == round - 1);
    bench.debug.set_breakpoints({});
    CHECK(bench.run_to_stop({kStep}).cause == DebugStop::Cause::kStep);
    CHECK(bench.cluster.hart(0).pc() == kRamBase + 8);
    bench.debug.set_breakpoints({kRamBase + 4});
  }
}

/// Two harts count in a shared word, so that what they read depends on their turns.
void check_counting(bool stops) {
  const std::vector<Word> program{amoadd_d(a2, a4, a6), addi(a1, a1, 1), add(a5, a5, a2),
                                  jump_back(-12)};
  DebugBench bench(program, {.harts = 2});
  for (unsigned n = 0; n < 2; ++n) bench.cluster.hart(n).set_x(a4, n + 1);
  if (stops) {
    bench.debug.set_breakpoints({kRamBase + 8});
    for (int i = 0; i < 7; ++i) {
      const DebugStop stop = bench.run_to_stop({kRun, kRun});
      bench.debug.set_breakpoints({});
      std::vector<DebugMode> modes{kHold, kHold};
      modes[stop.hart] = kStep;
      bench.run_to_stop(modes);
      bench.debug.set_breakpoints({kRamBase + 8});
    }
    bench.debug.set_breakpoints({});
    bench.debug.go({kRun, kRun});
  }
  bench.run(95_us - to_femtoseconds(sc_core::sc_time_stamp()));
  // The same, naively: ten turns of 2500 rounds, in one of the two orders.
  std::array<std::array<std::uint64_t, 2>, 2> sums{};
  for (unsigned first = 0; first < 2; ++first) {
    std::uint64_t word = 0;
    for (unsigned turn = 0; turn < 20; ++turn) {
      const unsigned hart = (first + turn) % 2;
      for (int round = 0; round < 2500; ++round, word += hart + 1) sums[first][hart] += word;
    }
  }
  const std::array<std::uint64_t, 2> found{bench.cluster.hart(0).x(a5),
                                           bench.cluster.hart(1).x(a5)};
  CHECK((found == sums[0] || found == sums[1]));
}

void check_pair(Addr breakpoint) {
  // addi and bne run in one handler, unless one of them is to be seen.
  DebugBench bench({addi(a1, a1, 1), bne(a1, zero, -4)});
  bench.debug.set_breakpoints({breakpoint});
  bench.run_to_stop({kRun});
  CHECK(bench.cluster.hart(0).pc() == breakpoint);
  CHECK(bench.cluster.hart(0).x(a1) == (breakpoint == kRamBase ? 0 : 1));
}

TEST_CASE("CpuDebug stops before the first of a pair", "[cpu]") { check_pair(kRamBase); }
TEST_CASE("CpuDebug stops between the two of a pair", "[cpu]") { check_pair(kRamBase + 4); }

TEST_CASE("CpuDebug does not change a run by being there", "[cpu]") { check_counting(false); }

TEST_CASE("CpuDebug lets a run that is stopped and continued be the same run", "[cpu]") {
  check_counting(true);
}

void check_watched_store(bool grants) {
  DebugBench bench(kCount);
  bench.world.grants = grants;
  bench.debug.set_watchpoints({{kData + 3, 1, false, true}});
  const DebugStop stop = bench.run_to_stop({kRun});
  CHECK(stop.cause == DebugStop::Cause::kWatchpoint);
  CHECK(stop.watch->address == kData + 3);
  CHECK(bench.word(kData) == 1);
  CHECK(bench.cluster.hart(0).pc() == kRamBase + 12);
}

TEST_CASE("CpuDebug stops after a watched store", "[cpu]") { check_watched_store(true); }

TEST_CASE("CpuDebug stops after a watched store over the bus", "[cpu]") {
  check_watched_store(false);
}

TEST_CASE("CpuDebug stops after a watched load", "[cpu]") {
  DebugBench bench(kCount);
  bench.debug.set_watchpoints({{kData, 8, true, false}});
  bench.run_to_stop({kRun});
  CHECK(bench.cluster.hart(0).x(a3) == 1);
  CHECK(bench.cluster.hart(0).pc() == kRamBase + 16);
}

TEST_CASE("CpuDebug does not stop for what lies beside a watchpoint", "[cpu]") {
  DebugBench bench(kCount);
  bench.debug.set_watchpoints({{kData + 8, 8, true, true}, {kData - 1, 1, true, true}});
  bench.run(100_us);
  CHECK(bench.stops.empty());
}

void check_watched(Word instruction) {
  DebugBench bench({instruction, jump_back(0)}, {.isa = "rv64gc_zicboz"});
  bench.debug.set_watchpoints({{kData, 1, true, true}});
  bench.run_to_stop({kRun});
  CHECK(bench.cluster.hart(0).pc() == kRamBase + 4);
  bench.debug.go({kRun});
  bench.run(100_us);
  CHECK(bench.stops.size() == 1);
}

TEST_CASE("CpuDebug watches amoadd", "[cpu]") { check_watched(amoadd_d(a2, a1, s0)); }
TEST_CASE("CpuDebug watches lr", "[cpu]") { check_watched(lr_d(a2, s0)); }
TEST_CASE("CpuDebug watches cbo.zero", "[cpu]") { check_watched(0x0044'200f); }

TEST_CASE("CpuDebug holds the harts that it does not let go", "[cpu]") {
  DebugBench bench(kCount, {.harts = 2});
  bench.debug.hold();
  bench.run(100_us);
  CHECK(bench.cluster.instructions() == 0);
  bench.debug.go({kHold, kRun});
  bench.run(100_us);
  CHECK(bench.cluster.hart(0).instructions() == 0);
  CHECK(bench.cluster.hart(1).instructions() >= 100'000);
  bench.run_to_stop({kStep, kHold});
  CHECK(bench.cluster.hart(0).instructions() == 1);
}

TEST_CASE("CpuDebug steps over wfi as over a nop, and takes no interrupt meanwhile", "[cpu]") {
  DebugBench bench(
      {csrw(kCsrMtvec, t2), csrw(kCsrMie, a1), csrw(kCsrMstatus, a2), kWait, kNop, jump_back(0)});
  bench.cluster.hart(0).set_x(a2, mstatus::kMie);
  for (int i = 0; i < 4; ++i) bench.run_to_stop({kStep});
  CHECK(bench.cluster.hart(0).pc() == kRamBase + 16);
  bench.cluster.hart(0).poke_csr(kCsrMie, kMsip);
  bench.msip[0] = true;
  bench.run_to_stop({kStep});
  CHECK(bench.cluster.hart(0).pc() == kRamBase + 20);
  bench.debug.go({kRun});
  bench.run(100_us);
  CHECK(bench.cluster.hart(0).pc() >= kHandler);
}

TEST_CASE("CpuDebug steps a hart that waits in wfi", "[cpu]") {
  DebugBench bench({kWait, addi(a1, a1, 1), jump_back(0)});
  bench.debug.go({kRun});
  bench.run(100_us);
  REQUIRE(bench.cluster.hart(0).waiting());
  bench.run_to_stop({kStep});
  CHECK(bench.cluster.hart(0).x(a1) == 1);
}

TEST_CASE("CpuDebug steps over an access that takes time", "[cpu]") {
  DebugBench bench({lw(a1, 0, s1), addi(a2, a2, 1), jump_back(0)});
  bench.run_to_stop({kStep});
  CHECK(bench.cluster.hart(0).pc() == kRamBase + 4);
  CHECK(bench.world.notes.size() == 1);
}

void check_reset(Word busy) {
  DebugBench bench({busy, jump_back(-4)}, {.reset_vector = kRamBase + 0x100});
  bench.load({addi(a2, a0, 42), jump_back(0)}, kRamBase + 0x100);
  bench.run(Femtoseconds(10'050'000'000));
  bench.debug.hold();
  bench.debug.reset();
  CHECK(bench.cluster.hart(0).pc() == kRamBase + 0x100);
  bench.debug.go({kRun});
  bench.run(10_us);
  CHECK(bench.cluster.hart(0).x(a2) == 42);
}

TEST_CASE("CpuDebug resets a hart that runs", "[cpu]") { check_reset(kNop); }
TEST_CASE("CpuDebug resets a hart that sleeps", "[cpu]") { check_reset(kWait); }
TEST_CASE("CpuDebug resets a hart that waits for its bus", "[cpu]") { check_reset(lw(a1, 0, s1)); }

struct WalkBench : Machine {
  WalkBench() {
    set_word(kRamBase + 0x1010, (kRamBase + 0x2000) >> 2 | 1);                       // Root [2].
    set_word(kRamBase + 0x2008, (kRamBase + 0x3000) >> 2 | 1);                       // Next [1].
    set_word(kRamBase + 0x2010, 0x4020'0000 >> 2 | 0xcf);                            // 2 MiB.
    set_word(kRamBase + 0x3018, (kRamBase + 0x4000) >> 2 | 0xd7);                    // 4 KiB.
    set_word(kRamBase + 0x3028, 0x4000'8000u >> 2 | std::uint64_t{1} << 63 | 0xc3);  // 64 KiB.
    hart.poke_csr(kCsrSatp, std::uint64_t{satp::kSv39} << 60 | (kRamBase + 0x1000) >> 12);
  }
  bool read(Addr at, std::uint64_t& value) const {
    if (!AddrRange{kRamBase, memory.size()}.contains(at, 8)) return false;
    value = word(at);
    return true;
  }
  std::optional<DebugTranslation> walk(Addr va) const {
    return debug_walk(hart, va, [this](Addr at, std::uint64_t& value) { return read(at, value); });
  }
};

TEST_CASE("debug_walk finds pages of every size and says where", "[cpu]") {
  const WalkBench bench;
  const auto page = bench.walk(0x8020'3123);
  REQUIRE(page);
  CHECK(page->physical == kRamBase + 0x4123);
  CHECK(page->page_bytes == 4096);
  CHECK(page->pte_address ==
        std::vector<Addr>{kRamBase + 0x1010, kRamBase + 0x2008, kRamBase + 0x3018});
  CHECK(pte_rights(page->pte) == "rw-u-ad");
  CHECK(bench.walk(0x8051'2345)->physical == 0x4031'2345);
  CHECK(bench.walk(0x8051'2345)->page_bytes == 2 << 20);
  CHECK(bench.walk(0x8020'5123)->page_bytes == 64 << 10);
  CHECK(bench.walk(0x8020'5123)->physical == 0x4000'5123);
}

TEST_CASE("debug_walk finds nothing where nothing is mapped", "[cpu]") {
  WalkBench bench;
  CHECK_FALSE(bench.walk(0x8020'4000));
  CHECK_FALSE(bench.walk(0x1000));
  CHECK_FALSE(bench.walk(Addr{1} << 40));                     // Not sign-extended.
  bench.set_word(kRamBase + 0x1010, 0x1'0000'0000 >> 2 | 1);  // A table outside of memory.
  CHECK_FALSE(bench.walk(0x8020'3000));
  bench.hart.poke_csr(kCsrSatp, 0);
  CHECK(bench.walk(0x1234)->physical == 0x1234);
}

}  // namespace
}  // namespace cvp
