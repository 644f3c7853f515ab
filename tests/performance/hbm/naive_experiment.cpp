// SPDX-License-Identifier: Apache-2.0
#include "tests/performance/hbm/naive_experiment.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "tests/performance/hbm/naive_controller.h"

namespace cvp::hbm_experiment {
namespace {

struct Waiting {
  std::uint64_t id;
  bool write;
  HbmPlace place;
};

}  // namespace

Result run_naive(const Experiment& e) {
  HbmTiming timing = *find_hbm_timing(e.timing);
  const HbmControllerParams controller = e.controller();
  timing.geometry.channels = e.channels;
  const HbmMap map(e.map, timing.geometry);
  const Pattern pattern(e.pattern, map.bytes(), timing.geometry.burst_bytes, e.seed);
  const double peak = timing.peak_bytes_per_second();
  const double tick_ns = 0.5e9 / static_cast<double>(timing.clock.hertz);
  const double credit_a_tick = e.offered * (peak * 1e-9) * tick_ns / timing.geometry.burst_bytes;

  std::vector<NaiveController> controllers(
      e.channels, NaiveController(timing, {.read_queue = controller.read_queue,
                                           .write_queue = controller.write_queue,
                                           .write_high = controller.write_high(),
                                           .write_low = controller.write_low(),
                                           .refresh = controller.refresh != HbmRefresh::kNone}));
  std::vector<std::deque<Waiting>> fifos(e.channels);
  std::vector<Tick> generated(e.requests, -1);  // By id; -1 for a write.
  std::vector<std::uint64_t> ended;
  std::vector<Tick> latencies;
  std::uint64_t next = 0, completed = 0;
  Tick tick = 0, warm_tick = 0;
  double credit = 0;
  while (completed < e.requests) {
    credit += credit_a_tick;
    while (next - completed < e.outstanding && next < e.requests &&
           (e.offered <= 0 || credit >= 1)) {
      const Request request = pattern(next);
      const HbmPlace place = map.place(request.address);
      if (!request.write) generated[next] = tick;
      fifos[place.channel()].push_back({next++, request.write, place});
      credit -= 1;
    }
    ++tick;
    for (unsigned channel = 0; channel < e.channels; ++channel) {
      auto& fifo = fifos[channel];
      for (unsigned i = 0; i < 4 && !fifo.empty(); ++i) {
        const Waiting& head = fifo.front();
        if (!controllers[channel].accept(head.id, head.write, head.place, tick)) break;
        fifo.pop_front();
      }
      ended.clear();
      controllers[channel].step(tick, ended);
      for (const std::uint64_t id : ended) {
        if (++completed == e.warm_up) warm_tick = tick;
        if (completed > e.warm_up && generated[id] >= 0) latencies.push_back(tick - generated[id]);
      }
    }
  }
  return summarise(e, timing, latencies, tick + 1 - warm_tick);
}

}  // namespace cvp::hbm_experiment
