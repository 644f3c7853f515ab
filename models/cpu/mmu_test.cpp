// SPDX-License-Identifier: Apache-2.0
//
// Translation: page tables, their extensions, and when what a TLB holds may no longer be used.
#include <catch2/catch.hpp>

#include "models/cpu/paged_bench.h"

namespace cvp {
namespace {

using namespace code;

TEST_CASE("Sv39 translates and sets A on a load and D on a store", "[cpu]") {
  PagedBench bench(kV | kR | kW, {ld(a0, 8, s1), sd(a0, 16, s1)});
  bench.set_word(kData + 8, 77);
  bench.hart.run(1);
  CHECK(bench.word(kLeafs) == entry(kData, kV | kR | kW | kA));
  bench.hart.run(1);
  CHECK(bench.word(kData + 16) == 77);
  CHECK(bench.word(kLeafs) == entry(kData, kV | kR | kW | kA | kD));
}

TEST_CASE("Sv39 walks tables that are not granted", "[cpu]") {
  PagedBench bench(kV | kR | kW, {ld(a0, 8, s1)});
  bench.set_word(kData + 8, 77);
  bench.page.size = 0x1000;
  bench.requests.clear();
  bench.hart.flush_translations();
  bench.run(1);
  CHECK(bench.hart.x(a0) == 77);
  // Fetch: one entry. Load: three entries, the update of A, the data. Each exactly once.
  CHECK(bench.requests.size() == 6);
  CHECK(bench.word(kLeafs) == entry(kData, kV | kR | kW | kA));
}

TEST_CASE("Sv39 refuses what the page does not allow", "[cpu]") {
  struct Case {
    std::uint64_t flags;
    Word instruction;
    Cause cause;
  };
  const Case c = GENERATE(Case{kR | kW, ld(a0, 0, s1), Cause::kLoadPage},            // Not valid.
                          Case{kV | kW | kA | kD, ld(a0, 0, s1), Cause::kLoadPage},  // Reserved.
                          Case{kV | kX | kA, ld(a0, 0, s1), Cause::kLoadPage},       // No MXR.
                          Case{kV | kR | kA, sd(a0, 0, s1), Cause::kStorePage},      // Read-only.
                          Case{kV | kR | kA, amoadd_d(a0, a0, s1), Cause::kStorePage},
                          Case{kV | kR | kW | kU, ld(a0, 0, s1), Cause::kLoadPage},  // No SUM.
                          Case{kV | kR | kW | kA, jalr(zero, s1, 0), Cause::kFetchPage});
  PagedBench bench(c.flags, {c.instruction});
  bench.hart.run(2);
  CHECK(bench.csr(kCsrMcause) == number(c.cause));
  CHECK(bench.csr(kCsrMtval) == kVirtual);
}

TEST_CASE("Sv39 faults on an address that is not sign-extended", "[cpu]") {
  PagedBench bench(kV | kR, {ld(a0, 0, a5)});
  bench.hart.set_x(a5, std::uint64_t{1} << 39 | kVirtual);
  bench.hart.run(1);
  CHECK(bench.csr(kCsrMcause) == number(Cause::kLoadPage));
}

TEST_CASE("Sv39 page walk is subject to PMP", "[cpu]") {
  // The page of the last table is taken away: an access fault, not a page fault.
  PagedBench bench(kV | kR, {ld(a0, 0, s1)},
                   {.pmp_config = 0x18, .pmp_address = (kLeafs | 0x7ff) >> 2});
  bench.hart.run(1);
  CHECK(bench.csr(kCsrMcause) == number(Cause::kLoadAccess));
  CHECK(bench.csr(kCsrMtval) == kVirtual);
}

TEST_CASE("Sv39 uses the old translation no longer after sfence.vma", "[cpu]") {
  PagedBench bench(kV | kR | kA, {ld(a0, 0, s1), kSfenceVma, ld(a1, 0, s1)});
  bench.set_word(kData, 1);
  bench.set_word(kData + 0x4000, 2);
  bench.hart.run(1);
  bench.set_word(kLeafs, entry(kData + 0x4000, kV | kR | kA));
  bench.hart.run(2);
  CHECK(bench.hart.x(a0) == 1);
  CHECK(bench.hart.x(a1) == 2);
}

TEST_CASE("Sv48 and Sv57 translate through more levels and reach further", "[cpu]") {
  const std::uint64_t mode = GENERATE(8u, 9u, 10u);
  const unsigned top = static_cast<unsigned>(mode - 8) * 9 + 38;  // The sign bit of an address.
  PagedBench bench(kV | kR, {ld(a0, 8, s1), ld(a1, 0, a5)}, {.isa = "rv64gc_sv57", .mode = mode});
  bench.set_word(kData + 8, 77);
  bench.hart.run(1);
  CHECK(bench.hart.x(a0) == 77);
  // One bit too far is no address, whatever the tables say.
  bench.hart.set_x(a5, std::uint64_t{1} << top | kVirtual);
  bench.hart.run(1);
  CHECK(bench.csr(kCsrMcause) == number(Cause::kLoadPage));
  CHECK(bench.csr(kCsrMtval) == (std::uint64_t{1} << top | kVirtual));
}

TEST_CASE("Page table entries with reserved bits fault", "[cpu]") {
  const unsigned bit = GENERATE(54u, 60u, 61u, 62u, 63u);
  PagedBench bench(0, {ld(a0, 0, s1)});
  // The page number is one that a NAPOT entry could have.
  bench.set_word(kLeafs, entry(kRamBase + 0x8000, kV | kR | kA) | std::uint64_t{1} << bit);
  bench.hart.run(1);
  CHECK(bench.csr(kCsrMcause) == number(Cause::kLoadPage));
}

TEST_CASE("Svpbmt needs menvcfg.PBMTE and has no type 3", "[cpu]") {
  const std::uint64_t type = GENERATE(1u, 2u, 3u);
  const bool enabled = GENERATE(true, false);
  PagedBench bench(kV | kR | kA | type << 61, {ld(a0, 0, s1)},
                   {.isa = "rv64gc_svpbmt", .menvcfg = enabled ? envcfg::kPbmte : 0});
  bench.set_word(kData, 77);
  bench.hart.run(1);
  CHECK((bench.hart.x(a0) == 77) == (enabled && type != 3));
}

TEST_CASE("Svpbmt and Svnapot have no place in a pointer to the next level", "[cpu]") {
  const unsigned bit = GENERATE(61u, 63u);
  PagedBench bench(kV | kR | kA, {ld(a0, 0, s1)},
                   {.isa = "rv64gc_svpbmt_svnapot", .menvcfg = envcfg::kPbmte});
  bench.set_word(kTable, entry(kLeafs, kV) | std::uint64_t{1} << bit);
  bench.hart.run(1);
  CHECK(bench.csr(kCsrMcause) == number(Cause::kLoadPage));
}

TEST_CASE("Svnapot takes the low bits of the page number from the address", "[cpu]") {
  PagedBench bench(0, {ld(a0, 0, a5), ld(a0, 0, a6)}, {.isa = "rv64gc_svnapot"});
  const std::uint64_t napot = std::uint64_t{1} << 63 | kV | kR | kA;
  bench.set_word(kLeafs + 8 * 3, entry(kRamBase + 0x8000, napot));
  bench.set_word(kLeafs + 8 * 4, entry(kRamBase + 0x4000, napot));  // Another size: reserved.
  bench.set_word(kRamBase + 0x3008, 99);
  bench.hart.set_x(a5, kVirtual + 0x3008);
  bench.hart.set_x(a6, kVirtual + 0x4008);
  bench.hart.run(1);
  CHECK(bench.hart.x(a0) == 99);
  bench.hart.run(1);
  CHECK(bench.csr(kCsrMcause) == number(Cause::kLoadPage));
}

TEST_CASE("A and D are set or asked for in a page fault, as Svade, Svadu and ADUE say", "[cpu]") {
  struct Case {
    const char* isa;
    bool adue, sets;
  };
  const Case c = GENERATE(Case{"rv64gc", false, true}, Case{"rv64gc_svade", false, false},
                          Case{"rv64gc_svadu", false, false}, Case{"rv64gc_svadu", true, true});
  const bool store = GENERATE(true, false);
  PagedBench bench(kV | kR | kW | (store ? kA : 0), {store ? sd(a0, 0, s1) : ld(a0, 0, s1)},
                   {.isa = c.isa, .menvcfg = c.adue ? envcfg::kAdue : 0});
  bench.hart.run(1);
  const std::uint64_t expected = c.sets ? (store ? kA | kD : kA) : (store ? kA : 0);
  CHECK(bench.word(kLeafs) == entry(kData, kV | kR | kW | expected));
  CHECK((bench.hart.privilege() == Privilege::kMachine) == !c.sets);
}

TEST_CASE("Page walk that loses a race for A and D reads the entry again", "[cpu]") {
  PagedBench bench(kV | kR | kW, {sd(a0, 0, s1)});
  bench.page.size = 0x1000;  // Tables and data are reached over the bus.
  bench.hart.flush_translations();
  bool raced = false;
  for (int patience = 100; patience > 0; --patience) {
    if (bench.hart.run(1).reason != StopReason::kBusPending) break;
    // Just before the update another hart takes the page away.
    if (bench.hart.pending_request().op == BusOp::kAtomic && !raced) {
      raced = true;
      bench.set_word(kLeafs, 0);
    }
    bench.hart.complete_bus(bench.perform(bench.hart.pending_request()));
  }
  REQUIRE(raced);
  CHECK(bench.word(kLeafs) == 0);
  CHECK(bench.csr(kCsrMcause) == number(Cause::kStorePage));
}

enum Svinval : Word { kWriteFence = 0x1800'0073, kInvalidate = 0x1600'0073 | s1 << 15 };

TEST_CASE("Svinval fences like sfence.vma, and its fences are for S mode", "[cpu]") {
  PagedBench bench(kV | kR | kA,
                   {ld(a0, 0, s1), kWriteFence, kInvalidate, 0x1810'0073, ld(a1, 0, s1)},
                   {.isa = "rv64gc_svinval"});
  bench.set_word(kData, 1);
  bench.set_word(kData + 0x4000, 2);
  bench.hart.run(1);
  bench.set_word(kLeafs, entry(kData + 0x4000, kV | kR | kA));
  bench.hart.run(4);
  CHECK(bench.hart.x(a1) == 2);
  const Word instruction = GENERATE(Word{kWriteFence}, Word{0x1810'0073}, Word{kInvalidate});
  PagedBench user(kV | kR | kX | kU | kA, {csrw(kCsrSepc, s1), kSret}, {.isa = "rv64gc_svinval"});
  user.load({instruction}, kData);
  user.hart.run(3);
  CHECK(user.csr(kCsrMcause) == number(Cause::kIllegalInstruction));
  CHECK(user.csr(kCsrMtval) == instruction);
}

// ---- What may still be used ---------------------------------------------------------------------

constexpr Word sfence(Word address, Word asid) { return kSfenceVma | asid << 20 | address << 15; }

TEST_CASE("Fence for an address ends the translation of that page in every address space",
          "[cpu]") {
  const Word fence = GENERATE(sfence(s1, zero), sfence(s1, a6), sfence(zero, a6));
  PagedBench bench(kV | kR | kA, {ld(a0, 0, s1), fence, ld(a1, 0, s1)});
  bench.hart.set_x(a6, 0);  // The ASID.
  bench.set_word(kData, 1);
  bench.set_word(kData + 0x4000, 2);
  bench.hart.run(1);
  bench.set_word(kLeafs, entry(kData + 0x4000, kV | kR | kA));
  bench.hart.run(2);
  CHECK(bench.hart.x(a1) == 2);
}

TEST_CASE("Fence for an address in a megapage ends the translation of all of it", "[cpu]") {
  PagedBench bench(0, {ld(a0, 0, a5), ld(a0, 0, a6), sfence(a5, zero), ld(a1, 0, a6)});
  const Addr other = kRamBase + 0x20'0000;  // There is no memory there.
  bench.set_word(kTable + 8, entry(kRamBase, kV | kR | kA));
  bench.set_word(kRamBase + 0x7008, 5);
  bench.hart.set_x(a5, kMegapage + 0x5000);
  bench.hart.set_x(a6, kMegapage + 0x7008);
  bench.hart.run(2);
  CHECK(bench.hart.x(a0) == 5);
  bench.set_word(kTable + 8, entry(other, kV | kR | kA));
  bench.run(3);
  CHECK(bench.csr(kCsrMcause) == number(Cause::kLoadAccess));
}

TEST_CASE("Fence for an address ends links to code there", "[cpu]") {
  // A loop in the page at kVirtual, in which the page becomes another one just before the fence.
  PagedBench bench(kV | kR | kX | kA, {jalr(zero, s1, 0)});
  bench.load({addi(a0, a0, 1), kNop, sfence(a2, zero), jump_back(-12)}, kData);
  bench.load({addi(a0, a0, 100), kNop, kNop, jump_back(-12)}, kData + 0x4000);
  bench.hart.set_x(a0, 0);
  bench.hart.set_x(a2, kVirtual);
  bench.hart.run(1 + 3 * 4 + 2);
  REQUIRE(bench.hart.x(a0) == 4);
  bench.set_word(kLeafs, entry(kData + 0x4000, kV | kX | kA));
  bench.hart.run(3);
  CHECK(bench.hart.x(a0) == 104);
}

TEST_CASE("Switching address spaces keeps what each of them has translated", "[cpu]") {
  PagedBench bench(kV | kR | kA, {ld(a0, 0, s1), csrw(kCsrSatp, a5), ld(a1, 0, s1),
                                  csrw(kCsrSatp, a6), ld(a2, 0, s1)});
  const Addr root2 = kRamBase + 0xa000, table2 = kRamBase + 0xb000, leafs2 = kRamBase + 0xc000;
  bench.set_word(root2 + 8 * 2, entry(kRamBase, kV | kR | kW | kX | kA | kD));
  bench.set_word(root2 + 8, entry(table2, kV));
  bench.set_word(table2, entry(leafs2, kV));
  bench.set_word(leafs2, entry(kData + 0x4000, kV | kR | kA));
  bench.set_word(kData, 1);
  bench.set_word(kData + 0x4000, 2);
  bench.hart.set_x(a5, std::uint64_t{8} << 60 | std::uint64_t{2} << 44 | root2 >> 12);
  bench.hart.set_x(a6, std::uint64_t{8} << 60 | kRoot >> 12);
  bench.hart.run(3);
  CHECK(bench.hart.x(a0) == 1);
  CHECK(bench.hart.x(a1) == 2);
  // Without a fence the first address space need not look at its tables again, and does not.
  bench.set_word(kLeafs, 0);
  bench.hart.run(2);
  CHECK(bench.hart.x(a2) == 1);
}

TEST_CASE("TLB never confuses address spaces, however many there are", "[cpu]") {
  Tlb tlb;
  constexpr Addr kPage = 0x1000;
  for (std::uint64_t space = 0; space < 3000; ++space) {
    tlb.activate(std::uint64_t{8} << 60 | space);
    CHECK(tlb.load(kPage).tag != (kPage | tlb.key(0)));
    tlb.load(kPage) = {kPage | tlb.key(0), space};
    if (space % 7 == 0) tlb.flush();
    if (space % 7 == 0) CHECK(tlb.load(kPage).tag != (kPage | tlb.key(0)));
  }
}

TEST_CASE("TLB has no two address spaces with one key when keys come round again", "[cpu]") {
  Tlb tlb;
  bool distinct = true;
  for (int round = 0; round < 1200; ++round) {
    tlb.activate(std::uint64_t{8} << 60 | std::uint64_t{2} << 44);
    tlb.flush_asid(2);  // A new key.
    const std::uint64_t key = tlb.key(0);
    tlb.activate(std::uint64_t{8} << 60 | std::uint64_t{1} << 44);
    distinct = distinct && tlb.key(0) != key;
  }
  CHECK(distinct);
}

TEST_CASE("TLB drops the address spaces of an ASID, those used before too", "[cpu]") {
  Tlb tlb;
  const auto satp = [](std::uint64_t asid) { return std::uint64_t{8} << 60 | asid << 44; };
  tlb.activate(satp(1));
  const std::uint64_t first = tlb.key(0);
  tlb.activate(satp(2));
  const std::uint64_t second = tlb.key(0);
  tlb.flush_asid(1);
  CHECK(tlb.key(0) == second);
  tlb.activate(satp(1));
  CHECK(tlb.key(0) != first);
  tlb.flush_asid(1);
  tlb.activate(satp(2));
  CHECK(tlb.key(0) == second);
}

TEST_CASE("TLB renews links in every address space when code may have changed", "[cpu]") {
  Tlb tlb;
  const std::uint64_t before = tlb.links();
  tlb.activate(std::uint64_t{8} << 60);
  const std::uint64_t other = tlb.links();
  tlb.renew_links();
  CHECK(tlb.links() != other);
  tlb.activate(0);
  CHECK(tlb.links() != before);
}

TEST_CASE("TLB withdraws stores to one page, through all its addresses, and nothing else",
          "[cpu]") {
  Tlb tlb;
  constexpr std::uint64_t kHost = 0x7000'0000, kOther = 0x7000'1000;
  const auto fill = [&](Addr va, std::uint64_t host, bool is_store, std::uint32_t cycles) {
    tlb.fill(va + 8, host, is_store, {va | tlb.key(0), host - va, cycles, nullptr});
  };
  const auto stores = [&](Addr va) { return tlb.store(va).tag == (va | tlb.key(0)); };
  const auto timed = [&](Addr va) { return tlb.timed(va, true).tag == (va | tlb.key(0)); };
  fill(0x5000, kHost, false, 0);
  fill(0x1000, kHost, true, 0);
  fill(0x2000, kHost, true, 7);
  fill(0x3000, kOther, true, 0);
  const std::uint64_t key = tlb.key(0);
  tlb.activate(std::uint64_t{8} << 60 | 1);
  fill(0x4000, kHost, true, 0);
  tlb.withdraw_stores(kHost);
  CHECK_FALSE(stores(0x4000));
  tlb.activate(0);
  CHECK(tlb.key(0) == key);
  CHECK_FALSE(stores(0x1000));
  CHECK_FALSE(timed(0x2000));
  CHECK(stores(0x3000));
  CHECK(tlb.load(0x5000).tag == (0x5000 | key));
}

TEST_CASE("TLB has no store entry that cannot be withdrawn", "[cpu]") {
  Tlb tlb;
  constexpr std::uint64_t kHost = 0x7000'0000, kPages = 20'000, kPage = 0x1000;
  for (std::uint64_t n = 0; n < kPages; ++n) {
    const Addr va = n * 0x7'3000;  // Each of a slot of its own, mostly.
    tlb.fill(va, kHost + n * kPage, true, {va | tlb.key(0), 0, 0, nullptr});
  }
  for (std::uint64_t n = 0; n < kPages; ++n) tlb.withdraw_stores(kHost + n * kPage);
  for (Addr va = 0; va < Tlb::kEntries * kPage; va += kPage) REQUIRE(tlb.store(va).tag == 0);
}

}  // namespace
}  // namespace cvp
