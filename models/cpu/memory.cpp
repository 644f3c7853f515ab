// SPDX-License-Identifier: Apache-2.0
//
// Everything behind a TLB miss: address translation, PMP, grants, bus accesses and their replay.
// [PRIV: Supervisor-Level ISA, Sv39]
#include <cstring>

#include "models/core/report.h"
#include "models/cpu/hart.h"
#include "models/cpu/host_fpu.h"
#include "models/cpu/memory_access.h"

namespace cvp {
namespace {

constexpr std::uint64_t kPteV = 1, kPteR = 2, kPteW = 4, kPteX = 8, kPteU = 16, kPteA = 64,
                        kPteD = 128;
constexpr std::uint64_t kPteReserved = ~std::uint64_t{0} << 54;
constexpr std::uint64_t kPpnMask = (std::uint64_t{1} << 44) - 1;
constexpr unsigned kLevels = 3;

Cause access_cause(Access access) {
  return access == Access::kFetch  ? Cause::kFetchAccess
         : access == Access::kLoad ? Cause::kLoadAccess
                                   : Cause::kStoreAccess;
}

/// The largest naturally aligned piece at the start of [address, address + size).
unsigned aligned_piece(Addr address, unsigned size) {
  unsigned piece = 8;
  while (piece > size || (address & (piece - 1)) != 0) piece /= 2;
  return piece;
}

}  // namespace

// ---- Bus -------------------------------------------------------------------------------------

Hart::Outcome Hart::bus_access(const BusRequest& request, BusReply& reply) {
  const std::uint64_t instruction = live_instret();
  if (log_instret_ != instruction) log_.clear();  // Left over from an instruction that is done.
  log_instret_ = instruction;
  for (LogEntry& entry : log_) {
    if (entry.used || entry.request != request) continue;
    entry.used = true;
    reply = entry.reply;
    leave_block_ = true;  // The world has gone on meanwhile: look at the interrupts.
    return Outcome::kDone;
  }
  std::optional<BusReply> answer;
  {
    const host_fpu::Guard guard;
    answer = bus_.access(request);
  }
  ++statistics_.bus_accesses;
  if (!answer) {
    pending_ = request;
    bus_pending_ = true;
    return Outcome::kPending;
  }
  reply = *answer;
  log_.push_back({request, reply, true});
  return Outcome::kDone;
}

void Hart::complete_bus(const BusReply& reply) {
  CVP_CHECK(bus_pending_, "no bus access is pending");
  log_.push_back({pending_, reply, false});
  bus_pending_ = false;
}

void Hart::charge(std::uint32_t cycles) {
  extra_cycles_ += cycles;
  charge_carry_ += cycles;
  charged_ += static_cast<std::int64_t>(charge_carry_ / params_.cpi);
  charge_carry_ %= params_.cpi;
}

Hart::Outcome Hart::physical_load(Addr physical, unsigned size, BusOp op, std::uint64_t& value,
                                  bool& ok) {
  ok = true;
  if (const HostPage* page = usable(bus_.grant(physical), physical, size, false)) {
    value = read_host(page->host + (physical - page->base), size);
    if (page->read_cycles != 0 && op != BusOp::kFetch) {
      charge(page->read_cycles);
      if (page->bytes != nullptr) *page->bytes += size;
    }
    return Outcome::kDone;
  }
  value = 0;
  for (unsigned done = 0; done < size;) {
    const unsigned piece = aligned_piece(physical + done, size - done);
    BusReply reply;
    const BusRequest request{
        .op = op, .size = static_cast<std::uint8_t>(piece), .address = physical + done};
    if (bus_access(request, reply) == Outcome::kPending) return Outcome::kPending;
    if (!reply.ok) {
      ok = false;
      return Outcome::kDone;
    }
    value |= mask_to(reply.data, piece) << (8 * done);
    done += piece;
  }
  return Outcome::kDone;
}

Hart::Outcome Hart::physical_store(Addr physical, unsigned size, std::uint64_t value, bool& ok) {
  ok = true;
  if (const HostPage* page = usable(bus_.grant(physical), physical, size, true)) {
    std::memcpy(page->host + (physical - page->base), &value, size);
    if (page->write_cycles != 0) {
      charge(page->write_cycles);
      if (page->bytes != nullptr) *page->bytes += size;
    }
    return Outcome::kDone;
  }
  for (unsigned done = 0; done < size;) {
    const unsigned piece = aligned_piece(physical + done, size - done);
    BusReply reply;
    const BusRequest request{.op = BusOp::kStore,
                             .size = static_cast<std::uint8_t>(piece),
                             .address = physical + done,
                             .data = mask_to(value >> (8 * done), piece)};
    if (bus_access(request, reply) == Outcome::kPending) return Outcome::kPending;
    if (!reply.ok) {
      ok = false;
      return Outcome::kDone;
    }
    done += piece;
  }
  return Outcome::kDone;
}

// ---- Translation -----------------------------------------------------------------------------

Hart::Outcome Hart::access_fault(Addr va, Access access) { return raise(access_cause(access), va); }

Hart::Outcome Hart::page_fault(Addr va, Access access) {
  return raise(access == Access::kFetch  ? Cause::kFetchPage
               : access == Access::kLoad ? Cause::kLoadPage
                                         : Cause::kStorePage,
               va);
}

Privilege Hart::data_privilege() const {
  if (privilege_ == Privilege::kMachine && (mstatus_ & mstatus::kMprv) != 0) {
    return static_cast<Privilege>((mstatus_ & mstatus::kMpp) >> mstatus::kMppShift);
  }
  return privilege_;
}

Hart::Outcome Hart::translate(Addr va, Access access, Privilege privilege, Addr& physical) {
  if (privilege == Privilege::kMachine || satp_ >> 60 == 0) {
    physical = va;
    return Outcome::kDone;
  }
  const auto high = static_cast<std::int64_t>(va) >> 38;
  if (high != 0 && high != -1) return page_fault(va, access);
  return walk(va, access, privilege, physical);
}

// The steps are those of [PRIV: Virtual Address Translation Process]; A and D are
// set by hardware.
Hart::Outcome Hart::walk(Addr va, Access access, Privilege privilege, Addr& physical) {
  Addr table = (satp_ & kPpnMask) << 12;
  for (unsigned level = kLevels; level-- > 0;) {
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
    if ((pte & kPteV) == 0 || (pte & (kPteR | kPteW)) == kPteW || (pte & kPteReserved) != 0) {
      return page_fault(va, access);
    }
    const std::uint64_t ppn = pte >> 10 & kPpnMask;
    if ((pte & (kPteR | kPteX)) == 0) {  // A pointer to the next level: U, A and D are reserved.
      if ((pte & (kPteU | kPteA | kPteD)) != 0) return page_fault(va, access);
      table = ppn << 12;
      continue;
    }
    const bool user_page = (pte & kPteU) != 0;
    if (privilege == Privilege::kUser
            ? !user_page
            : user_page && (access == Access::kFetch || (mstatus_ & mstatus::kSum) == 0)) {
      return page_fault(va, access);
    }
    const bool readable =
        (pte & kPteR) != 0 || ((mstatus_ & mstatus::kMxr) != 0 && (pte & kPteX) != 0);
    const bool allowed = access == Access::kFetch  ? (pte & kPteX) != 0
                         : access == Access::kLoad ? readable
                                                   : (pte & kPteW) != 0;
    if (!allowed) return page_fault(va, access);
    const std::uint64_t low_ppn = (std::uint64_t{1} << (9 * level)) - 1;
    if ((ppn & low_ppn) != 0) return page_fault(va, access);  // Misaligned superpage.
    const std::uint64_t wanted = pte | kPteA | (access == Access::kStore ? kPteD : 0);
    if (wanted != pte) {
      if (!pmp_.allows(pte_address, 8, Access::kStore, Privilege::kSupervisor)) {
        return access_fault(va, access);
      }
      if (physical_store(pte_address, 8, wanted, ok) == Outcome::kPending) {
        return Outcome::kPending;
      }
      if (!ok) return access_fault(va, access);
    }
    physical = ((ppn & ~low_ppn) | (va >> 12 & low_ppn)) << 12 | (va & Tlb::kPageMask);
    return Outcome::kDone;
  }
  return page_fault(va, access);
}

void Hart::fill_tlb(Addr va, Addr physical, const HostPage& page, bool is_store) {
  const Addr page_base = physical & ~Tlb::kPageMask;
  if (page_base < page.base || page.size < Tlb::kPageMask + 1 ||
      page_base - page.base > page.size - (Tlb::kPageMask + 1)) {
    return;
  }
  if (!pmp_.uniform(page_base, Tlb::kPageMask + 1)) return;
  const std::uint64_t tag = (va & ~Tlb::kPageMask) | load_key_;
  const std::uint64_t addend =
      reinterpret_cast<std::uint64_t>(page.host) + (page_base - page.base) - (va & ~Tlb::kPageMask);
  const std::uint32_t cycles = is_store ? page.write_cycles : page.read_cycles;
  if (cycles != 0) {
    tlb_.timed(va, is_store) = {tag, addend, cycles, page.bytes};
  } else {
    (is_store ? tlb_.store(va) : tlb_.load(va)) = {tag, addend};
  }
}

// ---- Loads and stores ------------------------------------------------------------------------

Hart::Outcome Hart::load_part(Addr va, unsigned size, std::uint64_t& value) {
  const std::uint64_t tag = (va & ~Tlb::kPageMask) | load_key_;
  if (const TlbEntry& entry = tlb_.load(va); entry.tag == tag) {
    value = read_host(host_pointer(va + entry.addend), size);
    return Outcome::kDone;
  }
  if (const TimedTlbEntry& entry = tlb_.timed(va, false); entry.tag == tag) {
    value = read_host(host_pointer(va + entry.addend), size);
    charge(entry.cycles);
    if (entry.bytes != nullptr) *entry.bytes += size;
    return Outcome::kDone;
  }
  const Privilege privilege = data_privilege();
  Addr physical = 0;
  const Outcome outcome = translate(va, Access::kLoad, privilege, physical);
  if (outcome != Outcome::kDone) return outcome;
  if (!pmp_.allows(physical, size, Access::kLoad, privilege)) {
    return access_fault(va, Access::kLoad);
  }
  if (const HostPage* page = usable(bus_.grant(physical), physical, size, false)) {
    fill_tlb(va, physical, *page, false);
  }
  bool ok = false;
  if (physical_load(physical, size, BusOp::kLoad, value, ok) == Outcome::kPending) {
    return Outcome::kPending;
  }
  return ok ? Outcome::kDone : access_fault(va, Access::kLoad);
}

Hart::Outcome Hart::load_slow(Addr va, unsigned size, std::uint64_t& value) {
  const auto in_page = static_cast<unsigned>(Tlb::kPageMask + 1 - (va & Tlb::kPageMask));
  if (size <= in_page) return load_part(va, size, value);
  std::uint64_t low = 0, high = 0;
  Outcome outcome = load_part(va, in_page, low);
  if (outcome == Outcome::kDone) outcome = load_part(va + in_page, size - in_page, high);
  value = low | high << (8 * in_page);
  return outcome;
}

Hart::Outcome Hart::store_part(Addr va, Addr physical, unsigned size, std::uint64_t value) {
  if (const HostPage* page = usable(bus_.grant(physical), physical, size, true)) {
    fill_tlb(va, physical, *page, true);
  }
  bool ok = false;
  if (physical_store(physical, size, value, ok) == Outcome::kPending) return Outcome::kPending;
  return ok ? Outcome::kDone : access_fault(va, Access::kStore);
}

Hart::Outcome Hart::store_slow(Addr va, unsigned size, std::uint64_t value) {
  const auto in_page = static_cast<unsigned>(Tlb::kPageMask + 1 - (va & Tlb::kPageMask));
  const bool crosses = size > in_page;
  if (!crosses) {
    const std::uint64_t tag = (va & ~Tlb::kPageMask) | load_key_;
    if (const TimedTlbEntry& entry = tlb_.timed(va, true); entry.tag == tag) {
      std::memcpy(host_pointer(va + entry.addend), &value, size);
      charge(entry.cycles);
      if (entry.bytes != nullptr) *entry.bytes += size;
      return Outcome::kDone;
    }
  }
  // Both pages are translated before either is written.
  const Privilege privilege = data_privilege();
  const unsigned first = crosses ? in_page : size;
  Addr physical[2] = {};
  for (unsigned part = 0; part < (crosses ? 2u : 1u); ++part) {
    const Addr at = part == 0 ? va : va + first;
    const Outcome outcome = translate(at, Access::kStore, privilege, physical[part]);
    if (outcome != Outcome::kDone) return outcome;
    if (!pmp_.allows(physical[part], part == 0 ? first : size - first, Access::kStore, privilege)) {
      return access_fault(at, Access::kStore);
    }
  }
  const Outcome outcome = store_part(va, physical[0], first, value);
  if (outcome != Outcome::kDone || !crosses) return outcome;
  return store_part(va + first, physical[1], size - first, value >> (8 * first));
}

}  // namespace cvp
