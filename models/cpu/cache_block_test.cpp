// SPDX-License-Identifier: Apache-2.0
//
// Cache-block instructions: who may use them, what they touch, how they fault. And wrs, pause's
// relative.
#include <catch2/catch.hpp>

#include "models/cpu/hart_bench.h"

namespace cvp {
namespace {

using namespace code;
using enum StopReason;

enum Operation : Word { kInval = 0, kClean = 1, kFlush = 2, kZero = 4 };
constexpr Word cbo(Word operation, Word rs1) {
  return operation << 20 | rs1 << 15 | 2 << 12 | 0x0f;
}

struct Setting {
  Privilege privilege = Privilege::kMachine;
  std::uint64_t menvcfg = 0, senvcfg = 0, pmp = 0x1f;
};

/// Runs `body` at kRamBase + 0x100 with everything mapped to itself by PMP region 1.
struct BlockBench : Bench {
  explicit BlockBench(const std::vector<Word>& body, const Setting& setting = {})
      : Bench({set_handler(), csrw(kCsrMenvcfg, a1), csrw(kCsrSenvcfg, a2), csrw(kCsrMepc, a3),
               csrw(kCsrMstatus, a4), csrw(kCsrPmpaddr0, a5), csrw(kCsrPmpaddr0 + 1, a6),
               csrw(kCsrPmpcfg0, a7), kMret},
              {.isa = Isa::checked("rv64gc_zicbom_zicboz_zawrs")}) {
    load(body, kRamBase + 0x100);
    hart.set_x(a1, setting.menvcfg);
    hart.set_x(a2, setting.senvcfg);
    hart.set_x(a3, kRamBase + 0x100);
    hart.set_x(a4, static_cast<std::uint64_t>(setting.privilege) << mstatus::kMppShift);
    hart.set_x(a5, (kData + 0x100) >> 2 | 0x1f);  // 256 bytes above kData.
    hart.set_x(a6, ~std::uint64_t{0});
    hart.set_x(a7, 0x1f00 | setting.pmp);
    hart.run(9);
  }
  bool trapped(Cause cause) const { return csr(kCsrMcause) == number(cause); }
};

TEST_CASE("cbo.zero clears the 64 bytes around its address and no others", "[cpu]") {
  const bool granted = GENERATE(true, false);
  BlockBench bench({addi(s0, s0, 64 + 13), cbo(kZero, s0)});
  for (Addr at = kData; at < kData + 192; at += 8) bench.set_word(at, at);
  if (!granted) bench.page.size = 0x1000;
  bench.hart.flush_translations();
  bench.run(2);
  for (Addr at = kData; at < kData + 192; at += 8) {
    CHECK(bench.word(at) == (at >= kData + 64 && at < kData + 128 ? 0 : at));
  }
  CHECK(bench.requests.size() == (granted ? 0 : 8));
}

TEST_CASE("cbo instructions that manage a block leave memory alone", "[cpu]") {
  const Word operation = GENERATE(kInval, kClean, kFlush);
  BlockBench bench({cbo(operation, s0)});
  const auto before = bench.memory;
  CHECK(bench.hart.run(1).instructions == 1);
  CHECK(bench.memory == before);
  CHECK(bench.hart.pc() == kRamBase + 0x104);
}

TEST_CASE("cbo instructions need their bits of menvcfg, and of senvcfg in U mode", "[cpu]") {
  struct Case {
    Word operation;
    std::uint64_t bits;
  };
  const Case c = GENERATE(Case{kInval, 0x10}, Case{kInval, 0x30}, Case{kClean, 0x40},
                          Case{kFlush, 0x40}, Case{kZero, 0x80});
  const Privilege privilege =
      GENERATE(Privilege::kUser, Privilege::kSupervisor, Privilege::kMachine);
  const bool machine = GENERATE(true, false), supervisor = GENERATE(true, false);
  BlockBench bench({cbo(c.operation, s0)}, {.privilege = privilege,
                                            .menvcfg = machine ? c.bits : 0xf0 & ~c.bits & ~0x30,
                                            .senvcfg = supervisor ? c.bits : 0});
  bench.hart.run(1);
  const bool allowed = privilege == Privilege::kMachine ||
                       (machine && (supervisor || privilege == Privilege::kSupervisor));
  CHECK(bench.trapped(Cause::kIllegalInstruction) == !allowed);
  if (!allowed) CHECK(bench.csr(kCsrMtval) == cbo(c.operation, s0));
}

TEST_CASE("cbo instructions fault as stores, with the address they were given", "[cpu]") {
  const Word operation = GENERATE(kInval, kClean, kFlush, kZero);
  const std::uint64_t rights = GENERATE(0u, 1u, 4u);  // Of PMP: none, load, fetch.
  BlockBench bench({addi(s0, s0, 0x104), cbo(operation, s0)},
                   {.privilege = Privilege::kSupervisor, .menvcfg = 0xf0, .pmp = 0x18 | rights});
  bench.hart.run(2);
  const bool allowed = operation != kZero && rights == 1;
  CHECK(bench.trapped(Cause::kStoreAccess) == !allowed);
  if (!allowed) CHECK(bench.csr(kCsrMtval) == kData + 0x104);
}

TEST_CASE("cbo instructions without their extension are illegal", "[cpu]") {
  const Word operation = GENERATE(kInval, kClean, kFlush, kZero);
  Bench bench({Bench::set_handler(), cbo(operation, s0)},
              {.isa = Isa::checked(operation == kZero ? "rv64gc_zicbom" : "rv64gc_zicboz")});
  bench.hart.run(2);
  CHECK(bench.csr(kCsrMcause) == number(Cause::kIllegalInstruction));
}

TEST_CASE("Prefetches are hints", "[cpu]") {
  const Word kind = GENERATE(0u, 1u, 3u);
  Bench bench({i_type(static_cast<int>(0x20 | kind), s0, 6, zero, 0x13), addi(a0, zero, 1)});
  bench.hart.set_x(s0, 0x1234);  // There is nothing.
  bench.hart.run(2);
  CHECK(bench.hart.x(a0) == 1);
}

TEST_CASE("wrs ends the turn while a reservation holds, and does nothing without one", "[cpu]") {
  const Word wrs = GENERATE(Word{0x00d0'0073}, Word{0x01d0'0073});
  BlockBench bench({wrs, lr_d(a0, s0), wrs, addi(a1, zero, 1)});
  const RunResult turn = bench.hart.run(100);
  CHECK(turn.reason == kPause);
  CHECK(turn.instructions == 3);
  bench.hart.run(1);
  CHECK(bench.hart.x(a1) == 1);
}

TEST_CASE("wrs does not wait when an interrupt is pending that would end a wfi", "[cpu]") {
  BlockBench bench({csrw(kCsrMie, a0), lr_d(a0, s0), 0x00d0'0073, addi(a1, zero, 1)});
  bench.hart.set_x(a0, kMsip);
  bench.hart.set_interrupt_inputs(kMsip);
  CHECK(bench.hart.run(4).reason == kQuantum);
  CHECK(bench.hart.x(a1) == 1);
}

}  // namespace
}  // namespace cvp
