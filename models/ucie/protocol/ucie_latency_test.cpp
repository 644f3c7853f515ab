// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "models/core/splitmix64.h"
#include "models/ucie/protocol/ucie_latency.h"

namespace cvp {
namespace {

TEST_CASE("UcieLatency quantiles are those of the sorted latencies to 0.8 %", "[unit][ucie]") {
  for (const unsigned long long most : {100ull, 1000ull, 1'000'000ull, 4'000'000'000ull}) {
    UcieLatency latency;
    std::vector<std::uint64_t> all;
    for (std::uint64_t n = 0; n < 5000; ++n) {
      all.push_back(splitmix64(n ^ most) % most);
      latency.add(all.back() * 1_ps);
    }
    std::ranges::sort(all);
    CHECK(latency.count() == 5000);
    CHECK(latency.least() == all.front() * 1_ps);
    CHECK(latency.most() == all.back() * 1_ps);
    for (const double q : {0.0, 0.01, 0.5, 0.9, 0.99, 0.9998}) {
      const auto expected = static_cast<double>(all[static_cast<std::size_t>(q * 5000)]) * 1e-3;
      const double got = latency.quantile(q).nanoseconds();
      CHECK(got <= expected);
      CHECK(got >= expected * (1 - 1.0 / 128));
    }
    CHECK(latency.quantile(1) == latency.most());
  }
}

TEST_CASE("UcieLatency bars hold every latency where it belongs", "[unit][ucie]") {
  UcieLatency latency;
  CHECK(latency.bars().empty());
  CHECK(latency.quantile(0.5) == 0_ns);
  latency.add(3_ns);
  latency.add(3_ns);
  latency.add(20_ns);
  const auto bars = latency.bars();
  // Doublings end at 2.048 and 4.096 ns, a bar between them at 3.072.
  CHECK(bars.front().from == 2048_ps);
  CHECK(bars.front().count == 2);
  CHECK(bars.back().from == 16384_ps);
  CHECK(bars.back().count == 1);
  CHECK(bars.size() == 7);
}

}  // namespace
}  // namespace cvp
