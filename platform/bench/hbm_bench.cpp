// SPDX-License-Identifier: Apache-2.0
#include "platform/bench/hbm_bench.h"

#include <tlm_utils/simple_initiator_socket.h>

#include <algorithm>
#include <chrono>

#include "models/core/report.h"
#include "models/core/simulation_time.h"
#include "platform/bench/bench_driver.h"

namespace cvp {
namespace {

constexpr std::uint64_t kMostRequests = 4'000'000'000;
constexpr std::uint64_t kMostSeed = 0xffff'ffff;  // Its bits lie above those of a block's number.
constexpr std::uint64_t kMostOutstanding = 1 << 20;
constexpr std::uint64_t kMostTransaction = 65536;
// Transactions that end in the measured time count as a whole, also what they moved before it: a
// few bursts, so that a bus always busy gives a little more than 1, or so much that nothing is
// measured.
constexpr double kMostEfficiency = 1.01;
constexpr Femtoseconds kLongest = 14'400_s;  // The kernel's time ends after five hours.

/// The stack, its load, and what else its sockets need.
class Bench : public sc_core::sc_module {
 public:
  Bench(sc_core::sc_module_name name, const HbmParams& memory, const AccessPattern& pattern,
        const BenchLoad& load)
      : sc_module(name),
        stack("stack", actions_, memory),
        driver("driver", pattern, load, TickClock(memory.timing().clock)) {
    driver.mem_initiator.bind(stack.mem_target);
    regs_initiator_.bind(stack.regs_target);
  }

 private:
  ActionQueue actions_{"actions"};
  tlm_utils::simple_initiator_socket<Bench> regs_initiator_{"regs_initiator"};

 public:
  HbmStack stack;
  BenchDriver driver;
};

// The counts of the reference experiment, but that `stride`, 60,000 and 10,000 there, is a pattern
// like the others here: else the file of its accesses would be another experiment.
std::uint64_t usual_warm_up(const HbmBenchParams& params, const BenchLoad& load,
                            unsigned channels) {
  if (load.outstanding == 1) return 100;
  if (channels > 1) return std::max<std::uint64_t>(20'000, std::uint64_t{6'250} * channels);
  return params.offered > 0 ? 10'000 : 20'000;
}

std::uint64_t usual_requests(const HbmBenchParams& params, const BenchLoad& load,
                             unsigned channels) {
  if (load.outstanding == 1) return 20'000;
  if (channels > 1) return 5 * usual_warm_up(params, load, channels);
  return params.offered > 0 ? 60'000 : 100'000;
}

/// Fills in defaults and checks what does not depend on the model.
BenchLoad make_load(const HbmBenchParams& params, const HbmTiming& timing,
                    const AccessPattern& pattern, std::vector<std::string>& errors) {
  const auto range = [&](const char* name, std::uint64_t value, std::uint64_t from,
                         std::uint64_t to) {
    if (value >= from && value <= to) return;
    errors.push_back(concat(name, ": ", value, "; expected ", from, " to ", to));
  };
  const unsigned channels = timing.geometry.channels, burst = timing.geometry.burst_bytes;
  BenchLoad load{.request_bytes = burst};
  load.outstanding = params.outstanding.value_or(std::uint64_t{512} * channels);
  range("seed", params.seed, 0, kMostSeed);
  range("outstanding", load.outstanding, 1, kMostOutstanding);

  const std::uint64_t most = pattern.size() > 0 ? pattern.size() : kMostRequests;
  load.requests = params.requests.value_or(std::min(most, usual_requests(params, load, channels)));
  range("requests", load.requests, 1, most);
  if (const std::string problem = pattern.problem_of(load.requests); !problem.empty()) {
    errors.push_back("pattern: " + problem);
  }
  load.warm_up =
      params.warm_up.value_or(std::min(usual_warm_up(params, load, channels), load.requests / 5));
  if (load.warm_up >= load.requests) {
    errors.push_back(
        concat("warmup: ", load.warm_up, "; expected fewer than the ", load.requests, " requests"));
  }

  const std::uint64_t transaction = params.transaction.value_or(burst);
  if (transaction == 0 || transaction % burst != 0 || transaction > kMostTransaction) {
    errors.push_back(concat("transaction: ", transaction, " bytes; expected a multiple of ", burst,
                            " up to ", kMostTransaction));
  }
  load.transaction = static_cast<std::uint32_t>(transaction / burst);

  if (!(params.offered >= 0 && params.offered <= 1)) {
    errors.push_back(concat("offered: ", params.offered, "; expected 0 to 1"));
  } else if (params.offered > 0) {
    const double a_second = params.offered * timing.peak_bytes_per_second() / burst;
    load.requests_a_tick = a_second * 0.5 / static_cast<double>(timing.clock.hertz);
    if (static_cast<double>(load.requests) / a_second > kLongest.seconds()) {
      errors.push_back("offered: the requests take more than four hours; expected fewer or faster");
    }
  }
  return load;
}

std::optional<HbmBenchResult> measure(const HbmBenchParams& params, const BenchLoad& load,
                                      const AccessPattern& pattern,
                                      std::vector<std::string>& errors) {
  HbmParams memory = params.memory;
  memory.trained_at_reset = true;
  const HbmTiming timing = memory.timing();
  Bench bench("bench", memory, pattern, load);
  const auto begin = std::chrono::steady_clock::now();
  sc_core::sc_start();
  const std::chrono::duration<double> host = std::chrono::steady_clock::now() - begin;
  const BenchTimes& times = bench.driver.times();
  CVP_CHECK(times.complete, "the memory has not answered every request");

  const double tick = 0.5 / static_cast<double>(timing.clock.hertz);
  const double peak = timing.peak_bytes_per_second();
  const HbmStatistics statistics = bench.stack.statistics();
  const HbmCounters& counters = statistics.counters;
  const auto bytes = static_cast<double>(times.requests * load.request_bytes);
  const double efficiency = bytes / (static_cast<double>(times.counted) * tick) / peak;
  if (times.requests == 0 || efficiency > kMostEfficiency) {
    errors.push_back(concat("requests: ", load.requests, " leave ", times.requests, ", in ",
                            times.counted,
                            " ticks, behind the transaction that ends the warm-up of ",
                            load.warm_up, "; expected more"));
    return {};
  }
  const auto bursts = static_cast<double>(counters.bursts_read + counters.bursts_written);
  const double bits = bursts * 8 * static_cast<double>(load.request_bytes);
  const auto latency = [&](double ticks) { return ticks * tick * 1e9; };
  HbmBenchResult result;
  result.peak_gb_s = peak / 1e9;
  result.efficiency = efficiency;
  result.latency_avg_ns = latency(times.reads.mean());
  result.latency_p50_ns = latency(static_cast<double>(times.reads.quantile(0.50)));
  result.latency_p99_ns = latency(static_cast<double>(times.reads.quantile(0.99)));
  result.row_hit_fraction = static_cast<double>(counters.row_hits) / bursts;
  result.energy_pj_per_bit = statistics.energy.access() / bits;
  result.all_pj_per_bit = statistics.energy.total() / bits;
  result.milliwatts = statistics.energy.total() / simulation_time().nanoseconds();
  result.requests_per_host_s = static_cast<double>(load.requests) / host.count();
  return result;
}

}  // namespace

std::optional<HbmBenchResult> run_hbm_bench(const HbmBenchParams& params,
                                            std::vector<std::string>& errors) {
  errors = params.memory.errors();
  if (!errors.empty()) return {};
  const HbmTiming timing = params.memory.timing();
  std::string wrong;
  const auto pattern = AccessPattern::parse(params.pattern,
                                            {.capacity = timing.geometry.stack_bytes(),
                                             .unit = timing.geometry.burst_bytes,
                                             .seed = params.seed},
                                            wrong);
  if (!pattern) {
    errors.push_back("pattern: " + wrong);
    return {};
  }
  const BenchLoad load = make_load(params, timing, *pattern, errors);
  if (!errors.empty()) return {};
  auto result = measure(params, load, *pattern, errors);
  if (result && !params.requests && pattern->size() > load.requests) {
    result->lines_left = pattern->size() - load.requests;
  }
  return result;
}

}  // namespace cvp
