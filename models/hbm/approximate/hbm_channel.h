// SPDX-License-Identifier: Apache-2.0
//
// One channel at approximate fidelity: each burst takes the earliest free windows for its ACT and
// its column command that its bank, the controller's queue and the direction of the data bus allow,
// and so may pass bursts that came before it. Reads are scheduled as they arrive. Where reads and
// writes mix, both wait in real queues for their direction's turn, and the answer is a forecast.
// README.md says what this leaves out. No SystemC, no events.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "models/hbm/approximate/hbm_calendar.h"
#include "models/hbm/approximate/hbm_occupancy.h"
#include "models/hbm/approximate/strided_bits.h"
#include "models/hbm/hbm_controller.h"
#include "models/hbm/hbm_map.h"
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

/// The newest command on the bus for column commands, which all pseudo channels of a channel share.
struct HbmColumnBus {
  Slot last = -1;
  unsigned pc = 0;
};

class HbmChannel {
 public:
  HbmChannel(const HbmTiming& timing, const HbmControllerParams& params);

  /// `bursts` columns of the row of `place`, asked for at tick `arrival`: the end of the last data
  /// beat of a read, the start of the last WR of a write. An arrival before the newest one finds
  /// the channel as that one left it.
  Tick access(bool write, HbmPlace place, unsigned bursts, Tick arrival);
  /// To be shared with others that are part of the same channel: theirs before an access, its own
  /// behind it.
  HbmColumnBus& bus() { return bus_; }
  /// Serves what has had its turn by tick `until`; arrivals before it find what they would have
  /// found.
  void advance(Tick until);

  /// Refreshes are due at the multiples of `interval` that come after `now`.
  void set_refresh_interval(Tick interval, Tick now);

  const HbmChannelStatistics& statistics() const { return statistics_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(banks_, pcs_, devices_, lanes_, queues_[0], queues_[1], now_, accepted_, forgotten_,
            reads_served_, openings_, bus_.last, bus_.pc, waiting_[0], waiting_[1], lateness_,
            since_write_, writes_turn_, bounds_epoch_, reads_, writes_, reads_before_, writing_,
            rules_.refi, refresh_tick_, epoch_, refresh_planned_, unit_step_, next_unit_, unit_,
            statistics_);
  }

 private:
  static constexpr Tick kNever = std::numeric_limits<Tick>::max() / 2;
  static constexpr Slot kLong = 1 << 20, kNoSlot = kNever / 4;
  static constexpr unsigned kMaxStacks = 8;
  static constexpr unsigned kMixed = 512;  // Reads after a write.

  struct Bank {
    std::uint32_t row = 0, last_row = 0;
    bool open = false, for_write = false;
    std::int64_t epoch = 0;  // Refreshes of all banks before its ACT.
    Slot act = -kLong;
    Tick row_ready = 0;  // Earliest PRE if open, ACT if closed.
    // The row was idle, and could have been closed, before its last column.
    Tick idle_from = 0, idle_until = -1;
    // The row before: its first possible column, and when it was closed.
    Slot last_columns = 0;
    Tick last_closed = -1;

    template <class Archive>
    void serialize(Archive& archive) {
      archive(row, last_row, open, for_write, epoch, act, row_ready, idle_from, idle_until,
              last_columns, last_closed);
    }
  };
  /// Of one bank group of one stack id.
  struct Lane {
    Slot read_from = 0;                  // After a write.
    std::array<HbmCalendar, 2> columns;  // By direction.

    template <class Archive>
    void serialize(Archive& archive) {
      archive(columns, read_from);
    }
  };
  /// Of one stack id: when its lanes took turns.
  struct Stack {
    unsigned lane = 0;
    std::int64_t last = -kLong, other_lane = -kLong;  // The last reads of it, and of another lane.

    template <class Archive>
    void serialize(Archive& archive) {
      archive(lane, last, other_lane);
    }
  };
  /// What is activated and refreshed by itself: a rank, or a whole pseudo channel.
  struct Device {
    Slot from = 0, from_next_refresh = 0;  // Commands start again after a refresh.
    HbmCalendar activates;

    template <class Archive>
    void serialize(Archive& archive) {
      archive(activates, from, from_next_refresh);
    }
  };
  struct PseudoChannel {
    HbmCalendar columns;
    // Who took each window of `columns`: a ring that has room for all that are remembered.
    std::array<std::uint8_t, HbmCalendar::kWindows> stack_of{};
    std::array<Stack, kMaxStacks> stacks;
    std::uint8_t last_stack = 0;
    std::int64_t stack_changed = -kLong;  // The last read that was of another one than before.
    Slot lost = 0;                        // To changes of the stack id, in half slots.
    // The newest columns, and the newest of the reads when the turn of writes began.
    Slot reads = -kLong, writes = -kLong, reads_before = -kLong;

    template <class Archive>
    void serialize(Archive& archive) {
      archive(columns, stack_of, stacks, last_stack, stack_changed, lost, reads, writes,
              reads_before);
    }
  };
  /// Where a bank lies; constant.
  struct BankPlace {
    std::uint8_t pc, device, stack, lane;
  };
  /// A request that waits for its turn.
  struct Request {
    HbmPlace place;
    Tick ready = 0, forecast = 0;
    Slot not_before = 0;  // Of a read: its next command; a bound, as of the newest refresh.

    template <class Archive>
    void serialize(Archive& archive) {
      archive(place.bits, ready, forecast, not_before);
    }
  };
  /// One burst on its way.
  struct Burst {
    bool write;
    std::uint32_t row;
    Bank& bank;
    PseudoChannel& pc;
    Device& device;
    Lane& lane;
    BankPlace place;
    Tick ready;
    Slot from, until;    // Row commands start at or after the one and before the other.
    std::int64_t epoch;  // Between these refreshes.
  };

  /// Columns of one row, each as soon as its bank group allows; constant, of a direction.
  struct Run {
    Slot step;
    bool regular;     // The same number of the pseudo channel's windows lies between all of them.
    unsigned stride;  // That number.
    StridedBits windows, lane_windows, slots;
  };

  struct Column {
    Slot slot;
    HbmCalendar::Window window, lane_window;  // Of the pseudo channel and of the lane.
  };

  static Run run_of(Slot step, Slot window);
  Tick access_rest(bool write, HbmPlace place, unsigned left, Tick end);
  Tick accept(bool write);
  Tick read(HbmPlace place);
  unsigned follow(bool write, HbmPlace place, unsigned count, Tick& end);
  Tick write(HbmPlace place);

  /// Reads and writes mix: reads wait, too.
  bool mixed() const { return since_write_ < kMixed; }
  bool anybody_waits() const { return !waiting_[0].empty() || !waiting_[1].empty(); }
  /// Up to this slot the direction whose turn it is has been served.
  Slot frontier() const { return writes_turn_ ? writes_ : reads_; }
  Tick wait_for_turn(bool write, HbmPlace place, Tick ready);
  void take_turns_until(Slot slot);
  void take_turn();
  void end_reads_turn();
  Slot earliest_act(const Request& read) const;
  Slot next_command(const Request& read, Slot from) const;
  void serve_next_read();
  void serve_writes();
  unsigned most_of_a_lane(std::size_t count);
  void serve_waiting(bool write, const Request& request);

  Tick serve_read(HbmPlace place, Tick ready);
  Tick serve_write(HbmPlace place, Tick ready);
  Tick serve(bool write, HbmPlace place, Tick ready);
  bool schedule(const Burst& burst, Slot& column);
  bool hit(const Burst& burst, Slot& column);
  bool rejoin(const Burst& burst, Slot& column);
  bool open(const Burst& burst, Slot& column);
  void reopen(Bank& bank, Device& device, Tick ready);
  Slot count_reopening(Device& device, Tick closed);
  Column free_column(const Burst& burst, Slot from) const;
  void take_column(const Burst& burst, Column column);
  void note_lane(const Burst& burst, HbmCalendar::Window window);
  bool stays(const Burst& burst) const;
  Slot wait_of_hit(const Burst& burst) const;
  void change_stacks(PseudoChannel& pc, std::uint8_t own, HbmCalendar::Window window);
  void forget_before(Slot slot);
  void leave(const Burst& burst, Slot row, Slot column);

  void set_up_refresh(const HbmTiming& timing);
  void plan_refresh();
  void end_refresh();
  void refresh_units(Tick until);

  Slot act_column(bool write) const { return write ? rules_.act_wr : rules_.act_rd; }
  Tick column_pre(bool write) const { return write ? rules_.wr_pre : rules_.rd_pre; }

  HbmRules rules_;  // Its tREFI may change.
  const HbmControllerParams params_;
  const unsigned banks_per_device_;
  const bool changes_cost_;  // Of the stack id.
  const std::array<Run, 2> runs_;
  std::vector<BankPlace> places_;
  // Refresh that is not of all banks: of so many units in turn, a step apart.
  unsigned units_ = 1;
  Tick unit_step_ = 0, unit_ready_ = 0;  // The latter from REF to ACT.

  std::vector<Bank> banks_;
  std::vector<PseudoChannel> pcs_;
  std::vector<Device> devices_;
  std::vector<Lane> lanes_;
  std::array<HbmOccupancy, 2> queues_;  // By direction; their time is a slot ahead.
  Tick now_ = 0;                        // Of the newest arrival.
  Slot accepted_ = -1;                  // The newest of the queues' entries.
  Slot forgotten_ = 0;                  // Nothing is scheduled before.
  std::int64_t reads_served_ = 0;
  Slot openings_ = 0;  // How many of the latest reads have opened their rows.
  HbmColumnBus bus_;

  std::array<std::vector<Request>, 2> waiting_;  // By direction, in the order of arrival.
  std::array<Tick, 2> lateness_{};               // Behind their forecasts: the mean times kMean.
  unsigned since_write_ = kMixed;                // Reads.
  bool writes_turn_ = false;                     // Who is served.
  std::int64_t bounds_epoch_ = 0;                // Refreshes that bounds of reads know of.
  // Of the turn at hand: who is left over, whom banks and lanes have served.
  std::vector<Request> left_;
  std::vector<std::uint32_t> turn_of_bank_, row_in_turn_;
  std::uint32_t turn_ = 0;
  std::vector<unsigned> of_lane_, lanes_with_;
  // How far a direction's row commands have come; the last: reads when the turn of writes began.
  Slot reads_ = -kLong, writes_ = -kLong, reads_before_ = -kLong;
  bool writing_ = false;  // The newest burst is a write.

  Tick refresh_tick_;       // The next refresh of all banks ...
  std::int64_t epoch_ = 0;  // ... and how many there were before.
  bool refresh_planned_ = false;
  Tick next_unit_;  // The next one of a bank or some.
  unsigned unit_ = 0;
  HbmChannelStatistics statistics_;
};

}  // namespace cvp
