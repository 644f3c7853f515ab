// SPDX-License-Identifier: Apache-2.0
//
// Closed loops, from one outstanding transaction to as many as saturate a link: each waits for the
// answers of those before, so that a slot of difference between the two timed fidelities would come
// back with every round trip. Points of a grid of all that the benchmark of a link takes, drawn by
// a fixed seed.
#include <catch2/catch.hpp>
#include <cmath>

#include "models/core/report.h"
#include "models/core/splitmix64.h"
#include "platform/bench/ucie_bench_runs_test.h"

namespace cvp {
namespace {

constexpr std::uint64_t kAllPoints = 400;
#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t kPoints = 40;
#else
constexpr std::uint64_t kPoints = kAllPoints;
#endif

constexpr const char* kFormats[] = {"68", "256", "256-latopt", "256-latopt-opt"};
constexpr const char* kModules[] = {"S-x8", "S-x16", "A-x32", "A-x64"};
constexpr std::uint64_t kRates[] = {4, 8, 12, 16, 24, 32, 48, 64};
constexpr std::optional<std::uint64_t> kOutstanding[] = {1, 2, 4, 8, 32, 128, {}};
constexpr std::uint64_t kSizes[] = {1, 4, 16, 64, 200, 256, 1000, 4096};
constexpr double kReads[] = {0, 0.5, 1};

UcieBenchParams point(std::uint64_t n, std::uint64_t stacks) {
  std::uint64_t random = n + 1000 * stacks;
  const auto pick = [&](const auto& from) {
    random = splitmix64(random);
    return from[random % std::size(from)];
  };
  UcieBenchParams params{.module = pick(kModules),
                         .rate = pick(kRates),
                         .format = pick(kFormats),
                         .stacks = stacks,
                         .read_fraction = pick(kReads),
                         .size = pick(kSizes),
                         .outstanding = pick(kOutstanding),
                         .flits = 10'000};
  if (params.format == "68") params.rate = std::min<std::uint64_t>(params.rate, 32);
  if (params.read_fraction == 1 && params.size > 64) params.flits /= 5;
  return params;
}

std::string text(const UcieBenchParams& params) {
  return concat(params.format, ' ', params.module, ", ", params.rate, " GT/s, outstanding ",
                params.outstanding.value_or(0), ", size ", params.size, ", reads ",
                params.read_fraction, ", bit error rate ", params.ber);
}

void compare_without_errors(std::uint64_t stacks) {
  unsigned with_nops = 0;
  for (std::uint64_t n = 0; n < kPoints; ++n) {
    const UcieBenchParams params = point(n, stacks);
    const auto arithmetic = run(params, UcieFidelity::kApproximate);
    const auto flits = run(params, UcieFidelity::kFlit);
    INFO(n << ": " << text(params));
    const double bar = params.outstanding ? 0.01 : 0.005;
    CHECK(arithmetic.flits == flits.flits);
    CHECK(arithmetic.data_gb_s == Approx(flits.data_gb_s).epsilon(bar));
    CHECK(arithmetic.payload_gb_s == Approx(flits.payload_gb_s).epsilon(bar));
    CHECK(arithmetic.latency_one_way_ns == Approx(flits.latency_one_way_ns).epsilon(bar));
    // A direction of few flits reports in NOP flits, which arithmetic has not.
    for (const auto& [power, power_flits] :
         {std::pair(arithmetic.power_w, flits.power_w),
          std::pair(arithmetic.power_reverse_w, flits.power_reverse_w)}) {
      CHECK(power < power_flits * 1.005);
      CHECK(power > power_flits * 0.88);
      with_nops += power < power_flits * 0.98 ? 1 : 0;
    }
  }
  CHECK(with_nops * 15 < kAllPoints);
}

TEST_CASE("Ucie arithmetic and flits agree in closed loops", "[performance][ucie]") {
  compare_without_errors(1);
}

TEST_CASE("Ucie arithmetic and flits agree in closed loops of two stacks", "[performance][ucie]") {
  compare_without_errors(2);
}

}  // namespace
}  // namespace cvp
