// SPDX-License-Identifier: Apache-2.0
//
// hbm_blind approximate|cycle <cases> <seed> <least outstanding a channel>: a fidelity against the
// naive controller where nobody has looked; prints every case, worst last, and the score of each
// kind.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "tests/performance/hbm/blind.h"
#include "tests/performance/hbm/cycle_driver.h"

int main(int argc, char** argv) {
  using namespace cvp::hbm_experiment;
  const std::string_view fidelity = argc > 1 ? argv[1] : "";
  if (argc != 5 || (fidelity != "approximate" && fidelity != "cycle")) {
    std::cerr << "usage: hbm_blind <fidelity> <cases> <seed> <least>; expected approximate or "
                 "cycle, and three numbers\n";
    return 2;
  }
  const Model model = fidelity == "cycle" ? Model{run_cycle} : Model{run};
  auto cases =
      run_blind(static_cast<unsigned>(std::atoi(argv[2])), std::strtoull(argv[3], nullptr, 0),
                static_cast<unsigned>(std::atoi(argv[4])), model);
  std::sort(cases.begin(), cases.end(), [](const BlindCase& a, const BlindCase& b) {
    return std::abs(a.error()) < std::abs(b.error());
  });
  using Kind = BlindCase::Kind;
  for (const auto& [kind, name] : {std::pair{Kind::kReads, "reads, efficiency"},
                                   {Kind::kMix, "writes and mixes, efficiency"},
                                   {Kind::kLatency, "mean latency under load"}}) {
    std::printf("%s\n", name);
    for (const BlindCase& c : cases) {
      if (c.kind != kind) continue;
      std::printf("  %s %9.4f %9.4f %+6.1f%%\n", c.text().c_str(), c.ours, c.reference,
                  100 * c.error());
    }
    const Score s = score(cases, kind);
    std::printf("  median %.1f %%, worst %.1f %%\n", 100 * s.median, 100 * s.worst);
  }
  return 0;
}
