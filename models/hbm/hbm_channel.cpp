// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_channel.h"

#include <algorithm>
#include <bit>

#include "models/core/report.h"

namespace cvp {
namespace {

constexpr unsigned kAcceptsPerTick = 4;
constexpr std::uint64_t kFewBursts = 128;  // Of one transaction; more are a load of their own.

constexpr std::uint64_t bit(unsigned i) { return std::uint64_t{1} << i; }

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
      youngest_(banks_.size()),
      queues_{HbmRequestQueue(params.read_queue, banks_.size(), lanes_.size(), stacks_),
              HbmRequestQueue(params.write_queue, banks_.size(), lanes_.size(), stacks_)},
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
  set_up_refresh(timing);
  const auto set_masks = [&](RunMasks& masks, Slot step, Slot same_stack, Slot same_pc) {
    masks.step = step;
    for (unsigned n = 0; n < kMaxRun; ++n) {
      masks.taken[n] = around(n + 1, step, 1);
      masks.same_stack[n] = around(n + 1, step, same_stack);
      masks.same_pc[n] = around(n + 1, step, same_pc);
    }
  };
  set_masks(run_masks_[0], rules_.rd_rd_l, rules_.rd_rd_s, rules_.rd_rd_r);
  set_masks(run_masks_[1], rules_.wr_wr_l, rules_.wr_wr_s, rules_.wr_wr_s);
  // Runs keep to the 64 slots that `blocked` knows.
  const Slot reach = std::max(rules_.rd_rd_s, rules_.rd_rd_r);
  max_run_ = static_cast<unsigned>(
      std::clamp<Slot>((64 - reach) / std::max(rules_.rd_rd_l, rules_.wr_wr_l), 1, kMaxRun));
}

Tick HbmChannel::access(bool write, HbmPlace place, unsigned bursts, Tick arrival) {
  (write ? statistics_.writes : statistics_.reads) += bursts;
  if (arrival > now_) {
    advance(arrival);
    alone_ = backlog_ == 0;
  }
  alone_ = alone_ && backlog_ < kFewBursts;
  HbmRequest request;
  request.row = place.row();
  request.bank = static_cast<std::uint16_t>(place.bank());
  request.bursts = static_cast<std::uint8_t>(bursts);
  request.write = write;
  request.together = bursts > 1;
  request.forecast = forecast(request);
  const Tick end = answer(request);
  backlog_ += bursts;
  if (fifo_.empty() && accepts_ < kAcceptsPerTick && !queues_[write].full()) {
    ++accepts_;
    accept(request);
  } else {
    youngest_[request.bank] = fifo_.push(request, youngest_[request.bank]);
    if (next_accept_ == kNever) accept_waiting();
  }
  update_direction();
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
  if (closes_at(bank) <= now_) precharge(request.bank, closes_at(bank));
  HbmRequestQueue& queue = queues_[request.write];
  const bool first = queue.of_bank(request.bank).empty();
  const unsigned place = queue.add(request, where.lane, where.stack);
  queue[place].age = ++accepted_;
  if (bank.opening) return;  // opened() looks for it.
  if (!bank.open) {
    if (!first) return;
  } else if (bank.row == request.row) {
    pc.hits[request.write].add(place);
    return look_for_column(pc, slot_from(now_ + 1));
  } else {
    if (bank.conflict[request.write] != kNone) return;
    bank.conflict[request.write] = place;
    bank.conflict_since[request.write] = now_ + 1;
  }
  pc.wants[request.write].add(place);
  want_act(pc, act_ready(bank));
}

// Served are reads, until many writes wait or no read does; then writes, until few wait.
inline void HbmChannel::update_direction() {
  const bool write = queues_[0].used() == 0 ||
                     queues_[1].used() > (writing_ ? params_.write_low : params_.write_high - 1);
  if (write != writing_) turn(write);
}

void HbmChannel::turn(bool write) {
  for (unsigned i = 0; i < pc_count_; ++i) {
    for (HbmAgeSet wants = pcs_[i].wants[writing_]; !wants.empty();) {
      const unsigned place = queues_[writing_].oldest(wants);
      wants.remove(place);
      const unsigned bank = queues_[writing_][place].bank;
      if (closes_at(banks_[bank]) <= now_) precharge(bank, closes_at(banks_[bank]));
    }
  }
  writing_ = write;
  writing_since_ = now_ + 1;
  for (unsigned i = 0; i < pc_count_; ++i) {
    look_for_column(pcs_[i], slot_from(now_ + 1));
    want_act(pcs_[i], now_ + 1);
  }
}

void HbmChannel::advance(Tick until) {
  if (std::min(refresh_tick_, next_unit_) <= until) skip_refreshes(until);
  for (;;) {
    const Tick tick = std::min(std::min(next_column_, next_row_),
                               std::min(next_accept_, std::min(refresh_tick_, next_unit_)));
    if (tick > until) break;
    now_ = tick;
    accepts_ = 0;
    if (refresh_tick_ <= tick) {
      refreshing_ = 0;
      next_row_ = tick;
      refresh_tick_ += rules_.refi;
    }
    if (next_unit_ <= tick) refresh_units();
    if (next_column_ <= tick) {
      column_slot(tick);
      update_direction();
    }
    if (next_row_ <= tick) row_slot(tick);
    if (room_ || next_accept_ <= tick) accept_waiting();
    update_direction();
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
    opened(index * banks_per_pc_ + local);
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
    HbmAgeSet hits = pc.hits[writing_];
    while (!hits.empty()) {
      const unsigned place = queue.oldest(hits), index = queue[place].bank;
      const Bank& bank = banks_[index];
      if (const Slot wait = column_wait(pc, places_[index], writing_); wait > 0) {
        next = std::min(next, base_ + wait);
        hits.remove(queue.of_lane(places_[index].lane));
      } else if (bank.conflict[writing_] != kNone && closes_at(bank) < now_) {
        precharge(index, closes_at(bank));
        hits.remove(queue.of_bank(index));
      } else {
        return {&queue[place], place};
      }
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
  const Taken taken = take_columns(request);
  const unsigned bursts = taken.bursts;
  const Tick last = tick_of(taken.last);
  bank.row_ready = std::max(bank.row_ready, last + (write ? rules_.wr_pre : rules_.rd_pre));
  if (last_column_ >= 0) interval_ += ((now_ - last_column_) * 256 / bursts - interval_) / 64;
  backlog_ -= bursts;
  last_column_ = backlog_ > 0 ? now_ : -1;
  statistics_.row_hits += bursts;
  settle(request, taken);

  if (activated) {
    --statistics_.row_hits;
    bank.activated = false;
    if (bank.conflict[writing_] != kNone) want_act(pc, act_ready(bank));
    pc.activated &= ~bit(where.local);
    if (refreshing_ == where.pc) next_row_ = std::min(next_row_, now_);
  } else {
    HbmRequestQueue& queue = queues_[write];
    queue.serve(column.place, bursts);
    room_ = true;
    if (request.bursts == 0) {
      pc.hits[write].remove(column.place);
      queue.remove(column.place, where.lane, where.stack);
    }
  }
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

// As many columns of the request as find their slots free, one after the other.
HbmChannel::Taken HbmChannel::take_columns(const HbmRequest& request) {
  const BankPlace where = places_[request.bank];
  const bool write = request.write;
  PseudoChannel& pc = pcs_[where.pc];
  unsigned bursts = std::min<unsigned>(request.bursts, !write && stacks_ > 1 ? 4 : max_run_);
  const RunMasks& masks = run_masks_[write];
  if (bursts > 1 && !write && stacks_ > 1) {
    // Another stack id's columns would not fit between those of a run.
    HbmAgeSet others = pc.hits[0];
    others.remove(queues_[0].of_stack(where.stack));
    if (!others.empty()) bursts = 1;
  }
  const std::uint64_t blocked = pc.blocked[where.stack] | bus_;
  while (bursts > 1 && (blocked & masks.taken[bursts - 1])) --bursts;
  bus_ |= masks.taken[bursts - 1];
  std::uint64_t all = ~std::uint64_t{0};
  for (unsigned s = 0; s < stacks_; ++s) {
    pc.blocked[s] |= (s == where.stack ? masks.same_stack : masks.same_pc)[bursts - 1];
    all &= pc.blocked[s];
  }
  pc.free_from = base_ + std::countr_one(all);
  Lane& lane = lanes_[where.lane];
  const Slot length = (bursts - 1) * masks.step, last = base_ + length;
  lane.column_from[write] = last + column_step(write);
  if (write) {
    lane.column_from[0] = std::max(lane.column_from[0], last + rules_.wr_rd_l);
    pc.column_from[0] = std::max(pc.column_from[0], last + rules_.wr_rd_s);
  } else {
    pc.column_from[1] = std::max(pc.column_from[1], last + rules_.rd_wr);
  }
  return {bursts, last, length};
}

}  // namespace cvp
