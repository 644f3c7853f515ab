// SPDX-License-Identifier: Apache-2.0
//
// Refresh: of whole pseudo channels each tREFI, during which nothing else starts; or, spread over
// tREFI, of one bank or the banks of one number, beside everything else.
#include <algorithm>

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
  units_ = one ? banks_per_device_ : timing.geometry.banks;
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

// A unit is a bank, or the banks of one number; each has its turn in tREFI, behind the bursts that
// have been scheduled for it. To the device it is one more activate.
void HbmChannel::refresh_units(Tick until) {
  advance(next_unit_);
  const Tick missed = (until - next_unit_) / rules_.refi - 1;
  if (missed > 0) next_unit_ += missed * rules_.refi;
  for (; next_unit_ <= until; next_unit_ += unit_step_) {
    for (unsigned bank = unit_; bank < banks_.size(); bank += units_) {
      Bank& b = banks_[bank];
      const Tick closed = b.open ? rules_.pre_ref : rules_.pre_ref - rules_.pre_act;
      const Tick start = odd(std::max(next_unit_, b.row_ready + closed));
      b.row_ready = start + unit_ready_;
      b.open = false;
      HbmCalendar& activates = devices_[places_[bank].device].activates;
      activates.take(activates.free(activates.window(slot_from(start))));
    }
    unit_ = (unit_ + 1) % units_;
  }
}

}  // namespace cvp
