// SPDX-License-Identifier: Apache-2.0
//
// hbm_rules [<commands>]: random traffic through every generation, controller and refresh mode
// until that many commands have been checked (10 million by default); the exit code is 1 if any
// broke a rule.
#include <cstdio>

#include "models/hbm/cycle/random_traffic.h"
#include "models/hbm/cycle/trace_checker.h"
#include "tests/performance/hbm/arguments.h"

int main(int argc, char** argv) {
  using namespace cvp;
  using namespace cvp::hbm_cycle;
  const auto wanted = hbm_experiment::number_from(argc > 1 ? argv[1] : "10000000", 1, UINT64_MAX);
  if (argc > 2 || !wanted) {
    std::fputs("usage: hbm_rules [<commands>]; expected one number, 1 or more\n", stderr);
    return 2;
  }
  std::uint64_t commands = 0, broken = 0, seed = 0;
  while (commands < *wanted) {
    for (const HbmTiming& timing : hbm_timings()) {
      std::uint64_t of_generation = 0;
      for (ControllerPolicy policy : controller_policies()) {
        for (const auto refresh : {HbmRefresh::kNone, HbmRefresh::kAllBank, HbmRefresh::kPerBank,
                                   HbmRefresh::kSameBank}) {
          policy.refresh = refresh;
          Controller controller(timing, policy);
          TraceChecker checker(timing, refresh_duty(timing, policy));
          controller.observe(&checker);
          RandomTraffic traffic(controller, timing.geometry, ++seed);
          traffic.run(10'000);
          checker.finish(traffic.end());
          of_generation += checker.commands();
          broken += checker.violations();
          if (checker.violations() > 0) {
            std::printf("%s %s: %s\n", timing.name.c_str(), policy.name.c_str(),
                        checker.first().c_str());
          }
        }
      }
      commands += of_generation;
      std::printf("%-14s %9llu commands checked, %llu in all broke a rule\n", timing.name.c_str(),
                  static_cast<unsigned long long>(of_generation),
                  static_cast<unsigned long long>(broken));
    }
  }
  return broken > 0 ? 1 : 0;
}
