// SPDX-License-Identifier: Apache-2.0
//
// The SystemC shell: turns, exact times, transactions, grants, interrupts, tohost.
#include <catch2/catch.hpp>

#include "models/core/report.h"
#include "models/cpu/cluster_bench.h"

namespace cvp {
namespace {

using namespace code;

TEST_CASE("CpuCluster sends each bus access at the hart's own time", "[cpu]") {
  // 20 instructions, a load from the device, 2 more, a store: 21 ns at most runs ahead.
  std::vector<Word> program(20, kNop);
  for (const Word word : {ld(a1, 0, s1), kNop, kNop, sd(a1, 8, s1), kWait}) program.push_back(word);
  ClusterBench bench(program);
  bench.run(1_us);
  REQUIRE(bench.world.notes.size() == 2);
  CHECK(bench.world.notes[0].time == 20_ns);
  // The load ends at 120 ns, then its own clock and two more instructions pass.
  CHECK(bench.world.notes[1].time == 123_ns);
  CHECK(bench.cluster.statistics(0).instructions == 25);
  CHECK(bench.cluster.statistics(0).local_time == 225_ns);
}

TEST_CASE("CpuCluster wakes a waiting hart exactly when its interrupt comes", "[cpu]") {
  ClusterBench bench({addi(a1, zero, 8), csrw(kCsrMie, a1), kWait, csrr(a2, kCsrMcycle), kWait});
  bench.run(7'123_ns);
  CHECK(bench.cluster.all_waiting());
  bench.msip[0].write(true);
  bench.run(1_us);
  CHECK(bench.cluster.hart(0).x(a2) == 7'123);
  CHECK(bench.cluster.statistics(0).max_interrupt_lateness == 0_fs);
}

TEST_CASE("CpuCluster ends a quantum at the hart's own timer deadline", "[cpu]") {
  TestTimer timer;
  timer.due = 3'456_ns;
  ClusterBench bench({csrw(kCsrMtvec, t2), addi(a1, zero, 128), csrw(kCsrMie, a1),
                      addi(a1, zero, 8), csrw(kCsrMstatus, a1), addi(a3, a3, 1), jump_back(-4)});
  bench.load({csrr(a2, kCsrMcycle), csrr(a4, kCsrTime), jump_back(0)}, kHandler);
  bench.cluster.timer.bind(timer);
  bench.run(20_us);
  // The interrupt takes one clock before the handler's first instruction.
  CHECK(bench.cluster.hart(0).x(a2) == 3'457);
  CHECK(bench.cluster.hart(0).x(a4) == 34);
}

TEST_CASE("CpuCluster lets a running hart see an interrupt at most a quantum late", "[cpu]") {
  ClusterBench bench({csrw(kCsrMtvec, t2), addi(a1, zero, 8), csrw(kCsrMie, a1),
                      csrw(kCsrMstatus, a1), addi(a3, a3, 1), jump_back(-4)},
                     {.quantum = 2_us});
  bench.load({csrr(a2, kCsrMcycle), jump_back(0)}, kHandler);
  bench.run(4'500_ns);
  bench.msip[0].write(true);
  bench.run(5_us);
  CHECK(bench.cluster.hart(0).x(a2) == 6'001);
  CHECK(bench.cluster.statistics(0).max_interrupt_lateness == 1'500_ns);
}

void check_latency(bool cached) {
  CpuClusterParams params;
  if (cached) params.cached = {kRamBase, 0x1'0000};
  ClusterBench bench({ld(a1, 0, s0), ld(a1, 8, s0), sd(a1, 16, s0), kWait}, params);
  bench.world.latency = 50_ns;
  bench.run(2_us);
  CHECK(bench.world.notes.empty());
  CHECK(bench.cluster.statistics(0).local_time == (cached ? 4_ns : 154_ns));
  REQUIRE(bench.cluster.grant_statistics().size() == 1);
  CHECK(bench.cluster.grant_statistics()[0].bytes ==
        (cached ? std::nullopt : std::optional<std::uint64_t>(24)));
}
TEST_CASE("CpuCluster charges the latency of a grant", "[cpu]") { check_latency(false); }
TEST_CASE("CpuCluster charges nothing for cached memory", "[cpu]") { check_latency(true); }

TEST_CASE("CpuCluster turns an error response into an access fault", "[cpu]") {
  ClusterBench bench({csrw(kCsrMtvec, t2), ld(a1, 0, zero)});
  bench.load({csrr(a2, kCsrMcause), kWait}, kHandler);
  const LogSink sink = set_log_sink([](std::string_view) {});
  bench.run(1_us);
  set_log_sink(sink);
  CHECK(bench.cluster.hart(0).x(a2) == static_cast<std::uint64_t>(Cause::kLoadAccess));
  CHECK(bench.cluster.statistics(0).bus_errors == 1);
}

TEST_CASE("CpuCluster wakes a hart at the time in its stimecmp", "[cpu]") {
  // mtime is 50 after 5 us; the second deadline has passed when it is written.
  TestTimer timer;
  ClusterBench bench({csrw(kCsrMenvcfg, a1), csrw(kCsrMie, a2), csrw(kCsrStimecmp, a3), kWait,
                      csrr(a4, kCsrMcycle), csrw(kCsrStimecmp, a2), kWait, csrr(a5, kCsrMcycle),
                      csrw(kCsrStimecmp, a7), kWait},
                     {.isa = "rv64gc_sstc"});
  bench.cluster.timer.bind(timer);
  Hart& hart = bench.cluster.hart(0);
  hart.set_x(a1, envcfg::kStce);
  hart.set_x(a2, kStip);  // Also a time that has passed: 32.
  hart.set_x(a3, 50);
  hart.set_x(a7, ~std::uint64_t{0});
  bench.run(1_ms);
  CHECK(hart.x(a4) == 5000);
  CHECK(hart.x(a5) == 5003);
  CHECK(bench.cluster.all_waiting());
  CHECK(bench.cluster.statistics(0).local_time == 5'006_ns);
}

TEST_CASE("CpuCluster goes back to transactions when a grant is revoked", "[cpu]") {
  ClusterBench bench({addi(a1, a1, 1), sd(a1, 0, s0), jump_back(-8)});
  bench.run(20_us);
  CHECK(bench.world.notes.empty());
  bench.world.grants = false;
  bench.world.revoke_all();
  bench.run(20_us);
  CHECK_FALSE(bench.world.notes.empty());
  const auto counted = bench.word(kData);
  CHECK(bench.cluster.hart(0).x(a1) - counted <= 1);
}

TEST_CASE("CpuCluster shows stores to tohost to the host interface", "[cpu]") {
  ClusterBench bench({addi(a1, zero, 87), sd(a1, 8, s0), sw(a1, 0, s0), jump_back(0)});
  std::vector<std::uint64_t> codes;
  Htif htif(kData, 0,
            {.exit = [&](std::uint64_t code) { codes.push_back(code); },
             .console = {},
             .read =
                 [&](Addr address, std::span<std::uint8_t> out) {
                   bench.world.store->read(address - kRamBase, out);
                   return true;
                 },
             .write = {}});
  bench.cluster.watch_tohost(kData, htif);
  bench.run(50_us);
  CHECK(codes == std::vector<std::uint64_t>{43});  // 87 >> 1; once.
  CHECK(bench.world.notes.size() == 2);            // Both stores went over the bus.
}

void check_time(Femtoseconds quantum) {
  ClusterBench bench({addi(a1, zero, 500), ld(a2, 0, s1), addi(a3, a3, 3), ld(a4, 0, s0),
                      addi(a1, a1, -1), bne(a1, zero, -16), kWait},
                     {.quantum = quantum});
  bench.run(1_ms);
  CHECK(bench.cluster.statistics(0).local_time == (1 + 500 * (5 + 100) + 1) * 1_ns);
}
TEST_CASE("CpuCluster keeps exact time in quanta of 10 ns", "[cpu]") { check_time(10_ns); }
TEST_CASE("CpuCluster keeps exact time in quanta of 1 us", "[cpu]") { check_time(1_us); }
TEST_CASE("CpuCluster keeps exact time in quanta of 10 us", "[cpu]") { check_time(10_us); }

TEST_CASE("Htif serves the console, write and exit", "[cpu]") {
  std::vector<std::uint8_t> memory(256);
  const auto put = [&](std::size_t at, std::uint64_t value) {
    std::memcpy(&memory[at], &value, 8);
  };
  const auto get = [&](std::size_t at) {
    std::uint64_t value = 0;
    std::memcpy(&value, &memory[at], 8);
    return value;
  };
  std::string console;
  std::uint64_t code = ~std::uint64_t{0};
  Htif htif(0, 8,
            {.exit = [&](std::uint64_t value) { code = value; },
             .console = [&](char character) { console += character; },
             .read =
                 [&](Addr address, std::span<std::uint8_t> out) {
                   if (address + out.size() > memory.size()) return false;
                   std::copy_n(memory.begin() + static_cast<std::ptrdiff_t>(address), out.size(),
                               out.begin());
                   return true;
                 },
             .write =
                 [&](Addr address, std::span<const std::uint8_t> in) {
                   if (address + in.size() > memory.size()) return false;
                   std::copy(in.begin(), in.end(),
                             memory.begin() + static_cast<std::ptrdiff_t>(address));
                   return true;
                 }});
  put(0, std::uint64_t{0x0101} << 48 | 'h');
  htif.poll();
  CHECK(get(0) == 0);
  put(64, 64);  // write(1, 128, 3)
  put(72, 1);
  put(80, 128);
  put(88, 3);
  std::memcpy(&memory[128], "i!\n", 3);
  put(0, 64);
  htif.poll();
  CHECK(console == "hi!\n");
  CHECK(get(64) == 3);
  CHECK(get(8) == 1);
  put(0, 7);
  htif.poll();
  CHECK(code == 3);
}

}  // namespace
}  // namespace cvp
