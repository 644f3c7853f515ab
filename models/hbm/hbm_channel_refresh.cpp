// SPDX-License-Identifier: Apache-2.0
//
// Refresh: of whole pseudo channels each tREFI, during which nothing else starts; or, spread over
// tREFI, of one bank or the banks of one number, beside everything else.
#include <algorithm>
#include <bit>

#include "models/core/report.h"
#include "models/hbm/hbm_channel.h"

namespace cvp {
namespace {

constexpr Tick kPreLength = 1;

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
  units_ = one ? banks_per_pc_ : timing.geometry.banks;
  unit_step_ = rules_.refi / units_;
  unit_ready_ = rules_.ref_act - 2 * Tick{timing.rfc_ab} + 2 * Tick{rfc};
  max_owed_ = timing.max_postponed;
  next_unit_ = unit_step_;
}

void HbmChannel::set_refresh_interval(Tick interval, Tick now) {
  advance(now);
  const Tick from = std::max(now, now_);
  rules_.refi = interval;
  if (params_.refresh == HbmRefresh::kAllBank) refresh_tick_ = (from / interval + 1) * interval;
  if (next_unit_ == kNever) return;
  unit_step_ = interval / units_;
  next_unit_ = from + unit_step_;
}

// Refreshes of which nobody would notice anything but that all rows are closed since.
void HbmChannel::skip_refreshes(Tick until) {
  if (backlog_ > 0 || refreshing()) return;
  const bool all = params_.refresh == HbmRefresh::kAllBank;
  Tick& next = all ? refresh_tick_ : next_unit_;
  const Tick missed = (until - next) / rules_.refi - 1;
  if (missed <= 0) return;
  next += missed * rules_.refi;
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
  Tick from = row_free_;
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
    for (unsigned i = 0; i < pc_count_; ++i) {
      look_for_column(pcs_[i], slot_from(tick + 1));
      want_act(pcs_[i], tick + 1);
    }
  }
}

// A unit is a bank, or the banks of one number; each has its turn in tREFI. It is put off while
// somebody waits for it, until too many are late.
void HbmChannel::refresh_units() {
  next_unit_ += unit_step_;
  for (unsigned i = 0; i < pc_count_; ++i) {
    PseudoChannel& pc = pcs_[i];
    ++pc.owed;
    while (pc.owed > 0 && may_refresh(i, pc.unit, pc.owed > max_owed_)) {
      refresh_unit(i, pc.unit);
      pc.unit = (pc.unit + 1) % units_;
      --pc.owed;
    }
  }
}

bool HbmChannel::may_refresh(unsigned pc, unsigned unit, bool late) const {
  for (unsigned local = unit; local < banks_per_pc_; local += units_) {
    const unsigned bank = pc * banks_per_pc_ + local;
    if (banks_[bank].activated) return false;
    if (!late && !(queues_[0].of_bank(bank).empty() && queues_[1].of_bank(bank).empty())) {
      return false;
    }
  }
  return true;
}

void HbmChannel::refresh_unit(unsigned index, unsigned unit) {
  Tick start = now_;
  const auto each = [&](auto action) {
    for (unsigned local = unit; local < banks_per_pc_; local += units_) {
      action(index * banks_per_pc_ + local);
    }
  };
  each([&](unsigned bank) {
    if (banks_[bank].open) precharge(bank, std::max(now_, banks_[bank].row_ready));
    start = std::max(start, banks_[bank].row_ready - rules_.pre_act + rules_.pre_ref);
  });
  each([&](unsigned bank) { banks_[bank].row_ready = odd(start) + unit_ready_; });
}

}  // namespace cvp
