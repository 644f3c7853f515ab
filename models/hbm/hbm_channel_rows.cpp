// SPDX-License-Identifier: Apache-2.0
//
// The row commands of a channel: ACT and PRE.
#include <algorithm>
#include <bit>

#include "models/hbm/hbm_channel.h"

namespace cvp {
namespace {

constexpr std::uint64_t bit(unsigned i) { return std::uint64_t{1} << i; }
constexpr Tick odd(Tick tick) { return tick | 1; }

}  // namespace

void HbmChannel::want_act(PseudoChannel& pc, Tick ready) {
  pc.act_at = std::min(pc.act_at, std::max(ready, tick_of(pc.act_from)));
  next_row_ = std::min(next_row_, odd(std::max(std::max(pc.act_at, row_free_), now_ + 1)));
}

// The place of the oldest request that may have its ACT, or kNone, and then act_at is set.
unsigned HbmChannel::choose_act(unsigned index, Tick tick) {
  PseudoChannel& pc = pcs_[index];
  const HbmRequestQueue& queue = queues_[writing_];
  Tick next = kNever;
  if (const Tick from = tick_of(pc.act_from); from > tick) {
    pc.act_at = from;
    return kNone;
  }
  const unsigned place = queue.first(pc.wants[writing_], [&](unsigned candidate) {
    const unsigned bank = queue[candidate].bank;
    const Tick ready =
        std::max(act_ready(banks_[bank]), tick_of(lanes_[places_[bank].lane].act_from));
    if (ready > tick) next = std::min(next, ready);
    return ready <= tick;
  });
  if (place == kNone) {
    pc.act_at = next;
    return kNone;
  }
  const unsigned bank = queue[place].bank;
  if (!banks_[bank].open) return place;
  precharge(bank, closes_at(banks_[bank]));  // And one that found the row open may be older.
  return queue.oldest(queue.of_bank(bank));
}

// Of all that want an ACT and may have it, the oldest gets it.
void HbmChannel::row_slot(Tick tick) {
  if (refreshing()) return refresh_slot(tick);
  const HbmRequestQueue& queue = queues_[writing_];
  unsigned chosen = kNone;
  for (unsigned i = 0; i < pc_count_; ++i) {
    if (pcs_[i].act_at > tick) continue;
    const unsigned place = choose_act(i, tick);
    if (place == kNone) continue;
    if (chosen == kNone || queue[place].age < queue[chosen].age) chosen = place;
  }
  if (chosen != kNone) activate(writing_, chosen, tick);
  Tick next = kNever;
  for (unsigned i = 0; i < pc_count_; ++i) next = std::min(next, pcs_[i].act_at);
  next_row_ = next == kNever ? kNever : odd(std::max(std::max(next, row_free_), tick + 1));
}

void HbmChannel::activate(bool write, unsigned place, Tick tick) {
  const HbmRequest request = queues_[write][place];
  const BankPlace where = places_[request.bank];
  PseudoChannel& pc = pcs_[where.pc];
  Bank& bank = banks_[request.bank];
  const Slot slot = slot_from(tick);
  pc.recent_acts[pc.act_count++ % 4] = slot;
  pc.act_from = std::max(slot + rules_.rrd_s, pc.recent_acts[pc.act_count % 4] + rules_.faw);
  lanes_[where.lane].act_from = slot + rules_.rrd_l;
  ++statistics_.activates;
  ++(bank.conflicted ? statistics_.row_conflicts : statistics_.row_misses);

  row_free_ = tick + 2 * rules_.row_bus - 1;
  pc.wants[write].remove(place);
  queues_[write].serve(place, 1);
  if (request.bursts == 1) queues_[write].remove(place, where.lane, where.stack);
  room_ = true;
  bank.open = true;
  bank.conflicted = false;
  bank.row = request.row;
  bank.act = slot;
  bank.row_ready = tick + rules_.act_pre;
  bank.activated = true;
  bank.request = request;  // Its first burst; the rest find the row open.
  bank.request.bursts = 1;
  if (request.together && request.bursts > 1) bank.request.forecast = kUnanswered;
  pc.opening[pc.opening_last++ % 64] = where.local;
  pc.open |= bit(where.local);
  bank.opening = true;
  if (const HbmAgeSet& waiting = queues_[!write].of_bank(request.bank); !waiting.empty()) {
    pc.wants[!write].remove(waiting);
  }
  pc.act_at = pc.wants[write].empty() ? kNever : tick_of(pc.act_from);
  look_for_column(pc, slot + act_column(write));
}

// The row of a bank can be used: some of those that wait find it open, others want another one.
void HbmChannel::opened(unsigned index) {
  Bank& bank = banks_[index];
  PseudoChannel& pc = pcs_[places_[index].pc];
  bank.opening = false;
  for (const bool write : {false, true}) {
    const HbmRequestQueue& queue = queues_[write];
    if (queue.of_bank(index).empty()) continue;
    queue.first(queue.of_bank(index), [&](unsigned place) {
      if (queue[place].row == bank.row) {
        pc.hits[write].add(place);
      } else if (bank.conflict[write] == kNone) {
        bank.conflict[write] = place;
        bank.conflict_since[write] = now_;
        pc.wants[write].add(place);
      }
      return false;
    });
  }
}

void HbmChannel::precharge(unsigned index, Tick tick) {
  const BankPlace where = places_[index];
  PseudoChannel& pc = pcs_[where.pc];
  Bank& bank = banks_[index];
  bank.open = false;
  pc.open &= ~bit(where.local);
  bank.row_ready = std::max(tick + rules_.pre_act, tick_of(bank.act + rules_.act_act));
  for (const bool write : {false, true}) {
    bank.conflicted |= bank.conflict[write] != kNone;
    bank.conflict[write] = kNone;
    const HbmAgeSet& waiting = queues_[write].of_bank(index);
    if (waiting.empty()) continue;
    pc.hits[write].remove(waiting);
    pc.wants[write].remove(waiting);
    pc.wants[write].add(queues_[write].oldest(waiting));
    want_act(pc, bank.row_ready);
  }
}

}  // namespace cvp
