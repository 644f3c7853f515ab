// SPDX-License-Identifier: Apache-2.0
//
// How fast the parts of the HBM model are (Google Benchmark): address maps, patterns, and bursts
// through the engines of the three fidelities.
#include <benchmark/benchmark.h>

#include "models/hbm/cycle/cycle_engine.h"
#include "models/hbm/hbm_engine.h"
#include "models/hbm/tick_clock.h"
#include "platform/bench/access_pattern.h"

namespace cvp {
namespace {

constexpr const char* kOneChannelMap = "p1g2c3b2s1c2r14y";

HbmEngine one_channel(bool functional) {
  HbmTiming timing = *find_hbm_timing("hbm3-6400");
  timing.geometry.channels = 1;
  return HbmEngine({.timing = timing, .map = kOneChannelMap, .functional = functional});
}

AccessPattern pattern_of(const std::string& text) {
  std::string error;
  return AccessPattern::parse(text, {.capacity = 1_GiB}, error).value();
}

void place(benchmark::State& state, unsigned channels, unsigned stack_ids) {
  const HbmGeometry geometry = {.channels = channels, .stack_ids = stack_ids};
  const HbmMap map(HbmMap::interleaved(geometry, 512), geometry);
  Addr at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(map.place(at));
    at = (at + 0x9E3779B0) % map.bytes();
  }
  state.SetItemsProcessed(state.iterations());
}

void run(benchmark::State& state, const std::string& text) {
  const AccessPattern pattern = pattern_of(text);
  std::uint64_t n = 0;
  for (auto _ : state) benchmark::DoNotOptimize(pattern.run(n++));
  state.SetItemsProcessed(state.iterations());
}

// A burst each time in which the data bus of the reference's efficiency has room for one.
void access(benchmark::State& state, const std::string& text, double efficiency, bool functional) {
  HbmEngine engine = one_channel(functional);
  const AccessPattern pattern = pattern_of(text);
  const double interval = 32e15 / (51.2e9 * efficiency);
  std::uint64_t n = 0;
  for (auto _ : state) {
    const AccessPattern::Run burst = pattern.run(n);
    const auto arrival = static_cast<std::uint64_t>(static_cast<double>(n++) * interval);
    benchmark::DoNotOptimize(engine.access(burst.write, burst.address, 32, {arrival}));
  }
  state.SetItemsProcessed(state.iterations());
}

// Whole rows in one bank after the other; `bursts` of them at once.
void rows(benchmark::State& state, bool write) {
  HbmTiming timing = *find_hbm_timing("hbm3-6400");
  timing.geometry.channels = 1;
  HbmEngine engine({.timing = timing, .map = "c5p1s1g2b2r14"});
  const auto bytes = static_cast<std::uint64_t>(32 * state.range(0));
  const std::uint64_t interval = bytes * 1'000'000 / 40;  // Femtoseconds, at 40 GB/s.
  std::uint64_t n = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        engine.access(write, n * bytes % engine.bytes(), bytes, {n * interval}));
    ++n;
  }
  state.SetItemsProcessed(state.iterations());
}

// A burst each time, command by command.
void command(benchmark::State& state, const std::string& text, double efficiency) {
  HbmTiming timing = *find_hbm_timing("hbm3-6400");
  timing.geometry.channels = 1;
  hbm_cycle::CycleEngine engine({timing, kOneChannelMap, {}});
  const AccessPattern pattern = pattern_of(text);
  const double interval = 2 / efficiency;  // Ticks: a burst in two, over both pseudo channels.
  std::vector<hbm_cycle::Completion> ended;
  std::uint64_t n = 0;
  for (auto _ : state) {
    const AccessPattern::Run burst = pattern.run(n);
    const auto arrival = static_cast<Tick>(static_cast<double>(n) * interval);
    while (engine.next_tick() <= arrival) engine.step(ended);
    ended.clear();
    engine.submit(n++, burst.write, burst.address, 32, arrival);
  }
  state.SetItemsProcessed(state.iterations());
}

void ticks(benchmark::State& state, Frequency clock) {
  const TickClock ticks(clock);
  Tick tick = 0;
  for (auto _ : state) benchmark::DoNotOptimize(tick = ticks.until(ticks.at(tick)) + 7);
}

BENCHMARK_CAPTURE(place, powers_of_two, 16, 2);
BENCHMARK_CAPTURE(place, twelve_channels_three_stack_ids, 12, 3);
BENCHMARK_CAPTURE(run, seq, "seq");
BENCHMARK_CAPTURE(run, rand_32, "rand:32");
BENCHMARK_CAPTURE(run, s21_4096, "s21:4096:0");
BENCHMARK_CAPTURE(ticks, whole, 1600_MHz);
BENCHMARK_CAPTURE(ticks, fraction, 2300_MHz);
BENCHMARK_CAPTURE(access, functional_seq, "seq", 0.85, true);
BENCHMARK_CAPTURE(access, approximate_seq, "seq", 0.85, false);
BENCHMARK_CAPTURE(access, approximate_rand_1024, "rand:1024", 0.65, false);
BENCHMARK_CAPTURE(access, approximate_rand_32, "rand:32", 0.27, false);
BENCHMARK_CAPTURE(access, approximate_s21_4096, "s21:4096:0", 0.6, false);
BENCHMARK_CAPTURE(rows, reads, false)->RangeMultiplier(2)->Range(1, 32);
BENCHMARK_CAPTURE(rows, writes, true)->RangeMultiplier(2)->Range(1, 32);
BENCHMARK_CAPTURE(command, cycle_seq, "seq", 0.85);
BENCHMARK_CAPTURE(command, cycle_rand_1024, "rand:1024", 0.65);
BENCHMARK_CAPTURE(command, cycle_rand_32, "rand:32", 0.27);
BENCHMARK_CAPTURE(command, cycle_s21_4096, "s21:4096:0", 0.6);

}  // namespace
}  // namespace cvp

BENCHMARK_MAIN();
