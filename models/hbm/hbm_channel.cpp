// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_channel.h"

#include <algorithm>
#include <bit>

#include "models/core/report.h"

namespace cvp {
namespace {

constexpr unsigned kAcceptsPerTick = 4;

constexpr std::uint64_t bit(unsigned i) { return std::uint64_t{1} << i; }
constexpr Tick odd(Tick tick) { return tick | 1; }

// The slots nearer than `reach` to one of `count` columns, `step` apart, from the first one on.
std::uint64_t around(unsigned count, Slot step, Slot reach) {
  std::uint64_t mask = 0;
  for (Slot i = 0; i < Slot{count}; ++i) {
    for (Slot at = std::max<Slot>(0, i * step - reach + 1); at < i * step + reach; ++at) {
      if (at < 64) mask |= bit(static_cast<unsigned>(at));
    }
  }
  return mask;
}

}  // namespace

HbmChannel::HbmChannel(const HbmTiming& timing, const HbmControllerParams& params)
    : rules_(timing),
      params_(params),
      pc_count_(timing.geometry.pseudo_channels),
      stacks_(timing.geometry.stack_ids),
      banks_per_pc_(timing.geometry.bank_count() / pc_count_),
      banks_(timing.geometry.bank_count()),
      lanes_(timing.geometry.lanes()),
      queues_{HbmRequestQueue(params.read_queue, banks_.size(), lanes_.size()),
              HbmRequestQueue(params.write_queue, banks_.size(), lanes_.size())},
      refresh_tick_(params.refresh == HbmRefresh::kNone ? kNever : rules_.refi),
      interval_(256 * 2 * rules_.rd_rd_s / pc_count_) {
  CVP_CHECK(pc_count_ <= kMaxPseudoChannels && stacks_ <= kMaxStacks && banks_per_pc_ <= 64,
            "too many banks a channel");
  CVP_CHECK(params.write_high <= params.write_queue && params.write_low < params.write_high &&
                params.read_queue > 0,
            "impossible queue sizes");
  const HbmGeometry& g = timing.geometry;
  for (unsigned bank = 0; bank < banks_.size(); ++bank) {
    const unsigned lane = bank / g.banks;
    places_.push_back({static_cast<std::uint8_t>(bank / banks_per_pc_),
                       static_cast<std::uint8_t>(lane / g.bank_groups % g.stack_ids),
                       static_cast<std::uint8_t>(lane),
                       static_cast<std::uint8_t>(bank % banks_per_pc_)});
  }
  // Runs keep to the 64 slots that `blocked_` knows.
  const Slot step = std::max(column_step(false), column_step(true));
  const Slot reach = std::max(rules_.rd_rd_s, rules_.rd_rd_r);
  max_run_ = static_cast<unsigned>(std::clamp<Slot>((64 - reach) / step, 1, kMaxRun));
  for (unsigned n = 0; n < max_run_; ++n) {
    for (const bool write : {false, true}) {
      const auto masks = [&](Slot spacing) { return around(n + 1, column_step(write), spacing); };
      run_masks_[write].taken[n] = masks(1);
      run_masks_[write].same_stack[n] = masks(write ? rules_.wr_wr_s : rules_.rd_rd_s);
      run_masks_[write].same_pc[n] = masks(write ? rules_.wr_wr_s : rules_.rd_rd_r);
    }
  }
}

Tick HbmChannel::access(bool write, HbmPlace place, unsigned bursts, Tick arrival) {
  (write ? statistics_.writes : statistics_.reads) += bursts;
  if (arrival > now_) advance(arrival);
  HbmRequest request;
  request.row = place.row();
  request.bank = static_cast<std::uint16_t>(place.bank());
  request.bursts = static_cast<std::uint8_t>(bursts);
  request.write = write;
  request.arrival = now_;
  request.forecast = forecast(request);
  const Tick end = answer(request);
  backlog_ += bursts;
  if (fifo_.empty() && accepts_ < kAcceptsPerTick && !queues_[write].full()) {
    ++accepts_;
    accept(request);
  } else {
    fifo_.push(request);
    if (next_accept_ == kNever) accept_waiting();
  }
  update_direction(now_ + 1);
  return end - (now_ - arrival);
}

// The controller takes a few requests a tick, in order; they can be served from the next tick on.
void HbmChannel::accept_waiting() {
  next_accept_ = kNever;
  room_ = false;
  while (!fifo_.empty() && !queues_[fifo_.front().write].full()) {
    if (accepts_ == kAcceptsPerTick) {
      next_accept_ = now_ + 1;
      return;
    }
    ++accepts_;
    accept(fifo_.front());
    fifo_.pop();
  }
}

void HbmChannel::accept(const HbmRequest& request) {
  const BankPlace where = places_[request.bank];
  PseudoChannel& pc = pcs_[where.pc];
  Bank& bank = banks_[request.bank];
  HbmRequestQueue& queue = queues_[request.write];
  const bool first = queue.of_bank(request.bank).empty();
  const unsigned place = queue.add(request, where.lane);
  queue[place].age = ++accepted_;
  if (!bank.open) {
    if (first) wait_for_row(request.bank);
  } else if (bank.row == request.row) {
    pc.hits[request.write].add(place);
    look_for_column(pc, slot_from(now_ + 1));
  } else if (bank.conflict[request.write] == kNone) {
    bank.conflict[request.write] = place;
    wait_for_row(request.bank);
  }
}

// Served are reads, until many writes wait or no read does; then writes, until few wait. `row` is
// the next row slot.
void HbmChannel::update_direction(Tick row) {
  const bool write = queues_[0].used() == 0 ||
                     queues_[1].used() > (writing_ ? params_.write_low : params_.write_high - 1);
  if (write == writing_) return;
  writing_ = write;
  next_row_ = std::min(next_row_, row);
  for (unsigned i = 0; i < pc_count_; ++i) look_for_column(pcs_[i], slot_from(now_ + 1));
}

void HbmChannel::advance(Tick until) {
  if (refresh_tick_ <= until) skip_refreshes(until);
  for (;;) {
    const Tick tick = std::min(std::min(std::min(next_column_, next_row_), next_timer_),
                               std::min(next_accept_, refresh_tick_));
    if (tick > until) break;
    now_ = tick;
    accepts_ = 0;
    if (refresh_tick_ <= tick) {
      refreshing_ = 0;
      next_row_ = tick;
      refresh_tick_ += rules_.refi;
    }
    if (next_timer_ <= tick) fire_timers();
    if (next_column_ <= tick) {
      column_slot(tick);
      update_direction(tick);
    }
    if (next_row_ <= tick) row_slot(tick);
    if (room_ || next_accept_ <= tick) accept_waiting();
    update_direction(tick + 1);
  }
  if (until > now_) {
    now_ = until;
    accepts_ = 0;
  }
}

void HbmChannel::look_for_column(PseudoChannel& pc, Slot slot) {
  slot = std::max(slot, pc.free_from);
  pc.column_at = std::min(pc.column_at, slot);
  next_column_ = std::min(next_column_, tick_of(slot));
}

// How many slots from base_ on the rules keep a column from the bank.
inline Slot HbmChannel::column_wait(const PseudoChannel& pc, BankPlace where, bool write) const {
  const Slot from = std::max(lanes_[where.lane].column_from[write], pc.column_from[write]);
  const Slot ahead = std::max<Slot>(0, from - base_);
  if (ahead >= 64) return ahead;
  return ahead + std::countr_one((pc.blocked[where.stack] | bus_) >> ahead);
}

// What may have its column in the slot base_: the oldest of those that have opened their row, or
// else of those that find it open. If there is none, the pseudo channel's column_at is set.
HbmChannel::Column HbmChannel::choose_column(unsigned index) {
  PseudoChannel& pc = pcs_[index];
  if (const Slot passed = base_ - pc.base; passed > 0) {
    for (unsigned s = 0; s < stacks_; ++s) {
      pc.blocked[s] = passed < 64 ? pc.blocked[s] >> passed : 0;
    }
    pc.base = base_;
  }
  Column chosen;
  Slot next = kNoSlot;
  for (; pc.opening_first != pc.opening_last; ++pc.opening_first) {
    const unsigned local = pc.opening[pc.opening_first % 64];
    const Bank& bank = banks_[index * banks_per_pc_ + local];
    if (const Slot from = bank.act + act_column(bank.request.write); from > base_) {
      next = from;
      break;
    }
    pc.activated |= bit(local);
  }
  for (std::uint64_t banks = pc.activated; banks != 0; banks &= banks - 1) {
    const unsigned bank = index * banks_per_pc_ + static_cast<unsigned>(std::countr_zero(banks));
    const Column column{&banks_[bank].request, kNone};
    if (const Slot wait = column_wait(pc, places_[bank], column.request->write); wait > 0) {
      next = std::min(next, base_ + wait);
    } else if (column.before(chosen)) {
      chosen = column;
    }
  }
  if (chosen.request != nullptr) return chosen;

  if (!refreshing() && !pc.hits[writing_].empty()) {
    HbmRequestQueue& queue = queues_[writing_];
    const auto wait_of = [&](unsigned place) {
      const unsigned bank = queue[place].bank;
      return std::max(column_wait(pc, places_[bank], writing_),
                      banks_[bank].act + act_column(writing_) - base_);
    };
    unsigned place = queue.oldest(pc.hits[writing_]);
    Slot wait = wait_of(place);
    if (wait <= 0) return {&queue[place], place};
    // Those of a lane wait for the same, but for those of a bank that has just been opened.
    HbmAgeSet hits = pc.hits[writing_];
    for (;;) {
      next = std::min(next, base_ + wait);
      const unsigned bank = queue[place].bank;
      if (column_wait(pc, places_[bank], writing_) > 0) {
        hits.remove(queue.of_lane(places_[bank].lane));
      } else {
        hits.remove(queue.of_bank(bank));
      }
      if (hits.empty()) break;
      place = queue.oldest(hits);
      wait = wait_of(place);
      if (wait <= 0) return {&queue[place], place};
    }
  }
  pc.column_at = next;
  return {};
}

void HbmChannel::column_slot(Tick tick) {
  const Slot slot = slot_from(tick), passed = slot - base_;
  bus_ = passed < 64 ? bus_ >> passed : 0;
  base_ = slot;
  Column chosen;
  for (unsigned i = 0; i < pc_count_; ++i) {
    if (pcs_[i].column_at > slot) continue;
    if (const Column column = choose_column(i); column.before(chosen)) chosen = column;
  }
  if (chosen.request != nullptr) issue_column(chosen);
  Slot next = kNoSlot;
  for (unsigned i = 0; i < pc_count_; ++i) next = std::min(next, pcs_[i].column_at);
  next_column_ = next < kNoSlot ? tick_of(std::max(next, slot + 1)) : kNever;
}

// In the slot base_.
void HbmChannel::issue_column(Column column) {
  HbmRequest& request = *column.request;
  const unsigned index = request.bank;
  const bool write = request.write, activated = column.place == kNone;
  Bank& bank = banks_[index];
  const BankPlace where = places_[index];
  PseudoChannel& pc = pcs_[where.pc];
  const unsigned bursts = take_columns(request);
  const Tick last = tick_of(base_ + (bursts - 1) * column_step(write));
  bank.row_ready = std::max(bank.row_ready, last + (write ? rules_.wr_pre : rules_.rd_pre));
  if (last_column_ >= 0) interval_ += ((now_ - last_column_) * 256 / bursts - interval_) / 64;
  backlog_ -= bursts;
  last_column_ = backlog_ > 0 ? now_ : -1;
  statistics_.row_hits += bursts;
  if (request.bursts == bursts) settle(request, last + (write ? 0 : rules_.read_data));

  if (activated) {
    request.bursts = static_cast<std::uint8_t>(request.bursts - bursts);
    if (request.bursts == 0) {
      --statistics_.row_hits;
      bank.activated = false;
      pc.activated &= ~bit(where.local);
      if (refreshing_ == where.pc) next_row_ = std::min(next_row_, now_);
    }
  } else {
    HbmRequestQueue& queue = queues_[write];
    queue.serve(column.place, bursts);
    room_ = true;
    if (request.bursts == 0) {
      pc.hits[write].remove(column.place);
      queue.remove(column.place, where.lane);
    }
  }
  if (bank.conflict[0] != kNone || bank.conflict[1] != kNone) wait_for_row(index);
  if (pc.activated == 0 && pc.hits[writing_].empty()) {
    pc.column_at = kNoSlot;
    if (pc.opening_first != pc.opening_last) {
      const unsigned local = pc.opening[pc.opening_first % 64];
      const Bank& next = banks_[where.pc * banks_per_pc_ + local];
      pc.column_at = std::max(pc.free_from, next.act + act_column(next.request.write));
    }
  } else {
    pc.column_at = pc.free_from;
  }
}

// As many columns of the request as find their slots free, one tCCDL after the other.
unsigned HbmChannel::take_columns(const HbmRequest& request) {
  const BankPlace where = places_[request.bank];
  const bool write = request.write;
  const RunMasks& masks = run_masks_[write];
  PseudoChannel& pc = pcs_[where.pc];
  unsigned bursts = std::min<unsigned>(request.bursts, max_run_);
  while (bursts > 1 && ((pc.blocked[where.stack] | bus_) & masks.taken[bursts - 1])) --bursts;
  bus_ |= masks.taken[bursts - 1];
  std::uint64_t all = ~std::uint64_t{0};
  for (unsigned s = 0; s < stacks_; ++s) {
    pc.blocked[s] |= (s == where.stack ? masks.same_stack : masks.same_pc)[bursts - 1];
    all &= pc.blocked[s];
  }
  pc.free_from = base_ + std::countr_one(all);
  Lane& lane = lanes_[where.lane];
  const Slot step = column_step(write), last = base_ + (bursts - 1) * step;
  lane.column_from[write] = last + step;
  if (write) {
    lane.column_from[0] = std::max(lane.column_from[0], last + rules_.wr_rd_l);
    pc.column_from[0] = std::max(pc.column_from[0], last + rules_.wr_rd_s);
  } else {
    pc.column_from[1] = std::max(pc.column_from[1], last + rules_.rd_wr);
  }
  return bursts;
}

}  // namespace cvp
