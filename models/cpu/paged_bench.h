// SPDX-License-Identifier: Apache-2.0
//
// For tests only: a machine in S mode with page tables.
#pragma once

#include "models/cpu/hart_bench.h"

namespace cvp::code {

constexpr std::uint64_t kV = 1, kR = 2, kW = 4, kX = 8, kU = 16, kA = 64, kD = 128;
constexpr Addr kRoot = kRamBase + 0x2000, kTable = kRamBase + 0x3000, kLeafs = kRamBase + 0x4000;
constexpr Addr kRoot4 = kRamBase + 0x8000, kRoot5 = kRamBase + 0x9000;
constexpr Addr kVirtual = 0x4000'0000, kMegapage = 0x4020'0000;

inline std::uint64_t entry(Addr physical, std::uint64_t flags) { return physical >> 2 | flags; }

struct Paging {
  const char* isa = "rv64gc";
  std::uint64_t mode = 8;  ///< Of satp.
  std::uint64_t menvcfg = 0;
  std::uint64_t pmp_config = 0, pmp_address = 0;  ///< Of the region before the one that allows all.
  unsigned pmp_region = 0;                        ///< Its number, 0 to 14.
};

/// Supervisor mode, RAM mapped to itself, kVirtual to kData with `flags`.
struct PagedBench : Bench {
  explicit PagedBench(std::uint64_t flags, const std::vector<Word>& body, const Paging& paging = {})
      : Bench({set_handler(), csrw(kCsrSatp, a0), csrw(kCsrMepc, a1), csrw(kCsrMstatus, a2),
               csrw(kCsrPmpaddr0 + paging.pmp_region, a5), csrw(kCsrPmpaddr15, a3),
               csrw(kCsrPmpcfg0, a4), csrw(kCsrPmpcfg2, a7), csrw(kCsrMenvcfg, a6), kMret},
              {.isa = Isa::checked(paging.isa)}) {
    load(body, kRamBase + 0x100);
    set_word(kRoot5, entry(kRoot4, kV));
    set_word(kRoot4, entry(kRoot, kV));
    set_word(kRoot + 8 * 2, entry(kRamBase, kV | kR | kW | kX | kA | kD));
    set_word(kRoot + 8 * 1, entry(kTable, kV));
    set_word(kTable, entry(kLeafs, kV));
    set_word(kLeafs, entry(kData, flags));
    const Addr root = paging.mode == 8 ? kRoot : paging.mode == 9 ? kRoot4 : kRoot5;
    hart.set_x(a0, paging.mode << 60 | root >> 12);
    hart.set_x(a1, kRamBase + 0x100);
    hart.set_x(a2, std::uint64_t{1} << mstatus::kMppShift);
    hart.set_x(a3, ~std::uint64_t{0});
    const std::uint64_t config = paging.pmp_config << paging.pmp_region % 8 * 8;
    const std::uint64_t all = std::uint64_t{0x1f} << 56;  // The last region: NAPOT, everything.
    hart.set_x(a4, paging.pmp_region < 8 ? config : 0);
    hart.set_x(a7, paging.pmp_region < 8 ? all : config | all);
    hart.set_x(a5, paging.pmp_address);
    hart.set_x(a6, paging.menvcfg);
    hart.set_x(s1, kVirtual);
    hart.run(10);
  }
};

}  // namespace cvp::code
