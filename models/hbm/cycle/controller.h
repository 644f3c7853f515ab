// SPDX-License-Identifier: Apache-2.0
//
// The controller of one channel, command by command. It never steps a clock: after each step it
// knows the next tick at which a request can move or a command can issue, and goes there. No
// SystemC.
//
// A step does what a clocked controller does in that tick, in the same order:
//   1. up to four requests move from the FIFO into the queues; a read of a write that waits there
//      is answered, a write to it merges;
//   2. refreshes fall due;
//   3. on odd ticks one column command: activated requests first, then the queue being served;
//   4. one row command.
// For column commands, activates, precharges and refreshes there is a plan each (command_plans.h).
// It is made once and holds until something that it rests on changes; a new candidate is compared
// with it.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "models/hbm/cycle/command_plans.h"
#include "models/hbm/cycle/controller_policy.h"
#include "models/hbm/cycle/legal_times.h"
#include "models/hbm/cycle/page_keeper.h"
#include "models/hbm/cycle/queue_set.h"
#include "models/hbm/cycle/refresh_planner.h"

namespace cvp::hbm_cycle {

/// A request's end: the last beat of a read, which lies ahead, or the issue of a write.
struct Completion {
  std::uint64_t id;
  Tick tick;

  bool operator==(const Completion&) const = default;
};

struct ControllerStatistics {
  std::uint64_t reads = 0, writes = 0;  ///< Bursts, as the DRAM does them.
  std::uint64_t forwarded = 0;          ///< Reads answered, writes merged, in the write queue.
  std::uint64_t row_hits = 0, row_misses = 0, row_conflicts = 0;
  std::uint64_t activates = 0, precharges = 0;
  std::uint64_t refreshes = 0;  ///< Commands.

  template <class Archive>
  void serialize(Archive& archive) {
    archive(reads, writes, forwarded, row_hits, row_misses, row_conflicts, activates, precharges,
            refreshes);
  }
};

class Controller {
 public:
  Controller(const HbmTiming& timing, const ControllerPolicy& policy);

  /// A burst that arrives at the end of tick `arrival`, which must not lie before an earlier
  /// arrival nor before the last step.
  void submit(std::uint64_t id, bool write, HbmPlace place, Tick arrival);
  /// The tick of the next step.
  Tick next_tick() const { return next_; }
  /// Does what happens in `next_tick()`.
  void step(std::vector<Completion>& completions);
  /// Nothing waits: all that steps would do is refresh.
  bool idle() const { return open_requests_ == 0; }
  /// The next step is the same whoever comes before it.
  bool backlogged() const {
    return std::all_of(sets_.begin(), sets_.end(),
                       [](const QueueSet& s) { return s.backlogged(); });
  }
  /// Of an idle time that ends at `tick`, passes whole rounds of refreshes that find rows closed.
  void skip_idle(Tick tick);
  /// `times` refreshes in tREFI from `tick` on, which lies behind the last step.
  void set_refresh_rate(unsigned times, Tick tick);

  void observe(CommandObserver* observer) { observer_ = observer; }
  const ControllerStatistics& statistics() const { return statistics_; }

  template <class Archive>
  void serialize(Archive& archive) {
    for (QueueSet& set : sets_) archive(set);
    archive(legal_, refresh_, pages_, banks_, open_, activated_, activated_writes_, tired_, plans_,
            last_, next_, open_requests_, statistics_);
  }

 private:
  struct Bank {
    OpenRow row;
    Request activated;  // If its bit is set.
    Tick last_use = 0;
    std::uint32_t hits_in_a_row = 0;
    bool closed_for_request = false;

    template <class Archive>
    void serialize(Archive& archive) {
      archive(row, activated, last_use, hits_in_a_row, closed_for_request);
    }
  };
  using Masks = std::array<BankMask, kMaxPseudoChannels>;

  QueueSet& set_of(unsigned pseudo_channel) {
    return sets_[policy_.queues_per_pseudo_channel ? pseudo_channel : 0];
  }
  template <class Visit>
  void for_served_queues(unsigned pseudo_channel, Visit visit) {
    QueueSet& set = set_of(pseudo_channel);
    if (policy_.group_writes) {
      visit(set.queues[set.serving], set.serving);
    } else {
      visit(set.queues[0], false);
      visit(set.queues[1], true);
    }
  }
  void settle_modes();
  void foresee_modes();
  void serve(QueueSet& set, bool writes);
  void move(QueueSet& set, Tick tick, std::vector<Completion>& completions);
  bool move_ahead(QueueSet& set, Tick tick);
  void enter(QueueSet& set, Tick tick);

  template <class OrderOf>
  void plan(Plan& best, Purpose purpose, unsigned pseudo_channel, BankMask banks, Tick from,
            OrderOf order_of) const;
  template <class Concerns>
  void plan_oldest(Plan& best, Purpose purpose, unsigned pseudo_channel, const RequestQueue& queue,
                   BankMask banks, Tick from, std::uint64_t younger, Concerns concerns);
  void plan_column(unsigned pseudo_channel, BankMask among, Tick from);
  void plan_activate(unsigned pseudo_channel, BankMask among, Tick from);
  void plan_activate_anew(unsigned pseudo_channel, Tick from);
  void plan_precharge(unsigned pseudo_channel, BankMask among, Tick from);
  void plan_refresh(unsigned pseudo_channel, Tick from);
  void plan_bank(unsigned bank, Tick from);
  void plan_stale_columns(Tick from);
  void plan_stale_rows(Tick from);
  void bus_was_used(Tick from);
  /// A plan of another pseudo channel, or for other banks, holds if its bus is free in time.
  void stale_if_late(PlanKind kind, unsigned pseudo_channel, Tick from) {
    const Plan& plan = plans_.of(kind, pseudo_channel);
    const Tick free = legal_.earliest_of_all(plan.purpose.command, pseudo_channel, from);
    if (plan.tick < free) plans_.set_stale(kind, pseudo_channel);
  }
  bool holds_for_refresh(unsigned pseudo_channel) const;
  BankMask rows_in_use(unsigned pseudo_channel);
  BankMask rows_given_up(unsigned pseudo_channel);
  BankMask idle_rows(unsigned pseudo_channel);
  void choose_refreshes();

  void issue_column(Plan plan, std::vector<Completion>& completions);
  void count_hit(unsigned bank);
  void issue_row(Plan plan);
  void activate(const Plan& plan, Tick tick);
  void precharge(const Plan& plan, BankMask banks, Tick tick);
  void issue(Tick tick, const Plan& plan, BankMask banks, std::uint32_t row);

  const ControllerPolicy policy_;
  const BankLayout layout_;
  const Tick read_data_;
  const bool one_bus_;      // For rows and columns.
  const bool spares_rows_;  // A new request may forbid a precharge that was planned.

  RefreshPlanner refresh_;
  LegalTimes legal_;
  PageKeeper pages_;
  std::vector<QueueSet> sets_;
  std::vector<Bank> banks_;
  Masks open_{}, activated_{}, activated_writes_{};
  Masks tired_{};  // Banks that have served enough hits while another row was wanted.
  CommandPlans plans_;
  Tick last_ = 0, next_ = kNever;
  std::uint64_t open_requests_ = 0;
  ControllerStatistics statistics_;
  CommandObserver* observer_ = nullptr;
};

}  // namespace cvp::hbm_cycle
