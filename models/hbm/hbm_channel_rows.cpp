// SPDX-License-Identifier: Apache-2.0
//
// The row commands of a channel: ACT, PRE and refresh.
#include <algorithm>
#include <bit>

#include "models/hbm/hbm_channel.h"

namespace cvp {
namespace {

constexpr Tick kActLength = 3, kPreLength = 1, kPreToPre = 4;

constexpr std::uint64_t bit(unsigned i) { return std::uint64_t{1} << i; }
constexpr Tick odd(Tick tick) { return tick | 1; }

}  // namespace

// Somebody wants a row command of the bank: now, or when its timing allows one.
void HbmChannel::wait_for_row(unsigned index) {
  const BankPlace where = places_[index];
  const Bank& bank = banks_[index];
  if (bank.row_ready <= now_ + 1) return offer_row(index, now_ + 1);
  PseudoChannel& pc = pcs_[where.pc];
  for (const bool write : {false, true}) {
    if (bank.conflict[write] != kNone) pc.pres[write].remove(bank.conflict[write]);
  }
  timers_[where.pc].set(now_, bank.row_ready, where.local);
  next_timer_ = std::min(next_timer_, timers_[where.pc].next());
}

// The oldest request of each direction may have its row command from that tick on.
void HbmChannel::offer_row(unsigned index, Tick from) {
  const Bank& bank = banks_[index];
  PseudoChannel& pc = pcs_[places_[index].pc];
  if (bank.activated) return;  // Its column comes first, and asks again.
  for (const bool write : {false, true}) {
    if (bank.open) {
      if (bank.conflict[write] != kNone) pc.pres[write].add(bank.conflict[write]);
    } else if (const HbmAgeSet& waiting = queues_[write].of_bank(index); !waiting.empty()) {
      pc.acts[write].add(queues_[write].oldest(waiting));
    }
  }
  from = std::max(from, bank.open ? pc.pre_from : odd(std::max(from, tick_of(pc.act_from))));
  next_row_ = std::min(next_row_, from);
}

void HbmChannel::fire_timers() {
  next_timer_ = kNever;
  for (unsigned i = 0; i < pc_count_; ++i) {
    HbmTimerWheel& timers = timers_[i];
    while (timers.next() <= now_) {
      for (std::uint64_t banks = timers.take(); banks != 0; banks &= banks - 1) {
        const unsigned local = static_cast<unsigned>(std::countr_zero(banks));
        const unsigned index = i * banks_per_pc_ + local;
        if (const Tick ready = banks_[index].row_ready; ready > now_) {
          timers.set(now_, ready, local);
        } else {
          offer_row(index, now_);
        }
      }
    }
    next_timer_ = std::min(next_timer_, timers.next());
  }
}

// When something that is offered may start, not before `from`.
Tick HbmChannel::next_row(Tick from) const {
  Tick next = kNever;
  for (unsigned i = 0; i < pc_count_; ++i) {
    const PseudoChannel& pc = pcs_[i];
    if (!pc.pres[writing_].empty()) next = std::min(next, std::max(from, pc.pre_from));
    if (!pc.acts[writing_].empty()) {
      next = std::min(next, odd(std::max(from, tick_of(pc.act_from))));
    }
  }
  return next;
}

// Of all that want a row command and may have one, the oldest gets it.
void HbmChannel::row_slot(Tick tick) {
  if (refreshing()) return refresh_slot(tick);
  if (tick < row_free_) {
    next_row_ = next_row(row_free_);
    return;
  }
  const HbmRequestQueue& queue = queues_[writing_];
  unsigned chosen = kNone;
  const auto consider = [&](unsigned place) {
    if (chosen == kNone || queue[place].age < queue[chosen].age) chosen = place;
  };
  for (unsigned i = 0; i < pc_count_; ++i) {
    const PseudoChannel& pc = pcs_[i];
    if (tick >= pc.pre_from && !pc.pres[writing_].empty()) {
      consider(queue.oldest(pc.pres[writing_]));
    }
    if ((tick & 1) == 0 || tick < tick_of(pc.act_from)) continue;
    for (HbmAgeSet acts = pc.acts[writing_]; !acts.empty();) {
      const unsigned place = queue.oldest(acts);
      const unsigned lane = places_[queue[place].bank].lane;
      if (tick >= tick_of(lanes_[lane].act_from)) {
        consider(place);
        break;
      }
      acts.remove(queue.of_lane(lane));
    }
  }
  if (chosen == kNone) {
    next_row_ = next_row(tick + 1);
    return;
  }
  const unsigned bank = queue[chosen].bank;
  if (banks_[bank].open) {
    row_free_ = tick + kPreLength;
    pcs_[places_[bank].pc].pre_from = tick + kPreToPre;
    precharge(bank, tick);
    banks_[bank].conflicted = true;
  } else {
    row_free_ = tick + kActLength;
    activate(writing_, chosen, tick);
  }
  next_row_ = next_row(row_free_);
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

  pc.acts[write].remove(place);
  queues_[write].remove(place, where.lane);
  room_ = true;
  bank.open = true;
  bank.conflicted = false;
  bank.row = request.row;
  bank.act = slot;
  bank.row_ready = tick + rules_.act_pre;
  bank.activated = true;
  bank.request = request;
  pc.opening[pc.opening_last++ % 64] = where.local;
  pc.open |= bit(where.local);
  bool conflict = false;
  for (const bool direction : {false, true}) {
    const HbmRequestQueue& queue = queues_[direction];
    HbmAgeSet waiting = queue.of_bank(request.bank);
    if (!waiting.empty() && direction != write) pc.acts[direction].remove(waiting);
    while (!waiting.empty()) {
      const unsigned other = queue.oldest(waiting);
      waiting.remove(other);
      if (queue[other].row == request.row) {
        pc.hits[direction].add(other);
      } else if (bank.conflict[direction] == kNone) {
        bank.conflict[direction] = other;
        conflict = true;
      }
    }
  }
  if (conflict) wait_for_row(request.bank);
  look_for_column(pc, slot + act_column(write));
}

void HbmChannel::precharge(unsigned index, Tick tick) {
  const BankPlace where = places_[index];
  PseudoChannel& pc = pcs_[where.pc];
  Bank& bank = banks_[index];
  bank.open = false;
  pc.open &= ~bit(where.local);
  bank.row_ready = std::max(tick + rules_.pre_act, tick_of(bank.act + rules_.act_act));
  bool wanted = false;
  for (const bool write : {false, true}) {
    const HbmAgeSet& waiting = queues_[write].of_bank(index);
    bank.conflict[write] = kNone;
    if (waiting.empty()) continue;
    pc.hits[write].remove(waiting);
    pc.pres[write].remove(waiting);
    wanted = true;
  }
  if (wanted) wait_for_row(index);
}

// Refreshes of which nobody would notice anything but that all rows are closed since.
void HbmChannel::skip_refreshes(Tick until) {
  const Tick missed = (until - refresh_tick_) / rules_.refi - 1;
  if (backlog_ > 0 || refreshing() || missed <= 0) return;
  refresh_tick_ += missed * rules_.refi;
  for (unsigned bank = 0; bank < banks_.size(); ++bank) {
    if (banks_[bank].open) precharge(bank, std::max(now_, banks_[bank].row_ready));
  }
}

// Each pseudo channel in turn: when those that have opened their rows have been served, all rows
// close, then it is refreshed. Nothing else starts meanwhile.
void HbmChannel::refresh_slot(Tick tick) {
  PseudoChannel& pc = pcs_[refreshing_];
  next_row_ = kNever;
  if (pc.any_activated()) return;  // The last of them comes back here.
  const unsigned first = refreshing_ * banks_per_pc_;
  Tick from = std::max(row_free_, pc.pre_from);
  if (pc.open != 0) {
    for (std::uint64_t open = pc.open; open != 0; open &= open - 1) {
      from =
          std::max(from, banks_[first + static_cast<unsigned>(std::countr_zero(open))].row_ready);
    }
    if (tick < from) {
      next_row_ = from;
      return;
    }
    for (std::uint64_t open = pc.open; open != 0; open &= open - 1) {
      precharge(first + static_cast<unsigned>(std::countr_zero(open)), tick);
    }
    pc.pre_from = tick + kPreToPre;
    row_free_ = next_row_ = tick + kPreLength;
    return;
  }
  // A bank is ready for REF when it is for ACT, but for the lengths of the two.
  for (unsigned i = first; i < first + banks_per_pc_; ++i) {
    from = std::max(from, banks_[i].row_ready - rules_.pre_act + rules_.pre_ref);
  }
  from = odd(from);
  if (tick < from) {
    next_row_ = from;
    return;
  }
  pc.act_from = std::max(pc.act_from, slot_from(tick + rules_.ref_act));
  row_free_ = next_row_ = tick + 1;
  last_column_ = -1;
  if (++refreshing_ == pc_count_) {
    refreshing_ = kMaxPseudoChannels;
    for (unsigned i = 0; i < pc_count_; ++i) look_for_column(pcs_[i], slot_from(tick + 1));
  }
}

}  // namespace cvp
