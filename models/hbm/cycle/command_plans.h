// SPDX-License-Identifier: Apache-2.0
//
// What a controller means to issue next: of each kind of command, in each pseudo channel, the first
// that is legal, and of those legal then the oldest. Only the buses tie one pseudo channel to
// another. No SystemC.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "models/hbm/cycle/dram_command.h"

namespace cvp::hbm_cycle {

constexpr Tick kNever = std::numeric_limits<Tick>::max() / 2;

enum class Reason : std::uint8_t { kRequest, kActivated, kRefresh, kPage };

/// What is issued, and for whom.
struct Purpose {
  DramCommand command{};
  Reason reason{};
  bool write = false;  ///< Which queue the request is in.

  template <class Archive>
  void serialize(Archive& archive) {
    archive(command, reason, write);
  }
};

struct Plan {
  Tick tick = kNever;
  std::uint64_t order = 0;  ///< Smaller first at the same tick.
  Purpose purpose;
  std::uint8_t pseudo_channel = 0;
  std::uint16_t bank = 0;  ///< Of the channel; the first one of a refresh's target.

  bool before(const Plan& other) const {
    return tick < other.tick || (tick == other.tick && order < other.order);
  }
  template <class Archive>
  void serialize(Archive& archive) {
    archive(tick, order, purpose, pseudo_channel, bank);
  }
};

enum class PlanKind : std::uint8_t { kColumn, kActivate, kPrecharge, kRefresh };

class CommandPlans {
 public:
  explicit CommandPlans(unsigned pseudo_channels) : pseudo_channels_(pseudo_channels) {}

  Plan& of(PlanKind kind, unsigned pseudo_channel) { return plans_[pseudo_channel][index(kind)]; }

  /// A stale plan has to be made anew before it is used.
  bool stale(PlanKind kind, unsigned pseudo_channel) const {
    return (stale_ >> bit(kind, pseudo_channel) & 1) != 0;
  }
  void set_stale(PlanKind kind, unsigned pseudo_channel, bool stale = true) {
    stale_ |= std::uint32_t{stale} << bit(kind, pseudo_channel);
  }
  void all_stale() {
    for (unsigned pc = 0; pc < pseudo_channels_; ++pc) stale_ |= 0xfU << bit({}, pc);
  }
  bool any_stale() const { return stale_ != 0; }
  /// Forgets a stale plan, which then is made anew.
  void renew(PlanKind kind, unsigned pseudo_channel) {
    stale_ &= ~(1U << bit(kind, pseudo_channel));
    put_off_ &= ~(1U << bit(kind, pseudo_channel));
    of(kind, pseudo_channel) = {};
  }

  /// Instead of a plan: there is none before `tick`; which one it is then is left until then.
  void put_off(PlanKind kind, unsigned pseudo_channel, Tick tick) {
    renew(kind, pseudo_channel);
    put_off_ |= 1U << bit(kind, pseudo_channel);
    of(kind, pseudo_channel).tick = tick;
  }
  /// Those that have been put off until `tick` are stale from now on.
  void take_up(Tick tick) {
    for (std::uint32_t left = put_off_; left != 0; left &= left - 1) {
      const auto bit = static_cast<unsigned>(std::countr_zero(left));
      if (plans_[bit / kKinds][bit % kKinds].tick <= tick) stale_ |= 1U << bit;
    }
  }
  /// A new candidate has to be compared with the plan.
  bool made(PlanKind kind, unsigned pseudo_channel) const {
    return ((stale_ | put_off_) >> bit(kind, pseudo_channel) & 1) == 0;
  }

  /// The oldest one for `tick`, if any.
  const Plan* column_at(Tick tick) const { return oldest(PlanKind::kColumn, tick, nullptr); }
  /// Refreshes go first, then the oldest request.
  const Plan* row_at(Tick tick) const {
    const Plan* best = oldest(PlanKind::kRefresh, tick, nullptr);
    if (best != nullptr) return best;
    best = oldest(PlanKind::kActivate, tick, nullptr);
    return oldest(PlanKind::kPrecharge, tick, best);
  }
  Tick next_tick() const {
    Tick tick = kNever;
    for (unsigned pc = 0; pc < pseudo_channels_; ++pc) {
      for (const Plan& plan : plans_[pc]) tick = std::min(tick, plan.tick);
    }
    return tick;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(plans_, stale_, put_off_);
  }

 private:
  static constexpr unsigned kKinds = 4;
  static unsigned index(PlanKind kind) { return static_cast<unsigned>(kind); }
  static unsigned bit(PlanKind kind, unsigned pseudo_channel) {
    return pseudo_channel * kKinds + index(kind);
  }
  const Plan* oldest(PlanKind kind, Tick tick, const Plan* best) const {
    for (unsigned pc = 0; pc < pseudo_channels_; ++pc) {
      const Plan& plan = plans_[pc][index(kind)];
      if (plan.tick == tick && (best == nullptr || plan.order < best->order)) best = &plan;
    }
    return best;
  }

  const unsigned pseudo_channels_;
  std::array<std::array<Plan, kKinds>, kMaxPseudoChannels> plans_;
  std::uint32_t stale_ = 0, put_off_ = 0;
};

}  // namespace cvp::hbm_cycle
