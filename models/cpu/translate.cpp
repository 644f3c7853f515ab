// SPDX-License-Identifier: Apache-2.0
//
// Address translation: Sv39, Sv48, Sv57, with Svnapot, Svpbmt, Svade and Svadu.
// [PRIV: Supervisor-Level ISA]
#include "models/cpu/hart.h"

namespace cvp {
namespace {

constexpr std::uint64_t kPteV = 1, kPteR = 2, kPteW = 4, kPteX = 8, kPteU = 16, kPteA = 64,
                        kPteD = 128;
constexpr std::uint64_t kPteReserved = std::uint64_t{0x7f} << 54,
                        kPteMemoryType = std::uint64_t{3} << 61, kPteNapot = std::uint64_t{1} << 63;
constexpr std::uint64_t kPpnMask = (std::uint64_t{1} << 44) - 1;
constexpr unsigned kNapotBits = 4;  // The one size there is: 64 KiB.

Cause access_cause(Access access) {
  return access == Access::kFetch  ? Cause::kFetchAccess
         : access == Access::kLoad ? Cause::kLoadAccess
                                   : Cause::kStoreAccess;
}

constexpr std::uint64_t low_bits(unsigned count) { return (std::uint64_t{1} << count) - 1; }

}  // namespace

Hart::Outcome Hart::access_fault(Addr va, Access access) { return raise(access_cause(access), va); }

Hart::Outcome Hart::page_fault(Addr va, Access access) {
  return raise(access == Access::kFetch  ? Cause::kFetchPage
               : access == Access::kLoad ? Cause::kLoadPage
                                         : Cause::kStorePage,
               va);
}

Privilege Hart::data_privilege() const {
  if (privilege_ == Privilege::kMachine && (csr_.mstatus & mstatus::kMprv) != 0) {
    return static_cast<Privilege>((csr_.mstatus & mstatus::kMpp) >> mstatus::kMppShift);
  }
  return privilege_;
}

Hart::Outcome Hart::translate(Addr va, Access access, Privilege privilege, Addr& physical) {
  const auto mode = static_cast<unsigned>(csr_.satp >> 60);
  if (privilege == Privilege::kMachine || mode == satp::kBare) {
    physical = va;
    return Outcome::kDone;
  }
  const unsigned levels = mode - satp::kSv39 + 3;
  const auto high = static_cast<std::int64_t>(va) >> (11 + 9 * levels);
  if (high != 0 && high != -1) return page_fault(va, access);
  Outcome outcome = Outcome::kDone;
  // Another hart may change the entry between the walk's read and its update of A and D.
  for (bool again = true; again && outcome == Outcome::kDone;) {
    outcome = walk(va, levels, access, privilege, physical, again);
  }
  return outcome;
}

// The steps are those of [PRIV: Virtual Address Translation Process].
Hart::Outcome Hart::walk(Addr va, unsigned levels, Access access, Privilege privilege,
                         Addr& physical, bool& again) {
  again = false;
  Addr table = (csr_.satp & kPpnMask) << 12;
  for (unsigned level = levels; level-- > 0;) {
    const Addr pte_address = table + (va >> (12 + 9 * level) & 0x1ff) * 8;
    if (!pmp_.allows(pte_address, 8, Access::kLoad, Privilege::kSupervisor)) {
      return access_fault(va, access);
    }
    std::uint64_t pte = 0;
    bool ok = false;
    if (physical_load(pte_address, 8, BusOp::kLoad, pte, ok) == Outcome::kPending) {
      return Outcome::kPending;
    }
    if (!ok) return access_fault(va, access);
    if ((pte & kPteV) == 0 || (pte & (kPteR | kPteW)) == kPteW || (pte & reserved_in_pte()) != 0) {
      return page_fault(va, access);
    }
    const std::uint64_t ppn = pte >> 10 & kPpnMask;
    if ((pte & (kPteR | kPteX)) ==
        0) {  // A pointer to the next level: the other bits are reserved.
      const std::uint64_t reserved = kPteU | kPteA | kPteD | kPteMemoryType | kPteNapot;
      if ((pte & reserved) != 0) return page_fault(va, access);
      table = ppn << 12;
      continue;
    }
    if (!leaf_allows(pte, access, privilege)) return page_fault(va, access);
    unsigned bits = 9 * level;
    if ((ppn & low_bits(bits)) != 0) return page_fault(va, access);  // Misaligned superpage.
    if ((pte & kPteNapot) != 0) {
      if (level != 0 || (ppn & low_bits(kNapotBits)) != 1u << (kNapotBits - 1)) {
        return page_fault(va, access);
      }
      bits = kNapotBits;
    }
    const std::uint64_t wanted = pte | kPteA | (access == Access::kStore ? kPteD : 0);
    if (wanted != pte) {
      if (!updates_pte()) return page_fault(va, access);
      const Outcome outcome = update_pte(va, access, pte_address, pte, wanted, again);
      if (outcome != Outcome::kDone || again) return outcome;
    }
    if (bits != 0) tlb_.note_large(va, 12 + bits);
    const std::uint64_t low = low_bits(bits);
    physical = ((ppn & ~low) | (va >> 12 & low)) << 12 | (va & Tlb::kPageMask);
    return Outcome::kDone;
  }
  return page_fault(va, access);
}

std::uint64_t Hart::reserved_in_pte() const {
  const bool types = (csr_.menvcfg & envcfg::kPbmte) != 0;
  return kPteReserved | (types ? 0 : kPteMemoryType) |
         (params_.isa.has(Extension::kSvnapot) ? 0 : kPteNapot);
}

bool Hart::leaf_allows(std::uint64_t pte, Access access, Privilege privilege) const {
  if ((pte & kPteMemoryType) == kPteMemoryType) return false;  // The one type that is reserved.
  const bool user_page = (pte & kPteU) != 0;
  const bool sum = (csr_.mstatus & mstatus::kSum) != 0, mxr = (csr_.mstatus & mstatus::kMxr) != 0;
  if (privilege == Privilege::kUser ? !user_page
                                    : user_page && (access == Access::kFetch || !sum)) {
    return false;
  }
  switch (access) {
    case Access::kFetch:
      return (pte & kPteX) != 0;
    case Access::kLoad:
      return (pte & kPteR) != 0 || (mxr && (pte & kPteX) != 0);
    default:
      return (pte & kPteW) != 0;
  }
}

/// Whether A and D are set by hardware; otherwise software does it in a page fault.
bool Hart::updates_pte() const {
  if (params_.isa.has(Extension::kSvadu)) return (csr_.menvcfg & envcfg::kAdue) != 0;
  return !params_.isa.has(Extension::kSvade);
}

Hart::Outcome Hart::update_pte(Addr va, Access access, Addr pte_address, std::uint64_t pte,
                               std::uint64_t wanted, bool& again) {
  if (!pmp_.allows(pte_address, 8, Access::kStore, Privilege::kSupervisor)) {
    return access_fault(va, access);
  }
  std::uint64_t old = 0;
  bool ok = false;
  const Outcome outcome = physical_rmw(RmwOp::kCompareSwap, pte_address, 8, wanted, pte, old, ok);
  if (outcome != Outcome::kDone) return outcome;
  if (!ok) return access_fault(va, access);
  again = old != pte;
  return Outcome::kDone;
}

}  // namespace cvp
