// SPDX-License-Identifier: Apache-2.0
#include "tests/performance/hbm/cycle_driver.h"

#include <algorithm>
#include <deque>

namespace cvp::hbm_experiment {
namespace {

using hbm_cycle::Completion;
using hbm_cycle::CycleEngine;
using hbm_cycle::kNever;

class Driver {
 public:
  Driver(const Experiment& experiment, CycleEngine& engine)
      : experiment_(experiment),
        engine_(engine),
        burst_(engine.timing().geometry.burst_bytes),
        pattern_(experiment.pattern, engine.bytes(), burst_, experiment.seed),
        credit_per_tick_(experiment.offered * (engine.timing().peak_bytes_per_second() * 1e-9) *
                         (0.5e9 / static_cast<double>(engine.timing().clock.hertz)) / burst_) {}

  Result run() {
    Tick now = 0;  // Everything up to the end of this tick has happened.
    while (completed_ < experiment_.requests) {
      generate(now);
      const Tick due = std::min(next_end(), next_credit(now));
      while (engine_.next_tick() <= std::min(due, next_end())) {
        engine_.step(fresh_);
        for (const Completion& end : fresh_) {
          (requests_[end.id % kRoom].write ? writes_ : reads_).push_back(end);
        }
        fresh_.clear();
      }
      now = std::min(due, next_end());
      complete(reads_, now);
      complete(writes_, now);
    }
    return result();
  }

 private:
  static constexpr std::size_t kRoom = 1 << 20;
  struct Open {
    Tick generated;
    bool write;
  };

  Tick next_end() const {
    return std::min(reads_.empty() ? kNever : reads_.front().tick,
                    writes_.empty() ? kNever : writes_.front().tick);
  }
  // Open loop: credit grows with every tick, so every tick may generate.
  Tick next_credit(Tick now) const {
    return experiment_.offered > 0 && next_ < experiment_.requests ? now + 1 : kNever;
  }

  void generate(Tick now) {
    const bool open_loop = experiment_.offered > 0;
    if (open_loop) credit_ += credit_per_tick_;
    while (next_ < experiment_.requests && next_ - completed_ < experiment_.outstanding &&
           (!open_loop || credit_ >= 1)) {
      if (open_loop) credit_ -= 1;
      const Request request = pattern_(next_);
      requests_[next_ % kRoom] = {now, request.write};
      engine_.submit(next_++, request.write, request.address, burst_, now);
    }
  }

  void complete(std::deque<Completion>& ends, Tick now) {
    while (!ends.empty() && ends.front().tick <= now) {
      const Open& open = requests_[ends.front().id % kRoom];
      ++completed_;
      if (completed_ == experiment_.warm_up) warm_tick_ = now;
      if (completed_ > experiment_.warm_up && !open.write)
        latencies_.push_back(now - open.generated);
      end_tick_ = now;
      ends.pop_front();
    }
  }

  // To the end of the last tick.
  Result result() {
    return summarise(experiment_, engine_.timing(), latencies_, end_tick_ + 1 - warm_tick_);
  }

  const Experiment& experiment_;
  CycleEngine& engine_;
  const unsigned burst_;
  const Pattern pattern_;
  const double credit_per_tick_;
  std::vector<Open> requests_ = std::vector<Open>(kRoom);
  std::vector<Completion> fresh_;
  std::deque<Completion> reads_, writes_;  // By ascending tick, each for itself.
  std::vector<Tick> latencies_;
  std::uint64_t next_ = 0, completed_ = 0;
  double credit_ = 0;
  Tick warm_tick_ = 0, end_tick_ = 0;
};

}  // namespace

Result run_cycle(const Experiment& experiment, const hbm_cycle::ControllerPolicy& policy,
                 hbm_cycle::CommandObserver* observer) {
  HbmTiming timing = *find_hbm_timing(experiment.timing);
  timing.geometry.channels = experiment.channels;
  CycleEngine engine({timing, experiment.map, policy});
  if (observer != nullptr) engine.observe(0, observer);
  return Driver(experiment, engine).run();
}

Result run_cycle(const Experiment& experiment) {
  const HbmControllerParams controller = experiment.controller();
  const bool apart = experiment.queues_per_pseudo_channel();
  return run_cycle(experiment, {.read_queue = controller.read_queue,
                                .write_queue = controller.write_queue,
                                .queues_per_pseudo_channel = apart,
                                .write_high = controller.write_high(),
                                .write_low = controller.write_low(),
                                .refresh = controller.refresh,
                                .refresh_stops_channel = !apart});
}

}  // namespace cvp::hbm_experiment
