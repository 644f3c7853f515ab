// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_channel.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "models/core/report.h"

namespace cvp {

void QueueWindow::add(Tick leave) {
  if (last_ == kRoom) {
    std::copy(leave_.begin() + first_, leave_.begin() + last_, leave_.begin());
    last_ -= first_;
    first_ = 0;
    CVP_CHECK(last_ < kRoom, "a controller queue has no room");
  }
  std::uint32_t at = last_++;
  for (; at > first_ && leave_[at - 1] > leave; --at) leave_[at] = leave_[at - 1];
  leave_[at] = leave;
  newest_ = std::max(newest_, leave);
}

HbmChannel::HbmChannel(const HbmTiming& timing, const HbmControllerParams& params)
    : rules_(timing),
      params_(params),
      bank_shift_(static_cast<unsigned>(std::countr_zero(timing.geometry.banks))),
      lanes_per_pc_(timing.geometry.lanes() / timing.geometry.pseudo_channels),
      pseudo_channels_(timing.geometry.pseudo_channels),
      banks_(timing.geometry.bank_count()),
      acts_(timing.geometry.lanes()),
      columns_(timing.geometry.lanes()),
      directions_(2 * kMaxPseudoChannels),
      refresh_tick_(rules_.refi) {
  CVP_CHECK(timing.geometry.lanes() <= kMaxLanes, "too many bank groups a channel");
  CVP_CHECK(pseudo_channels_ <= kMaxPseudoChannels, "a channel has at most two pseudo channels");
  CVP_CHECK(params.write_high <= params.write_queue && params.write_queue <= kMaxPending &&
                params.write_low < params.write_high && params.read_queue <= kMaxPending,
            "impossible queue sizes");
  for (auto& acts : recent_acts_) acts.fill(-kLong);
  last_write_.fill(-kLong);
  build_masks(timing.geometry);
}

// For a command in lane a, the slots around it that lane b loses: |distance| < the rule's spacing.
void HbmChannel::build_masks(const HbmGeometry& geometry) {
  // WR to WR in one bank group may be longer than a mask: last_write_ knows the rest.
  const Slot wr_wr_l = std::min<Slot>(rules_.wr_wr_l, 16);
  act_reach_ = std::max(rules_.rrd_l, rules_.row_bus);
  column_reach_ = std::max({rules_.rd_rd_l, rules_.rd_rd_r, wr_wr_l});
  const auto spread = [](Slot spacing, Slot reach) {
    return ((std::uint64_t{1} << (2 * spacing - 1)) - 1) << (reach - spacing + 1);
  };
  const unsigned lanes = geometry.lanes(), groups = geometry.bank_groups;
  for (unsigned a = 0; a < lanes; ++a) {
    Masks act{}, read{}, write{};
    for (unsigned b = 0; b < lanes; ++b) {
      const bool same_pc = a / lanes_per_pc_ == b / lanes_per_pc_;
      const bool same_sid = a / groups == b / groups;
      act[b] = spread(a == b ? rules_.rrd_l : same_pc ? rules_.rrd_s : rules_.row_bus, act_reach_);
      read[b] = spread(a == b     ? rules_.rd_rd_l
                       : same_sid ? rules_.rd_rd_s
                       : same_pc  ? rules_.rd_rd_r
                                  : 1,
                       column_reach_);
      write[b] = spread(a == b ? wr_wr_l : same_pc ? rules_.wr_wr_s : 1, column_reach_);
    }
    act_masks_.push_back(act);
    read_masks_.push_back(read);
    write_masks_.push_back(write);
  }
}

Tick HbmChannel::read(HbmPlace place, Tick arrival) {
  ++statistics_.reads;
  if (pending_count_ > 0) write_idle(arrival);
  const Tick entered = enter(reads_, arrival, params_.read_queue);
  // While a group of writes is on its way, reads get no slots until few enough are left.
  Tick ready = entered;
  if (pending_count_ <= params_.write_low) {
    ready = std::max(ready, writes_.drained_to(params_.write_low - pending_count_));
  }
  group_open_ = false;
  const Served served = serve<false>(place, ready + 1);
  reads_.add(served.leave);
  return tick_of(served.column) + rules_.read_data;
}

Tick HbmChannel::write(HbmPlace place, Tick arrival) {
  ++statistics_.writes;
  if (pending_count_ > 0) write_idle(arrival);
  const Tick entered = enter(writes_, arrival, params_.write_queue - pending_count_);
  pending_[pending_count_++] = {place, entered};
  // Reads that have their slots keep them; a group of writes follows when few of them are left.
  const Tick start = std::max(entered, reads_.drained_to(params_.read_queue / 8));
  if (reads_.empty_at() <= entered) {
    write_pending(pending_count_, start);
  } else if (pending_count_ >= params_.write_high ||
             (pending_count_ > params_.write_low && group_open_ && writes_.empty_at() > entered)) {
    write_pending(pending_count_ - params_.write_low, start);
  }
  return entered;
}

// The channel's FIFO keeps order: a burst that waits for its queue holds up the next ones.
Tick HbmChannel::enter(QueueWindow& queue, Tick arrival, unsigned capacity) {
  const Tick held = fifo_ > last_arrival_ || arrival >= last_arrival_ ? fifo_ : 0;
  const Tick entered = queue.enter(std::max(arrival, held), capacity);
  last_arrival_ = arrival;
  fifo_ = entered;
  return entered;
}

// Writes out waiting writes in the time before `until` in which no reads waited.
void HbmChannel::write_idle(Tick until) {
  const Tick idle = reads_.empty_at();
  if (idle < until) write_pending(pending_count_, idle);
}

void HbmChannel::write_pending(unsigned count, Tick ready) {
  group_open_ = true;
  for (unsigned i = 0; i < count; ++i) {
    const PendingWrite& pending = pending_[i];
    const Served served = serve<true>(pending.place, std::max(ready, pending.entered) + 1);
    writes_.add(served.leave);
  }
  std::copy(pending_.begin() + count, pending_.begin() + pending_count_, pending_.begin());
  pending_count_ -= count;
}

// Commands of one burst that may start at tick `ready`.
template <bool kWrite>
HbmChannel::Served HbmChannel::serve(HbmPlace place, Tick ready) {
  Bank& bank = banks_[place.bank()];
  const unsigned lane = place.bank() >> bank_shift_;
  const Slot to_column = kWrite ? rules_.act_wr : rules_.act_rd;
  const auto column = [&](Slot from) {
    return kWrite ? column_write(lane, from) : column_read(lane, from);
  };

  Slot slot = 0;
  Tick leave = 0;
  if (bank.open && bank.row == place.row()) {
    slot = column(std::max(slot_from(ready), bank.act + to_column));
    if (tick_of(slot) < bank.close_by) {
      leave = tick_of(slot);
      ++statistics_.row_hits;
    }
  }
  if (leave == 0) {  // No row hit, or a refresh comes first.
    const Slot act = activate(bank, lane, ready);
    bank.row = place.row();
    leave = tick_of(act);
    slot = column(act + to_column);
  }
  columns_.take(slot - column_reach_, (kWrite ? write_masks_ : read_masks_)[lane].data());
  const unsigned pc = lane / lanes_per_pc_;
  if constexpr (kWrite) {
    directions_.take_range(pc, 1, slot - rules_.rd_wr + 1, slot + rules_.wr_rd_s);
    last_write_[lane] = std::max(last_write_[lane], slot);
    bank.pre_ready = std::max(bank.pre_ready, tick_of(slot) + rules_.wr_pre);
  } else {
    directions_.take_range(kMaxPseudoChannels + pc, 1, slot - rules_.wr_rd_s + 1,
                           slot + rules_.rd_wr);
    bank.pre_ready = std::max(bank.pre_ready, tick_of(slot) + rules_.rd_pre);
  }
  return {slot, leave};
}

// Opens a row: precharge if another one is open, then ACT, outside refresh.
Slot HbmChannel::activate(Bank& bank, unsigned lane, Tick ready) {
  Tick earliest = ready;
  if (bank.open && std::max(ready, bank.pre_ready) < bank.close_by) {
    ++statistics_.row_conflicts;
    earliest = std::max(ready, bank.pre_ready) + rules_.pre_act;
  } else {
    ++statistics_.row_misses;
    earliest = std::max(ready, bank.open ? bank.close_by : 0);
  }
  Slot slot = std::max(slot_from(earliest), bank.act + rules_.act_act);
  slot = acts_.find(lane, slot);
  while (tick_of(slot) >= refresh_tick_) {
    refresh_until(tick_of(slot));
    slot = acts_.find(lane, slot);
  }
  take_act(lane, slot);
  ++statistics_.activates;
  bank.open = true;
  bank.act = slot;
  bank.pre_ready = tick_of(slot) + rules_.act_pre;
  bank.close_by = params_.refresh != HbmRefresh::kNone
                      ? (tick_of(slot) / rules_.refi + 1) * rules_.refi
                      : std::numeric_limits<Tick>::max();
  return slot;
}

// The first slot that the column bus, tCCD and the direction of the data bus leave free.
Slot HbmChannel::column_slot(unsigned lane, unsigned direction, Slot from) const {
  for (;;) {
    const Slot turned = directions_.find(direction, from);
    from = columns_.find(lane, turned);
    if (from == turned) return from;
  }
}

Slot HbmChannel::column_read(unsigned lane, Slot from) const {
  const unsigned direction = lane / lanes_per_pc_;
  const Slot slot = column_slot(lane, direction, from);
  // Within a bank group the turn-around is longer than what `directions_` knows of.
  const Slot written = last_write_[lane], turned = written + rules_.wr_rd_l;
  return slot < written || slot >= turned ? slot : column_slot(lane, direction, turned);
}

Slot HbmChannel::column_write(unsigned lane, Slot from) const {
  const unsigned direction = kMaxPseudoChannels + lane / lanes_per_pc_;
  const Slot slot = column_slot(lane, direction, from);
  const Slot written = last_write_[lane], next = written + rules_.wr_wr_l;
  return slot < written || slot >= next ? slot : column_slot(lane, direction, next);
}

// Reserves an ACT. Four within tFAW leave no room for a fifth: for any four neighbours a..d,
// the slots from d - tFAW + 1 to a + tFAW - 1 are gone.
void HbmChannel::take_act(unsigned lane, Slot slot) {
  acts_.take(slot - act_reach_, act_masks_[lane].data());
  const unsigned pc = lane / lanes_per_pc_;
  auto& acts = recent_acts_[pc];
  if (slot < acts.front()) return;  // Its neighbours were dealt with long ago.
  unsigned at = 0;
  while (at + 1 < acts.size() && acts[at + 1] < slot) acts[at] = acts[at + 1], ++at;
  acts[at] = slot;
  const unsigned size = static_cast<unsigned>(acts.size());
  for (unsigned i = at >= 3 ? at - 3 : 0; i <= at && i + 3 < size; ++i) {
    if (acts[i + 3] - acts[i] >= rules_.faw) continue;
    acts_.take_range(pc * lanes_per_pc_, lanes_per_pc_, acts[i + 3] - rules_.faw + 1,
                     acts[i] + rules_.faw);
  }
}

void HbmChannel::refresh_until(Tick tick) {
  if (params_.refresh == HbmRefresh::kNone) {
    refresh_tick_ = std::numeric_limits<Tick>::max();
    return;
  }
  if (const Tick skipped = (tick - refresh_tick_) / rules_.refi - 1; skipped > 0) {
    refresh_tick_ += skipped * rules_.refi;  // Nobody asked for anything that long.
  }
  while (refresh_tick_ <= tick) {
    refresh(refresh_tick_);
    refresh_tick_ += rules_.refi;
  }
}

// Both pseudo channels are refreshed one after the other; nothing is activated meanwhile. A row
// that is open is precharged first, after the reads and writes it was opened for.
void HbmChannel::refresh(Tick tick) {
  const std::size_t per_pc = banks_.size() / pseudo_channels_;
  std::array<Slot, 2> ends{};
  Tick free = tick;
  for (std::size_t pc = 0; pc < pseudo_channels_; ++pc) {
    Tick precharge = 0;
    for (std::size_t i = pc * per_pc; i < (pc + 1) * per_pc; ++i) {
      if (banks_[i].open && banks_[i].close_by == tick) {
        precharge = std::max({precharge, free, banks_[i].pre_ready});
      }
    }
    const Slot start = slot_from(precharge > 0 ? precharge + rules_.pre_ref : free);
    ends[pc] = slot_from(tick_of(start) + rules_.ref_act);
    free = tick_of(start) + 1;
  }
  for (unsigned pc = 0; pc < pseudo_channels_; ++pc) {
    acts_.take_range(pc * lanes_per_pc_, lanes_per_pc_, slot_from(tick), ends[pc]);
  }
}

}  // namespace cvp
