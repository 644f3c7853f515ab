// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/cycle/legal_times.h"

#include "models/core/report.h"

namespace cvp::hbm_cycle {
namespace {

constexpr Tick kLongAgo = -(Tick{1} << 40);
enum Level : std::uint32_t { kPseudoChannel, kStackId, kGroup, kBank, kLevels };

Level level_of(Scope scope) {
  switch (scope) {
    case Scope::kBank:
      return kBank;
    case Scope::kBankGroup:
      return kGroup;
    case Scope::kStackId:
    case Scope::kOtherStackId:
      return kStackId;
    default:
      return kPseudoChannel;
  }
}

}  // namespace

LegalTimes::LegalTimes(const HbmTiming& timing, const BankLayout& layout, CommandMask commands)
    : layout_(layout),
      first_stack_id_(layout.pseudo_channels),
      first_group_(first_stack_id_ + layout.pseudo_channels * layout.stack_ids),
      first_bank_(first_group_ + layout.pseudo_channels * layout.groups),
      nodes_(first_bank_ + static_cast<std::uint32_t>(layout.homes.size())),
      first_device_(layout.ranks ? first_stack_id_ : 0),
      times_(kDramCommands * nodes_, 0),
      activates_(layout.pseudo_channels * layout.devices().size(),
                 {{kLongAgo, kLongAgo, kLongAgo, kLongAgo}}) {
  for (unsigned i = 0; i < kDramCommands; ++i) {
    odd_[i] = starts_on_odd_ticks(static_cast<DramCommand>(i), timing.commands) ? 1 : 0;
  }
  const std::vector<TimingRule> rules = timing_rules(timing);
  add_buses(rules);
  for (const TimingRule& rule : rules) {
    if (rule.window == 4 && rule.first == DramCommand::kActivate) {
      four_activates_ = rule.distance;
    } else if (rule.scope != Scope::kChannel &&
               commands >> static_cast<unsigned>(rule.second) & 1) {
      CVP_CHECK(rule.window == 1, rule.name);
      add(rule);
    }
  }
}

// Of several rules for one node the longest.
void LegalTimes::add(const TimingRule& rule) {
  const std::uint32_t first_of_level[] = {0, first_stack_id_, first_group_, first_bank_};
  const Level level = level_of(rule.scope);
  const Effect effect{static_cast<unsigned>(rule.second) * nodes_ + first_of_level[level], level,
                      rule.distance};
  Effects& effects = effects_[static_cast<unsigned>(rule.first)];
  auto& list = rule.scope == Scope::kOtherStackId ? effects.other_stack_ids : effects.direct;
  for (Effect& other : list) {
    if (other.first_node != effect.first_node || other.level != effect.level) continue;
    other.distance = std::max(other.distance, effect.distance);
    return;
  }
  list.push_back(effect);
}

void LegalTimes::add_buses(const std::vector<TimingRule>& rules) {
  std::array<std::array<Tick, kDramCommands>, kDramCommands> distances{};  // By second, first.
  for (const TimingRule& rule : rules) {
    if (rule.scope != Scope::kChannel) continue;
    CVP_CHECK(rule.window == 1, rule.name);
    Tick& distance =
        distances[static_cast<unsigned>(rule.second)][static_cast<unsigned>(rule.first)];
    distance = std::max(distance, rule.distance);
  }
  for (std::uint32_t second = 0; second < kDramCommands; ++second) {
    bus_of_[second] = static_cast<std::uint32_t>(
        std::find(distances.begin(), distances.end(), distances[second]) - distances.begin());
    if (bus_of_[second] != second) continue;
    for (unsigned first = 0; first < kDramCommands; ++first) {
      const Tick distance = distances[second][first];
      if (distance > 0) effects_[first].buses.push_back({second, distance});
    }
  }
}

Tick LegalTimes::earliest(DramCommand command, unsigned pseudo_channel, BankMask banks,
                          Tick from) const {
  const View times = view(command, pseudo_channel, from);
  for (; banks != 0; banks &= banks - 1) {
    const unsigned bit = lowest_bit(banks);
    from = std::max(from, times.earliest(times.earliest_in_group(bit), bit));
  }
  return from;
}

void LegalTimes::issue(const IssuedCommand& issued) {
  const Effects& effects = effects_[static_cast<unsigned>(issued.command)];
  const unsigned pc = issued.pseudo_channel;
  for (const BusEffect& effect : effects.buses) {
    buses_[effect.bus] = std::max(buses_[effect.bus], issued.tick + effect.distance);
  }
  for (BankMask banks = issued.banks; banks != 0; banks &= banks - 1) {
    const unsigned bank = layout_.index(pc, lowest_bit(banks));
    const BankLayout::Home home = layout_.homes[bank];
    const std::uint32_t node[kLevels] = {pc, home.stack_id, home.group, bank};
    for (const Effect& effect : effects.direct) {
      raise(effect.first_node + node[effect.level], issued.tick + effect.distance);
    }
    for (const Effect& effect : effects.other_stack_ids) {
      for (std::uint32_t id = pc * layout_.stack_ids; id < (pc + 1) * layout_.stack_ids; ++id) {
        if (id != home.stack_id) raise(effect.first_node + id, issued.tick + effect.distance);
      }
    }
  }
  if (issued.command != DramCommand::kActivate) return;
  const unsigned stack_id = layout_.homes[layout_.index(pc, lowest_bit(issued.banks))].stack_id;
  const std::uint32_t device = layout_.ranks ? stack_id : pc;
  auto& [ticks, next] = activates_[device];
  ticks[next] = issued.tick;
  next = (next + 1) % 4;
  raise(static_cast<std::uint32_t>(issued.command) * nodes_ + first_device_ + device,
        ticks[next] + four_activates_);
}

}  // namespace cvp::hbm_cycle
