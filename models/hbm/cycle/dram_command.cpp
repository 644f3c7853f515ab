// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/cycle/dram_command.h"

#include "models/core/report.h"

namespace cvp::hbm_cycle {

const char* name_of(DramCommand command) {
  constexpr const char* kNames[kDramCommands] = {"ACT",   "RD",    "WR",    "PRE",  "PREab",
                                                 "PREsb", "REFab", "REFpb", "REFsb"};
  return kNames[static_cast<unsigned>(command)];
}

BankLayout::BankLayout(const HbmGeometry& g)
    : pseudo_channels(g.pseudo_channels),
      stack_ids(g.stack_ids),
      groups(g.stack_ids * g.bank_groups),
      banks(groups * g.banks),
      ranks(g.ranks),
      banks_per_group(g.banks) {
  CVP_CHECK(pseudo_channels <= kMaxPseudoChannels && banks <= kMaxBanks, "a pseudo channel of ",
            banks, " banks");
  for (unsigned bank = 0; bank < banks; ++bank) {
    group_of[bank] = (~BankMask{0} >> (kMaxBanks - g.banks)) << (bank / g.banks * g.banks);
  }
  for (unsigned pc = 0; pc < pseudo_channels; ++pc) {
    for (unsigned bank = 0; bank < banks; ++bank) {
      const unsigned group = bank / g.banks;
      homes.push_back({static_cast<std::uint8_t>(pc),
                       static_cast<std::uint8_t>(pc * stack_ids + group / g.bank_groups),
                       static_cast<std::uint8_t>(pc * groups + group),
                       static_cast<std::uint8_t>(bank)});
    }
  }
}

std::vector<BankMask> BankLayout::devices() const {
  const unsigned count = ranks ? stack_ids : 1, size = banks / count;
  std::vector<BankMask> all;
  for (unsigned device = 0; device < count; ++device) {
    all.push_back((~BankMask{0} >> (kMaxBanks - size)) << device * size);
  }
  return all;
}

}  // namespace cvp::hbm_cycle
