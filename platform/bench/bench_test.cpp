// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <vector>

#include "models/core/action_queue.h"
#include "models/core/simulation_time.h"
#include "platform/bench/bench_driver.h"
#include "platform/bench/bench_meter.h"
#include "platform/bench/completion_calendar.h"
#include "tests/harness/scratch_directory.h"

using namespace cvp;

namespace {

constexpr Frequency kClocks[] = {800_MHz, 1000_MHz, 1600_MHz, 2300_MHz, {1'066'666'667}, 2400_MHz};

AccessPattern pattern_of(const std::string& text, std::uint64_t capacity = 1_GiB) {
  std::string error;
  auto pattern = AccessPattern::parse(text, {.capacity = capacity}, error);
  INFO(error);
  REQUIRE(pattern.has_value());
  return *pattern;
}

/// A memory of one latency. Answers at once, or later by AT's phases: END_REQ after a nanosecond,
/// BEGIN_RESP when it is done.
class Target : public sc_core::sc_module,
               private tlm::tlm_fw_transport_if<>,
               private ActionHandler {
 public:
  enum class Way { kAtOnce, kLater, kLaterEndRequest };

  tlm::tlm_target_socket<> mem_target{"mem_target"};

  Target(sc_core::sc_module_name name, ActionQueue& actions, Way way)
      : sc_module(name), actions_(actions), way_(way) {
    mem_target.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
  }

  std::vector<Addr> addresses;
  std::vector<unsigned> lengths;
  std::vector<Femtoseconds> arrivals;

 private:
  enum Op : std::uint32_t { kEndRequest, kBeginResponse };

  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;
    const Femtoseconds arrival = simulation_time() + to_femtoseconds(delay);
    CHECK((arrivals.empty() || arrival >= arrivals.back()));
    CHECK(Attributes::of(payload).no_data);
    addresses.push_back(payload.get_address());
    lengths.push_back(payload.get_data_length());
    arrivals.push_back(arrival);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (way_ == Way::kAtOnce) {
      delay += to_sc_time(kLatency);
      return tlm::TLM_COMPLETED;
    }
    payload.acquire();
    pending_.push_back(&payload);
    actions_.post(arrival + kLatency, 0, *this, kBeginResponse, pending_.size() - 1);
    if (way_ == Way::kLater) {
      phase = tlm::END_REQ;
      return tlm::TLM_UPDATED;
    }
    actions_.post(arrival, 0, *this, kEndRequest, pending_.size() - 1);
    return tlm::TLM_ACCEPTED;
  }

  void on_action(const Action& action) override {
    tlm::tlm_generic_payload& payload = *pending_[action.arg];
    tlm::tlm_phase phase = action.op == kEndRequest ? tlm::END_REQ : tlm::BEGIN_RESP;
    sc_core::sc_time delay;
    mem_target->nb_transport_bw(payload, phase, delay);
    if (action.op == kBeginResponse) payload.release();
  }

  void b_transport(tlm::tlm_generic_payload&, sc_core::sc_time&) override {}
  unsigned transport_dbg(tlm::tlm_generic_payload&) override { return 0; }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi&) override { return false; }

  static constexpr Femtoseconds kLatency = 100_ns;
  ActionQueue& actions_;
  Way way_;
  std::vector<tlm::tlm_generic_payload*> pending_;
};

struct Run {
  Run(const std::string& pattern, const BenchLoad& load, Target::Way way)
      : target("target", actions, way),
        driver("driver", pattern_of(pattern), load, TickClock(1000_MHz)) {
    driver.mem_initiator.bind(target.mem_target);
    sc_core::sc_start();
    REQUIRE(driver.times().complete);
  }

  ActionQueue actions{"actions"};
  Target target;
  BenchDriver driver;
};

// 1000 reads, 10 in flight, 100 ns each: ticks of half a nanosecond, a tenth of them not counted.
void check_closed_loop(Target::Way way) {
  const Run run("seq", {.requests = 1000, .warm_up = 100, .outstanding = 10}, way);
  const BenchTimes& times = run.driver.times();
  CHECK(times.counted == 90 * 200 + 1);
  CHECK(times.reads.mean() == 200);
  CHECK(times.reads.quantile(0.99) == 200);
  CHECK(run.target.addresses.size() == 1000);
  CHECK(run.target.addresses.back() == 999 * 32);
}

// One request in 10 ns.
void check_open_loop(Target::Way way) {
  const Run run("rand:64:500",
                {.requests = 1000, .warm_up = 0, .outstanding = 512, .requests_a_tick = 0.05}, way);
  for (std::size_t n = 0; n < 1000; ++n) REQUIRE(run.target.arrivals[n] == n * 10_ns + 9500_ps);
  CHECK(run.driver.times().counted == 1000 * 20 - 1 + 200 + 1);
}

}  // namespace

TEST_CASE("Bench ticks convert as the clock does", "[unit][bench]") {
  for (const Frequency clock : kClocks) {
    const Clock exact({2 * clock.hertz});
    const TickClock ticks(clock);
    std::uint64_t x = 1;
    for (int i = 0; i < 20000; ++i) {
      x = x * 6364136223846793005u + 1442695040888963407u;
      const std::uint64_t tick = x >> (20 + x % 40);
      REQUIRE(ticks.at(static_cast<Tick>(tick)) == exact.at(tick));
      const Femtoseconds time{x >> (8 + x % 50)};
      REQUIRE(ticks.until(time) == static_cast<Tick>(exact.cycles_until(time)));
      REQUIRE(ticks.until(exact.at(tick)) == static_cast<Tick>(tick));
    }
  }
}

TEST_CASE("Bench calendar gives completions in the order of their ticks", "[unit][bench]") {
  CompletionCalendar calendar;
  std::map<Tick, std::uint64_t> reference;
  std::uint64_t x = 1;
  Tick now = 0;
  CHECK(calendar.next() == CompletionCalendar::kNever);
  for (int i = 0; i < 200000; ++i) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    if (x >> 40 & 1) {
      const Tick far = x >> 63 ? 100000 : 3000;
      const Tick tick = now - 10 + static_cast<Tick>((x >> 33) % static_cast<std::uint64_t>(far));
      const std::uint32_t requests = x >> 50 & 7;
      REQUIRE(calendar.add(tick, requests) == std::max(tick, now));
      reference[std::max(tick, now)] += requests;
    } else if (!reference.empty()) {
      now = reference.begin()->first;
      REQUIRE(calendar.next() == now);
      REQUIRE(calendar.take() == reference.begin()->second);
      reference.erase(now);
    }
  }
}

TEST_CASE("Bench counts what ends after the warm-up, whenever its end was known", "[unit][bench]") {
  constexpr std::uint64_t kWarmUp = 10000, kRequests = 30000;
  BenchMeter meter(kRequests, kWarmUp);
  std::multimap<Tick, BenchMeter::Completion> ahead;
  LatencyHistogram reads;
  std::uint64_t x = 1, in_warm_up = 0;
  Tick now = 0, warm_tick = 0;
  for (std::uint64_t i = 0; i < kRequests; ++i) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    // One each second tick; a few end much later than the others, and many together.
    const Tick latency = 2 + 2 * static_cast<Tick>(x >> 40 & ((x >> 58) == 0 ? 1 << 14 : 15));
    const Tick end = static_cast<Tick>(2 * i) + latency;
    const BenchMeter::Completion completion{end, latency, 1, (x >> 50 & 3) == 0};
    meter.expect(completion);
    ahead.emplace(end, completion);
    const Tick until = static_cast<Tick>(i + 1 < kRequests ? 2 * i : 4 * i);
    while (!ahead.empty() && ahead.begin()->first <= until) {
      now = ahead.begin()->first;
      const auto [first, last] = ahead.equal_range(now);
      meter.end(now, static_cast<std::uint64_t>(std::distance(first, last)));
      if (in_warm_up < kWarmUp) warm_tick = now;
      for (auto it = last; it-- != first;) {  // Who was expected last comes first.
        if (in_warm_up < kWarmUp) {
          ++in_warm_up;
        } else if (!it->second.write) {
          reads.add(it->second.latency, 1);
        }
      }
      ahead.erase(first, last);
    }
  }
  REQUIRE(meter.ended() == kRequests);
  const BenchTimes times = std::move(meter).finish(now);
  CHECK(times.complete);
  CHECK(times.counted == now + 1 - warm_tick);
  CHECK(times.requests == kRequests - kWarmUp);
  CHECK(times.reads.mean() == reads.mean());
  for (const double q : {0.1, 0.5, 0.99, 0.999}) {
    CHECK(times.reads.quantile(q) == reads.quantile(q));
  }
}

TEST_CASE("Bench percentile is the element at floor(q x count)", "[unit][bench]") {
  LatencyHistogram histogram;
  CHECK(histogram.quantile(0.5) == 0);
  CHECK(histogram.mean() == 0);
  std::vector<Tick> all;
  for (Tick i = 0; i < 1000; ++i) {
    const Tick latency = i * i * 7 % 100003;
    histogram.add(latency, 1);
    all.push_back(latency);
  }
  std::sort(all.begin(), all.end());
  for (const double q : {0.0, 0.1, 0.5, 0.99, 0.999}) {
    CHECK(histogram.quantile(q) == all[static_cast<std::size_t>(q * 1000)]);
  }
}

TEST_CASE("Bench patterns are those of the reference experiment", "[unit][bench]") {
  const auto first = [](const std::string& text, std::uint64_t n) {
    const auto run = pattern_of(text).run(n);
    return std::pair{run.address, run.write};
  };
  using At = std::pair<Addr, bool>;
  CHECK(first("seq", 5) == At{160, false});
  CHECK(first("seqw", 1_GiB / 32 + 1) == At{32, true});
  CHECK(first("stride:4096", 3) == At{3 * 4096, false});
  CHECK(first("stride:4096", 1_GiB / 4096) == At{32, false});  // The next round is a unit further.
  CHECK(first("s21:1024:64", 32) == At{256_MiB + 64, false});
  CHECK(first("s21:1024:64", 64) == At{512_MiB + 128, true});
  CHECK(first("s21:1024:64", 97) == At{1024 + 32, false});
  CHECK(first("copy:64:0", 2) == At{256_MiB, true});
  // splitmix64(0) and (1), the first outputs of the published generator with those seeds.
  CHECK(first("rand:32", 0).first == 0xE220A8397B1DCDAF % (1_GiB / 32) * 32);
  CHECK(first("rand:1024", 32).first == 0x910A2DEC89025CC1 % (1_GiB / 1024) * 1024);
  CHECK(first("rand:1024", 33).first == 0x910A2DEC89025CC1 % (1_GiB / 1024) * 1024 + 32);
}

TEST_CASE("Bench patterns say how many requests follow each other", "[unit][bench]") {
  for (const char* text : {"seq", "rand:96:300", "stride:32", "s21:96:32", "copy:4096:96"}) {
    INFO(text);
    const AccessPattern pattern = pattern_of(text, 64_KiB);
    for (std::uint64_t n = 0; n < 10000; ++n) {
      const auto run = pattern.run(n);
      REQUIRE(run.count >= 1);
      REQUIRE(run.address % 32 == 0);
      REQUIRE(run.address + run.count * 32 <= 64_KiB);
      for (std::uint64_t i = 1; i < std::min<std::uint64_t>(run.count, 200); ++i) {
        const auto later = pattern.run(n + i);
        REQUIRE(later.address == run.address + i * 32);
        REQUIRE(later.write == run.write);
      }
    }
  }
}

TEST_CASE("Bench closed loop fills the place of what has ended", "[unit][bench]") {
  check_closed_loop(Target::Way::kAtOnce);
}

TEST_CASE("Bench closed loop is the same with answers that come later", "[unit][bench]") {
  check_closed_loop(Target::Way::kLater);
}

TEST_CASE("Bench open loop generates when there is credit", "[unit][bench]") {
  check_open_loop(Target::Way::kAtOnce);
}

TEST_CASE("Bench open loop is the same with answers that come later", "[unit][bench]") {
  check_open_loop(Target::Way::kLater);
}

TEST_CASE("Bench sends no request before the end of the one before", "[unit][bench]") {
  check_closed_loop(Target::Way::kLaterEndRequest);
}

TEST_CASE("Bench sends requests that follow each other as one transaction", "[unit][bench]") {
  const Run run("s21:96:0", {.requests = 10, .warm_up = 1, .transaction = 2}, Target::Way::kAtOnce);
  CHECK(run.target.lengths == std::vector<unsigned>{64, 32, 64, 32, 64, 32, 32});
  CHECK(run.target.addresses[1] == 64);
  CHECK(run.target.addresses[2] == 256_MiB);
}

// Two transactions of 2048 requests, one after the other: the first is the warm-up, whatever number
// of requests that was meant to have.
TEST_CASE("Bench warm-up ends with a whole transaction", "[unit][bench]") {
  const Run run("seq", {.requests = 4096, .warm_up = 100, .outstanding = 1, .transaction = 2048},
                Target::Way::kAtOnce);
  CHECK(run.driver.times().requests == 2048);
  CHECK(run.driver.times().counted == 200 + 1);
  CHECK(run.driver.times().reads.mean() == 200);
}
