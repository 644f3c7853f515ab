// SPDX-License-Identifier: Apache-2.0
//
// Commands on the buses of a channel, and which banks they concern. No SystemC.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "models/hbm/hbm_timing.h"

namespace cvp::hbm_cycle {

enum class DramCommand : std::uint8_t {
  kActivate,
  kRead,
  kWrite,
  kPrecharge,
  kPrechargeAll,   ///< All banks of a device: a rank, or a pseudo channel without ranks.
  kPrechargeSame,  ///< The banks of one number in all bank groups of a stack id.
  kRefreshAll,     ///< The same.
  kRefreshBank,
  kRefreshSame,
};
constexpr unsigned kDramCommands = 9;
const char* name_of(DramCommand command);

constexpr bool is_column(DramCommand command) {
  return command == DramCommand::kRead || command == DramCommand::kWrite;
}
constexpr bool is_precharge(DramCommand command) {
  return command >= DramCommand::kPrecharge && command <= DramCommand::kPrechargeSame;
}
constexpr bool is_refresh(DramCommand command) { return command >= DramCommand::kRefreshAll; }
/// A command as it goes over the bus. `banks` has more than one bit for commands to many banks.
struct IssuedCommand {
  Tick tick = 0;
  DramCommand command{};
  std::uint8_t pseudo_channel = 0;
  std::uint64_t banks = 0;  ///< Of the pseudo channel, see BankLayout.
  std::uint32_t row = 0;    ///< Of an activate, a read or a write.

  bool operator==(const IssuedCommand&) const = default;
};

/// Who sees every command of a channel: traces, checkers.
class CommandObserver {
 public:
  virtual ~CommandObserver() = default;
  virtual void on_command(const IssuedCommand& command) = 0;
};

using BankMask = std::uint64_t;
constexpr unsigned lowest_bit(BankMask banks) {
  return static_cast<unsigned>(std::countr_zero(banks));
}

constexpr unsigned kMaxPseudoChannels = 4;
constexpr unsigned kMaxBanks = 64;  ///< Of a pseudo channel.

/// How the banks of a channel are counted: pseudo channel, stack id, bank group, bank, most
/// significant first, as in HbmPlace. A pseudo channel has up to 64 banks.
struct BankLayout {
  struct Home {
    std::uint8_t pseudo_channel, stack_id, group, bit;  ///< Stack ids and groups of the channel.
  };

  explicit BankLayout(const HbmGeometry& geometry);
  unsigned index(unsigned pseudo_channel, unsigned bit) const {
    return pseudo_channel * banks + bit;
  }

  /// The banks of each part of a pseudo channel that is refreshed by itself.
  std::vector<BankMask> devices() const;

  unsigned pseudo_channels, stack_ids, groups, banks;  ///< Each of a pseudo channel.
  bool ranks;                                          ///< Stack ids are devices.
  unsigned banks_per_group;
  std::vector<Home> homes;                     ///< By bank of the channel.
  std::array<BankMask, kMaxBanks> group_of{};  ///< By bank of a pseudo channel: those of its group.
};

}  // namespace cvp::hbm_cycle
