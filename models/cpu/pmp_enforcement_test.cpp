// SPDX-License-Identifier: Apache-2.0
//
// Every access that a hart can make, page walks too, is held against every PMP region
// but the last one, which allows everything here and so is behind each access that passes.
#include <catch2/catch.hpp>

#include "models/cpu/paged_bench.h"

namespace cvp {
namespace {

using namespace code;

constexpr std::uint64_t kPmpNapot = 0x18, kPmpRead = 1, kPmpWrite = 2, kPmpExecute = 4;
constexpr Word kCboZero = 0x0044'200f | s1 << 15;

std::uint64_t napot_page(Addr page) { return (page | 0x7ff) >> 2; }

struct AccessCase {
  const char* name;
  Word instruction;
  Cause cause;
  std::uint64_t right;  ///< What the region must give for the access to go through.
};

const AccessCase kAccesses[] = {
    {"fetch", jalr(zero, s1, 0), Cause::kFetchAccess, kPmpExecute},
    {"lbu", lbu(a0, 0, s1), Cause::kLoadAccess, kPmpRead},
    {"ld", ld(a0, 8, s1), Cause::kLoadAccess, kPmpRead},
    {"fld", i_type(8, s1, 3, 0, 0x07), Cause::kLoadAccess, kPmpRead},
    {"misaligned lw", lw(a0, 1, s1), Cause::kLoadAccess, kPmpRead},
    {"lr", lr_d(a0, s1), Cause::kLoadAccess, kPmpRead},
    {"sd", sd(a0, 8, s1), Cause::kStoreAccess, kPmpRead | kPmpWrite},
    {"fsd", s_type(8, 0, s1, 3) | 0x04, Cause::kStoreAccess, kPmpRead | kPmpWrite},
    {"misaligned sw", sw(a0, 1, s1), Cause::kStoreAccess, kPmpRead | kPmpWrite},
    {"sc", sc_d(a0, a0, s1), Cause::kStoreAccess, kPmpRead | kPmpWrite},
    {"amoadd", amoadd_d(a0, a0, s1), Cause::kStoreAccess, kPmpRead | kPmpWrite},
    {"cbo.zero", kCboZero, Cause::kStoreAccess, kPmpRead | kPmpWrite},
};

/// A page that everybody may use, behind a region that gives `rights` over it.
struct Enforcement : PagedBench {
  Enforcement(unsigned region, Addr page, std::uint64_t rights, Word instruction,
              std::uint64_t mode = 8, std::uint64_t leaf = kV | kR | kW | kX | kA | kD)
      : PagedBench(leaf, {csrrs(zero, kCsrSstatus, t1), instruction, kNop},
                   {.isa = "rv64gc_zicboz_sv57",
                    .mode = mode,
                    .menvcfg = envcfg::kCbze,
                    .pmp_config = kPmpNapot | rights,
                    .pmp_address = napot_page(page),
                    .pmp_region = region}) {
    load({kNop, jump_back(0)}, kData);
    hart.set_x(t1, std::uint64_t{1} << 13);  // FS
    hart.run(3);
  }
  std::uint64_t cause() const { return csr(kCsrMcause); }
};

TEST_CASE("Pmp region that gives no right stops every kind of access", "[cpu]") {
  const unsigned region = GENERATE(range(0u, 15u));
  for (const AccessCase& c : kAccesses) {
    CAPTURE(c.name, region);
    const Enforcement none(region, kData, 0, c.instruction);
    CHECK(none.cause() == number(c.cause));
    CHECK((none.csr(kCsrMtval) & ~std::uint64_t{0xf}) == kVirtual);
    const Enforcement given(region, kData, c.right, c.instruction);
    CHECK(given.cause() == 0);
  }
}

TEST_CASE("Pmp right that is not given is not made up for by others", "[cpu]") {
  for (const AccessCase& c : kAccesses) {
    CAPTURE(c.name);
    const std::uint64_t others = c.right == kPmpExecute ? kPmpRead | kPmpWrite
                                 : c.right == kPmpRead  ? kPmpExecute
                                                        : kPmpRead | kPmpExecute;
    CHECK(Enforcement(0, kData, others, c.instruction).cause() == number(c.cause));
  }
}

TEST_CASE("Pmp holds for every level of a page walk, as the access that it is for", "[cpu]") {
  const Addr table = GENERATE(Addr{kRoot5}, Addr{kRoot4}, Addr{kRoot}, Addr{kTable}, Addr{kLeafs});
  const bool code = GENERATE(false, true);
  // Only what kVirtual needs: the page of the program must stay within reach.
  const bool shared = table == kRoot5 || table == kRoot4 || table == kRoot;
  if (shared) {
    CHECK(Enforcement(3, table, 0, kNop, 10).cause() == number(Cause::kFetchAccess));
  } else if (code) {
    CHECK(Enforcement(3, table, 0, jalr(zero, s1, 0), 10).cause() == number(Cause::kFetchAccess));
  } else {
    CHECK(Enforcement(3, table, 0, ld(a0, 0, s1), 10).cause() == number(Cause::kLoadAccess));
    CHECK(Enforcement(3, table, 0, sd(a0, 0, s1), 10).cause() == number(Cause::kStoreAccess));
    CHECK(Enforcement(3, table, 0, amoadd_d(a0, a0, s1), 10).cause() ==
          number(Cause::kStoreAccess));
    // Walks only read.
    CHECK(Enforcement(3, table, kPmpRead, sd(a0, 0, s1), 10).cause() == 0);
  }
}

TEST_CASE("Pmp that lets tables be read only stops the update of A and D", "[cpu]") {
  const std::uint64_t untouched = kV | kR | kW | kX;
  CHECK(Enforcement(9, kLeafs, kPmpRead, ld(a0, 0, s1), 8, untouched).cause() ==
        number(Cause::kLoadAccess));
  const Enforcement store(9, kLeafs, kPmpRead, sd(a0, 0, s1), 8, untouched | kA);
  CHECK(store.cause() == number(Cause::kStoreAccess));
  CHECK(store.word(kLeafs) == entry(kData, untouched | kA));
  CHECK(Enforcement(9, kLeafs, kPmpRead | kPmpWrite, sd(a0, 0, s1), 8, untouched).cause() == 0);
}

TEST_CASE("Pmp change is seen by what was allowed before", "[cpu]") {
  // M mode with MPRV reads as S mode does, twice; in between the page is taken away.
  Bench bench({Bench::set_handler(), csrw(kCsrPmpaddr0, a1), csrw(kCsrPmpaddr0 + 1, a2),
               csrw(kCsrPmpcfg0, a3), csrw(kCsrMstatus, a4), ld(a0, 0, s0), csrw(kCsrPmpcfg0, a5),
               ld(a0, 0, s0)});
  bench.hart.set_x(a1, napot_page(kData));
  bench.hart.set_x(a2, ~std::uint64_t{0});
  bench.hart.set_x(a3, 0x1f1f);
  bench.hart.set_x(a4, std::uint64_t{1} << mstatus::kMppShift | mstatus::kMprv);
  bench.hart.set_x(a5, 0x1f18);
  bench.hart.run(7);
  CHECK(bench.csr(kCsrMcause) == 0);
  bench.hart.run(1);
  CHECK(bench.csr(kCsrMcause) == number(Cause::kLoadAccess));
}

TEST_CASE("Pmp locked region binds M mode, fetches too", "[cpu]") {
  Bench bench({Bench::set_handler(), csrw(kCsrPmpaddr0, a1), csrw(kCsrPmpcfg0, a3), ld(a0, 0, s0),
               jalr(zero, s0, 0)});
  bench.hart.set_x(a1, napot_page(kData));
  bench.hart.set_x(a3, 0x80 | kPmpNapot | kPmpRead);
  bench.hart.run(4);
  CHECK(bench.csr(kCsrMcause) == 0);
  bench.hart.run(2);
  CHECK(bench.csr(kCsrMcause) == number(Cause::kFetchAccess));
  CHECK(bench.csr(kCsrMtval) == kData);
}

}  // namespace
}  // namespace cvp
