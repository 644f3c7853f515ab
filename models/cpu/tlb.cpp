// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/tlb.h"

#include <algorithm>

namespace cvp {

StoreIndex::Item StoreIndex::add(const Item& item) {
  Set& set = set_of(item.host);
  Item* free = nullptr;
  for (Item& old : set) {
    if (old.host == item.host && old.va == item.va) return {};
    if (old.host == 0) free = &old;
  }
  return std::exchange(free != nullptr ? *free : set[++victim_ % kWays], item);
}

void Tlb::fill(Addr va, std::uint64_t host, bool is_store, const TimedTlbEntry& entry) {
  if (is_store) {
    const StoreIndex::Item old = stores_.add({host, va & ~kPageMask});
    if (old.host != 0) drop_store(old.va);
  }
  if (entry.cycles != 0) {
    arrays_->timed[is_store][slot(va)] = entry;
  } else {
    (is_store ? arrays_->store : arrays_->load)[slot(va)] = {entry.tag, entry.addend};
  }
}

void Tlb::withdraw_stores(std::uint64_t host) {
  stores_.remove(host, [this](Addr va) { drop_store(va); });
}

void Tlb::drop_store(Addr va) {
  for (const auto& set : sets_) {
    if (set != nullptr) set->store[slot(va)].tag = set->timed[true][slot(va)].tag = 0;
  }
}

void Tlb::activate(std::uint64_t satp) {
  const auto found = std::find_if(spaces_.begin(), spaces_.end(), [&](const Space& space) {
    return space.key != 0 && space.satp == satp;
  });
  if (found != spaces_.end()) {
    select(*found);
  } else {
    select(spaces_[++victim_ % kSpaces]);
    renew(*current_, satp);
  }
  if (current_->links == 0) current_->links = next_links_++;
}

void Tlb::select(Space& space) {
  current_ = &space;
  std::unique_ptr<Arrays>& set = sets_[static_cast<std::size_t>(&space - spaces_.data()) % kSets];
  if (set == nullptr) set = std::make_unique<Arrays>();
  arrays_ = set.get();
}

void Tlb::renew(Space& space, std::uint64_t satp) {
  if (next_key_ == kKeys) {
    for (const auto& set : sets_) {
      if (set != nullptr) *set = {};
    }
    forget_all();
    next_key_ = 1;
  }
  space = {satp, next_key_++, next_links_++};
}

void Tlb::forget_all() {
  for (Space& space : spaces_) space.key = 0;
  large_.clear();
  code_.clear();
}

void Tlb::flush() {
  const std::uint64_t satp = current_->satp;
  forget_all();
  renew(*current_, satp);
}

void Tlb::flush_asid(std::uint64_t asid) {
  const auto has_asid = [&](const Space& space) { return (space.satp >> 44 & 0xffff) == asid; };
  for (Space& space : spaces_) {
    if (&space != current_ && has_asid(space)) space.key = 0;
  }
  if (has_asid(*current_)) renew(*current_, current_->satp);
}

void Tlb::flush_page(Addr va) {
  std::uint64_t pages = 1;
  for (const unsigned bits : kLargeBits) {
    if (large_.may_have(large_number(va, bits))) pages = std::uint64_t{1} << (bits - kPageBits);
  }
  for (const auto& set : sets_) {
    if (set != nullptr) clear_slots(*set, va, pages);
  }
  if (pages > 1 || code_.may_have(va >> kPageBits)) {
    code_.clear();
    renew_links();
  }
}

/// All slots that a naturally aligned group of pages around `va` can be in.
void Tlb::clear_slots(Arrays& arrays, Addr va, std::uint64_t pages) {
  const std::uint64_t first = va >> kPageBits & ~(pages - 1);
  for (std::uint64_t page = first; page < first + std::min<std::uint64_t>(pages, kEntries);
       ++page) {
    const std::size_t slot = page & (kEntries - 1);
    arrays.load[slot].tag = arrays.store[slot].tag = 0;
    arrays.timed[0][slot].tag = arrays.timed[1][slot].tag = 0;
    arrays.fetch[page & (kFetchEntries - 1)].tag = 0;
  }
}

void Tlb::renew_links() {
  for (Space& space : spaces_) space.links = 0;
  current_->links = next_links_++;
}

}  // namespace cvp
