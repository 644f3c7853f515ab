// SPDX-License-Identifier: Apache-2.0
//
// hbm_blind <cases> <seed> <least outstanding a channel>: the model against the naive controller
// where nobody has looked; prints every case, worst last, and the score of each kind.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "tests/performance/hbm/blind.h"

int main(int argc, char** argv) {
  using namespace cvp::hbm_experiment;
  if (argc != 4) {
    std::cerr << "usage: hbm_blind <cases> <seed> <least>; expected three numbers\n";
    return 2;
  }
  auto cases =
      run_blind(static_cast<unsigned>(std::atoi(argv[1])), std::strtoull(argv[2], nullptr, 0),
                static_cast<unsigned>(std::atoi(argv[3])));
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
