// SPDX-License-Identifier: Apache-2.0
//
// Verifies every command of a channel against the data sheet's rules. It is written from
// HbmTiming alone, as pairs of commands in a history, and shares nothing with the rule table and
// the schedulers, so that a mistake there shows here. No SystemC.
//
// Checked: distances between commands, four activates, rows (ACT to closed banks, RD and WR to the
// open row, PRE to open banks, REF to closed ones), ranks (no command concerns two), the buses, the
// ticks on which commands may start, the data bus, and that no bank is owed more refreshes than may
// be put off.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "models/hbm/cycle/dram_command.h"
#include "models/hbm/hbm_controller.h"

namespace cvp::hbm_cycle {

/// What a controller promises about refreshes: of which kind, and how many commands may be late.
struct RefreshDuty {
  HbmRefresh mode = HbmRefresh::kNone;  ///< None: refreshes are not counted.
  unsigned postponed = 0;
};

class TraceChecker : public CommandObserver {
 public:
  explicit TraceChecker(const HbmTiming& timing, RefreshDuty duty = {});

  void on_command(const IssuedCommand& command) override;
  /// The trace, which began with tick 0, ends with `tick`: refreshes were owed until then.
  void finish(Tick tick) { check_refreshes(tick); }

  std::uint64_t commands() const { return commands_; }
  std::uint64_t violations() const { return violations_; }
  /// How often each rule was broken, by the data sheet's word for it.
  const std::map<std::string, std::uint64_t>& broken() const { return broken_; }
  /// The first one, in words; empty if none.
  const std::string& first() const { return first_; }

 private:
  struct Bank {
    bool open = false;
    std::uint32_t row = 0;
    std::uint64_t refreshes = 0;
  };
  struct PseudoChannel {
    std::vector<Bank> banks;
    std::map<unsigned, std::deque<Tick>> activates;  // The last four, by rank.
    Tick data_until = 0;
    unsigned data_rank = 0;  // Whose data that was.
  };

  Tick length_of(DramCommand command) const;
  Tick anchor(const IssuedCommand& command) const;
  void expect(bool holds, const char* rule, const IssuedCommand& command);
  bool counts(const char* rule);
  void expect_clocks(const IssuedCommand& earlier, const IssuedCommand& later, const char* rule,
                     unsigned clocks);
  void check_start(const IssuedCommand& command);
  void check_bus(const IssuedCommand& earlier, const IssuedCommand& later);
  void check_pair(const IssuedCommand& earlier, const IssuedCommand& later);
  void check_before_row(const IssuedCommand& earlier, const IssuedCommand& later);
  void check_before_column(const IssuedCommand& earlier, const IssuedCommand& later);
  void check_before_precharge(const IssuedCommand& earlier, const IssuedCommand& later);
  void check_four_activates(const IssuedCommand& command);
  void check_data(const IssuedCommand& command);
  void follow_rows(const IssuedCommand& command);
  void check_refreshes(Tick tick);
  unsigned refresh_clocks(DramCommand command) const;
  unsigned group_of(const IssuedCommand& command) const;
  unsigned stack_id_of(const IssuedCommand& command) const;
  unsigned rank_of(const IssuedCommand& command) const;

  const HbmTiming timing_;
  const std::uint64_t late_refreshes_;  // That one bank may be owed.
  const bool refreshes_count_;
  Tick horizon_;                         // Nothing older can break a rule, but refreshes.
  std::deque<IssuedCommand> history_;    // Within the horizon.
  std::deque<IssuedCommand> refreshes_;  // Within the longest tRFC.
  std::vector<PseudoChannel> pseudo_channels_;
  Tick last_ = 0;
  std::uint64_t intervals_ = 0;  // Whole ones of tREFI that have passed.
  std::uint64_t commands_ = 0, violations_ = 0;
  std::map<std::string, std::uint64_t> broken_;
  std::string first_;
};

}  // namespace cvp::hbm_cycle
