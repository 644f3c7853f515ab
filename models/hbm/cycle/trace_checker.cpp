// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/cycle/trace_checker.h"

#include <algorithm>
#include <bit>

#include "models/core/report.h"

namespace cvp::hbm_cycle {

using enum DramCommand;
namespace {

// Commands that refresh every bank of a rank, or of a pseudo channel, once.
unsigned commands_a_round(const HbmGeometry& g, HbmRefresh mode) {
  if (mode == HbmRefresh::kPerBank) return g.stack_ids * g.bank_groups * g.banks;
  return mode == HbmRefresh::kSameBank ? g.stack_ids * g.banks : 1;
}

// Beside those put off one may be on its way. Who does not postpone a whole round may still serve a
// bank first in one round and last in the next.
unsigned late_refreshes(const HbmGeometry& geometry, RefreshDuty duty) {
  const unsigned round = commands_a_round(geometry, duty.mode);
  return (duty.postponed + round) / round;
}

}  // namespace

TraceChecker::TraceChecker(const HbmTiming& timing, RefreshDuty duty)
    : timing_(timing),
      late_refreshes_(late_refreshes(timing.geometry, duty)),
      refreshes_count_(duty.mode != HbmRefresh::kNone) {
  const HbmTiming& t = timing;
  const unsigned write = t.cwl + t.burst + std::max({t.wr, t.wtr_s, t.wtr_l});
  const unsigned longest = std::max({t.rc, t.ras, t.rp, t.rcd_rd, t.rcd_wr, t.rtp, t.rtw, t.faw,
                                     t.rrd_l, t.ccd_l, t.ccd_l_wr, t.ccd_r, t.rrefd, write});
  horizon_ = 2 * Tick{longest} + 8;
  PseudoChannel empty;
  empty.banks.resize(t.geometry.stack_ids * t.geometry.bank_groups * t.geometry.banks);
  pseudo_channels_.assign(t.geometry.pseudo_channels, empty);
}

Tick TraceChecker::length_of(DramCommand command) const {
  const HbmCommands& c = timing_.commands;
  switch (command) {
    case kActivate:
      return c.act;
    case kRead:
    case kWrite:
      return c.column;
    case kRefreshAll:
    case kRefreshBank:
    case kRefreshSame:
      return c.refresh;
    default:
      return c.precharge;
  }
}

// The moment from which and to which distances count.
Tick TraceChecker::anchor(const IssuedCommand& command) const {
  return command.tick + (timing_.commands.count_from_end ? length_of(command.command) : 0);
}

void TraceChecker::expect(bool holds, const char* rule, const IssuedCommand& command) {
  if (holds || !counts(rule)) return;
  first_ = concat(name_of(command.command), " to banks ", hex(command.banks), " of pseudo channel ",
                  unsigned{command.pseudo_channel}, " in tick ", command.tick, " breaks ", rule);
}

// A violation; whether it is the first one.
bool TraceChecker::counts(const char* rule) {
  ++broken_[rule];
  return ++violations_ == 1;
}

void TraceChecker::expect_clocks(const IssuedCommand& earlier, const IssuedCommand& later,
                                 const char* rule, unsigned clocks) {
  expect(anchor(later) - anchor(earlier) >= 2 * Tick{clocks}, rule, later);
}

unsigned TraceChecker::group_of(const IssuedCommand& command) const {
  return lowest_bit(command.banks) / timing_.geometry.banks;
}

unsigned TraceChecker::stack_id_of(const IssuedCommand& command) const {
  return group_of(command) / timing_.geometry.bank_groups;
}

unsigned TraceChecker::rank_of(const IssuedCommand& command) const {
  return timing_.geometry.ranks ? stack_id_of(command) : 0;
}

unsigned TraceChecker::refresh_clocks(DramCommand command) const {
  if (command == kRefreshAll) return timing_.rfc_ab;
  return command == kRefreshBank ? timing_.rfc_pb : timing_.rfc_sb;
}

void TraceChecker::on_command(const IssuedCommand& command) {
  ++commands_;
  check_refreshes(command.tick);
  check_start(command);
  while (!history_.empty() && history_.front().tick < command.tick - horizon_) {
    history_.pop_front();
  }
  const Tick longest_refresh = 2 * Tick{std::max({timing_.rfc_ab, timing_.rfc_pb, timing_.rfc_sb})};
  while (!refreshes_.empty() && refreshes_.front().tick < command.tick - longest_refresh - 8) {
    refreshes_.pop_front();
  }
  for (const IssuedCommand& earlier : history_) {
    check_bus(earlier, command);
    if (!is_refresh(earlier.command)) check_pair(earlier, command);
  }
  for (const IssuedCommand& earlier : refreshes_) check_pair(earlier, command);
  if (command.command == kActivate) check_four_activates(command);
  if (is_column(command.command)) check_data(command);
  follow_rows(command);
  history_.push_back(command);
  if (is_refresh(command.command)) refreshes_.push_back(command);
}

void TraceChecker::check_start(const IssuedCommand& command) {
  expect(command.tick >= last_, "order", command);
  last_ = command.tick;
  const bool takes_half_a_clock = is_precharge(command.command) && length_of(command.command) == 1;
  expect(takes_half_a_clock || command.tick % 2 != 0, "odd ticks", command);
  if (!timing_.geometry.ranks) return;
  const unsigned rank_banks = timing_.geometry.bank_groups * timing_.geometry.banks;
  const auto last_bank = static_cast<unsigned>(std::bit_width(command.banks)) - 1;
  expect(last_bank / rank_banks == rank_of(command), "one rank", command);
}

void TraceChecker::check_bus(const IssuedCommand& earlier, const IssuedCommand& later) {
  const Tick free = earlier.tick + length_of(earlier.command);
  if (timing_.commands.buses == 1) {
    expect(later.tick >= free, "command bus", later);
    return;
  }
  if (is_column(earlier.command) != is_column(later.command)) return;
  expect(later.tick >= free, is_column(later.command) ? "column bus" : "row bus", later);
  // The other half of a slot that a row command has begun.
  const bool shares = earlier.tick % 2 != 0 && later.tick % 2 == 0 && later.tick == free &&
                      earlier.pseudo_channel == later.pseudo_channel;
  if (!shares) return;
  const bool single = earlier.command == kActivate || earlier.command == kPrecharge ||
                      earlier.command == kRefreshBank;
  expect(single && later.command == kPrecharge && earlier.banks != later.banks, "shared slot",
         later);
}

void TraceChecker::check_pair(const IssuedCommand& earlier, const IssuedCommand& later) {
  if (earlier.pseudo_channel != later.pseudo_channel) return;
  switch (later.command) {
    case kRead:
    case kWrite:
      return check_before_column(earlier, later);
    case kPrecharge:
    case kPrechargeAll:
    case kPrechargeSame:
      return check_before_precharge(earlier, later);
    default:
      return check_before_row(earlier, later);
  }
}

// ACT and REF, both of which find the bank closed.
void TraceChecker::check_before_row(const IssuedCommand& earlier, const IssuedCommand& later) {
  const bool same_bank = (earlier.banks & later.banks) != 0;
  if (rank_of(earlier) != rank_of(later)) return;
  if (earlier.command == kActivate) {
    expect_clocks(earlier, later, "tRRDS", timing_.rrd_s);
    if (same_bank) expect_clocks(earlier, later, "tRC", timing_.rc);
    if (later.command == kActivate && group_of(earlier) == group_of(later)) {
      expect_clocks(earlier, later, "tRRDL", timing_.rrd_l);
    }
  } else if (is_precharge(earlier.command)) {
    if (same_bank) expect_clocks(earlier, later, "tRP", timing_.rp);
  } else if (is_refresh(earlier.command)) {
    if (same_bank) {
      expect_clocks(earlier, later, "tRFC", refresh_clocks(earlier.command));
    } else {
      expect_clocks(earlier, later, "tRREFD", timing_.rrefd);
    }
  }
}

void TraceChecker::check_before_column(const IssuedCommand& earlier, const IssuedCommand& later) {
  const HbmTiming& t = timing_;
  const bool read = later.command == kRead;
  const bool same_group = is_column(earlier.command) && group_of(earlier) == group_of(later);
  if (earlier.command == kActivate) {
    if (earlier.banks != later.banks) return;
    expect_clocks(earlier, later, read ? "tRCDRD" : "tRCDWR", read ? t.rcd_rd : t.rcd_wr);
  } else if (earlier.command == kRead && read) {
    const bool same_id = stack_id_of(earlier) == stack_id_of(later);
    expect_clocks(earlier, later, same_id ? "tCCDS" : "tCCDR", same_id ? t.ccd_s : t.ccd_r);
    if (same_group) expect_clocks(earlier, later, "tCCDL", t.ccd_l);
  } else if (earlier.command == kWrite && !read) {
    expect_clocks(earlier, later, "tCCDS", t.ccd_s);
    if (same_group) expect_clocks(earlier, later, "tCCDL", t.ccd_l_wr);
  } else if (earlier.command == kRead) {
    expect_clocks(earlier, later, "tRTW", t.rtw);
  } else if (earlier.command == kWrite) {
    const unsigned data = t.cwl + t.burst;
    if (rank_of(earlier) == rank_of(later)) expect_clocks(earlier, later, "tWTRS", data + t.wtr_s);
    if (same_group) expect_clocks(earlier, later, "tWTRL", data + t.wtr_l);
  }
}

void TraceChecker::check_before_precharge(const IssuedCommand& earlier,
                                          const IssuedCommand& later) {
  const HbmTiming& t = timing_;
  if (is_precharge(earlier.command) && rank_of(earlier) == rank_of(later)) {
    expect_clocks(earlier, later, "tPPD", t.ppd);
  }
  if ((earlier.banks & later.banks) == 0) return;
  if (earlier.command == kActivate) expect_clocks(earlier, later, "tRAS", t.ras);
  if (earlier.command == kRead) expect_clocks(earlier, later, "tRTP", t.rtp);
  if (earlier.command == kWrite) expect_clocks(earlier, later, "tWR", t.cwl + t.burst + t.wr);
  if (is_refresh(earlier.command)) {
    expect_clocks(earlier, later, "tRFC", refresh_clocks(earlier.command));
  }
}

void TraceChecker::check_four_activates(const IssuedCommand& command) {
  auto& activates = pseudo_channels_[command.pseudo_channel].activates[rank_of(command)];
  if (activates.size() == 4) {
    expect(command.tick - activates.front() >= 2 * Tick{timing_.faw}, "tFAW", command);
    activates.pop_front();
  }
  activates.push_back(command.tick);
}

void TraceChecker::check_data(const IssuedCommand& command) {
  PseudoChannel& channel = pseudo_channels_[command.pseudo_channel];
  const unsigned latency = command.command == kRead ? timing_.cl : timing_.cwl;
  const Tick begin = command.tick + 2 * Tick{latency};
  // What another rank reads may come as far behind all data as behind what the first one reads.
  const bool other_reads = command.command == kRead && rank_of(command) != channel.data_rank;
  const Tick gap = other_reads ? 2 * (Tick{timing_.ccd_r} - Tick{timing_.burst}) : 0;
  expect(begin >= channel.data_until + gap, gap > 0 ? "tCCDR" : "data bus", command);
  channel.data_until = begin + 2 * Tick{timing_.burst};
  channel.data_rank = rank_of(command);
}

void TraceChecker::follow_rows(const IssuedCommand& command) {
  auto& banks = pseudo_channels_[command.pseudo_channel].banks;
  for (BankMask left = command.banks; left != 0; left &= left - 1) {
    Bank& bank = banks.at(lowest_bit(left));
    if (command.command == kActivate) {
      expect(!bank.open, "ACT to an open bank", command);
      bank.open = true;
      bank.row = command.row;
    } else if (is_column(command.command)) {
      expect(bank.open && bank.row == command.row, "RD or WR of a row that is not open", command);
    } else if (is_precharge(command.command)) {
      expect(bank.open || command.command != kPrecharge, "PRE to a closed bank", command);
      bank.open = false;
    } else {
      expect(!bank.open, "REF to an open bank", command);
      // What is done ahead of its time saves only so many later ones.
      if (bank.refreshes < intervals_ + timing_.max_postponed) ++bank.refreshes;
    }
  }
}

// Every bank is owed one more refresh each tREFI.
void TraceChecker::check_refreshes(Tick tick) {
  if (!refreshes_count_) return;
  const Tick refi = 2 * Tick{timing_.refi};
  for (Tick due = refi * (static_cast<Tick>(intervals_) + 1); due <= tick; due += refi) {
    ++intervals_;
    for (std::size_t pc = 0; pc < pseudo_channels_.size(); ++pc) {
      const auto& banks = pseudo_channels_[pc].banks;
      for (std::size_t bank = 0; bank < banks.size(); ++bank) {
        if (banks[bank].refreshes + late_refreshes_ >= intervals_ || !counts("tREFI")) continue;
        first_ = concat("bank ", bank, " of pseudo channel ", pc, " has had ",
                        banks[bank].refreshes, " of ", intervals_, " refreshes until tick ", due,
                        "; at most ", late_refreshes_, " may be late (tREFI)");
      }
    }
  }
}

}  // namespace cvp::hbm_cycle
