// SPDX-License-Identifier: Apache-2.0
//
// One channel at approximate fidelity. Requests wait in real queues and are served by a scheduler
// that runs behind the arrivals: up to the newest one, and no further. The answer, which cannot
// wait, is a forecast; it is exact while the channel is idle, and what it errs by under load is
// paid back by later answers, so that answers and service agree on average. README.md has the
// whole story. No SystemC, no events.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "models/hbm/hbm_controller.h"
#include "models/hbm/hbm_map.h"
#include "models/hbm/hbm_request_queue.h"
#include "models/hbm/hbm_timing.h"

namespace cvp {

struct HbmChannelStatistics {
  std::uint64_t reads = 0, writes = 0;  ///< Bursts.
  std::uint64_t row_hits = 0, row_misses = 0, row_conflicts = 0;
  std::uint64_t activates = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(reads, writes, row_hits, row_misses, row_conflicts, activates);
  }
};

class HbmChannel {
 public:
  static constexpr unsigned kMaxBursts = 255;  ///< Of one access.

  HbmChannel(const HbmTiming& timing, const HbmControllerParams& params);

  /// `bursts` columns of the row of `place`, asked for at tick `arrival`: the end of the last data
  /// beat of a read, the start of the last WR of a write. An arrival before the newest one finds
  /// the channel as that one left it.
  Tick access(bool write, HbmPlace place, unsigned bursts, Tick arrival);
  /// Serves what waits, up to tick `until`.
  void advance(Tick until);

  /// Refreshes are due at the multiples of `interval` that come after `now`.
  void set_refresh_interval(Tick interval, Tick now);

  const HbmChannelStatistics& statistics() const { return statistics_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(banks_, pcs_, lanes_, bus_, base_, fifo_, youngest_, queues_[0], queues_[1], accepted_,
            writing_, writing_since_, now_, next_column_, next_row_, next_accept_, accepts_, room_,
            row_free_, refresh_tick_, next_unit_, refreshing_, alone_, bus_forecast_, backlog_,
            interval_, last_column_, debt_, rules_.refi, unit_step_, statistics_);
  }

 private:
  static constexpr Tick kNever = std::numeric_limits<Tick>::max() / 2;
  static constexpr Slot kLong = 1 << 20, kNoSlot = kNever / 4;
  static constexpr unsigned kMaxPseudoChannels = 2, kMaxStacks = 8, kMaxRun = 16;
  static constexpr unsigned kNone = ~0U;
  static constexpr Tick kUnanswered = -1;

  struct Bank {
    std::uint32_t row = 0;
    bool open = false;
    bool opening = false;     // Before the end of tRCD.
    bool conflicted = false;  // Closed for the sake of another row.
    bool activated = false;   // `request` has opened the row and waits for its column.
    HbmRequest request;
    Slot act = -kLong;
    Tick row_ready = 0;  // Earliest PRE if open, ACT if closed.
    // By direction: the oldest request for another row than the open one, and since when.
    std::array<std::uint32_t, 2> conflict = {kNone, kNone};
    std::array<Tick, 2> conflict_since{};

    template <class Archive>
    void serialize(Archive& archive) {
      archive(row, open, opening, conflicted, activated, request, act, row_ready, conflict,
              conflict_since);
    }
  };
  struct Lane {
    Slot act_from = 0;
    std::array<Slot, 2> column_from{};  // By direction.

    template <class Archive>
    void serialize(Archive& archive) {
      archive(act_from, column_from);
    }
  };
  /// Masks are of banks, counted through the pseudo channel.
  struct PseudoChannel {
    // By direction: requests whose row is open, and those that want an ACT, the oldest of a bank.
    std::array<HbmAgeSet, 2> hits, wants;
    std::uint64_t open = 0;
    std::uint32_t unit = 0, owed = 0;  // To be refreshed next, and how many are late.
    std::uint64_t activated = 0;  // With a request that waits for its column, its tRCD over ...
    std::array<std::uint8_t, 64> opening{};  // ... or not: a ring of banks in the order of ACT.
    std::uint32_t opening_first = 0, opening_last = 0;
    Slot act_from = 0;
    Tick act_at = kNever;               // Nothing wanted has its ACT earlier.
    std::array<Slot, 2> column_from{};  // By direction.
    std::array<Slot, 4> recent_acts{-kLong, -kLong, -kLong, -kLong};
    std::uint32_t act_count = 0;
    Slot column_at = kNoSlot;  // Nothing has its column earlier ...
    Slot free_from = 0;        // ... nor can anything have it before.
    // When the next ACT, and the next column of an open row, was expected to be possible.
    Slot act_forecast = 0, hit_forecast = 0;
    // Slots from `base` on in which a stack id can have no column: too near to one taken.
    std::array<std::uint64_t, kMaxStacks> blocked{};
    Slot base = 0;

    bool any_activated() const { return activated != 0 || opening_first != opening_last; }

    template <class Archive>
    void serialize(Archive& archive) {
      archive(hits, wants, open, unit, owed, activated, opening, opening_first, opening_last,
              act_from, act_at, column_from, recent_acts, act_count, column_at, free_from,
              act_forecast, hit_forecast, blocked, base);
    }
  };
  /// Where a bank lies; constant.
  struct BankPlace {
    std::uint8_t pc, stack, lane, local;  // The stack id and the bank in the pseudo channel.
  };
  /// Slots lost around a run of n + 1 columns, from its first one on.
  struct RunMasks {
    Slot step = 0;  // From column to column.
    std::array<std::uint64_t, kMaxRun> taken{}, same_stack{}, same_pc{};
  };
  struct Column {
    HbmRequest* request = nullptr;
    unsigned place = kNone;  // In the queue, or none: its row was opened for it.

    bool before(const Column& other) const {
      if (request == nullptr || other.request == nullptr) return request != nullptr;
      if ((place == kNone) != (other.place == kNone)) return place == kNone;
      return request->age < other.request->age;
    }
  };

  void accept_waiting();
  void accept(const HbmRequest& request);
  void update_direction();
  void turn(bool write);

  void column_slot(Tick tick);
  void look_for_column(PseudoChannel& pc, Slot slot);
  Column choose_column(unsigned pc);
  Slot column_wait(const PseudoChannel& pc, BankPlace where, bool write) const;
  void issue_column(Column column);
  struct Taken {
    unsigned bursts;
    Slot last, length;  // Slot of the last one, and how far from the first.
  };
  Taken take_columns(const HbmRequest& request);
  void settle(const HbmRequest& request, const Taken& taken);

  void row_slot(Tick tick);
  unsigned choose_act(unsigned pc, Tick tick);
  void want_act(PseudoChannel& pc, Tick ready);
  // An open row is closed as soon as its timing allows if another one is wanted; PRE is commanded
  // by nobody, it has happened when somebody looks.
  Tick closes_at(const Bank& bank) const {
    if (!bank.open || bank.activated || bank.conflict[writing_] == kNone) return kNever;
    return std::max(std::max(bank.row_ready, bank.conflict_since[writing_]), writing_since_);
  }
  // When the bank can have the ACT it is wanted for.
  Tick act_ready(const Bank& bank) const {
    if (!bank.open) return bank.row_ready;
    return std::max(closes_at(bank) + rules_.pre_act, tick_of(bank.act + rules_.act_act));
  }
  void activate(bool write, unsigned place, Tick tick);
  void opened(unsigned bank);
  void precharge(unsigned bank, Tick tick);
  void set_up_refresh(const HbmTiming& timing);
  void skip_refreshes(Tick until);
  void refresh_slot(Tick tick);
  void refresh_units();
  bool may_refresh(unsigned pc, unsigned unit, bool late) const;
  void refresh_unit(unsigned pc, unsigned unit);

  Tick answer(const HbmRequest& request);
  Tick forecast(const HbmRequest& request);
  Tick forecast_alone(const HbmRequest& request);
  Tick refresh_end(unsigned pc, Tick from) const;

  Slot act_column(bool write) const { return write ? rules_.act_wr : rules_.act_rd; }
  Slot column_step(bool write) const { return write ? rules_.wr_wr_l : rules_.rd_rd_l; }
  bool refreshing() const { return refreshing_ < pc_count_; }

  HbmRules rules_;  // Its tREFI may change.
  const HbmControllerParams params_;
  const unsigned pc_count_, stacks_, banks_per_pc_;  // Stack ids a pseudo channel.
  std::vector<BankPlace> places_;
  std::array<RunMasks, 2> run_masks_;  // By direction.
  unsigned max_run_;
  // Refresh that is not of all banks: of so many units in turn, a step apart.
  unsigned units_ = 1, max_owed_ = 0;
  Tick unit_step_ = 0, unit_ready_ = 0;  // The latter from REF to ACT.

  std::vector<Bank> banks_;
  std::array<PseudoChannel, kMaxPseudoChannels> pcs_;
  std::vector<Lane> lanes_;
  std::uint64_t bus_ = 0;  // Slots from base_ on with a column.
  Slot base_ = 0;

  HbmRequestFifo fifo_;
  std::vector<std::uint64_t> youngest_;    // By bank: place in the FIFO.
  std::array<HbmRequestQueue, 2> queues_;  // By direction.
  std::uint64_t accepted_ = 0;
  bool writing_ = true;  // The direction that is served ...
  Tick writing_since_ = 0;

  Tick now_ = 0;  // Served up to and including this tick.
  Tick next_column_ = kNever, next_row_ = kNever, next_accept_ = kNever;
  unsigned accepts_ = 0;  // For the tick after now_.
  bool room_ = false;     // A queue has become shorter in this tick.
  Tick row_free_ = 0;
  Tick refresh_tick_;                         // The next refresh of all banks.
  Tick next_unit_;                            // The next one of a bank or some.
  unsigned refreshing_ = kMaxPseudoChannels;  // Pseudo channel that waits for its refresh.

  bool alone_ = true;           // Nothing waited when the first request of this tick came.
  Slot bus_forecast_ = 0;       // The slot of the last column that was forecast.
  std::uint64_t backlog_ = 0;   // Bursts that wait for their column.
  std::int64_t interval_;       // Mean ticks from column to column while others wait, times 256.
  Tick last_column_ = -1;       // Or -1: nothing waited then.
  std::array<Tick, 2> debt_{};  // What forecasts fell short of service, by direction.
  HbmChannelStatistics statistics_;
};

}  // namespace cvp
