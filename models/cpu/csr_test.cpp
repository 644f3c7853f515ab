// SPDX-License-Identifier: Apache-2.0
//
// Control and status registers: which there are, what they keep, who may have them.
#include <catch2/catch.hpp>

#include "models/cpu/hart_bench.h"

namespace cvp {
namespace {

using namespace code;
using enum StopReason;

TEST_CASE("Csr that does not exist traps with the instruction in mtval", "[cpu]") {
  // What boot firmware probes for: a 17th PMP entry, pmpcfg1, triggers, Smstateen, Sstc, overflow,
  // AIA, hypervisor, and numbers nobody has.
  const Word absent = GENERATE(0x3c0, 0x3a1, 0x3a3, 0x7a0, 0x7a4, 0x30c, 0x14d, 0xda0, 0xfb0, 0x600,
                               0x34a, 0x34b, 0x7c0, 0xc20, 0xb01, 0x321);
  Bench bench({Bench::set_handler(), csrr(a0, absent)});
  bench.hart.run(2);
  CAPTURE(absent);
  CHECK(bench.csr(kCsrMcause) == number(Cause::kIllegalInstruction));
  CHECK(bench.csr(kCsrMtval) == csrr(a0, absent));
}

TEST_CASE("Csr that is read-only traps on a write", "[cpu]") {
  Bench bench({Bench::set_handler(), csrw(kCsrMhartid, a0)});
  bench.hart.run(2);
  CHECK(bench.csr(kCsrMcause) == number(Cause::kIllegalInstruction));
}

TEST_CASE("Csr satp keeps its value when a mode is written that the hart lacks", "[cpu]") {
  const std::uint64_t mode = GENERATE(1, 9, 10, 15);  // Sv48 and Sv57 are 9 and 10.
  Bench bench({csrw(kCsrSatp, a0), csrw(kCsrSatp, a1), csrr(a2, kCsrSatp)});
  bench.hart.set_x(a0, std::uint64_t{8} << 60 | 0x123);
  bench.hart.set_x(a1, mode << 60 | 0x456);
  bench.hart.run(3);
  CHECK(bench.hart.x(a2) == (std::uint64_t{8} << 60 | 0x123));
}

TEST_CASE("Csr misa names A, C, D, F, I, M, S and U", "[cpu]") {
  Bench bench({kNop});
  CHECK(bench.csr(kCsrMisa) == 0x8000'0000'0014'112d);
}

TEST_CASE("Csr minstret counts, takes writes and stops when inhibited", "[cpu]") {
  Bench bench({kNop, csrr(a0, kCsrMinstret), csrw(kCsrMinstret, a5), csrr(a1, kCsrMinstret),
               csrw(kCsrMcountinhibit, a4), kNop, csrr(a2, kCsrMinstret), kNop,
               csrr(a3, kCsrMinstret)});
  bench.hart.set_x(a5, 1000);
  bench.hart.set_x(a4, 5);
  bench.hart.run(9);
  CHECK(bench.hart.x(a0) == 1);
  CHECK(bench.hart.x(a1) == 1000);
  CHECK(bench.hart.x(a2) == bench.hart.x(a3));
}

TEST_CASE("Csr time comes from the bus at the hart's own time", "[cpu]") {
  Bench bench({csrr(a0, kCsrTime), kNop, csrr(a1, kCsrTime)}, {.cpi = 20});
  bench.hart.run(3);
  CHECK(bench.hart.x(a0) == 0);
  CHECK(bench.hart.x(a1) == 4);  // 40 cycles, ten to a tick.
}

TEST_CASE("Hart leaves mstatus.MPP as it was when mode 2 is written", "[cpu]") {
  Bench bench({csrw(kCsrMstatus, a0), csrw(kCsrMstatus, a1)});
  bench.hart.set_x(a0, std::uint64_t{1} << mstatus::kMppShift);
  bench.hart.set_x(a1, std::uint64_t{2} << mstatus::kMppShift);
  bench.hart.run(2);
  CHECK((bench.csr(kCsrMstatus) & mstatus::kMpp) == std::uint64_t{1} << mstatus::kMppShift);
}

TEST_CASE("Hart ends MPRV when it returns to a mode below M, and only then", "[cpu]") {
  const auto to = GENERATE(Privilege::kMachine, Privilege::kSupervisor, Privilege::kUser);
  const std::uint64_t status = mstatus::kMprv | static_cast<std::uint64_t>(to)
                                                    << mstatus::kMppShift;
  Bench bench({Bench::set_handler(), csrw(kCsrMstatus, a0), csrw(kCsrMepc, s0), kMret});
  bench.hart.set_x(a0, status);
  bench.hart.run(4);
  CHECK(bench.hart.privilege() == to);
  CHECK(((bench.csr(kCsrMstatus) & mstatus::kMprv) != 0) == (to == Privilege::kMachine));
}

TEST_CASE("Csr of an extension that is not there does not exist", "[cpu]") {
  struct Case {
    unsigned number;
    const char* isa;
  };
  const Case c = GENERATE(
      Case{kCsrStimecmp, "rv64gc_sstc"}, Case{kCsrCycle, "rv64imafdc_zicntr"},
      Case{kCsrTime, "rv64imafdc_zicntr"}, Case{kCsrInstret, "rv64imafdc_zicntr"},
      Case{kCsrHpmcounter3, "rv64imafdc_zihpm"}, Case{kCsrHpmcounter31, "rv64imafdc_zihpm"});
  std::uint64_t value = 0;
  Machine without({.isa = Isa::checked("rv64imafdc")}), with({.isa = Isa::checked(c.isa)});
  CHECK_FALSE(without.hart.peek_csr(c.number, value));
  CHECK(with.hart.peek_csr(c.number, value));
}

TEST_CASE("Csr satp takes the modes up to the one in the ISA string", "[cpu]") {
  const unsigned largest = GENERATE(8u, 9u, 10u);
  const char* const isa = largest == 8 ? "rv64gc" : largest == 9 ? "rv64gc_sv48" : "rv64gc_sv57";
  std::uint64_t kept = 0;
  Bench bench({csrw(kCsrSatp, a0), jump_back(-4)}, {.isa = Isa::checked(isa)});
  for (std::uint64_t mode = 0; mode < 16; ++mode) {
    const std::uint64_t value = mode << 60 | std::uint64_t{0x1234} << 44 | mode;
    bench.hart.set_x(a0, value);
    bench.hart.run(2);
    if (mode == 0 || (mode >= 8 && mode <= largest)) kept = value;
    CHECK(bench.csr(kCsrSatp) == kept);
  }
}

TEST_CASE("Csr menvcfg and senvcfg have the bits of the extensions that are there", "[cpu]") {
  struct Case {
    const char* isa;
    std::uint64_t machine, supervisor;
  };
  const Case c = GENERATE(Case{"rv64gc", 0x1, 0x1}, Case{"rv64gc_zicbom", 0x71, 0x71},
                          Case{"rv64gc_zicboz", 0x81, 0x81},
                          Case{"rv64gc_svadu", std::uint64_t{1} << 61 | 1, 1},
                          Case{"rv64gc_svpbmt", std::uint64_t{1} << 62 | 1, 1},
                          Case{"rv64gc_sstc", std::uint64_t{1} << 63 | 1, 1});
  Bench bench({csrw(kCsrMenvcfg, a0), csrw(kCsrSenvcfg, a0)}, {.isa = Isa::checked(c.isa)});
  bench.hart.set_x(a0, ~std::uint64_t{0});
  bench.hart.run(2);
  CHECK(bench.csr(kCsrMenvcfg) == c.machine);
  CHECK(bench.csr(kCsrSenvcfg) == c.supervisor);
}

TEST_CASE("Csr menvcfg keeps CBIE when its reserved value is written", "[cpu]") {
  Bench bench({csrw(kCsrMenvcfg, a0), csrw(kCsrMenvcfg, a1)},
              {.isa = Isa::checked("rv64gc_zicbom")});
  bench.hart.set_x(a0, 0x10);
  bench.hart.set_x(a1, 0x61);
  bench.hart.run(2);
  CHECK(bench.csr(kCsrMenvcfg) == 0x51);
}

// ---- Sstc: mtime advances once in ten cycles
// -----------------------------------------------------

constexpr std::uint64_t kTm = 2;

/// STCE on, stimecmp = a0, then the body; a2 is what mie becomes.
struct TimerBench : Bench {
  TimerBench(std::uint64_t compare, const std::vector<Word>& body,
             std::uint64_t enabled = envcfg::kStce)
      : Bench({set_handler(), csrw(kCsrStimecmp, a0), csrw(kCsrMenvcfg, a1), csrw(kCsrMie, a2),
               csrw(kCsrMstatus, a3)},
              {.isa = Isa::checked("rv64gc_sstc")}) {
    load(body, kRamBase + 20);
    hart.set_x(a0, compare);
    hart.set_x(a1, enabled);
    hart.set_x(a2, kStip);
    hart.set_x(a3, mstatus::kMie);
  }
};

TEST_CASE("Sstc interrupts the hart in the first cycle at which time has reached stimecmp",
          "[cpu]") {
  TimerBench bench(3, {kNop, jump_back(-4)});
  const RunResult turn = bench.hart.run(1000);
  CHECK(turn.reason == kQuantum);
  CHECK(bench.hart.cycle() == 30);  // The turn ends there, so that the interrupt is not late.
  CHECK((bench.csr(kCsrMip) & kStip) != 0);
  bench.hart.run(1);
  CHECK(bench.csr(kCsrMcause) == (std::uint64_t{1} << 63 | 5));
}

TEST_CASE("Sstc interrupts at once when stimecmp lies in the past", "[cpu]") {
  TimerBench bench(0, {kNop, jump_back(-4)});
  bench.hart.run(7);
  CHECK(bench.csr(kCsrMcause) == (std::uint64_t{1} << 63 | 5));
  CHECK(bench.csr(kCsrMepc) == kRamBase + 20);
}

TEST_CASE("Sstc tells a waiting hart when to wake up", "[cpu]") {
  TimerBench bench(50, {kWait, kNop});
  CHECK(bench.hart.run(100).reason == kWfi);
  CHECK(bench.hart.wake_cycle() == 500);
  bench.hart.advance_to(499);
  CHECK_FALSE(bench.hart.wakes());
  bench.hart.advance_to(500);
  CHECK(bench.hart.wakes());
}

TEST_CASE("Sstc makes STIP read-only, and leaves it to software without STCE", "[cpu]") {
  const bool enabled = GENERATE(true, false);
  TimerBench bench(~std::uint64_t{0}, {csrw(kCsrMip, a2), kNop}, enabled ? envcfg::kStce : 0);
  bench.hart.set_x(a3, 0);
  bench.hart.run(7);
  CHECK(((bench.csr(kCsrMip) & kStip) != 0) == !enabled);
  CHECK(bench.csr(kCsrStimecmp) == ~std::uint64_t{0});
}

TEST_CASE("Sstc gives stimecmp to S mode if menvcfg.STCE and mcounteren.TM say so", "[cpu]") {
  const bool stce = GENERATE(true, false), tm = GENERATE(true, false);
  Bench bench(
      {Bench::set_handler(), csrw(kCsrMenvcfg, a1), csrw(kCsrMcounteren, a2), csrw(kCsrMepc, a4),
       csrw(kCsrMstatus, a3), csrw(kCsrPmpaddr0, a6), csrw(kCsrPmpcfg0, a7), kMret},
      {.isa = Isa::checked("rv64gc_sstc")});
  bench.load({csrrw(a5, kCsrStimecmp, a0)}, kRamBase + 0x100);
  bench.hart.set_x(a1, stce ? envcfg::kStce : 0);
  bench.hart.set_x(a2, tm ? kTm : 0);
  bench.hart.set_x(a3, std::uint64_t{1} << mstatus::kMppShift);
  bench.hart.set_x(a4, kRamBase + 0x100);
  bench.hart.set_x(a0, 77);
  bench.hart.set_x(a6, ~std::uint64_t{0});  // PMP: everything.
  bench.hart.set_x(a7, 0x1f);
  bench.hart.run(9);
  CHECK((bench.csr(kCsrStimecmp) == 77) == (stce && tm));
  CHECK((bench.hart.privilege() == Privilege::kMachine) != (stce && tm));
}

}  // namespace
}  // namespace cvp
