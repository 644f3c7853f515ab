// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/cycle/rule_table.h"

namespace cvp::hbm_cycle {
namespace {

using enum DramCommand;

class Table {
 public:
  explicit Table(const HbmCommands& commands) : commands_(commands) {}

  /// Ticks that a command occupies its bus.
  Tick length_of(DramCommand command) const {
    if (command == kActivate) return commands_.act;
    if (is_column(command)) return commands_.column;
    return is_precharge(command) ? commands_.precharge : commands_.refresh;
  }
  void clocks(const char* name, DramCommand first, DramCommand second, Scope scope, unsigned value,
              unsigned window = 1) {
    const Tick ends = commands_.count_from_end ? length_of(first) - length_of(second) : 0;
    ticks(name, first, second, scope, 2 * Tick{value} + ends, window);
  }
  void ticks(const char* name, DramCommand first, DramCommand second, Scope scope, Tick distance,
             unsigned window = 1) {
    if (distance > 0) rules_.push_back({name, first, second, scope, distance, window});
  }
  const HbmCommands& lengths() const { return commands_; }
  std::vector<TimingRule> take() { return std::move(rules_); }

 private:
  const HbmCommands commands_;
  std::vector<TimingRule> rules_;
};

// What shares the supply and the row logic: a rank, or all of a pseudo channel.
Scope device_of(const HbmTiming& t) {
  return t.geometry.ranks ? Scope::kStackId : Scope::kPseudoChannel;
}

// What must lie before a precharge of the bank, or of a set of banks with it among them.
void precharge_rules(Table& table, const HbmTiming& t) {
  const Scope device = device_of(t);
  const unsigned write = t.cwl + t.burst + t.wr;
  for (const auto& [precharge, scope] : {std::pair{kPrecharge, Scope::kBank},
                                         {kPrechargeSame, Scope::kBank},
                                         {kPrechargeAll, device}}) {
    table.clocks("tRAS", kActivate, precharge, scope, t.ras);
    table.clocks("tRTP", kRead, precharge, scope, t.rtp);
    table.clocks("tWR", kWrite, precharge, scope, write);
  }
  for (const auto first : {kPrecharge, kPrechargeSame, kPrechargeAll}) {
    for (const auto second : {kPrecharge, kPrechargeSame, kPrechargeAll}) {
      table.clocks("tPPD", first, second, device, t.ppd);
    }
  }
}

void activate_rules(Table& table, const HbmTiming& t) {
  table.clocks("tRC", kActivate, kActivate, Scope::kBank, t.rc);
  table.clocks("tRRDL", kActivate, kActivate, Scope::kBankGroup, t.rrd_l);
  table.clocks("tRRDS", kActivate, kActivate, device_of(t), t.rrd_s);
  table.clocks("tFAW", kActivate, kActivate, device_of(t), t.faw, 4);
  table.clocks("tRP", kPrecharge, kActivate, Scope::kBank, t.rp);
  table.clocks("tRP", kPrechargeSame, kActivate, Scope::kBank, t.rp);
  table.clocks("tRP", kPrechargeAll, kActivate, device_of(t), t.rp);
}

void column_rules(Table& table, const HbmTiming& t) {
  table.clocks("tRCDRD", kActivate, kRead, Scope::kBank, t.rcd_rd);
  table.clocks("tRCDWR", kActivate, kWrite, Scope::kBank, t.rcd_wr);
  table.clocks("tCCDL", kRead, kRead, Scope::kBankGroup, t.ccd_l);
  table.clocks("tCCDS", kRead, kRead, Scope::kStackId, t.ccd_s);
  table.clocks("tCCDR", kRead, kRead, Scope::kOtherStackId, t.ccd_r);
  table.clocks("tCCDL_WR", kWrite, kWrite, Scope::kBankGroup, t.ccd_l_wr);
  table.clocks("tCCDS", kWrite, kWrite, Scope::kPseudoChannel, t.ccd_s);
  table.clocks("tRTW", kRead, kWrite, Scope::kPseudoChannel, t.rtw);
  table.clocks("tWTRS", kWrite, kRead, device_of(t), t.cwl + t.burst + t.wtr_s);
  table.clocks("tWTRL", kWrite, kRead, Scope::kBankGroup, t.cwl + t.burst + t.wtr_l);
  // Another rank has nothing to recover from; only the data must not meet, as from read to read.
  if (t.geometry.ranks && t.cwl + t.ccd_r > t.cl) {
    table.clocks("tCCDR", kWrite, kRead, Scope::kOtherStackId, t.cwl + t.ccd_r - t.cl);
  }
}

// One refresh command with the scope of what it refreshes.
void refresh_rules(Table& table, const HbmTiming& t, DramCommand refresh, Scope scope,
                   unsigned rfc) {
  const Scope device = device_of(t);
  table.clocks("tRC", kActivate, refresh, scope, t.rc);
  for (const auto precharge : {kPrecharge, kPrechargeSame}) {
    table.clocks("tRP", precharge, refresh, scope, t.rp);
  }
  table.clocks("tRP", kPrechargeAll, refresh, device, t.rp);
  table.clocks("tRTP + tRP", kRead, refresh, scope, t.rtp + t.rp);
  table.clocks("tWR + tRP", kWrite, refresh, scope, t.cwl + t.burst + t.wr + t.rp);
  table.clocks("tRFC", refresh, kActivate, scope, rfc);
  table.clocks("tRFC", refresh, kPrecharge, scope, rfc);
  table.clocks("tRFC", refresh, kPrechargeSame, scope, rfc);
  for (const auto next : {kRefreshAll, kRefreshBank, kRefreshSame}) {
    table.clocks("tRFC", refresh, next, next == kRefreshAll ? device : scope, rfc);
  }
  if (refresh == kRefreshAll) {
    table.clocks("tRFC", refresh, kPrechargeAll, scope, rfc);
    return;
  }
  // Others of the pseudo channel go on, at a distance that spares the supply.
  table.clocks("tRREFD", refresh, kRefreshBank, device, t.rrefd);
  table.clocks("tRREFD", refresh, kRefreshSame, device, t.rrefd);
  table.clocks("tRREFD", refresh, kActivate, device, t.rrefd);
  table.clocks("tRRDS", kActivate, refresh, device, t.rrd_s);
}

// For all pseudo channels one row bus and one column bus, or one bus for all commands.
void bus_rules(Table& table, unsigned buses) {
  for (unsigned i = 0; i < kDramCommands; ++i) {
    for (unsigned j = 0; j < kDramCommands; ++j) {
      const auto first = static_cast<DramCommand>(i), second = static_cast<DramCommand>(j);
      if (buses == 2 && is_column(first) != is_column(second)) continue;
      const char* bus = buses == 1 ? "command bus" : is_column(first) ? "column bus" : "row bus";
      table.ticks(bus, first, second, Scope::kChannel, table.length_of(first));
    }
  }
  if (starts_on_odd_ticks(kPrecharge, table.lengths())) return;
  // A precharge on the even tick right behind a row command that began on an odd one shares its
  // slot: both must concern a single bank, and not the same.
  for (const auto first : {kActivate, kRefreshBank, kRefreshSame, kRefreshAll}) {
    const bool single = first == kActivate || first == kRefreshBank;
    const Tick next_slot = table.length_of(first) + 1;
    if (next_slot % 2 == 1) continue;  // Ends with a slot.
    table.ticks("shared slot", first, kPrecharge, single ? Scope::kBank : Scope::kPseudoChannel,
                next_slot);
    table.ticks("shared slot", first, kPrechargeSame, Scope::kPseudoChannel, next_slot);
    table.ticks("shared slot", first, kPrechargeAll, Scope::kPseudoChannel, next_slot);
  }
}

}  // namespace

bool starts_on_odd_ticks(DramCommand command, const HbmCommands& commands) {
  return !is_precharge(command) || commands.precharge % 2 == 0;
}

std::vector<TimingRule> timing_rules(const HbmTiming& timing) {
  Table table(timing.commands);
  activate_rules(table, timing);
  column_rules(table, timing);
  precharge_rules(table, timing);
  refresh_rules(table, timing, kRefreshAll, device_of(timing), timing.rfc_ab);
  refresh_rules(table, timing, kRefreshBank, Scope::kBank, timing.rfc_pb);
  refresh_rules(table, timing, kRefreshSame, Scope::kBank, timing.rfc_sb);
  bus_rules(table, timing.commands.buses);
  return table.take();
}

}  // namespace cvp::hbm_cycle
