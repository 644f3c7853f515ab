// SPDX-License-Identifier: Apache-2.0
//
// The cycle engine in simulated time: transactions enter it when they arrive, it is woken at its
// next tick and at no other time, and the answers go back through the stack's memory socket. While
// nothing else is due in the whole simulation before its next tick it goes on without the kernel;
// and a little ahead of it while so many requests wait that those which come meanwhile have to
// queue up behind them, whenever that is.
#pragma once

#include <functional>
#include <tlm>
#include <vector>

#include "models/core/action_queue.h"
#include "models/core/burst_target.h"
#include "models/hbm/cycle/cycle_engine.h"
#include "models/hbm/hbm_agenda.h"

namespace cvp::hbm_cycle {

class CycleShell : private ActionHandler {
 public:
  /// Told of each answer.
  using Answered = std::function<void(const tlm::tlm_generic_payload&, Femtoseconds arrival,
                                      Femtoseconds completion)>;

  /// `latency` is added to every answer.
  CycleShell(const CycleEngineParams& params, Femtoseconds latency, BurstTarget& target,
             ActionQueue& actions, SourceId source, Answered answered);

  /// Times a transaction inside the stack that arrived at `arrival` and may start at `start`;
  /// `target` responds to it.
  void begin(tlm::tlm_generic_payload& payload, Femtoseconds arrival, Femtoseconds start);
  /// Times a read of the burst at `offset` from `start` on, of which nobody wants the data.
  void read_unanswered(std::uint64_t offset, Femtoseconds start);
  /// Of a channel, its idle time until `now` made up for.
  const ControllerStatistics& channel_statistics(unsigned channel, Femtoseconds now);
  /// Refreshes come `times` times as often from `when` on.
  void set_refresh_rate(unsigned times, Femtoseconds when) {
    agenda_.post(when, kRefreshRate, times);
  }

  /// What was in flight goes on after loading, but has nobody left to answer to.
  template <class Archive>
  void serialize(Archive& archive) {
    std::size_t slots = open_.size();
    archive(engine_, last_, slots, free_, agenda_);
    if (!Archive::is_loading::value) return;
    open_.assign(slots, {});
    wake_ = kNever;
  }

 private:
  enum Op : std::uint32_t { kArrives, kSteps, kRefreshRate };

  struct Open {
    tlm::tlm_generic_payload* payload = nullptr;  // Null: nobody to answer to ...
    Femtoseconds arrival;
    std::uint64_t offset = 0;  // ... and what to read.
  };

  void on_action(const Action& action) override;
  void open(Femtoseconds start, const Open& transaction);
  void enter(std::size_t slot);
  Tick arrival_tick();
  void step();
  bool step_engine();  // Whether anybody was answered.
  Tick next_of_others() const;
  void wake_at_next_tick();

  CycleEngine engine_;
  const Femtoseconds latency_;
  const Clock ticks_;
  BurstTarget& target_;
  ActionQueue& actions_;
  const SourceId source_;
  HbmAgenda agenda_;  // Changes of the refresh rate by initiators that are ahead of the kernel.
  const Answered answered_;
  std::vector<Open> open_;  // By slot, the engine's id.
  std::vector<std::size_t> free_;
  Tick last_ = 0;          // Done by the engine.
  Tick wake_ = kNever;     // The earliest tick for which an action is posted.
  std::size_t wakes_ = 0;  // Posted; those for later ticks than `wake_` will do nothing.
  std::vector<Completion> ended_;
};

}  // namespace cvp::hbm_cycle
