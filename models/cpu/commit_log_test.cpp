// SPDX-License-Identifier: Apache-2.0
//
// The commit log beside lines that Spike has written (published logs of RV64 programs), and facts
// about what it reports.
#include <catch2/catch.hpp>

#include "models/cpu/commit_log.h"
#include "models/cpu/hart_bench.h"

namespace cvp {
namespace {

using namespace code;

struct LogBench : Bench {
  explicit LogBench(const std::vector<Word>& program, CommitLog::Range range = {},
                    const HartParams& params = {})
      : Bench(program, params),
        log(static_cast<unsigned>(params.hart_id), range,
            [this](std::string_view lines) { text += lines; }) {
    hart.add_probe(log);
  }
  void set_csr(unsigned number, std::uint64_t value) {  // By an instruction before the program.
    hart.remove_probe(log);
    hart.set_pc(kRamBase + 0xff00);
    load({csrw(number, a7)}, hart.pc());
    hart.set_x(a7, value);
    run(1);
    hart.set_pc(kRamBase);
    hart.add_probe(log);
  }
  std::string text;
  CommitLog log;
};

/// What one instruction at `pc` logs.
std::string line_of(LogBench& bench, Addr pc, Word instruction) {
  bench.load({instruction}, pc);
  bench.hart.set_pc(pc);
  bench.text.clear();
  bench.run(1);
  return bench.text;
}

TEST_CASE("CommitLog writes integer instructions as Spike does", "[cpu]") {
  LogBench bench({kNop});
  bench.hart.set_x(t1, 0x6000);
  CHECK(line_of(bench, 0x8000'0004, 0x0000'9117) ==
        "core   0: 3 0x0000000080000004 (0x00009117) x2  0x0000000080009004\n");
  CHECK(line_of(bench, 0x8000'0008, 0xffc1'0113) ==
        "core   0: 3 0x0000000080000008 (0xffc10113) x2  0x0000000080009000\n");
  CHECK(line_of(bench, 0x8000'0010, 0x3003'2073) ==
        "core   0: 3 0x0000000080000010 (0x30032073) c768_mstatus 0x8000000a00006000\n");
  CHECK(line_of(bench, 0x8000'0014, 0xd003'7053) ==
        "core   0: 3 0x0000000080000014 (0xd0037053) f0  0xffffffff46c00000\n");
  CHECK(line_of(bench, 0x8000'0018, 0x0001'3427) ==
        "core   0: 3 0x0000000080000018 (0x00013427) mem 0x0000000080009008 0xffffffff46c00000\n");
}

TEST_CASE("CommitLog writes floating point as Spike does", "[cpu]") {
  LogBench bench({kNop});
  bench.set_csr(kCsrMstatus, std::uint64_t{1} << mstatus::kFsShift);
  bench.hart.set_x(t0, 0x3ff0'0000'0000'0000);
  CHECK(line_of(bench, 0x8000'0030, 0xf202'80d3) ==
        "core   0: 3 0x0000000080000030 (0xf20280d3) f1  0x3ff0000000000000 "
        "c768_mstatus 0x8000000a00006000\n");
  CHECK(line_of(bench, 0x8000'0030, 0xf202'80d3) ==
        "core   0: 3 0x0000000080000030 (0xf20280d3) f1  0x3ff0000000000000\n");
  const std::string zero_by_zero =
      "core   0: 3 0x0000000080000042 (0x1a31f253) c1_fflags 0x0000000000000010 "
      "f4  0x7ff8000000000000\n";
  CHECK(line_of(bench, 0x8000'0042, 0x1a31'f253) == zero_by_zero);
  CHECK(line_of(bench, 0x8000'0042, 0x1a31'f253) == zero_by_zero);  // Though it is set already.
  bench.hart.set_x(29, 1 << 5);
  CHECK(line_of(bench, 0x8000'0090, 0x003e'9073) ==
        "core   0: 3 0x0000000080000090 (0x003e9073) c1_fflags 0x0000000000000000 "
        "c2_frm 0x0000000000000001\n");
  bench.set_word(0x8000'00a8, 0x4008'0000'0000'0000);
  bench.hart.set_x(s0, 0x8000'00a8);
  CHECK(line_of(bench, 0x8000'0078, 0x0004'3907) ==
        "core   0: 3 0x0000000080000078 (0x00043907) f18 0x4008000000000000 "
        "mem 0x00000000800000a8\n");
  CHECK(line_of(bench, 0x8000'0080, 0x0084'2987) ==
        "core   0: 3 0x0000000080000080 (0x00842987) f19 0xffffffff00000000 "
        "mem 0x00000000800000b0\n");
}

TEST_CASE("CommitLog keeps the accrued exceptions of the program", "[cpu]") {
  LogBench bench({0x1a31'f253, fadd_d(1, 2, 2), csrr(a0, kCsrFflags)});
  bench.set_csr(kCsrMstatus, mstatus::kFs);
  bench.run(3);
  CHECK(bench.hart.x(a0) == 0x10);
}

TEST_CASE("CommitLog writes a compressed instruction with its 16 bits", "[cpu]") {
  LogBench bench({0x4501'4501});  // Twice c.li a0, 0.
  bench.run(2);
  CHECK(bench.text ==
        "core   0: 3 0x0000000080000000 (0x4501) x10 0x0000000000000000\n"
        "core   0: 3 0x0000000080000002 (0x4501) x10 0x0000000000000000\n");
}

TEST_CASE("CommitLog writes loads, stores and atomics with address, value and size", "[cpu]") {
  LogBench bench({lbu(a0, 3, s0), sw(a1, 4, s0), amoadd_d(a2, a1, s0), lr_d(a3, s0),
                  sc_d(zero, a1, s0), sc_d(a4, a1, s0)});
  bench.set_word(kData, 0x1122'3344'5566'7788);
  bench.hart.set_x(a1, 0xffff'ffff'0000'0001);
  bench.run(5);
  bench.run(1);
  CHECK(bench.text ==
        "core   0: 3 0x0000000080000000 (0x00344503) x10 0x0000000000000055 mem "
        "0x0000000080001003\n"
        "core   0: 3 0x0000000080000004 (0x00b42223) mem 0x0000000080001004 0x00000001\n"
        "core   0: 3 0x0000000080000008 (0x00b4362f) x12 0x0000000155667788 mem "
        "0x0000000080001000 mem 0x0000000080001000 0x0000000055667789\n"
        "core   0: 3 0x000000008000000c (0x100436af) x13 0x0000000055667789 mem "
        "0x0000000080001000\n"
        "core   0: 3 0x0000000080000010 (0x18b4302f) mem 0x0000000080001000 0xffffffff00000001\n"
        "core   0: 3 0x0000000080000014 (0x18b4372f) x14 0x0000000000000001\n");
}

TEST_CASE("CommitLog has no line for what traps, and none for what waits for the bus", "[cpu]") {
  const bool over_the_bus = GENERATE(false, true);
  LogBench bench({Bench::set_handler(), kEcall});
  bench.load({ld(a0, 0, s0), csrr(a1, kCsrMcause), kWait, kNop}, kHandler);
  bench.set_word(kData, 42);
  bench.grants = !over_the_bus;
  for (int i = 0; i < 6; ++i) bench.run(1);
  CHECK(bench.text ==
        "core   0: 3 0x0000000080000000 (0x30539073) c773_mtvec 0x0000000080000400\n"
        "core   0: 3 0x0000000080000400 (0x00043503) x10 0x000000000000002a mem "
        "0x0000000080001000\n"
        "core   0: 3 0x0000000080000404 (0x342025f3) x11 0x000000000000000b\n"
        "core   0: 3 0x0000000080000408 (0x10500073)\n");
}

TEST_CASE("CommitLog has a line for a jump to where nothing can be fetched", "[cpu]") {
  LogBench bench({Bench::set_handler(), jalr(ra, zero, 0x100)});
  bench.run(3);
  bench.run(1);
  CHECK(bench.text ==
        "core   0: 3 0x0000000080000000 (0x30539073) c773_mtvec 0x0000000080000400\n"
        "core   0: 3 0x0000000080000004 (0x100000e7) x1  0x0000000080000008\n"
        "core   0: 3 0x0000000080000400 (0x00000013)\n");
}

TEST_CASE("CommitLog writes a CSR before the interrupt that follows changes it", "[cpu]") {
  LogBench bench({csrw(kCsrMepc, a0), csrw(kCsrMie, a1), csrrs(a2, kCsrMstatus, a3), kNop});
  bench.set_csr(kCsrMtvec, kHandler);
  bench.load({kMret}, kHandler);
  bench.hart.set_x(a0, 0x8000'0100);
  bench.hart.set_x(a1, kMsip);
  bench.hart.set_x(a3, mstatus::kMie);
  bench.hart.set_interrupt_inputs(kMsip);
  bench.hart.run(5);
  CHECK(bench.text ==
        "core   0: 3 0x0000000080000000 (0x34151073) c833_mepc 0x0000000080000100\n"
        "core   0: 3 0x0000000080000004 (0x30459073) c772_mie 0x0000000000000008\n"
        "core   0: 3 0x0000000080000008 (0x3006a673) x12 0x0000000a00000000 "
        "c768_mstatus 0x0000000a00000008\n"
        "core   0: 3 0x0000000080000400 (0x30200073) c768_mstatus 0x0000000a00000088\n");
}

TEST_CASE("CommitLog writes views of a CSR as what they show", "[cpu]") {
  LogBench bench({csrw(kCsrSstatus, a0), csrw(kCsrSie, a0), csrw(kCsrMhpmcounter3, a0),
                  csrr(a1, kCsrMinstret), csrw(kCsrMinstret, a2)});
  bench.hart.set_x(a0, ~std::uint64_t{0});
  bench.hart.set_x(a2, 1000);
  bench.run(5);
  CHECK(bench.text ==
        "core   0: 3 0x0000000080000000 (0x10051073) c768_mstatus 0x8000000a000c6122\n"
        "core   0: 3 0x0000000080000004 (0x10451073) c772_mie 0x0000000000000000\n"
        "core   0: 3 0x0000000080000008 (0xb0351073)\n"
        "core   0: 3 0x000000008000000c (0xb02025f3) x11 0x0000000000000003\n"
        "core   0: 3 0x0000000080000010 (0xb0261073) c2818_minstret 0x00000000000003e8\n");
}

TEST_CASE("CommitLog names the hart, and keeps to its range", "[cpu]") {
  LogBench bench({kNop, addi(a0, zero, 1), addi(a0, zero, 2), addi(a0, zero, 3)}, {2, 3},
                 {.hart_id = 12});
  bench.run(1);
  bench.run(3);
  CHECK(bench.text ==
        "core  12: 3 0x0000000080000004 (0x00100513) x10 0x0000000000000001\n"
        "core  12: 3 0x0000000080000008 (0x00200513) x10 0x0000000000000002\n");
}

TEST_CASE("CommitLog does not change what a hart does", "[cpu]") {
  // A loop that only loads gives way after a number of rounds, logged or not.
  const std::vector<Word> program{addi(a0, zero, 7), ld(a1, 0, s0), beq(a1, zero, -4)};
  Bench plain(program);
  LogBench logged(program);
  const RunResult a = plain.hart.run(1000), b = logged.hart.run(1000);
  CHECK(a.reason == StopReason::kSpin);
  CHECK(b.reason == a.reason);
  CHECK(b.instructions == a.instructions);
  CHECK(std::count(logged.text.begin(), logged.text.end(), '\n') ==
        static_cast<std::ptrdiff_t>(b.instructions));
}

}  // namespace
}  // namespace cvp
