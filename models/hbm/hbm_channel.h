// SPDX-License-Identifier: Apache-2.0
//
// One HBM channel, timed by reservation: a burst arrives with its tick and leaves with
// the tick of its last beat (read) or of its acceptance (write). No SystemC, no events.
//
// What is reserved: a queue entry, an ACT slot (tRRD, tFAW, row bus), a column slot (tCCD, column
// bus), the bank (tRC, tRAS, tRP, tRCD, tRTP, tWR). Earlier gaps are filled. Writes wait in a small
// queue and are written in groups, which then are separated from reads by the bus turn-around.
// All-bank refresh closes every bank each tREFI. README.md has the whole story.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/hbm/hbm_controller.h"
#include "models/hbm/hbm_map.h"
#include "models/hbm/hbm_timing.h"
#include "models/hbm/slot_ring.h"

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

/// Entries of a controller queue, known by the ticks at which they become free again.
class QueueWindow {
 public:
  /// The first tick at or after `arrival` with fewer than `capacity` entries taken.
  Tick enter(Tick arrival, unsigned capacity) {
    while (first_ != last_ && leave_[first_] <= arrival) ++first_;
    if (last_ - first_ >= capacity) {
      first_ += last_ - first_ - capacity + 1;
      return leave_[first_ - 1];
    }
    return arrival;
  }
  void add(Tick leave);
  /// When no more than `count` entries are left.
  Tick drained_to(unsigned count) const {
    return last_ - first_ > count ? leave_[last_ - 1 - count] : 0;
  }
  /// When the last entry leaves.
  Tick empty_at() const { return newest_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(leave_, first_, last_, newest_);
  }

 private:
  static constexpr unsigned kRoom = 512;
  std::array<Tick, kRoom> leave_{};  // [first_, last_) in ascending order.
  std::uint32_t first_ = 0, last_ = 0;
  Tick newest_ = 0;
};

class HbmChannel {
 public:
  HbmChannel(const HbmTiming& timing, const HbmControllerParams& params);

  /// End of the last data beat of a read that arrives at tick `arrival`.
  Tick read(HbmPlace place, Tick arrival);
  /// When the controller has taken the write.
  Tick write(HbmPlace place, Tick arrival);

  const HbmChannelStatistics& statistics() const { return statistics_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(banks_, acts_, columns_, reads_, writes_, directions_, last_write_, group_open_,
            recent_acts_, pending_, pending_count_, last_arrival_, fifo_, refresh_tick_,
            statistics_);
  }

 private:
  struct Bank {
    std::uint32_t row = 0;
    bool open = false;
    Slot act = -kLong;   // Of the last activate.
    Tick pre_ready = 0;  // Earliest precharge.
    Tick close_by = 0;   // The refresh that closes the row.

    template <class Archive>
    void serialize(Archive& archive) {
      archive(row, open, act, pre_ready, close_by);
    }
  };
  struct PendingWrite {
    HbmPlace place;
    Tick entered = 0;

    template <class Archive>
    void serialize(Archive& archive) {
      archive(place.bits, entered);
    }
  };
  struct Served {
    Slot column;
    Tick leave;
  };

  static constexpr Slot kLong = 1 << 20;
  static constexpr unsigned kMaxLanes = 32;
  static constexpr unsigned kMaxPseudoChannels = 2;
  static constexpr unsigned kMaxPending = 64;
  using Masks = std::array<std::uint64_t, kMaxLanes>;

  Tick enter(QueueWindow& queue, Tick arrival, unsigned capacity);
  template <bool kWrite>
  Served serve(HbmPlace place, Tick ready);
  Slot activate(Bank& bank, unsigned lane, Tick ready);
  Slot column_slot(unsigned lane, unsigned direction, Slot from) const;
  Slot column_read(unsigned lane, Slot from) const;
  Slot column_write(unsigned lane, Slot from) const;
  void write_pending(unsigned count, Tick ready);
  void write_idle(Tick until);
  void take_act(unsigned lane, Slot slot);
  void refresh_until(Tick tick);
  void refresh(Tick tick);
  void build_masks(const HbmGeometry& geometry);

  const HbmRules rules_;
  const HbmControllerParams params_;
  const unsigned bank_shift_;  // bank >> bank_shift_ is the lane.
  const unsigned lanes_per_pc_, pseudo_channels_;
  std::vector<Masks> act_masks_, read_masks_, write_masks_;  // By lane.
  Slot act_reach_, column_reach_;  // The masks begin that many slots before the command.

  std::vector<Bank> banks_;
  SlotRing acts_, columns_;
  QueueWindow reads_, writes_;
  SlotRing directions_;  // Row pc: taken for reads; row 2 + pc: taken for writes.
  std::array<Slot, kMaxLanes> last_write_{};
  bool group_open_ = false;  // No read has come since the last group of writes.
  std::array<std::array<Slot, 16>, kMaxPseudoChannels>
      recent_acts_{};  // By pseudo channel, ascending.
  std::array<PendingWrite, kMaxPending> pending_{};
  std::uint32_t pending_count_ = 0;
  Tick last_arrival_ = 0;
  Tick fifo_ = 0;      // When the last burst left the channel's FIFO for a queue.
  Tick refresh_tick_;  // The next refresh that is not placed yet.
  HbmChannelStatistics statistics_;
};

}  // namespace cvp
