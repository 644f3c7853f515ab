// SPDX-License-Identifier: Apache-2.0
//
// When refreshes fall due and which banks get the next one. No SystemC.
//
// A round refreshes every *unit* of a pseudo channel once in tREFI: all banks together (of each
// rank for itself, all at the same time), or spread over it the banks of one number in all groups
// of a stack id, or each bank alone. A refresh that is due is owed; it may wait for a moment when
// nobody wants its banks, while no more are owed than the policy's `postponed_refreshes`, or,
// unless all banks go together, the timing's `max_postponed`. Where requests press it waits first
// for banks that have just been served. Once chosen, its banks take no new work.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <vector>

#include "models/hbm/cycle/controller_policy.h"
#include "models/hbm/cycle/dram_command.h"

namespace cvp::hbm_cycle {

class RefreshPlanner {
 public:
  RefreshPlanner(const HbmTiming& timing, const BankLayout& layout, const ControllerPolicy& policy);

  Tick next_due() const { return next_due_; }
  /// Takes note of all that falls due at or before `tick`.
  void fall_due(Tick tick);
  /// Banks about to be refreshed; 0 if none.
  BankMask target(unsigned pseudo_channel) const { return channels_[pseudo_channel].target; }
  /// Banks that take no command for waiting requests.
  BankMask locked(unsigned pseudo_channel) const {
    return stops_channel() ? all_banks_ : channels_[pseudo_channel].target;
  }
  /// The one chosen waits for its banks, and more are owed than may be: nothing new starts before
  /// they have served their activated requests.
  bool overdue(unsigned pseudo_channel) const {
    const PseudoChannel& channel = channels_[pseudo_channel];
    return channel.target != 0 && channel.owed > postponed_ + 1;
  }
  /// Everything but activated requests stands still.
  bool stops_channel() const { return stops_channel_ && owed_in_all_ > 0; }
  /// Whether any refresh that has fallen due is still to be done.
  bool owes() const { return owed_in_all_ > 0; }
  /// Whether a call of `choose` could find something.
  bool wants_choice() const { return owed_in_all_ > targets_; }

  /// Chooses at `tick` what to refresh next; requests want the banks that are `busy`. Where they
  /// press, a refresh waits for banks whose rows could not have been closed any sooner: each moment
  /// more is one by which a stream finds them still refreshing. Elsewhere it goes to banks that no
  /// stream is at work in.
  void choose(unsigned pseudo_channel, BankMask busy, bool pressed, Tick tick);
  void done(unsigned pseudo_channel);
  /// A request of this bank was served, or its row opened.
  void used(unsigned pseudo_channel, unsigned bit, Tick tick) {
    PseudoChannel& channel = channels_[pseudo_channel];
    channel.last_use[bit] = {++channel.uses, tick};
  }
  /// Passes whole rounds of an idle channel, so that what is left falls due after `tick`. Returns
  /// the refresh commands passed in each pseudo channel.
  std::uint64_t skip_rounds(Tick tick);

  /// From the last that fell due on, a round comes `times` times in tREFI.
  void set_rate(unsigned times);

  DramCommand precharge_command() const { return precharge_; }
  DramCommand refresh_command() const { return refresh_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(round_, since_, next_due_, dues_, channels_, owed_in_all_, targets_);
  }

 private:
  struct Use {
    std::int64_t number = 0;  // Counted in its pseudo channel, from 1.
    Tick tick = 0;
    auto operator<=>(const Use&) const = default;

    template <class Archive>
    void serialize(Archive& archive) {
      archive(number, tick);
    }
  };
  struct PseudoChannel {
    std::uint32_t owed = 0;
    BankMask target = 0;
    BankMask left = 0;  // Banks that this round has not refreshed yet.
    std::int64_t uses = 0;
    std::array<Use, kMaxBanks> last_use{};

    template <class Archive>
    void serialize(Archive& archive) {
      archive(owed, target, left, uses, last_use);
    }
  };

  Tick due(std::uint64_t number) const;
  bool may_start(unsigned pseudo_channel) const;
  template <class Rank>
  BankMask pick(const PseudoChannel& channel, BankMask busy, Rank rank) const;

  const Tick refi_, fresh_;
  const BankMask all_banks_;
  const unsigned postponed_;
  const unsigned patient_;  // So many that are owed wait for banks that have just been served.
  const bool stops_channel_;
  std::vector<BankMask> units_;
  std::uint64_t due_at_once_ = 1;
  DramCommand precharge_, refresh_;

  Tick round_, since_ = 0;  // Length of a round, and from when on it counts.
  Tick next_due_;
  std::uint64_t dues_ = 0;  // That have fallen due since.
  std::vector<PseudoChannel> channels_;
  std::uint32_t owed_in_all_ = 0, targets_ = 0;
};

}  // namespace cvp::hbm_cycle
