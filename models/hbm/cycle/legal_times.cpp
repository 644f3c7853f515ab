// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/cycle/legal_times.h"

#include <bit>

#include "models/core/report.h"

namespace cvp::hbm_cycle {
namespace {

constexpr Tick kLongAgo = -(Tick{1} << 40);

}  // namespace

LegalTimes::LegalTimes(const HbmTiming& timing, const BankLayout& layout)
    : layout_(layout),
      pseudo_channels_(layout.pseudo_channels, Times{}),
      stack_ids_(layout.pseudo_channels * layout.stack_ids, Times{}),
      groups_(layout.pseudo_channels * layout.groups, Times{}),
      banks_(layout.homes.size(), Times{}),
      activates_(layout.pseudo_channels, {{kLongAgo, kLongAgo, kLongAgo, kLongAgo}}) {
  for (const TimingRule& rule : timing_rules(timing)) {
    if (rule.window == 1) {
      effects_[static_cast<unsigned>(rule.first)].push_back(
          {rule.second, rule.scope, rule.distance});
    } else {
      CVP_CHECK(rule.window == 4 && rule.first == DramCommand::kActivate, rule.name);
      four_activates_ = rule.distance;
    }
  }
}

Tick LegalTimes::earliest(DramCommand command, unsigned pseudo_channel, BankMask banks,
                          Tick from) const {
  for (; banks != 0; banks &= banks - 1) {
    const auto bit = static_cast<unsigned>(std::countr_zero(banks));
    from = earliest(command, layout_.index(pseudo_channel, bit), from);
  }
  return from;
}

void LegalTimes::apply(const Effect& effect, Tick tick, unsigned bank) {
  const auto second = static_cast<unsigned>(effect.second);
  const Tick legal = tick + effect.distance;
  const auto raise = [&](Times& times) { times[second] = std::max(times[second], legal); };
  const BankLayout::Home home = layout_.homes[bank];
  switch (effect.scope) {
    case Scope::kBank:
      return raise(banks_[bank]);
    case Scope::kBankGroup:
      return raise(groups_[home.group]);
    case Scope::kStackId:
      return raise(stack_ids_[home.stack_id]);
    case Scope::kOtherStackId: {
      const unsigned first = home.pseudo_channel * layout_.stack_ids;
      for (unsigned id = first; id < first + layout_.stack_ids; ++id) {
        if (id != home.stack_id) raise(stack_ids_[id]);
      }
      return;
    }
    case Scope::kPseudoChannel:
      return raise(pseudo_channels_[home.pseudo_channel]);
    case Scope::kChannel:
      return raise(channel_);
  }
}

void LegalTimes::issue(const IssuedCommand& issued) {
  const auto& effects = effects_[static_cast<unsigned>(issued.command)];
  for (BankMask banks = issued.banks; banks != 0; banks &= banks - 1) {
    const auto bit = static_cast<unsigned>(std::countr_zero(banks));
    const unsigned bank = layout_.index(issued.pseudo_channel, bit);
    for (const Effect& effect : effects) apply(effect, issued.tick, bank);
  }
  if (issued.command != DramCommand::kActivate) return;
  auto& [ticks, next] = activates_[issued.pseudo_channel];
  ticks[next] = issued.tick;
  next = (next + 1) % 4;
  Tick& legal = pseudo_channels_[issued.pseudo_channel][static_cast<unsigned>(issued.command)];
  legal = std::max(legal, ticks[next] + four_activates_);
}

}  // namespace cvp::hbm_cycle
