// SPDX-License-Identifier: Apache-2.0
//
// The bursts of an access that lie in the row of the one before them.
#include <algorithm>

#include "models/hbm/approximate/hbm_channel.h"

namespace cvp {

// So many of `count` columns of a run find their windows free, and take them.
unsigned HbmChannel::take_one_by_one(bool write, PseudoChannel& pc, Lane& lane, Slot first,
                                     unsigned count) {
  const Run& run = runs_[write];
  HbmCalendar& own = lane.columns[write];
  const HbmCalendar::Window window = pc.columns.window(first), lane_window = own.window(first);
  unsigned taken = 0;
  for (; taken < count; ++taken) {
    const HbmCalendar::Window next = window + taken * run.stride;
    if (pc.columns.taken(next) || own.taken(lane_window + taken)) break;
    pc.columns.take(next);
    own.take(lane_window + taken);
    queues_[write].enter(accepted_);
    queues_[write].leave(first + run.step * taken + 1);
  }
  return taken;
}

// The same by words of windows; none if they lie too far ahead.
unsigned HbmChannel::take_together(bool write, PseudoChannel& pc, Lane& lane, Slot first,
                                   unsigned count) {
  const Run& run = runs_[write];
  HbmCalendar& own = lane.columns[write];
  const HbmCalendar::Window window = pc.columns.window(first), lane_window = own.window(first);
  count = pc.columns.free_run(window, run.windows, count);
  count = own.free_run(lane_window, run.lane_windows, count);
  const Slot end = first + run.step * count;
  if (count == 0 || !queues_[write].pass_run(first + 1, run.slots, end, count)) return 0;
  pc.columns.take_run(window, run.windows, count);
  own.take_run(lane_window, run.lane_windows, count);
  return count;
}

// Bursts of the row of the one that has just been scheduled: their columns come behind its own,
// each as soon as the bank group allows, as long as nothing is in the way. How many they are.
unsigned HbmChannel::follow(bool write, HbmPlace place, unsigned count, Tick& end) {
  constexpr unsigned kFew = 8;  // Sooner taken one by one than together.
  Bank& bank = banks_[place.bank()];
  if (!bank.open || bank.row != place.row() || bank.epoch != epoch_ || anybody_waits()) return 0;
  if (now_ == 0) return 0;  // What is planned may be planned anew.
  const BankPlace where = places_[place.bank()];
  PseudoChannel& pc = pcs_[where.pc];
  Lane& lane = lanes_[where.lane];
  const Run& run = runs_[write];
  const Slot first = bus_.last + run.step;
  // Before the next refresh, and before the writes if the first one was.
  Slot until = slot_from(refresh_tick_);
  if (!write && bus_.last <= pc.reads_before) until = std::min(until, pc.reads_before + 1);
  if (first >= until || !run.regular) return 0;
  if (first + run.step * count > until) {
    count = static_cast<unsigned>((until - first + run.step - 1) / run.step);
  }
  count = count < kFew ? take_one_by_one(write, pc, lane, first, count)
                       : take_together(write, pc, lane, first, count);
  if (count == 0) return 0;
  const Slot last = first + run.step * (count - 1);
  if (changes_cost_) {
    const HbmCalendar::Window window = pc.columns.window(first);
    for (unsigned i = 0; i < count; ++i) {
      pc.stack_of[(window + i * run.stride) % HbmCalendar::kWindows] = where.stack;
    }
  }
  bus_.last = last;
  statistics_.row_hits += count;
  bank.row_ready = std::max(bank.row_ready, tick_of(last) + column_pre(write));
  bank.last_use = devices_[where.device].uses += count;
  const Slot most = count * run.step;
  const auto reach = [&](Slot& progress) {
    progress = std::max(progress, std::min(last, progress + most));
  };
  reach(write ? writes_ : reads_);
  reach(write ? pc.writes : pc.reads);
  if (write) lane.read_from = std::max(lane.read_from, last + rules_.wr_rd_l);
  end = std::max(end, tick_of(last) + (write ? 0 : rules_.read_data));
  return count;
}

}  // namespace cvp
