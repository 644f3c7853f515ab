// SPDX-License-Identifier: Apache-2.0
//
// A pair of queues, for reads and for writes, with the FIFO before them, of a channel or of one
// pseudo channel; and which of the two is being served, where writes go in groups. No SystemC.
#pragma once

#include <algorithm>
#include <array>
#include <deque>

#include "models/hbm/cycle/command_plans.h"
#include "models/hbm/cycle/controller_policy.h"
#include "models/hbm/cycle/request_queue.h"

namespace cvp::hbm_cycle {

struct QueueSet {
  static constexpr unsigned kMovesPerTick = 4;

  QueueSet(const ControllerPolicy& policy, const BankLayout& layout)
      : queues{RequestQueue(policy.read_queue, layout), RequestQueue(policy.write_queue, layout)},
        write_high(policy.write_high),
        write_low(policy.write_low) {}

  /// Whether the next slot serves writes.
  bool decide_writing() const {
    const auto& [reads, writes] = queues;
    return reads.size() == 0 || (writing ? writes.size() > write_low : writes.size() >= write_high);
  }
  /// When the FIFO's head can move; nothing has happened after `last`.
  Tick move_tick(Tick last) const {
    if (fifo.empty()) return kNever;
    const Request& head = fifo.front();
    if (queues[head.write].full() && !queues[1].holds(head)) return kNever;
    const Tick tick = std::max(last, head.since) + 1;
    return may_move(tick) ? tick : tick + 1;
  }
  /// Whoever comes now changes nothing in the next step, whose moves leave some of these behind.
  bool backlogged() const { return fifo.size() > std::size_t{2} * kMovesPerTick; }
  bool may_move(Tick tick) const { return moved_tick != tick || moved < kMovesPerTick; }
  /// Counts one that moves; returns how many did in that tick before.
  unsigned count_move(Tick tick) {
    if (moved_tick != tick) moved = 0;
    moved_tick = tick;
    return moved++;
  }
  BankMask waiting(unsigned pseudo_channel) const {
    return queues[0].waiting(pseudo_channel) | queues[1].waiting(pseudo_channel);
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(queues, fifo, moved_tick, moved, writing, serving);
  }

  std::array<RequestQueue, 2> queues;  ///< Reads, writes.
  std::deque<Request> fifo;
  unsigned write_high, write_low;
  Tick moved_tick = -1;  ///< Of the last move ...
  unsigned moved = 0;    ///< ... and how many there were in it.
  bool writing = false;  ///< As of the last slot that looked.
  bool serving = false;  ///< As the next one will see it if nothing moves before.
};

}  // namespace cvp::hbm_cycle
