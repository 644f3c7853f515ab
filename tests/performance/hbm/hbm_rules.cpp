// SPDX-License-Identifier: Apache-2.0
//
// hbm_rules [<commands> [<seed>]]: random traffic through all generations in turn until that many
// commands have been checked (10 million by default). Controller, refresh mode and rate, queues and
// the height of the stack are drawn from the seed. The exit code is 1 if any command broke a rule.
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "models/hbm/cycle/random_traffic.h"
#include "models/hbm/cycle/trace_checker.h"
#include "tests/performance/hbm/arguments.h"

namespace {

using namespace cvp;
using namespace cvp::hbm_cycle;

struct Case {
  HbmTiming timing;
  ControllerPolicy policy;
  unsigned rate;  // Refreshes in tREFI; 2 where it is hot.
  std::uint64_t seed;
};

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}

  Case of(const HbmTiming& timing) {
    Case drawn{timing, controller_policies()[below(controller_policies().size())], 1, random_()};
    // A stack of 4, 8, 12 or 16 dies; other memories have the ranks that they have.
    if (timing.name.starts_with("hbm")) {
      drawn.timing.geometry.stack_ids = 1 + static_cast<unsigned>(below(4));
    }
    ControllerPolicy& policy = drawn.policy;
    const HbmRefresh kModes[] = {HbmRefresh::kNone, HbmRefresh::kAllBank, HbmRefresh::kPerBank,
                                 HbmRefresh::kSameBank};
    policy.refresh = kModes[below(4)];
    const unsigned kEntries[] = {64, 16, 4};
    const unsigned entries = kEntries[below(3)], usual = policy.write_queue;
    policy.write_high = entries * policy.write_high / usual;
    policy.write_low = entries * policy.write_low / usual;
    policy.read_queue = policy.write_queue = entries;
    drawn.rate = 1 + static_cast<unsigned>(below(2));
    return drawn;
  }

 private:
  std::uint64_t below(std::uint64_t count) { return random_() % count; }

  std::mt19937_64 random_;
};

struct Tally {
  std::uint64_t commands = 0, broken = 0;
};

Tally check(const Case& drawn) {
  constexpr std::uint64_t kRequests = 4000;
  const auto& [timing, policy, rate, seed] = drawn;
  HbmTiming watched = timing;
  watched.refi = (timing.refi + rate - 1) / rate;
  Controller controller(timing, policy);
  controller.set_refresh_rate(rate, 1);
  TraceChecker checker(watched, refresh_duty(timing, policy));
  controller.observe(&checker);
  RandomTraffic traffic(controller, timing.geometry, seed);
  const std::uint64_t ended = traffic.run(kRequests);
  checker.finish(traffic.end());
  const auto tell = [&](const std::string& what) {
    std::printf("%s, %u stack ids, %s, refresh %d, %u in tREFI, %u entries, seed %llu: %s\n",
                timing.name.c_str(), timing.geometry.stack_ids, policy.name.c_str(),
                static_cast<int>(policy.refresh), rate, policy.read_queue,
                static_cast<unsigned long long>(seed), what.c_str());
  };
  if (checker.violations() > 0) tell(checker.first());
  if (ended < kRequests) tell("a request never ends");
  return {checker.commands(), checker.violations() + (kRequests - ended)};
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int at, const char* otherwise, std::uint64_t least) {
    return hbm_experiment::number_from(at < argc ? argv[at] : otherwise, least, UINT64_MAX);
  };
  const auto wanted = number(1, "10000000", 1), seed = number(2, "0", 0);
  if (argc > 3 || !wanted || !seed) {
    std::fputs("usage: hbm_rules [<commands> [<seed>]]; expected 1 command or more\n", stderr);
    return 2;
  }
  const auto& generations = hbm_timings();
  std::vector<Tally> tallies(generations.size());
  Tally all;
  Draw draw(*seed);
  while (all.commands < *wanted) {
    for (std::size_t i = 0; i < generations.size(); ++i) {
      const Tally of_case = check(draw.of(generations[i]));
      for (Tally* tally : {&tallies[i], &all}) {
        tally->commands += of_case.commands;
        tally->broken += of_case.broken;
      }
    }
  }
  for (std::size_t i = 0; i < generations.size(); ++i) {
    std::printf("%-14s %9llu commands checked, %llu broke a rule\n", generations[i].name.c_str(),
                static_cast<unsigned long long>(tallies[i].commands),
                static_cast<unsigned long long>(tallies[i].broken));
  }
  return all.broken > 0 ? 1 : 0;
}
