// SPDX-License-Identifier: Apache-2.0
//
// The two timed engines of the benchmark of a link are one link: without errors they give the same
// bandwidth and latency, saturated or not.
#include <catch2/catch.hpp>

#include "platform/bench/ucie_bench_runs_test.h"

using namespace cvp;

namespace {

struct Link {
  const char* module;
  std::uint64_t modules, rate;
  double reach;
};
// A flit lasts from an eighth of a nanosecond to 64.
constexpr Link kLinks[] = {
    {"S-x8", 1, 4, 0}, {"S-x16", 1, 32, 25}, {"A-x32", 1, 16, 1}, {"A-x64", 4, 32, 2}};

constexpr std::optional<std::uint64_t> kOutstanding[] = {1, 2, 4, 16, {}};

void compare(const UcieBenchParams& params) {
  const auto arithmetic = run(params, UcieFidelity::kApproximate);
  const auto flits = run(params, UcieFidelity::kFlit);
  INFO(params.format << ' ' << params.module << ", outstanding " << params.outstanding.value_or(0)
                     << ", size " << params.size << ", reads " << params.read_fraction);
  CHECK(flits.data_gb_s == Approx(arithmetic.data_gb_s).epsilon(0.005));
  CHECK(flits.latency_one_way_ns == Approx(arithmetic.latency_one_way_ns).epsilon(0.005));
}

UcieBenchParams params_of(const Link& link, const char* format) {
  return {.module = link.module,
          .modules = link.modules,
          .rate = link.rate,
          .format = format,
          .reach_mm = link.reach};
}

void compare(const char* format) {
  for (const Link& link : kLinks) {
    UcieBenchParams params = params_of(link, format);
    for (const auto& outstanding : kOutstanding) {
      params.outstanding = outstanding;
      for (const std::uint64_t size : {4, 64, 1000, 4096}) {
        params.size = size;
        for (const double reads : {0.0, 0.5, 1.0}) {
          params.read_fraction = reads;
          // Of mixes so many that chance does not matter.
          params.flits = reads == 0.5 ? 20'000 : reads == 1 && size > 64 ? 500 : 4000;
          compare(params);
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("UcieBench engines are one link of raw flits", "[unit][bench]") { compare("raw"); }

TEST_CASE("UcieBench engines are one link of 68 B flits", "[unit][bench]") { compare("68"); }

TEST_CASE("UcieBench engines are one link of 256 B flits", "[unit][bench]") { compare("256"); }

TEST_CASE("UcieBench engines are one link of flits with halves", "[unit][bench]") {
  compare("256-latopt");
  compare("256-latopt-opt");
}

TEST_CASE("UcieBench engines are one link of reads among writes", "[unit][bench]") {
  for (const char* format : {"68", "256"}) {
    for (const auto& outstanding : kOutstanding) {
      UcieBenchParams params = params_of(kLinks[1], format);
      params.outstanding = outstanding;
      params.read_fraction = 0.25;
      params.flits = 40'000;  // So many that chance does not matter.
      compare(params);
    }
  }
}
