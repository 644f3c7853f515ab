// SPDX-License-Identifier: Apache-2.0
#include "tests/performance/hbm/experiment.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <vector>

#include "models/core/report.h"

namespace cvp::hbm_experiment {

Pattern::Pattern(const std::string& text, std::uint64_t capacity, std::uint64_t unit,
                 std::uint64_t seed)
    : pattern_([&] {
        std::string error;
        auto pattern =
            AccessPattern::parse(text, {.capacity = capacity, .unit = unit, .seed = seed}, error);
        CVP_CHECK(pattern.has_value(), error);
        return *pattern;
      }()) {}

HbmControllerParams Experiment::controller() const {
  return {.read_queue = read_queue, .write_queue = write_queue, .refresh = refresh};
}

bool Experiment::queues_per_pseudo_channel() const {
  return hbm_cycle::find_controller_policy(policy)->queues_per_pseudo_channel;
}

bool Experiment::writes() const {
  HbmGeometry geometry = find_hbm_timing(timing)->geometry;
  geometry.channels = channels;
  const Pattern requests_of(pattern, geometry.stack_bytes(), geometry.burst_bytes, seed);
  for (std::uint64_t n = 0; n < requests; ++n) {
    if (requests_of(n).write) return true;
  }
  return false;
}

Result run(const Experiment& experiment) {
  HbmTiming timing = *find_hbm_timing(experiment.timing);
  timing.geometry.channels = experiment.channels;
  const HbmMap map(experiment.map, timing.geometry);
  HbmChannels channels(experiment.channels, timing, experiment.controller(),
                       experiment.queues_per_pseudo_channel());
  const unsigned burst = timing.geometry.burst_bytes;
  const Pattern pattern(experiment.pattern, map.bytes(), burst, experiment.seed);
  const double tick_ns = 0.5e9 / static_cast<double>(timing.clock.hertz);
  const double peak = timing.peak_bytes_per_second();

  // Completions still to come, as {tick, generated tick or -1 for a write}.
  struct Completion {
    Tick tick, generated;
    bool operator>(const Completion& other) const { return tick > other.tick; }
  };
  std::priority_queue<Completion, std::vector<Completion>, std::greater<>> pending;
  std::vector<Tick> latencies;
  std::uint64_t completed = 0;
  Tick warm_tick = 0, now = 0;
  const auto complete = [&] {
    const Completion done = pending.top();
    pending.pop();
    now = std::max(now, done.tick);
    if (++completed == experiment.warm_up) warm_tick = done.tick;
    if (completed > experiment.warm_up && done.generated >= 0) {
      latencies.push_back(done.tick - done.generated);
    }
  };
  const double rate = experiment.offered * peak * tick_ns * 1e-9 / burst;
  for (std::uint64_t n = 0; n < experiment.requests; ++n) {
    Tick generated = now;
    if (experiment.offered > 0) {
      generated = std::max<Tick>(now, static_cast<Tick>(static_cast<double>(n + 1) / rate));
      while (!pending.empty() && pending.top().tick <= generated) complete();
    }
    while (pending.size() >= experiment.outstanding) complete();
    generated = std::max(generated, now);
    const Request request = pattern(n);
    const HbmPlace place = map.place(request.address);
    const Tick end = channels.access(request.write, place, 1, generated);
    pending.push({end, request.write ? -1 : generated});
  }
  while (!pending.empty()) complete();

  return summarise(experiment, timing, latencies, now - warm_tick);
}

Result summarise(const Experiment& experiment, const HbmTiming& timing,
                 std::vector<Tick>& latencies, Tick ticks) {
  const double tick_ns = 0.5e9 / static_cast<double>(timing.clock.hertz);
  Result result{};
  const double seconds = static_cast<double>(ticks) * tick_ns * 1e-9;
  const std::uint64_t bytes =
      (experiment.requests - experiment.warm_up) * timing.geometry.burst_bytes;
  result.efficiency = static_cast<double>(bytes) / seconds / timing.peak_bytes_per_second();
  if (!latencies.empty()) {
    std::sort(latencies.begin(), latencies.end());
    double sum = 0;
    for (const Tick latency : latencies) sum += static_cast<double>(latency);
    const auto quantile = [&](double q) {
      return static_cast<double>(
                 latencies[static_cast<std::size_t>(q * static_cast<double>(latencies.size()))]) *
             tick_ns;
    };
    result.latency_avg_ns = sum / static_cast<double>(latencies.size()) * tick_ns;
    result.latency_p50_ns = quantile(0.5);
    result.latency_p99_ns = quantile(0.99);
  }
  return result;
}

}  // namespace cvp::hbm_experiment
