// SPDX-License-Identifier: Apache-2.0
#include "tests/performance/hbm/experiment.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <vector>

#include "models/core/report.h"

namespace cvp::hbm_experiment {
namespace {

std::uint64_t splitmix64(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
  x = (x ^ x >> 27) * 0x94D049BB133111EB;
  return x ^ x >> 31;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

constexpr std::uint64_t kUnit = 32;

}  // namespace

Pattern::Pattern(const std::string& text, std::uint64_t capacity) : capacity_(capacity) {
  const auto parts = split(text);
  const auto number = [&](std::size_t i, std::uint64_t otherwise) -> std::uint64_t {
    return i < parts.size() ? std::stoull(parts[i]) : otherwise;
  };
  grain_ = std::max(kUnit, number(1, kUnit));
  extra_ = number(2, 0);
  if (parts[0] == "seq" || parts[0] == "seqw") {
    kind_ = Kind::kSequential;
    write_ = parts[0] == "seqw";
  } else if (parts[0] == "rand") {
    kind_ = Kind::kRandom;
  } else if (parts[0] == "stride") {
    kind_ = Kind::kStride;
  } else {
    CVP_CHECK(parts[0] == "s21" || parts[0] == "copy", "unknown pattern ", text);
    kind_ = Kind::kStreams;
    streams_ = parts[0] == "s21" ? 3 : 2;
    write_stream_ = streams_ - 1;
  }
}

Request Pattern::operator()(std::uint64_t n) const {
  const std::uint64_t per_block = grain_ / kUnit;
  switch (kind_) {
    case Kind::kSequential:
      return {n * kUnit % capacity_, write_};
    case Kind::kRandom: {
      const std::uint64_t block = n / per_block;
      return {splitmix64(block) % (capacity_ / grain_) * grain_ + n % per_block * kUnit,
              splitmix64(block ^ 0xABCDEF12345) % 1000 < extra_};
    }
    case Kind::kStride: {
      const std::uint64_t o = n * grain_;
      return {(o % capacity_ + o / capacity_ * kUnit) % capacity_, false};
    }
    default: {
      const std::uint64_t block = n / per_block, stream = block % streams_, p = block / streams_;
      const std::uint64_t offset = (p * grain_ + n % per_block * kUnit) % (capacity_ / 4);
      return {(stream * (capacity_ / 4 + extra_) + offset) % capacity_, stream == write_stream_};
    }
  }
}

Result run(const Experiment& experiment) {
  HbmTiming timing = *find_hbm_timing(experiment.timing);
  timing.geometry.channels = experiment.channels;
  const HbmMap map(experiment.map, timing.geometry);
  std::vector<HbmChannel> channels(
      experiment.channels, HbmChannel(timing, {.read_queue = experiment.read_queue,
                                               .refresh = experiment.refresh ? HbmRefresh::kAllBank
                                                                             : HbmRefresh::kNone}));
  const Pattern pattern(experiment.pattern, map.bytes());
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
  const double rate = experiment.offered * peak * tick_ns * 1e-9 / kUnit;
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
    HbmChannel& channel = channels[place.channel()];
    const Tick end = channel.access(request.write, place, 1, generated);
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
  result.efficiency = static_cast<double>((experiment.requests - experiment.warm_up) * kUnit) /
                      seconds / timing.peak_bytes_per_second();
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
