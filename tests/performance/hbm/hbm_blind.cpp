// SPDX-License-Identifier: Apache-2.0
//
// hbm_blind approximate|cycle <cases> <seed> <least outstanding a channel>: a fidelity against the
// naive controller where nobody has looked; prints every case, worst last, and the score of each
// kind.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <string_view>

#include "tests/performance/hbm/arguments.h"
#include "tests/performance/hbm/blind.h"
#include "tests/performance/hbm/cycle_driver.h"

int main(int argc, char** argv) {
  using namespace cvp::hbm_experiment;
  const std::string_view fidelity = argc > 1 ? argv[1] : "";
  const auto number = [&](int at, std::uint64_t least, std::uint64_t most) {
    return at < argc ? number_from(argv[at], least, most) : std::nullopt;
  };
  const auto cases_wanted = number(2, 3, 1'000'000), seed = number(3, 0, UINT64_MAX),
             least = number(4, 1, 512);
  if (argc != 5 || (fidelity != "approximate" && fidelity != "cycle") || !cases_wanted || !seed ||
      !least) {
    std::cerr << "usage: hbm_blind approximate|cycle <cases> <seed> <least outstanding a channel>; "
                 "expected 3 cases or more, any seed, and 1 to 512\n";
    return 2;
  }
  const Model model = fidelity == "cycle" ? Model{run_cycle} : Model{run};
  auto cases =
      run_blind(static_cast<unsigned>(*cases_wanted), *seed, static_cast<unsigned>(*least), model);
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
