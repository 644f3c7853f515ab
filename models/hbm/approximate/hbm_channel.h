// SPDX-License-Identifier: Apache-2.0
//
// One channel at approximate fidelity: each burst takes the earliest free windows for its ACT and
// its column command that its bank, the controller's queue and the direction of the data bus allow,
// and so may pass bursts that came before it. Reads are scheduled as they arrive. Where reads and
// writes mix, both wait in real queues for their direction's turn, and the answer is a forecast.
// README.md says what this leaves out. No SystemC, no events.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/hbm/approximate/hbm_channel_state.h"
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
            reads_served_, openings_, closings_, bus_.last, bus_.pc, waiting_[0], waiting_[1],
            lateness_, reads_to_queue_, writes_turn_, bounds_epoch_, reads_, writes_, reads_before_,
            writing_, rules_.refi, refresh_tick_, epoch_, refresh_planned_, unit_step_, next_unit_,
            statistics_);
  }

 private:
  using Bank = hbm_approximate::Bank;
  using Lane = hbm_approximate::Lane;
  using Stack = hbm_approximate::Stack;
  using Device = hbm_approximate::Device;
  using PseudoChannel = hbm_approximate::PseudoChannel;
  using BankPlace = hbm_approximate::BankPlace;
  using Request = hbm_approximate::Request;
  static constexpr Tick kNever = hbm_approximate::kNever;
  static constexpr Slot kLong = hbm_approximate::kLong;
  static constexpr unsigned kMixed = 512, kCrowded = 4096;  // Reads that wait: see queue_reads().

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
  unsigned take_one_by_one(bool write, PseudoChannel& pc, Lane& lane, Slot first, unsigned count);
  unsigned take_together(bool write, PseudoChannel& pc, Lane& lane, Slot first, unsigned count);
  Tick write(HbmPlace place);
  void note_beginning();
  void plan_anew();

  /// So many of the next reads wait, too: reads and writes mix, or reads of a bank group close each
  /// other's rows.
  void queue_reads(unsigned count) { reads_to_queue_ = std::max(reads_to_queue_, count); }
  bool queues_reads() const { return reads_to_queue_ > 0; }
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
  void note_closing(bool wanted);
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
  unsigned pick_unit(unsigned device) const;
  void refresh_unit(unsigned device, unsigned unit);
  template <class Use>
  void each_bank(unsigned device, unsigned unit, Use use) const;

  /// On one pseudo channel, in slots; so many ticks are one.
  Slot two_columns() const { return 2 * rules_.rd_rd_s; }
  Slot act_column(bool write) const { return write ? rules_.act_wr : rules_.act_rd; }
  Tick column_pre(bool write) const { return write ? rules_.wr_pre : rules_.rd_pre; }

  HbmRules rules_;  // Its tREFI may change.
  HbmControllerParams params_;
  unsigned banks_per_device_;
  bool changes_cost_;  // Of the stack id.
  std::array<Run, 2> runs_;
  std::vector<BankPlace> places_;
  // Refresh that is not of all banks: of so many units of a device, a step apart.
  unsigned units_ = 1, banks_per_group_ = 1, groups_per_unit_ = 1;
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
  hbm_approximate::RecentShare<32, 1 << 10> openings_;   // Reads that have opened their rows ...
  hbm_approximate::RecentShare<256, 1 << 16> closings_;  // ... and closed another's too early.
  HbmColumnBus bus_;

  std::array<std::vector<Request>, 2> waiting_;  // By direction, in the order of arrival.
  std::array<Tick, 2> lateness_{};               // Behind their forecasts: the mean times kMean.
  unsigned reads_to_queue_ = 0;
  bool writes_turn_ = false;       // Who is served.
  std::int64_t bounds_epoch_ = 0;  // Refreshes that bounds of reads know of.
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
  HbmChannelStatistics statistics_;
  // Of tick 0, while it is: what the channel was before, and what it has planned. Not saved.
  std::shared_ptr<const HbmChannel> fresh_;
  std::vector<Request> planned_;
};

}  // namespace cvp
