// SPDX-License-Identifier: Apache-2.0
//
// hbm_blind approximate|cycle <cases> <seed> <least outstanding a channel>: a fidelity against the
// naive controller where nobody has looked; prints every case, worst last, and the score of each
// kind beside that on the rows of the reference. Cycle fidelity follows the same rules, so the exit
// code is 1 if it gives anything else in any case.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <string_view>

#include "tests/performance/hbm/arguments.h"
#include "tests/performance/hbm/blind.h"
#include "tests/performance/hbm/cycle_driver.h"

namespace {

using Kind = cvp::hbm_experiment::ScoredCase::Kind;
constexpr std::pair<Kind, const char*> kKinds[] = {
    {Kind::kReads, "reads, efficiency"},
    {Kind::kMix, "writes and mixes, efficiency"},
    {Kind::kLatency, "reads, mean latency under load"},
    {Kind::kMixLatency, "mixes, mean latency under load"}};

}  // namespace

int main(int argc, char** argv) {
  using namespace cvp::hbm_experiment;
  const std::string_view fidelity = argc > 1 ? argv[1] : "";
  const auto number = [&](int at, std::uint64_t least, std::uint64_t most) {
    return at < argc ? number_from(argv[at], least, most) : std::nullopt;
  };
  const auto cases_wanted = number(2, 4, 1'000'000), seed = number(3, 0, UINT64_MAX),
             least = number(4, 1, 512);
  if (argc != 5 || (fidelity != "approximate" && fidelity != "cycle") || !cases_wanted || !seed ||
      !least) {
    std::cerr << "usage: hbm_blind approximate|cycle <cases> <seed> <least outstanding a channel>; "
                 "expected 4 cases or more, any seed, and 1 to 512\n";
    return 2;
  }
  const bool same_rules = fidelity == "cycle";
  const Model model = same_rules ? Model{run_cycle} : Model{run};
  const auto differs = [&](const ScoredCase& c) { return same_rules && c.ours != c.reference; };
  const auto fitted = run_reference(CVP_HBM_REFERENCE, model);
  auto blind = run_blind(static_cast<unsigned>(*cases_wanted), *seed, static_cast<unsigned>(*least),
                         model, !same_rules);
  std::sort(blind.begin(), blind.end(), [](const ScoredCase& a, const ScoredCase& b) {
    return std::abs(a.error()) < std::abs(b.error());
  });
  for (const auto& [kind, name] : kKinds) {
    std::printf("%s\n", name);
    for (const ScoredCase& c : blind) {
      if (c.kind != kind) continue;
      std::printf("  %s %9.4f %9.4f %+6.1f%%%s\n", c.text().c_str(), c.ours, c.reference,
                  100 * c.error(), differs(c) ? " differs" : "");
    }
  }
  const auto print = [](const Score& s) {
    if (s.cases == 0) return void(std::printf("%31s", "no case"));
    std::printf("%5zu cases %6.1f %% %7.1f %%", s.cases, 100 * s.median, 100 * s.worst);
  };
  std::printf("\n%-30s%31s%31s\n", "median and worst error", "fitted (the reference)", "blind");
  for (const auto& [kind, name] : kKinds) {
    std::printf("%-30s", name);
    print(score(fitted, kind));
    print(score(blind, kind));
    std::printf("\n");
  }
  if (!same_rules) return 0;
  const auto differ = std::count_if(blind.begin(), blind.end(), differs);
  std::printf("\n%td of %zu cases differ from the naive controller\n", differ, blind.size());
  return differ > 0 ? 1 : 0;
}
