// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_parity.h"

#include <catch2/catch.hpp>

#include "models/core/splitmix64.h"
#include "models/ucie/ucie_link_trace.h"
#include "models/ucie/ucie_port_test.h"

namespace cvp {
namespace {

using Flit = std::array<std::uint8_t, 256>;

Flit random_flit(std::uint64_t n) {
  Flit flit;
  for (std::size_t i = 0; i < flit.size(); ++i) {
    flit[i] = static_cast<std::uint8_t>(splitmix64(n * 256 + i));
  }
  return flit;
}

TEST_CASE("UcieParity is due after 64 KiB for each insert and sums every byte", "[unit][ucie]") {
  for (const unsigned inserts : {1u, 2u, 4u}) {
    UcieParity parity(inserts);
    std::vector<std::uint8_t> naive(64 * inserts);
    for (unsigned block = 0; block < 2; ++block) {
      std::fill(naive.begin(), naive.end(), std::uint8_t{0});
      for (std::size_t k = 0; k < 65536 * inserts; k += 256) {
        const Flit flit = random_flit(k + block);
        for (std::size_t i = 0; i < flit.size(); ++i) naive[(k + i) % naive.size()] ^= flit[i];
        CHECK(parity.add(flit) == (k + 256 == 65536 * inserts));
      }
      CHECK(std::ranges::equal(parity.block(), naive));
    }
  }
  UcieParity none;
  for (std::uint64_t n = 0; n < 2000; ++n) CHECK_FALSE(none.add(random_flit(n)));
}

TEST_CASE("UcieParity names the lane that erred", "[unit][ucie]") {
  UcieParity sent(1), received(1);
  std::vector<std::uint64_t> lanes(16);
  for (std::uint64_t n = 0; n < 256; ++n) {
    Flit flit = random_flit(n);
    sent.add(flit);
    if (n == 100) flit[16 * 3 + 5] ^= 0x41;  // Byte n goes over lane n % 16.
    if (n == 200) flit[16 * 9 + 11] ^= 2;
    received.add(flit);
  }
  received.compare(sent.block(), lanes);
  std::vector<std::uint64_t> expected(16);
  expected[5] = 2;
  expected[11] = 1;
  CHECK(lanes == expected);
}

// Saturated by reads with parity; gives what came back.
template <class Check>
void saturate_with_parity(UcieFidelity fidelity, std::string lane_errors, Check&& check) {
  UcieParams params = trained();
  params.fidelity = fidelity;
  params.parity = 2;
  params.lane_error_rates = std::move(lane_errors);
  const double share = params.lane_error_rates.empty() ? 1024.0 / 1025 : 0.9952;
  saturate(params, 10'000, 240e9 * share, check);
}

TEST_CASE("UcieParity takes a slot in 1025 by arithmetic", "[unit][ucie]") {
  saturate_with_parity(UcieFidelity::kApproximate, "", [](const BurstLink& link) {
    const UcieStatistics sent = link.b.statistics();
    CHECK(sent.parity_bytes == sent.flits / 1024 * 256);
    CHECK(sent.wire_bytes == sent.flits * 256 + sent.parity_bytes);
  });
}

TEST_CASE("UcieParity takes its bytes of the wire flit by flit and finds nothing", "[unit][ucie]") {
  saturate_with_parity(UcieFidelity::kFlit, "", [](const BurstLink& link) {
    const UcieStatistics sent = link.b.statistics();
    CHECK(sent.parity_bytes == (sent.flits + sent.nop_flits) / 512 * 128);
    CHECK(sent.wire_bytes == (sent.flits + sent.nop_flits) * 256 + sent.parity_bytes);
    CHECK(link.a.arrivals().parity_errors.empty());
  });
}

struct ParityBlocks : UcieTraceSink {
  ParityBlocks() { ucie_trace_sink() = this; }
  ~ParityBlocks() override { ucie_trace_sink() = nullptr; }
  void record(const UcieTraceEntry& entry) override {
    if (entry.name != "parity") return;
    CHECK(entry.text == "parity, 128 B of what went before");
    CHECK(entry.end - entry.start == 500_ps);
    ++blocks;
  }
  unsigned blocks = 0;
};

TEST_CASE("UcieParity is seen in the trace of a link", "[unit][ucie]") {
  ParityBlocks seen;
  saturate_with_parity(UcieFidelity::kFlit, "", [&](const BurstLink& link) {
    const std::uint64_t bytes = link.a.statistics().parity_bytes + link.b.statistics().parity_bytes;
    CHECK(bytes > 0);
    CHECK(seen.blocks * 128 == bytes);
  });
}

TEST_CASE("UcieParity names physical lanes, whatever they carry", "[unit][ucie]") {
  // Reversed, and with lane 40 replaced: lane 39 carries logical lane 23 after the shift.
  UcieParams params = trained();
  params.fidelity = UcieFidelity::kFlit;
  params.parity = 2;
  params.reversed = true;
  params.faults = "data:40";
  params.lane_error_rates = "data:39=2e-5";
  saturate(params, 10'000, 240e9 * 0.9952, [](const BurstLink& link) {
    const UcieLaneErrors errors = link.a.arrivals().parity_errors;
    REQUIRE(errors.size() == 1);
    CHECK(to_string(errors.begin()->first) == "data:39");
  });
}

TEST_CASE("UcieParity finds the bad lane of a link that works", "[unit][ucie]") {
  saturate_with_parity(UcieFidelity::kFlit, "data:37=2e-5", [](const BurstLink& link) {
    const UcieLaneErrors errors = link.a.arrivals().parity_errors;
    REQUIRE(errors.size() == 1);
    const auto [lane, bits] = *errors.begin();
    CHECK(to_string(lane) == "data:37");
    // One wrong bit a damaged flit; two in a place hide each other.
    CHECK(static_cast<double>(bits) == Approx(link.a.arrivals().crc_errors).epsilon(0.1));
  });
}

}  // namespace
}  // namespace cvp
