// SPDX-License-Identifier: Apache-2.0
//
// What a channel at approximate fidelity remembers of its parts and of who waits. No SystemC.
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "models/hbm/approximate/hbm_calendar.h"
#include "models/hbm/hbm_map.h"
#include "models/hbm/hbm_timing.h"

namespace cvp::hbm_approximate {

constexpr Tick kNever = std::numeric_limits<Tick>::max() / 2;
constexpr Slot kLong = 1 << 20, kNoSlot = kNever / 4;
constexpr unsigned kMaxStacks = 8;

struct Bank {
  std::uint32_t row = 0, last_row = 0;
  bool open = false, for_write = false;
  std::int64_t epoch = 0;      // Refreshes of all banks before its ACT.
  std::int64_t last_use = 0;   // Its newest column: the number among those of its device.
  std::int64_t refreshes = 0;  // Of it alone, or of all of its number.
  Slot act = -kLong;
  Tick row_ready = 0;  // Earliest PRE if open, ACT if closed.
  // The row was idle, and could have been closed, before its last column.
  Tick idle_from = 0, idle_until = -1;
  // The row before: its first possible column, and when it was closed.
  Slot last_columns = 0;
  Tick last_closed = -1;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(row, last_row, open, for_write, epoch, last_use, refreshes, act, row_ready, idle_from,
            idle_until, last_columns, last_closed);
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
  std::int64_t uses = 0;    // Columns.
  std::int64_t rounds = 0;  // Of refreshes that are not of all banks ...
  unsigned refreshed = 0;   // ... and how many of the newest have been.

  template <class Archive>
  void serialize(Archive& archive) {
    archive(activates, from, from_next_refresh, uses, rounds, refreshed);
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
/// Which share of some `kOver` latest events were so: a mean that forgets, in parts of kAll.
template <Slot kOver, Slot kParts>
class RecentShare {
 public:
  static constexpr Slot kAll = kParts;
  void note(bool yes) { parts_ += ((yes ? kAll : 0) - parts_) / kOver; }
  Slot parts() const { return parts_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(parts_);
  }

 private:
  Slot parts_ = 0;
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

}  // namespace cvp::hbm_approximate
