// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/cycle/request_queue.h"

#include "models/core/report.h"

namespace cvp::hbm_cycle {

RequestQueue::RequestQueue(unsigned capacity, const BankLayout& layout)
    : layout_(layout), entries_(capacity), banks_(layout.homes.size()) {
  CVP_CHECK(capacity > 0 && capacity <= kMaxEntries, "a queue of ", capacity);
  for (unsigned i = capacity; i > 0; --i) free_.push_back(static_cast<Index>(i - 1));
}

void RequestQueue::mark(Masks& masks, unsigned bank, bool on) {
  const BankLayout::Home home = layout_.homes[bank];
  const BankMask bit = BankMask{1} << home.bit;
  BankMask& mask = masks[home.pseudo_channel];
  mask = on ? mask | bit : mask & ~bit;
}

void RequestQueue::set_head(unsigned bank, Index index) {
  banks_[bank].head = index;
  if (index != kNone) banks_[bank].head_order = entries_[index].request.order;
  mark(waiting_, bank, index != kNone);
}

void RequestQueue::set_hit(unsigned bank, Index index) {
  banks_[bank].hit = index;
  if (index != kNone) banks_[bank].hit_order = entries_[index].request.order;
  mark(hits_, bank, index != kNone);
}

void RequestQueue::set_miss(unsigned bank, Index index) {
  banks_[bank].miss = index;
  if (index != kNone) banks_[bank].miss_order = entries_[index].request.order;
  mark(misses_, bank, index != kNone);
}

void RequestQueue::push(const Request& request, const OpenRow& row) {
  const Index index = free_.back();
  free_.pop_back();
  ++size_;
  entries_[index].request = request;
  entries_[index].next = kNone;
  append(index);
  Bank& bank = banks_[request.bank];
  if (bank.head == kNone) {
    set_head(request.bank, index);
  } else {
    entries_[bank.tail].next = index;
  }
  bank.tail = index;
  if (!row.open) return;
  if (row.row == request.row) {
    if (bank.hit == kNone) set_hit(request.bank, index);
  } else if (bank.miss == kNone) {
    set_miss(request.bank, index);
  }
}

void RequestQueue::append(Index index) {
  Entry& entry = entries_[index];
  Ages& ages = ages_[layout_.homes[entry.request.bank].pseudo_channel];
  entry.older = ages.youngest;
  entry.younger = kNone;
  (entry.older == kNone ? ages.oldest : entries_[entry.older].younger) = index;
  ages.youngest = index;
}

void RequestQueue::unlink(Index index) {
  const Entry& entry = entries_[index];
  Ages& ages = ages_[layout_.homes[entry.request.bank].pseudo_channel];
  (entry.older == kNone ? ages.oldest : entries_[entry.older].younger) = entry.younger;
  (entry.younger == kNone ? ages.youngest : entries_[entry.younger].older) = entry.older;
}

// Only a hit leaves an open bank and only the oldest a closed one, so the oldest
// miss never changes here.
Request RequestQueue::take(unsigned number, Index index) {
  Bank& bank = banks_[number];
  const Index next = entries_[index].next;
  if (bank.head == index) {
    set_head(number, next);
    if (next == kNone) bank.tail = kNone;
  } else {
    Index before = bank.head;
    while (entries_[before].next != index) before = entries_[before].next;
    entries_[before].next = next;
    if (next == kNone) bank.tail = before;
  }
  if (bank.hit == index) {
    Index hit = next;
    const std::uint32_t row = entries_[index].request.row;
    while (hit != kNone && entries_[hit].request.row != row) hit = entries_[hit].next;
    set_hit(number, hit);
  }
  unlink(index);
  free_.push_back(index);
  --size_;
  return entries_[index].request;
}

void RequestQueue::opened(unsigned number, std::uint32_t row) {
  Index hit = kNone, miss = kNone;
  for (Index i = banks_[number].head; i != kNone; i = entries_[i].next) {
    Index& first = entries_[i].request.row == row ? hit : miss;
    if (first == kNone) first = i;
  }
  if (hit != kNone) set_hit(number, hit);
  if (miss != kNone) set_miss(number, miss);
}

void RequestQueue::closed(unsigned number) {
  set_hit(number, kNone);
  set_miss(number, kNone);
}

}  // namespace cvp::hbm_cycle
