// SPDX-License-Identifier: Apache-2.0
//
// Refresh: of whole pseudo channels each tREFI, during which nothing else starts; or, spread over
// tREFI, of one bank or the banks of one number, beside everything else.
#include <algorithm>
#include <utility>

#include "models/core/report.h"
#include "models/hbm/approximate/hbm_channel.h"

namespace cvp {
namespace {

constexpr Tick odd(Tick tick) { return tick | 1; }

}  // namespace

void HbmChannel::set_up_refresh(const HbmTiming& timing) {
  refresh_tick_ = next_unit_ = kNever;
  if (params_.refresh == HbmRefresh::kNone) return;
  if (params_.refresh == HbmRefresh::kAllBank) {
    refresh_tick_ = rules_.refi;
    return;
  }
  const bool one = params_.refresh == HbmRefresh::kPerBank;
  const unsigned rfc = one ? timing.rfc_pb : timing.rfc_sb;
  CVP_CHECK(rfc > 0, timing.name, " has no refresh of ", one ? "one bank" : "banks of one number");
  banks_per_group_ = timing.geometry.banks;
  groups_per_unit_ = one ? 1 : timing.geometry.bank_groups;
  units_ = banks_per_device_ / groups_per_unit_;
  unit_step_ = rules_.refi / units_;
  unit_ready_ = rules_.ref_act - 2 * Tick{timing.rfc_ab} + 2 * Tick{rfc};
  next_unit_ = unit_step_;
}

void HbmChannel::set_refresh_interval(Tick interval, Tick now) {
  // What is planned anew would have the interval of before.
  fresh_.reset();
  planned_ = {};
  advance(now);
  const Tick from = std::max(now, now_);
  while (from > refresh_tick_) end_refresh();
  rules_.refi = interval;
  // One that bursts have been scheduled behind stays.
  if (params_.refresh == HbmRefresh::kAllBank && !refresh_planned_) {
    refresh_tick_ = (from / interval + 1) * interval;
  }
  if (next_unit_ == kNever) return;
  unit_step_ = interval / units_;
  next_unit_ = from + unit_step_;
}

// Each device in turn: all rows close, then it is refreshed.
void HbmChannel::plan_refresh() {
  if (refresh_planned_) return;
  refresh_planned_ = true;
  Tick issue = refresh_tick_;
  auto bank = banks_.begin();
  for (Device& device : devices_) {
    issue = odd(issue);
    Tick closed = -1;
    for (const auto end = bank + banks_per_device_; bank != end; ++bank) {
      if (bank->open && bank->epoch == epoch_) closed = std::max(closed, bank->row_ready);
    }
    if (closed >= 0) issue = odd(std::max(issue, closed) + rules_.pre_ref);
    device.from_next_refresh = slot_from(odd(issue + rules_.ref_act));
    ++issue;
  }
}

void HbmChannel::end_refresh() {
  // After a long rest nothing is left of all refreshes but one.
  const Tick missed = (now_ - refresh_tick_) / rules_.refi - 1;
  if (missed > 0 && !refresh_planned_) {
    refresh_tick_ += missed * rules_.refi;
    ++epoch_;
  }
  plan_refresh();
  for (Device& device : devices_) device.from = device.from_next_refresh;
  ++epoch_;
  refresh_tick_ += rules_.refi;
  refresh_planned_ = false;
}

// A unit is a bank, or the banks of one number in the bank groups of a stack id.
template <class Use>
void HbmChannel::each_bank(unsigned device, unsigned unit, Use use) const {
  const unsigned of_unit = groups_per_unit_ == 1 ? 1 : banks_per_group_;
  unsigned bank =
      device * banks_per_device_ + unit / of_unit * of_unit * groups_per_unit_ + unit % of_unit;
  for (unsigned group = 0; group < groups_per_unit_; ++group, bank += banks_per_group_) use(bank);
}

// Of those that the round has left: the one used last that no stream is at work in, since streams
// come back to it last.
unsigned HbmChannel::pick_unit(unsigned device) const {
  constexpr std::int64_t kAtWork = 32;  // Columns, to whose banks streams return.
  const Device& d = devices_[device];
  unsigned best = units_;
  std::pair<bool, std::int64_t> highest;
  for (unsigned unit = 0; unit < units_; ++unit) {
    Tick ready = 0;
    std::int64_t use = 0;
    bool left = false;
    each_bank(device, unit, [&](unsigned index) {
      const Bank& bank = banks_[index];
      left = bank.refreshes == d.rounds;
      ready = std::max(ready, bank.row_ready);
      use = std::max(use, bank.last_use);
    });
    if (!left) continue;
    const bool idle = ready <= next_unit_;
    const std::pair rank{idle, !idle ? -ready : use + kAtWork <= d.uses ? use : -use};
    if (best == units_ || rank > highest) best = unit, highest = rank;
  }
  return best;
}

// Behind the bursts that have been scheduled for its banks. To the device a refresh is one more
// activate.
void HbmChannel::refresh_unit(unsigned device, unsigned unit) {
  Device& d = devices_[device];
  each_bank(device, unit, [&](unsigned index) {
    Bank& bank = banks_[index];
    const Tick closed = bank.open ? rules_.pre_ref : rules_.pre_ref - rules_.pre_act;
    const Tick start = odd(std::max(next_unit_, bank.row_ready + closed));
    bank.row_ready = start + unit_ready_;
    bank.open = false;
    ++bank.refreshes;
    d.activates.take(d.activates.free(d.activates.window(slot_from(start))));
  });
  if (++d.refreshed == units_) {
    ++d.rounds;
    d.refreshed = 0;
  }
}

// Each unit once in tREFI.
void HbmChannel::refresh_units(Tick until) {
  advance(next_unit_);
  const Tick missed = (until - next_unit_) / rules_.refi - 1;
  if (missed > 0) next_unit_ += missed * rules_.refi;
  for (; next_unit_ <= until; next_unit_ += unit_step_) {
    for (unsigned device = 0; device < devices_.size(); ++device) {
      refresh_unit(device, pick_unit(device));
    }
  }
}

}  // namespace cvp
