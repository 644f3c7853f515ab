// SPDX-License-Identifier: Apache-2.0
//
// From when on each command is legal, kept up to date by the rule table: one time for each
// command at each bank, bank group, stack id, pseudo channel and at the channel. No SystemC.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "models/hbm/cycle/rule_table.h"

namespace cvp::hbm_cycle {

class LegalTimes {
 public:
  LegalTimes(const HbmTiming& timing, const BankLayout& layout);

  /// The first tick at or after `from` at which no rule forbids `command` to `bank` (of the
  /// channel). Says nothing about whether the bank is open.
  Tick earliest(DramCommand command, unsigned bank, Tick from) const {
    const auto c = static_cast<unsigned>(command);
    const BankLayout::Home home = layout_.homes[bank];
    const Tick shared = std::max(channel_[c], pseudo_channels_[home.pseudo_channel][c]);
    const Tick upper = std::max(stack_ids_[home.stack_id][c], groups_[home.group][c]);
    const Tick legal = std::max({shared, upper, banks_[bank][c], from});
    return first_start(command, legal);
  }
  /// The same for a command to all of `banks`.
  Tick earliest(DramCommand command, unsigned pseudo_channel, BankMask banks, Tick from) const;
  void issue(const IssuedCommand& command);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(channel_, pseudo_channels_, stack_ids_, groups_, banks_, activates_);
  }

 private:
  using Times = std::array<Tick, kDramCommands>;
  struct Effect {
    DramCommand second;
    Scope scope;
    Tick distance;
  };

  void apply(const Effect& effect, Tick tick, unsigned bank);

  const BankLayout layout_;
  std::array<std::vector<Effect>, kDramCommands> effects_;
  Tick four_activates_ = 0;

  Times channel_{};
  std::vector<Times> pseudo_channels_, stack_ids_, groups_, banks_;
  // The last four activates of each pseudo channel, as a ring.
  struct Activates {
    std::array<Tick, 4> ticks;
    std::uint32_t next = 0;

    template <class Archive>
    void serialize(Archive& archive) {
      archive(ticks, next);
    }
  };
  std::vector<Activates> activates_;
};

}  // namespace cvp::hbm_cycle
