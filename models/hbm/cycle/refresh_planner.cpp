// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/cycle/refresh_planner.h"

#include <algorithm>
#include <limits>

namespace cvp::hbm_cycle {
namespace {

constexpr Tick kNever = std::numeric_limits<Tick>::max() / 2;

// A stream comes by a bank that this round has left before a third refresh is owed.
constexpr unsigned kPatient = 2;

// A stream comes back to the banks of its last so many commands before it goes on to others.
constexpr std::int64_t kAtWork = 32;

constexpr std::int64_t kNoRank = std::numeric_limits<std::int64_t>::min();

}  // namespace

RefreshPlanner::RefreshPlanner(const HbmTiming& timing, const BankLayout& layout,
                               const ControllerPolicy& policy)
    : refi_(2 * Tick{timing.refi}),
      fresh_(2 * Tick{timing.rtp}),
      all_banks_(~BankMask{0} >> (kMaxBanks - layout.banks)),
      postponed_(policy.refresh == HbmRefresh::kAllBank ? policy.postponed_refreshes
                                                        : timing.max_postponed),
      patient_(policy.refresh == HbmRefresh::kAllBank ? 0 : std::min(kPatient, postponed_)),
      stops_channel_(policy.refresh_stops_channel && policy.refresh == HbmRefresh::kAllBank),
      precharge_(DramCommand::kPrechargeAll),
      refresh_(DramCommand::kRefreshAll),
      round_(refi_),
      channels_(layout.pseudo_channels) {
  if (policy.refresh == HbmRefresh::kAllBank) {
    units_ = layout.devices();
    due_at_once_ = units_.size();
  } else if (policy.refresh == HbmRefresh::kPerBank) {
    precharge_ = DramCommand::kPrecharge;
    refresh_ = DramCommand::kRefreshBank;
    for (unsigned bank = 0; bank < layout.banks; ++bank) units_.push_back(BankMask{1} << bank);
  } else if (policy.refresh == HbmRefresh::kSameBank) {
    precharge_ = DramCommand::kPrechargeSame;
    refresh_ = DramCommand::kRefreshSame;
    const unsigned banks_per_id = layout.banks / layout.stack_ids;
    for (unsigned id = 0; id < layout.stack_ids; ++id) {
      for (unsigned bank = 0; bank < layout.banks_per_group; ++bank) {
        BankMask unit = 0;
        for (unsigned i = bank; i < banks_per_id; i += layout.banks_per_group) {
          unit |= BankMask{1} << (id * banks_per_id + i);
        }
        units_.push_back(unit);
      }
    }
  }
  for (PseudoChannel& channel : channels_) channel.left = all_banks_;
  next_due_ = due(1);
}

Tick RefreshPlanner::due(std::uint64_t number) const {
  if (units_.empty()) return kNever;
  const std::uint64_t last = (number + due_at_once_ - 1) / due_at_once_ * due_at_once_;
  return since_ + round_ * static_cast<Tick>(last) / static_cast<Tick>(units_.size());
}

void RefreshPlanner::set_rate(unsigned times) {
  if (units_.empty()) return;
  since_ = due(dues_);
  dues_ = 0;
  round_ = refi_ / Tick{times};
  next_due_ = due(1);
}

void RefreshPlanner::fall_due(Tick tick) {
  while (next_due_ <= tick) {
    for (PseudoChannel& channel : channels_) ++channel.owed;
    owed_in_all_ += static_cast<std::uint32_t>(channels_.size());
    next_due_ = due(++dues_ + 1);
  }
}

// If refreshes stop the channel they go one after the other, in the order in which they fell due.
bool RefreshPlanner::may_start(unsigned pseudo_channel) const {
  const PseudoChannel& channel = channels_[pseudo_channel];
  if (channel.owed == 0 || channel.target != 0) return false;
  if (!stops_channel_) return true;
  for (unsigned other = 0; other < channels_.size(); ++other) {
    const std::uint32_t owed = channels_[other].owed;
    if (owed > channel.owed || (owed == channel.owed && other < pseudo_channel)) return false;
  }
  return true;
}

// Of the units that this round still has to refresh, one that nobody waits for and has a rank, the
// highest one.
template <class Rank>
BankMask RefreshPlanner::pick(const PseudoChannel& channel, BankMask busy, Rank rank) const {
  BankMask best = 0;
  std::int64_t highest = kNoRank;
  for (const BankMask unit : units_) {
    if ((unit & channel.left) == 0 || (unit & busy) != 0) continue;
    Use last;
    for (BankMask banks = unit; banks != 0; banks &= banks - 1) {
      last = std::max(last, channel.last_use[lowest_bit(banks)]);
    }
    if (const std::int64_t its = rank(last); its > highest) best = unit, highest = its;
  }
  return best;
}

// The one used last, because streams come back to it last. Where requests press, that is one that
// has just been used, which is waited for; elsewhere one that no stream is at work in, if there is
// any. Of ranks that are due together none is spared.
void RefreshPlanner::choose(unsigned pseudo_channel, BankMask busy, bool pressed, Tick tick) {
  if (!may_start(pseudo_channel)) return;
  PseudoChannel& channel = channels_[pseudo_channel];
  const Tick since = pressed && channel.owed <= patient_ ? tick - fresh_ : 0;
  const std::int64_t settled = channel.uses - kAtWork;
  channel.target =
      pressed || due_at_once_ > 1
          ? pick(channel, busy,
                 [&](const Use& last) { return last.tick >= since ? last.number : kNoRank; })
          : pick(channel, busy, [&](const Use& last) {
              return last.number <= settled ? last.number : -last.number;
            });
  if (channel.target == 0 && channel.owed > postponed_) {
    channel.target = *std::find_if(units_.begin(), units_.end(),
                                   [&](BankMask unit) { return (unit & channel.left) != 0; });
  }
  if (channel.target != 0) ++targets_;
}

void RefreshPlanner::done(unsigned pseudo_channel) {
  PseudoChannel& channel = channels_[pseudo_channel];
  channel.left &= ~channel.target;
  if (channel.left == 0) channel.left = all_banks_;
  channel.target = 0;
  --channel.owed;
  --owed_in_all_;
  --targets_;
}

std::uint64_t RefreshPlanner::skip_rounds(Tick tick) {
  if (units_.empty() || tick <= next_due_) return 0;
  const std::uint64_t per_round = units_.size();
  const auto rounds = static_cast<std::uint64_t>((tick - next_due_) / round_);
  dues_ += rounds * per_round;
  next_due_ = due(dues_ + 1);
  return rounds * per_round;
}

}  // namespace cvp::hbm_cycle
