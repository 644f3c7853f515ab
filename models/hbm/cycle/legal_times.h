// SPDX-License-Identifier: Apache-2.0
//
// From when on each command is legal, kept up to date by the rule table: one time for each
// command at each bus of the channel and at each pseudo channel, stack id, bank group and bank. No
// SystemC.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "models/hbm/cycle/rule_table.h"

namespace cvp::hbm_cycle {

class LegalTimes {
 public:
  using CommandMask = std::uint32_t;  ///< Bit n: DramCommand n.

  /// Keeps times of `commands` only, those that will be asked for.
  LegalTimes(const HbmTiming& timing, const BankLayout& layout, CommandMask commands);

  /// One command in one pseudo channel: what all its banks share is looked up once.
  class View {
   public:
    /// No bank of the group of `bit` is legal before.
    Tick earliest_in_group(unsigned bit) const {
      const BankLayout::Home home = homes_[bit];
      return std::max({shared_, stack_ids_[home.stack_id], groups_[home.group]}) | odd_;
    }
    /// The first tick at which no rule forbids the command to bank `bit`, whose group has the time
    /// `group`. Says nothing about whether the bank is open.
    Tick earliest(Tick group, unsigned bit) const { return std::max(group, banks_[bit] | odd_); }

   private:
    friend class LegalTimes;
    Tick shared_, odd_;
    const Tick *stack_ids_, *groups_, *banks_;
    const BankLayout::Home* homes_;
  };

  /// Nothing before `from`.
  View view(DramCommand command, unsigned pseudo_channel, Tick from) const {
    const Tick* times = times_of(command);
    View view;
    view.shared_ = std::max({buses_[bus_of(command)], times[pseudo_channel], from});
    view.odd_ = odd_[static_cast<unsigned>(command)];
    view.stack_ids_ = times + first_stack_id_;
    view.groups_ = times + first_group_;
    view.banks_ = times + first_bank_ + layout_.index(pseudo_channel, 0);
    view.homes_ = &layout_.homes[layout_.index(pseudo_channel, 0)];
    return view;
  }
  /// Of any bank of the pseudo channel.
  Tick earliest_of_all(DramCommand command, unsigned pseudo_channel, Tick from) const {
    return std::max({buses_[bus_of(command)], times_of(command)[pseudo_channel], from}) |
           odd_[static_cast<unsigned>(command)];
  }
  /// No bank of the pseudo channel is legal before; closer than earliest_of_all.
  Tick floor(DramCommand command, unsigned pseudo_channel, Tick from) const {
    const Tick* ids = times_of(command) + first_stack_id_ + pseudo_channel * layout_.stack_ids;
    const Tick soonest = *std::min_element(ids, ids + layout_.stack_ids);
    return std::max(earliest_of_all(command, pseudo_channel, from),
                    soonest | odd_[static_cast<unsigned>(command)]);
  }
  /// For a command to all of `banks`.
  Tick earliest(DramCommand command, unsigned pseudo_channel, BankMask banks, Tick from) const;
  void issue(const IssuedCommand& command);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(buses_, times_, activates_);
  }

 private:
  struct Effect {
    std::uint32_t first_node;  // Of the second command, at this level.
    std::uint32_t level;       // Which index into it the first command gives.
    Tick distance;
  };
  struct BusEffect {
    std::uint32_t bus;
    Tick distance;
  };
  struct Effects {
    std::vector<BusEffect> buses;
    std::vector<Effect> direct;  // One node each.
    std::vector<Effect> other_stack_ids;
  };
  // The last four activates of a device, as a ring.
  struct Activates {
    std::array<Tick, 4> ticks;
    std::uint32_t next = 0;

    template <class Archive>
    void serialize(Archive& archive) {
      archive(ticks, next);
    }
  };

  void add(const TimingRule& rule);
  void add_buses(const std::vector<TimingRule>& rules);
  std::uint32_t bus_of(DramCommand command) const {
    return bus_of_[static_cast<unsigned>(command)];
  }
  const Tick* times_of(DramCommand command) const {
    return &times_[static_cast<unsigned>(command) * nodes_];
  }
  void raise(std::uint32_t node, Tick legal) { times_[node] = std::max(times_[node], legal); }

  const BankLayout layout_;
  const std::uint32_t first_stack_id_, first_group_, first_bank_, nodes_, first_device_;
  std::array<Effects, kDramCommands> effects_;
  std::array<Tick, kDramCommands> odd_;  // 1: on odd ticks only.
  std::array<std::uint32_t, kDramCommands> bus_of_{};
  Tick four_activates_ = 0;

  // Of the channel: commands that all rules of the channel treat alike share a time, as those of
  // one bus do.
  std::array<Tick, kDramCommands> buses_{};
  std::vector<Tick> times_;           // By command: pseudo channels, stack ids, groups, banks.
  std::vector<Activates> activates_;  // By device.
};

}  // namespace cvp::hbm_cycle
