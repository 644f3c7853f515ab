// SPDX-License-Identifier: Apache-2.0
//
// Where the row and column commands of one burst find their place.
#include <algorithm>

#include "models/hbm/approximate/hbm_channel.h"

namespace cvp {
namespace {

constexpr Slot kForget = 256;  // How much of the past is remembered, at least.

}  // namespace

// The first one at or after `from` in which the buses of the bank group and of the pseudo channel
// are free, and go in the right direction. If another pseudo channel has just taken that slot of
// the bus for column commands, it is the next one.
[[gnu::always_inline]] inline HbmChannel::Column HbmChannel::free_column(const Burst& burst,
                                                                         Slot from) const {
  const HbmCalendar& all = burst.pc.columns;
  const HbmCalendar& lane = burst.lane.columns[burst.write];
  if (burst.write) from = std::max(from, burst.pc.reads + rules_.rd_wr);
  for (;;) {
    const HbmCalendar::Window window = all.free(all.window(from));
    const Slot slot = std::max(from, all.start(window));
    const HbmCalendar::Window lane_window = lane.free(lane.window(slot));
    from = std::max(slot, lane.start(lane_window));
    if (from != slot) continue;
    if (!burst.write && slot > burst.pc.reads_before) {
      from = std::max({from, burst.pc.writes + rules_.wr_rd_s, burst.lane.read_from});
      if (from != slot) continue;
    }
    const bool clash = slot == bus_.last && burst.place.pc != bus_.pc;
    return {slot + (clash ? 1 : 0), window, lane_window};
  }
}

[[gnu::always_inline]] inline void HbmChannel::take_column(const Burst& burst, Column column) {
  burst.pc.columns.take(column.window);
  burst.lane.columns[burst.write].take(column.lane_window);
  bus_.last = column.slot;
  bus_.pc = burst.place.pc;
  if (!burst.write) note_lane(burst, column.window);
}

[[gnu::always_inline]] inline void HbmChannel::note_lane(const Burst& burst,
                                                         HbmCalendar::Window window) {
  Stack& stack = burst.pc.stacks[burst.place.stack];
  ++reads_served_;
  if (stack.lane != burst.place.lane) {
    stack.other_lane = stack.last;
    stack.lane = burst.place.lane;
  }
  stack.last = reads_served_;
  if (changes_cost_) change_stacks(burst.pc, burst.place.stack, window);
}

// Whether the bank group has one column after the other, as the read before of its stack id was of
// it, too.
[[gnu::always_inline]] inline bool HbmChannel::stays(const Burst& burst) const {
  return burst.pc.stacks[burst.place.stack].lane == burst.place.lane;
}

// How much longer than until its window a column of an open row waits in the queue: requests whose
// rows have been opened for them go first. There are as many of them as the queue holds, and more
// of them where rows are opened often; they are felt most where bank groups that have one column
// after the other are of stack ids that take turns. Where reads and writes mix, reads wait
// themselves.
[[gnu::always_inline]] inline Slot HbmChannel::wait_of_hit(const Burst& burst) const {
  constexpr std::int64_t kNear = 64;  // Reads.
  const Slot queue = params_.read_queue;
  if (queues_reads()) return 0;
  if (!stays(burst)) return queue * openings_.parts() / (2 * openings_.kAll);
  const bool take_turns = reads_served_ - burst.pc.stack_changed < kNear;
  return take_turns ? queue * 5 / 16 : queue / 8;
}

// The request leaves its queue with its row command, or with its column if its row was open. How
// far its direction has been served counts only up to some columns beyond those before it: one that
// has to wait long for its bank holds up nobody else. Where turns change, many of them do: the
// queue is full of those who wait for their banks, and the turn goes on until enough have left.
[[gnu::always_inline]] inline void HbmChannel::leave(const Burst& burst, Slot row, Slot column) {
  const bool turns = burst.write || !waiting_[1].empty();
  const Slot step = (turns ? 4 : 1) * two_columns();
  queues_[burst.write].leave(row + 1);
  const auto reach = [step](Slot& progress, Slot slot, Slot from) {
    progress = std::max(progress, std::min(slot, std::max(progress, from) + step));
  };
  const Slot now = std::max(slot_from(now_), accepted_), pre = rules_.pre_act / 2;
  if (burst.write) {
    if (!writing_) {
      reads_before_ = reads_;
      for (PseudoChannel& pc : pcs_) pc.reads_before = pc.reads;
    }
    writing_ = true;
    const Slot from = std::max(now, reads_) + pre;
    reach(writes_, row, from);
    reach(burst.pc.writes, column, std::max(from + rules_.act_wr, burst.pc.reads + rules_.rd_wr));
    burst.lane.read_from = std::max(burst.lane.read_from, column + rules_.wr_rd_l);
  } else {
    writing_ = false;
    const Slot from = std::max(now, writes_) + pre;
    reach(reads_, row, from);
    reach(burst.pc.reads, column, std::max(from + rules_.act_rd, burst.pc.writes + rules_.wr_rd_s));
  }
}

[[gnu::always_inline]] inline bool HbmChannel::hit(const Burst& burst, Slot& column) {
  Bank& bank = burst.bank;
  const Column found = free_column(burst, std::max(burst.from, bank.act + act_column(burst.write)));
  column = found.slot;
  if (column >= burst.until) return false;
  const Slot wait = wait_of_hit(burst);
  if (!burst.write) openings_.note(false);
  take_column(burst, found);
  const Tick tick = tick_of(column);
  if (tick > bank.row_ready) {
    bank.idle_from = bank.row_ready;
    bank.idle_until = tick;
  }
  bank.row_ready = std::max(bank.row_ready, tick + column_pre(burst.write));
  ++statistics_.row_hits;
  leave(burst, column + wait, column);
  return true;
}

// A read of the row that has been closed for another one, but not yet when the read can have its
// column: it keeps the row open for as long. Not so in a bank group that has one column after the
// other, if the row was closed for writes: then theirs is the turn.
[[gnu::always_inline]] inline bool HbmChannel::rejoin(const Burst& burst, Slot& column) {
  Bank& bank = burst.bank;
  if (burst.write || bank.last_row != burst.row || tick_of(burst.from) >= bank.last_closed) {
    return false;
  }
  if (bank.for_write && stays(burst)) return false;
  const Column found = free_column(burst, std::max(burst.from, bank.last_columns));
  column = found.slot;
  if (tick_of(column) >= bank.last_closed || column >= burst.until) return false;
  take_column(burst, found);
  const Tick longer = tick_of(column) + column_pre(burst.write) - bank.last_closed;
  if (longer > 0) {
    bank.last_closed += longer;
    bank.act += (longer + 1) / 2;
    bank.row_ready += longer;
    bank.idle_from += longer;
  }
  ++statistics_.row_hits;
  leave(burst, column, column);
  return true;
}

[[gnu::always_inline]] inline bool HbmChannel::open(const Burst& burst, Slot& column) {
  Bank& bank = burst.bank;
  const bool conflict = bank.open && bank.epoch == burst.epoch;
  Tick closed = -1;
  Slot act = burst.from;
  if (conflict) {
    const bool wanted = bank.idle_until > std::max(burst.ready, bank.idle_from);
    if (!burst.write) note_closing(wanted && stays(burst));
    // The row was idle, so that it has been closed for this burst, and is opened again after it.
    // Where bank groups take turns, others fill the bus until then.
    const bool was_idle = wanted && !queues_reads();
    const bool apart = was_idle && !stays(burst);
    if (was_idle && !apart) reopen(bank, burst.device, burst.ready);
    closed = std::max(burst.ready, apart ? bank.idle_from : bank.row_ready);
    if (apart) count_reopening(burst.device, closed);
    if (burst.write) {
      closed = std::max(closed, tick_of(reads_));
    } else if (reads_before_ <= slot_from(burst.ready)) {
      closed = std::max(closed, tick_of(writes_));
    }
    act = std::max({act, slot_from(closed + rules_.pre_act), bank.act + rules_.act_act});
  } else if (!bank.open) {
    act = std::max(act, slot_from(bank.row_ready));
  }
  // Row commands belong to the direction that is served.
  if (burst.write) act = std::max(act, reads_);
  HbmCalendar& activates = burst.device.activates;
  HbmCalendar::Window window = activates.free(activates.window(act));
  act = std::max(act, activates.start(window));
  if (!burst.write && act >= reads_before_ && act < writes_) {
    window = activates.free(activates.window(writes_));
    act = std::max(writes_, activates.start(window));
  }
  if (act >= burst.until) return false;
  activates.take(window);
  bank.last_row = bank.row;
  bank.last_columns = bank.act + rules_.act_rd;
  bank.last_closed = closed;
  bank.open = true;
  bank.row = burst.row;
  bank.for_write = burst.write;
  bank.epoch = burst.epoch;
  bank.act = act;
  bank.idle_until = -1;
  ++statistics_.activates;
  ++(conflict ? statistics_.row_conflicts : statistics_.row_misses);
  if (!burst.write) openings_.note(true);
  const Column found = free_column(burst, act + act_column(burst.write));
  column = found.slot;
  take_column(burst, found);
  const Tick earlier = conflict && !burst.write ? bank.row_ready : 0;  // Of the row before.
  bank.row_ready =
      std::max({earlier, tick_of(act) + rules_.act_pre, tick_of(column) + column_pre(burst.write)});
  leave(burst, act, column);
  return true;
}

// Where rows are closed again and again for reads of the same bank group, who comes first decides
// how soon the next ones can go on: they have to wait in the queue to know.
void HbmChannel::note_closing(bool wanted) {
  closings_.note(wanted);
  if (closings_.parts() > closings_.kAll * 3 / 4) queue_reads(kCrowded);
}

// The burst has come while the bank's row was idle, so that it was closed, and opened again for the
// one that came later but has been scheduled before.
void HbmChannel::reopen(Bank& bank, Device& device, Tick ready) {
  const Slot act = count_reopening(device, std::max(ready, bank.idle_from));
  bank.act = std::max(bank.act, act);
  bank.row_ready = std::max(bank.row_ready, tick_of(act) + rules_.act_pre);
}

// The ACT that it takes to open a row again that was closed at tick `closed`.
Slot HbmChannel::count_reopening(Device& device, Tick closed) {
  HbmCalendar& activates = device.activates;
  const Slot ready = slot_from(closed + rules_.pre_act);
  const HbmCalendar::Window window = activates.free(activates.window(ready));
  activates.take(window);
  ++statistics_.activates;
  ++statistics_.row_conflicts;
  --statistics_.row_hits;
  return std::max(ready, activates.start(window));
}

// A change of the stack id costs time, which is taken from what follows. A controller avoids it by
// serving one stack id after the other; it cannot where a single bank group, too slow to fill the
// bus alone, leaves windows to another stack id, or takes turns with it.
void HbmChannel::change_stacks(PseudoChannel& pc, std::uint8_t own, HbmCalendar::Window window) {
  constexpr std::int64_t kTogether = 100;  // So near to each other, reads may wait together.
  constexpr Slot kHalves = 3;  // One and a half changes: who was there first has not been delayed.
  const auto stack_of = [&pc](HbmCalendar::Window w) -> std::uint8_t& {
    return pc.stack_of[w % HbmCalendar::kWindows];
  };
  stack_of(window) = own;
  if (own != pc.last_stack) {
    pc.last_stack = own;
    pc.stack_changed = reads_served_;
  }
  const auto other_at = [&](HbmCalendar::Window w) {
    return pc.columns.taken(w) && stack_of(w) != own;
  };
  const bool before = other_at(window - 1), after = other_at(window + 1);
  if (!before && !after) return;
  const auto fills_bus = [&](const Stack& s) { return reads_served_ - s.other_lane < kTogether; };
  const Slot change = rules_.rd_rd_r - rules_.rd_rd_s;
  if (after && !fills_bus(pc.stacks[stack_of(window + 1)])) {
    pc.lost += kHalves * change * (before ? 2 : 1);
  } else if (before && !after && !fills_bus(pc.stacks[own]) &&
             !fills_bus(pc.stacks[stack_of(window - 1)])) {
    pc.lost += 2 * change;
  }
  for (; pc.lost >= 2 * rules_.rd_rd_s; pc.lost -= 2 * rules_.rd_rd_s) {
    const HbmCalendar::Window free = pc.columns.free(window + 1);
    pc.columns.take(free);
    stack_of(free) = own;
  }
}

void HbmChannel::forget_before(Slot slot) {
  forgotten_ = slot;
  const auto forget = [slot](HbmCalendar& calendar) {
    calendar.forget_before(calendar.window(slot));
  };
  for (PseudoChannel& pc : pcs_) forget(pc.columns);
  for (Device& device : devices_) forget(device.activates);
  for (Lane& lane : lanes_) {
    for (HbmCalendar& columns : lane.columns) forget(columns);
  }
}

[[gnu::always_inline]] inline bool HbmChannel::schedule(const Burst& burst, Slot& column) {
  const Bank& bank = burst.bank;
  const bool open_now = bank.open && bank.epoch == burst.epoch;
  if (open_now && bank.row == burst.row) return hit(burst, column);
  return (open_now && rejoin(burst, column)) || open(burst, column);
}

// Before the next refresh if the burst finds its commands a place there, or else after it.
[[gnu::always_inline]] inline Tick HbmChannel::serve(bool write, HbmPlace place, Tick ready) {
  while (ready > refresh_tick_) end_refresh();
  if (ready > tick_of(forgotten_ + 2 * kForget)) forget_before(slot_from(ready) - kForget);
  const unsigned index = place.bank();
  const BankPlace where = places_[index];
  Device& device = devices_[where.device];
  Burst burst{write,
              place.row(),
              banks_[index],
              pcs_[where.pc],
              device,
              lanes_[where.lane],
              where,
              ready,
              std::max(slot_from(ready), device.from),
              slot_from(refresh_tick_),
              epoch_};
  burst.bank.last_use = ++device.uses;
  Slot column = 0;
  bool refreshed = burst.bank.open && burst.bank.epoch > epoch_;
  while (refreshed || !schedule(burst, column)) {
    plan_refresh();
    burst.from = std::max(burst.from, device.from_next_refresh);
    burst.until = hbm_approximate::kNoSlot;
    ++burst.epoch;
    refreshed = false;
  }
  return tick_of(column) + (write ? 0 : rules_.read_data);
}

Tick HbmChannel::serve_read(HbmPlace place, Tick ready) { return serve(false, place, ready); }
Tick HbmChannel::serve_write(HbmPlace place, Tick ready) { return serve(true, place, ready); }

}  // namespace cvp
