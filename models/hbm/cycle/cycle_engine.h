// SPDX-License-Identifier: Apache-2.0
//
// All channels of a stack at cycle fidelity: transactions go in with their tick and come out, as
// (id, tick), when the last of their bursts has its end. No SystemC.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "models/hbm/cycle/controller.h"
#include "models/hbm/hbm_map.h"

namespace cvp::hbm_cycle {

struct CycleEngineParams {
  HbmTiming timing;  ///< With the geometry as built.
  std::string map;   ///< See HbmMap.
  ControllerPolicy policy;
};

class CycleEngine {
 public:
  explicit CycleEngine(const CycleEngineParams& params);

  const HbmTiming& timing() const { return timing_; }
  std::uint64_t bytes() const { return map_.bytes(); }

  /// `length` bytes at `offset` (inside the stack) that arrive at the end of tick `arrival`, which
  /// must not lie before an earlier arrival nor before the last step.
  void submit(std::uint64_t id, bool write, std::uint64_t offset, std::uint64_t length,
              Tick arrival);
  /// The next tick in which anything happens to a transaction; kNever if none waits.
  Tick next_tick() const { return next_; }
  /// The next step is the same whoever comes before it.
  bool backlogged() const {
    return std::all_of(channels_.begin(), channels_.end(),
                       [](const Controller& channel) { return channel.backlogged(); });
  }
  /// Does what happens in `next_tick()`. A completion may lie ahead: the last beat of a read.
  void step(std::vector<Completion>& completions);

  /// Refreshes come `times` times as often from `tick` on, which lies behind the last step.
  void set_refresh_rate(unsigned times, Tick tick);

  /// Passes the refreshes of idle channels up to `tick`, for statistics.
  void settle(Tick tick);
  const ControllerStatistics& channel_statistics(unsigned channel) const {
    return channels_[channel].statistics();
  }
  void observe(unsigned channel, CommandObserver* observer) {
    channels_[channel].observe(observer);
  }

  template <class Archive>
  void serialize(Archive& archive) {
    for (Controller& channel : channels_) archive(channel);
    archive(next_of_, next_, transactions_, free_);
  }

 private:
  struct Transaction {
    std::uint64_t id = 0;
    std::uint64_t bursts_left = 0;
    Tick end = 0;

    template <class Archive>
    void serialize(Archive& archive) {
      archive(id, bursts_left, end);
    }
  };

  std::uint32_t open_transaction(std::uint64_t id, std::uint64_t bursts);
  void catch_up(Controller& channel, Tick tick);

  const HbmTiming timing_;
  const HbmMap map_;
  const std::uint64_t burst_;
  std::vector<Controller> channels_;
  std::vector<Tick> next_of_;  // By channel; kNever while it is idle.
  Tick next_ = kNever;
  std::vector<Transaction> transactions_;
  std::vector<std::uint32_t> free_;
  std::vector<Completion> ended_;  // Bursts of one step.
};

}  // namespace cvp::hbm_cycle
