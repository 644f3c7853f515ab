// SPDX-License-Identifier: Apache-2.0
//
// Loads and stores that miss the TLB: translation, PMP, grant or bus.
#include <cstring>

#include "models/cpu/hart.h"
#include "models/cpu/memory_access.h"

namespace cvp {

void Hart::fill_tlb(Addr va, Addr physical, const HostPage& page, bool is_store) {
  const Addr page_base = physical & ~Tlb::kPageMask;
  if (page_base < page.base || page.size < Tlb::kPageMask + 1 ||
      page_base - page.base > page.size - (Tlb::kPageMask + 1)) {
    return;
  }
  if (!pmp_.uniform(page_base, Tlb::kPageMask + 1)) return;
  if (!watchpoints_.empty() && watchpoints_.in_page(va, Tlb::kPageBits)) return;
  const std::uint64_t host = reinterpret_cast<std::uint64_t>(page.host) + (page_base - page.base);
  tlb_.fill(va, host, is_store,
            {.tag = (va & ~Tlb::kPageMask) | load_key_,
             .addend = host - (va & ~Tlb::kPageMask),
             .cycles = is_store ? page.write_cycles : page.read_cycles,
             .bytes = page.bytes});
}

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
  const auto store = [&](bool second) {
    return second ? store_part(va + first, physical[1], size - first, value >> (8 * first))
                  : store_part(va, physical[0], first, value);
  };
  if (!crosses) return store(false);
  // What waits for the bus goes first: nothing may be stored before that and again in the replay.
  const bool swapped = usable(bus_.grant(physical[1]), physical[1], size - first, true) == nullptr;
  const Outcome outcome = store(swapped);
  return outcome == Outcome::kDone ? store(!swapped) : outcome;
}

}  // namespace cvp
