// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "models/hbm/cycle/cycle_engine.h"
#include "tests/harness/archive.h"

using namespace cvp;
using namespace cvp::hbm_cycle;

namespace {

constexpr const char* kMap = "p1g2c3b2s1c2r14y";

CycleEngineParams one_channel(const char* policy, const char* generation = "hbm3-6400",
                              const char* map = kMap) {
  HbmTiming timing = *find_hbm_timing(generation);
  timing.geometry.channels = 1;
  return {timing, map, *find_controller_policy(policy)};
}

// Ends of all requests that the engine still has.
std::vector<Completion> drain(CycleEngine& engine) {
  std::vector<Completion> ends;
  while (engine.next_tick() != kNever) engine.step(ends);
  return ends;
}

Tick latency(CycleEngine& engine, std::uint64_t offset, Tick arrival) {
  engine.submit(0, false, offset, 32, arrival);
  const auto ends = drain(engine);
  REQUIRE(ends.size() == 1);
  return ends[0].tick - arrival;
}

// The ends of sequential reads, 128 of them outstanding.
std::vector<Completion> stream(CycleEngine& engine, std::uint64_t requests) {
  std::vector<Completion> ends;
  std::uint64_t sent = 0;
  Tick now = 0;
  while (ends.size() < requests) {
    for (; sent < requests && sent - ends.size() < 128; ++sent) {
      engine.submit(sent, false, sent * 32 % engine.bytes(), 32, now);
    }
    now = engine.next_tick();
    engine.step(ends);
  }
  return ends;
}

struct Trace : CommandObserver {
  void on_command(const IssuedCommand& command) override { commands.push_back(command); }
  std::vector<IssuedCommand> commands;
};

}  // namespace

// 2 + 44, 2 + 64 + 44 and 1 + 51 + 64 + 44 ticks of 0.3125 ns from an odd tick, one less from an
// even one.
TEST_CASE("Hbm cycle idle reads take 14.375, 34.375 and 50 ns on HBM3-6400", "[hbm]") {
  const std::uint64_t other_row = std::uint64_t{1} << 22;  // Unfolded into the same bank.
  for (const Tick odd : {1, 0}) {
    CycleEngine engine(one_channel("none_q64", "hbm3-6400", "p1g2c3b2s1c2r14"));
    CHECK(latency(engine, 0, 10000 + odd) == 109 + odd);
    CHECK(latency(engine, 64 * 4, 20000 + odd) == 45 + odd);
    CHECK(latency(engine, other_row, 30000 + odd) == 159 + odd);
  }
}

TEST_CASE("Hbm cycle idle reads take 17, 32 and 45 ns on HBM2-2000", "[hbm]") {
  CycleEngine engine(one_channel("none_q64", "hbm2", "p1g2c3b2c2r14"));
  CHECK(latency(engine, 0, 10001) == 2 * 32);
  CHECK(latency(engine, 64 * 4, 20001) == 2 * 17);
  CHECK(latency(engine, std::uint64_t{1} << 21, 30001) == 2 * 45);
}

TEST_CASE("Hbm cycle answers a read of a waiting write in the next tick and merges writes",
          "[hbm]") {
  CycleEngine engine(one_channel("none_q64"));
  // A read to another bank keeps the queue in read mode while the write waits.
  engine.submit(1, false, 64, 32, 99);
  engine.submit(2, true, 0, 32, 99);
  engine.submit(3, false, 0, 32, 101);
  engine.submit(4, true, 0, 32, 102);
  std::vector<Tick> end(5);
  for (const Completion& c : drain(engine)) end[c.id] = c.tick;
  CHECK(end[3] == 102);
  CHECK(end[4] == 103);
  CHECK(end[2] > 103);
  CHECK(engine.channel_statistics(0).forwarded == 2);
  CHECK(engine.channel_statistics(0).writes == 1);
}

TEST_CASE("Hbm cycle transaction of many bursts ends with the last of them", "[hbm]") {
  CycleEngine engine(one_channel("none_q64"));
  engine.submit(7, false, 16, 4096, 0);
  const auto ends = drain(engine);
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].id == 7);
  CHECK(engine.channel_statistics(0).reads == 129);
  CHECK(ends[0].tick > 129 * 2);
}

TEST_CASE("Hbm cycle refreshes of an idle channel are made up for when a request comes", "[hbm]") {
  CycleEngine engine(one_channel("ab_q64"));
  CHECK(engine.next_tick() == kNever);
  const Tick refi = 12480, late = 1000 * refi + 2000;
  CHECK(latency(engine, 0, late) == 109);
  CHECK(engine.channel_statistics(0).refreshes == 2000);
  // In the middle of a refresh it waits for its end.
  CHECK(latency(engine, 0, 2000 * refi + 100) > 800);
}

// The first refresh of an idle time closes the row; the one that a read comes into finds none open.
TEST_CASE("Hbm cycle refreshes of a long idle time close the rows when the first falls due",
          "[hbm]") {
  const Tick refi = 12480;
  for (const char* policy : {"ab_q64", "pc_q64", "fr_fcfs"}) {
    for (const Tick rounds : {2, 3, 4, 1000}) {
      CycleEngine opened(one_channel(policy)), closed(one_channel(policy));
      latency(opened, 0, 2000);
      INFO(policy << ", " << rounds << " refreshes");
      CHECK(latency(opened, 0, rounds * refi + 100) == latency(closed, 0, rounds * refi + 100));
    }
  }
}

TEST_CASE("Hbm cycle refreshes twice as often take twice the time", "[hbm]") {
  const auto time_of = [](unsigned times) {
    CycleEngine engine(one_channel(times == 0 ? "none_q64" : "ab_q64"));
    if (times > 0) engine.set_refresh_rate(times, 1);
    return static_cast<double>(stream(engine, 100'000).back().tick);
  };
  const double none = time_of(0), once = time_of(1), twice = time_of(2);
  // A refresh of both pseudo channels takes the time t of them; of 1 / rate ticks 1 - rate t are
  // left.
  const double cost = 1 - none / once;
  CHECK(cost > 0.05);
  CHECK(1 - none / twice == Approx(2 * cost).epsilon(0.05));
}

TEST_CASE("Hbm cycle refresh rate changes for idle and busy channels from when it is set",
          "[hbm]") {
  const Tick refi = 12480;
  for (const bool busy : {false, true}) {
    for (const char* generation : {"hbm3-6400", "ddr5-4800"}) {
      const bool hbm = generation[0] == 'h';
      CycleEngine engine(one_channel("pc_q64", generation, hbm ? kMap : "g3c6b2s1r16y"));
      const Tick round = hbm ? refi : 2 * 9360;
      Tick now = 0;
      const auto refreshes_in = [&](Tick rounds) {
        const std::uint64_t before = engine.channel_statistics(0).refreshes;
        const Tick end = now + rounds * round;
        std::vector<Completion> ends;
        for (std::uint64_t id = 0; busy && now < end; now += 50) {
          while (engine.next_tick() <= now) engine.step(ends);
          ++id;
          engine.submit(id, false, id * 4096 % engine.bytes(), 32, now);
        }
        drain(engine);
        now = end;
        engine.settle(now);
        return static_cast<double>(engine.channel_statistics(0).refreshes - before);
      };
      INFO(generation << (busy ? " busy" : " idle"));
      CHECK(refreshes_in(100) == Approx(200).margin(2));
      engine.set_refresh_rate(2, now + 1);
      CHECK(refreshes_in(100) == Approx(400).margin(2));
      engine.set_refresh_rate(1, now + 1);
      CHECK(refreshes_in(100) == Approx(200).margin(2));
    }
  }
}

// Saved with transactions of one and of many bursts in flight, command by command the same.
TEST_CASE("Hbm cycle engine saved and loaded in flight goes on identically", "[hbm]") {
  const auto feed = [](CycleEngine& engine, std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t n = from; n < to; ++n) {
      const std::uint64_t offset = (n * 0x9E3779B97F4A7C15 >> 20) % (engine.bytes() - 4096);
      engine.submit(n, n % 3 == 0, offset, n % 50 == 0 ? 4096 : 32, static_cast<Tick>(n * 3));
    }
  };
  for (ControllerPolicy policy : controller_policies()) {
    for (const auto refresh : {HbmRefresh::kAllBank, HbmRefresh::kPerBank, HbmRefresh::kSameBank}) {
      for (const char* generation : {"hbm3-6400", "ddr5-4800"}) {
        const bool hbm = generation[0] == 'h';
        auto params = one_channel("ab_q64", generation, hbm ? kMap : "g3c6b2s1r16y");
        policy.refresh = refresh;
        params.policy = policy;
        INFO(generation << " " << policy.name << " refresh " << static_cast<int>(refresh));
        CycleEngine original(params), copy(params);
        original.set_refresh_rate(2, 1);
        std::vector<Completion> ends;
        feed(original, 0, 3000);
        while (original.next_tick() < 13000) original.step(ends);
        REQUIRE(ends.size() < 3000);
        load(copy, save(original));
        Trace of_original, of_copy;
        original.observe(0, &of_original);
        copy.observe(0, &of_copy);
        feed(original, 5000, 6000);
        feed(copy, 5000, 6000);
        const auto a = drain(original), b = drain(copy);
        CHECK(ends.size() + a.size() == 4000);
        CHECK(of_original.commands.size() > 1000);
        CHECK(a == b);
        CHECK(of_original.commands == of_copy.commands);
      }
    }
  }
}
