// SPDX-License-Identifier: Apache-2.0
//
// The pure core, instruction by instruction. What random programs find is in tests/conformance.
#include <algorithm>
#include <catch2/catch.hpp>

#include "models/cpu/decode.h"
#include "models/cpu/hart_bench.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

using namespace code;
using enum StopReason;

TEST_CASE("Hart runs exactly as many instructions as it is given", "[cpu]") {
  Bench bench({addi(a0, a0, 1), addi(a1, a1, 1), addi(a2, a2, 1), jump_back(-12)});
  for (const std::uint64_t turn : {1u, 2u, 5u, 7u, 400u, 1u, 3u}) {
    const auto before = bench.hart.instructions();
    CHECK(bench.hart.run(turn).instructions == turn);
    CHECK(bench.hart.instructions() == before + turn);
  }
  CHECK(bench.hart.instructions() == 419);
  CHECK(bench.hart.x(a0) == 105);  // 419 = 104 rounds of four and three more.
  CHECK(bench.hart.x(a2) == 105);
  CHECK(bench.hart.pc() == kRamBase + 12);
}

TEST_CASE("Hart can end its turn after any instruction of a block", "[cpu]") {
  // Counters, loads, stores and the branch run in pairs when a turn does not end between them.
  const unsigned turn = GENERATE(1u, 2u, 3u, 4u, 5u, 7u, 100u);
  Bench bench({addi(a0, zero, 5), addi(a1, a1, 3), addi(a2, a2, 1), sd(a2, 0, s0), ld(a3, 0, s0),
               add(a4, a4, a3), addi(a0, a0, -1), bne(a0, zero, -24), kWait});
  for (std::uint64_t left = 1 + 5 * 7; left > 0;) {
    const std::uint64_t given = std::min<std::uint64_t>(turn, left);
    CHECK(bench.hart.run(given).instructions == given);
    left -= given;
  }
  CHECK(bench.hart.pc() == kRamBase + 32);
  CHECK(bench.hart.x(a1) == 15);
  CHECK(bench.hart.x(a4) == 15);
  CHECK(bench.word(kData) == 5);
}

TEST_CASE("Hart takes cpi clocks for an instruction", "[cpu]") {
  Bench bench({kNop, jump_back(-4)}, {.cpi = 3});
  bench.hart.run(10);
  CHECK(bench.hart.cycle() == 30);
}

TEST_CASE("Hart adds the cycles of a grant to each load and store and ends its turn by them",
          "[cpu]") {
  Bench bench({ld(a0, 0, s0), sd(a0, 8, s0), addi(a1, a1, 1), jump_back(-12)});
  std::uint64_t bytes = 0;
  bench.page.read_cycles = 10;
  bench.page.write_cycles = 5;
  bench.page.bytes = &bytes;
  const RunResult result = bench.hart.run(38);  // Two rounds of 4 instructions and 15 cycles.
  CHECK(result.instructions == 8);
  CHECK(bench.hart.cycle() == 38);
  CHECK(bytes == 32);
}

TEST_CASE("Hart asks the bus for what is not granted and replays the instruction", "[cpu]") {
  Bench bench({ld(a0, 1, s0), addi(a1, zero, 7)});
  bench.set_word(kData, 0x1122'3344'5566'7788);
  bench.set_word(kData + 8, 0x99);
  bench.page.size = 0x1000;  // Code is granted, data is not.
  bench.run(2);
  // A misaligned load is cut into naturally aligned pieces, each asked for once.
  std::vector<std::pair<Addr, unsigned>> asked;
  for (const BusRequest& request : bench.requests)
    asked.emplace_back(request.address, request.size);
  CHECK(asked == std::vector<std::pair<Addr, unsigned>>{
                     {kData + 1, 1}, {kData + 2, 2}, {kData + 4, 4}, {kData + 8, 1}});
  CHECK(bench.hart.x(a0) == 0x9911'2233'4455'6677);
  CHECK(bench.hart.instructions() == 2);
}

TEST_CASE("Hart fetches without grants", "[cpu]") {
  Bench bench({addi(a0, zero, 5), addi(a1, a0, 6), mul(a2, a0, a1)});
  bench.grants = false;
  bench.run(1);
  bench.run(2);
  CHECK(bench.hart.x(a2) == 55);
}

TEST_CASE("Hart turns a bus error into an access fault with the address", "[cpu]") {
  Bench bench({Bench::set_handler(), ld(a0, 0, a1)});
  bench.hart.set_x(a1, 0x1234'0000);
  bench.run(3);
  CHECK(bench.csr(kCsrMcause) == number(Cause::kLoadAccess));
  CHECK(bench.csr(kCsrMtval) == 0x1234'0000);
  CHECK(bench.csr(kCsrMepc) == kRamBase + 4);
}

TEST_CASE("Hart takes no interrupt while it replays, and takes it right after", "[cpu]") {
  Bench bench(
      {Bench::set_handler(), csrw(kCsrMie, a1), csrw(kCsrMstatus, a1), sd(a0, 0, s0), kNop});
  bench.page.size = 0x1000;
  bench.hart.set_x(a1, kMsip);  // The same bit is MIE in mstatus.
  REQUIRE(bench.hart.run(100).reason == kBusPending);
  bench.hart.set_interrupt_inputs(kMsip);
  bench.hart.complete_bus(bench.perform(bench.hart.pending_request()));
  bench.hart.run(3);
  CHECK(bench.requests.size() == 1);
  CHECK(bench.csr(kCsrMcause) == (std::uint64_t{1} << 63 | 3));
  CHECK(bench.csr(kCsrMepc) == kRamBase + 16);
}

TEST_CASE("Hart waits in wfi until an enabled interrupt is pending, even with MIE off", "[cpu]") {
  Bench bench({csrw(kCsrMie, a1), kWait, addi(a0, a0, 1), jump_back(0)});
  bench.hart.set_x(a1, kMtip);
  CHECK(bench.hart.run(100).reason == kWfi);
  CHECK(bench.hart.run(100).instructions == 0);
  bench.hart.set_interrupt_inputs(kMsip);  // Not enabled.
  CHECK_FALSE(bench.hart.wakes());
  bench.hart.set_interrupt_inputs(kMtip);
  REQUIRE(bench.hart.wakes());
  bench.hart.run(1);
  CHECK(bench.hart.x(a0) == 1);
}

TEST_CASE("Hart takes the machine external interrupt before all others", "[cpu]") {
  Bench bench({Bench::set_handler(), csrw(kCsrMie, a1), csrw(kCsrMstatus, a2), kNop});
  bench.hart.set_x(a1, 0xaaa);
  bench.hart.set_x(a2, mstatus::kMie);
  bench.hart.set_interrupt_inputs(kMsip | kMtip | kMeip | kSeip);
  bench.hart.run(4);
  CHECK(bench.csr(kCsrMcause) == (std::uint64_t{1} << 63 | 11));
}

TEST_CASE("Hart runs new code after fence.i", "[cpu]") {
  // The loop patches its own first instruction.
  Bench bench({addi(a0, a0, 1), sw(a1, 0, a2), kFenceI, jump_back(-12)});
  bench.hart.set_x(a1, addi(a0, a0, 100));
  bench.hart.set_x(a2, kRamBase);
  bench.hart.run(8);
  CHECK(bench.hart.x(a0) == 101);
}

TEST_CASE("Hart gives way after 64 rounds of a loop that only loads", "[cpu]") {
  Bench bench({lw(a0, 0, s0), beq(a0, zero, -4), addi(a1, zero, 1), jump_back(0)});
  const RunResult spin = bench.hart.run(100'000);
  CHECK(spin.reason == kSpin);
  CHECK(spin.instructions == 128);
  bench.set_word(kData, 1);
  bench.hart.run(3);
  CHECK(bench.hart.x(a1) == 1);
}

TEST_CASE("Hart does not take a search through memory for a spin loop", "[cpu]") {
  Bench bench({lbu(a0, 0, s0), addi(s0, s0, 1), beq(a0, zero, -8), jump_back(0)});
  bench.memory[kData - kRamBase + 900] = 1;
  CHECK(bench.hart.run(2703).reason == kQuantum);
  CHECK(bench.hart.x(s0) == kData + 901);
}

TEST_CASE("Hart ends its turn at pause", "[cpu]") {
  Bench bench({kPauseHint, addi(a0, zero, 1)});
  CHECK(bench.hart.run(100).reason == kPause);
  CHECK(bench.hart.pc() == kRamBase + 4);
}

TEST_CASE("Hart ends its turn at a failed sc, and keeps a reservation until it is broken",
          "[cpu]") {
  Bench bench({lr_d(a0, s0), sc_d(a1, a2, s0), lr_d(a0, s0), kNop, sc_d(a1, a2, s0)});
  bench.hart.set_x(a2, 42);
  CHECK(bench.hart.run(1).reason == kQuantum);
  CHECK(bench.hart.reservation() == kData);
  CHECK(bench.hart.run(1).reason == kQuantum);
  CHECK(bench.hart.x(a1) == 0);
  CHECK(bench.word(kData) == 42);
  bench.hart.run(2);
  bench.hart.break_reservation();  // The value is still what it was: the sc must fail all the same.
  CHECK(bench.hart.run(100).reason == kScFailed);
  CHECK(bench.hart.x(a1) == 1);
}

TEST_CASE("Hart does LR, SC and AMO over a bus without grants", "[cpu]") {
  Bench bench({lr_d(a0, s0), addi(a0, a0, 1), sc_d(a1, a0, s0), amoadd_d(a2, a0, s0)});
  bench.grants = false;
  bench.set_word(kData, 41);
  const int turns = GENERATE(1, 4);
  for (int i = 0; i < turns; ++i) bench.run(4 / static_cast<unsigned>(turns));
  CHECK(bench.hart.x(a1) == 0);
  CHECK(bench.hart.x(a2) == 42);
  CHECK(bench.word(kData) == 84);
}

TEST_CASE(
    "Hart does not repeat what the bus has done when there is a grant by the time of the replay",
    "[cpu]") {
  struct Case {
    Word instruction;
    std::uint64_t expected;
  };
  const Case c =
      GENERATE(Case{amoadd_d(a0, a1, s0), 42 + 5}, Case{sd(a1, 0, s0), 7}, Case{ld(a2, 0, s0), 7});
  Bench bench({c.instruction});
  bench.grants = false;
  bench.set_word(kData, 42);
  bench.hart.set_x(a1, 5);
  while (bench.hart.run(1).reason == kBusPending &&
         bench.hart.pending_request().op == BusOp::kFetch) {
    bench.hart.complete_bus(bench.perform(bench.hart.pending_request()));
  }
  bench.hart.complete_bus(bench.perform(bench.hart.pending_request()));
  if (c.expected == 7) bench.set_word(kData, 7);  // Another hart has written since.
  bench.grants = true;
  bench.hart.run(1);
  CHECK(bench.hart.instructions() == 1);
  CHECK(bench.word(kData) == c.expected);
  if (c.instruction == ld(a2, 0, s0)) CHECK(bench.hart.x(a2) == 42);
}

TEST_CASE("Hart that stores across pages, one of them over the bus, stores each part once",
          "[cpu]") {
  Bench bench({sd(a1, 0, s0)});
  bench.page.size = 0x2000;  // What follows is not granted.
  bench.hart.set_x(s0, kRamBase + 0x1ffc);
  bench.hart.set_x(a1, ~std::uint64_t{0});
  REQUIRE(bench.hart.run(1).reason == kBusPending);
  CHECK(bench.word(kRamBase + 0x1ff8) == 0);
  bench.hart.complete_bus(bench.perform(bench.hart.pending_request()));
  bench.hart.run(1);
  CHECK(bench.word(kRamBase + 0x1ff8) == 0xffff'ffff'0000'0000);
  CHECK(bench.word(kRamBase + 0x2000) == 0x0000'0000'ffff'ffff);
}

TEST_CASE("Hart withdraws an sc that waits for its bus when the reservation is broken", "[cpu]") {
  Bench bench({lr_d(a0, s0), sc_d(a1, a2, s0), kNop});
  bench.page.size = 0x1000;  // Code is granted, data is not.
  bench.hart.set_x(a2, 42);
  REQUIRE(bench.hart.run(10).reason == kBusPending);
  CHECK_FALSE(bench.hart.reservation().has_value());
  bench.hart.complete_bus(bench.perform(bench.hart.pending_request()));
  REQUIRE(bench.hart.run(10).reason == kBusPending);
  CHECK(bench.hart.reservation() == kData);
  CHECK(bench.hart.pending_request().conditional);
  bench.hart.break_reservation();
  CHECK_FALSE(bench.hart.bus_pending());
  CHECK(bench.hart.run(10).reason == kScFailed);
  CHECK(bench.hart.x(a1) == 1);
  CHECK(bench.word(kData) == 0);
}

TEST_CASE("Hart traps on a misaligned AMO with the store cause", "[cpu]") {
  Bench bench({Bench::set_handler(), addi(s0, s0, 4), amoadd_d(a0, a0, s0)});
  bench.hart.run(3);
  CHECK(bench.csr(kCsrMcause) == number(Cause::kStoreMisaligned));
  CHECK(bench.csr(kCsrMtval) == kData + 4);
}

TEST_CASE("Hart without floating point enabled traps on it", "[cpu]") {
  Bench bench({Bench::set_handler(), fadd_d(1, 1, 1)});
  bench.hart.run(2);
  CHECK(bench.csr(kCsrMcause) == number(Cause::kIllegalInstruction));
}

TEST_CASE("Hart rounds to nearest with ties to maximum magnitude", "[cpu]") {
  // 1 + 2^-53 lies half way between 1 and 1 + 2^-52.
  Bench bench(
      {csrw(kCsrMstatus, a0), fadd_d(3, 1, 2, 4), fadd_d(4, 1, 2, 0), csrr(a1, kCsrFflags)});
  bench.hart.set_x(a0, mstatus::kFs);
  bench.hart.set_f(1, 0x3ff0'0000'0000'0000);
  bench.hart.set_f(2, 0x3ca0'0000'0000'0000);
  bench.hart.run(4);
  CHECK(bench.hart.f(3) == 0x3ff0'0000'0000'0001);
  CHECK(bench.hart.f(4) == 0x3ff0'0000'0000'0000);
  CHECK(bench.hart.x(a1) == 1);  // Inexact.
}

TEST_CASE("Hart keeps the host's floating-point state out of the guest's flags", "[cpu]") {
  Bench bench({csrw(kCsrMstatus, a0), fadd_d(3, 1, 2), csrr(a1, kCsrFflags)});
  bench.hart.set_x(a0, mstatus::kFs);
  bench.hart.run(1);
  volatile double third = 3.0;
  third = 1.0 / third;  // Sets the host's inexact flag.
  bench.hart.set_f(1, 0x3ff0'0000'0000'0000);
  bench.hart.run(2);
  CHECK(bench.hart.x(a1) == 0);
}

TEST_CASE("Decoder knows the reserved compressed encodings", "[cpu]") {
  // c.addi4spn and c.lui with zero immediate, c.addiw to x0, c.lwsp and c.ldsp to x0, c.jr x0,
  // the two free slots beside c.addw, quadrant 0 function 4.
  for (const std::uint16_t half :
       {0x0000, 0x0004, 0x6081, 0x2001, 0x4002, 0x6002, 0x8002, 0x9c41, 0x9c61, 0x8000}) {
    CAPTURE(half);
    CHECK(decode(half, Isa()).kind == OpKind::k_illegal);
  }
  CHECK(expand_compressed(0x0505) == addi(a0, a0, 1));    // c.addi a0, 1
  CHECK(expand_compressed(0x9002) == kEbreak);            // c.ebreak
  CHECK(expand_compressed(0x6108) == ld(a0, 0, a0));      // c.ld a0, 0(a0)
  CHECK(expand_compressed(0x7139) == addi(sp, sp, -64));  // c.addi16sp
}

// ---- Misaligned accesses ---------------------------------------------------------------------

TEST_CASE("Hart that does no misaligned accesses traps on them with their address", "[cpu]") {
  struct Case {
    Word instruction;
    Cause cause;
  };
  const Case c = GENERATE(
      Case{lw(a0, 2, s0), Cause::kLoadMisaligned}, Case{ld(a0, 4, s0), Cause::kLoadMisaligned},
      Case{i_type(1, s0, 5, a0, 0x03), Cause::kLoadMisaligned},  // lhu
      Case{i_type(4, s0, 3, a0, 0x07), Cause::kLoadMisaligned},  // fld
      Case{sw(a0, 1, s0), Cause::kStoreMisaligned}, Case{sd(a0, 4, s0), Cause::kStoreMisaligned},
      Case{s_type(2, a0, s0, 2) | 4, Cause::kStoreMisaligned});  // fsw
  const bool granted = GENERATE(true, false);
  const std::vector<Word> program = {Bench::set_handler(), csrw(kCsrMstatus, a1), sd(zero, 0, s0),
                                     c.instruction};
  Bench bench(program, {.misaligned_traps = true});
  bench.hart.set_x(a1, mstatus::kFs);
  if (!granted) bench.page.size = 0x1000;
  bench.run(4);
  CHECK(bench.csr(kCsrMcause) == number(c.cause));
  CHECK(bench.csr(kCsrMtval) > kData);
  CHECK(bench.csr(kCsrMtval) < kData + 8);
  CHECK(bench.csr(kCsrMepc) == kRamBase + 12);
  Bench other(program);
  other.hart.set_x(a1, mstatus::kFs);
  other.run(4);
  CHECK(other.hart.pc() == kRamBase + 16);
}

TEST_CASE("Hart that does no misaligned accesses does aligned ones", "[cpu]") {
  Bench bench({sd(a1, 8, s0), ld(a0, 8, s0), lw(a2, 12, s0), lbu(a3, 9, s0)},
              {.misaligned_traps = true});
  bench.hart.set_x(a1, 0x1122'3344'5566'7788);
  bench.hart.run(4);
  CHECK(bench.hart.x(a0) == 0x1122'3344'5566'7788);
  CHECK(bench.hart.x(a2) == 0x1122'3344);
  CHECK(bench.hart.x(a3) == 0x77);
}

// ---- Saved state -----------------------------------------------------------------------------

TEST_CASE("Hart goes on identically after being saved and loaded", "[cpu]") {
  const std::vector<Word> program = {
      csrw(kCsrMstatus, a1), csrw(kCsrMie, a2),    addi(a0, a0, 3), mul(a3, a0, a0),
      sd(a3, 0, s0),         amoadd_d(a4, a0, s0), fadd_d(1, 1, 2), csrr(a5, kCsrMcycle),
      add(a6, a6, a5),       jump_back(-28)};
  const bool granted = GENERATE(true, false);
  const unsigned stop = GENERATE(1u, 5u, 6u, 50u, 51u, 52u, 53u);
  Bench first(program);
  first.hart.set_x(a1, mstatus::kFs | mstatus::kMie);
  first.hart.set_f(2, 0x3fb9'9999'9999'999a);
  if (!granted) first.page.size = 0x1000;
  // Without grants this may stop in the middle of an instruction that waits for the bus.
  for (unsigned left = stop; left > 0; --left) {
    if (first.hart.run(1).reason != kBusPending) continue;
    if (left == 1) break;
    first.hart.complete_bus(first.perform(first.hart.pending_request()));
  }
  Bench second(program);
  second.memory = first.memory;
  second.page.host = second.memory.data();
  second.page.size = first.page.size;
  const std::string saved = save(first.hart);
  load(second.hart, saved);
  CHECK((save(second.hart) == saved));
  const bool pending = first.hart.run(0).reason == kBusPending;
  for (Bench* bench : {&first, &second}) {
    if (pending) bench->hart.complete_bus(bench->perform(bench->hart.pending_request()));
    bench->run(100);
  }
  CHECK((save(first.hart) == save(second.hart)));
  CHECK(first.memory == second.memory);
}

}  // namespace
}  // namespace cvp
