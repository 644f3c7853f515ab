// SPDX-License-Identifier: Apache-2.0
//
// What a stack refuses at its memory socket, at every fidelity and through both doors of the base
// protocol: the right response, no data moved, nothing counted, and the next access is as ever.
#include <catch2/catch.hpp>

#include "models/hbm/hbm.h"
#include "tests/harness/test_bench.h"

using namespace cvp;

namespace {

constexpr std::uint64_t kData = 0x1122'3344'5566'7788;

struct RefusalBench : TestBench<HbmStack> {
  explicit RefusalBench(Fidelity fidelity)
      : TestBench(HbmParams{.fidelity = fidelity, .trained_at_reset = true}) {}

  /// `spoil` makes a good write of 32 bytes at 0 a bad transaction.
  template <class Spoil>
  void refused(tlm::tlm_response_status expected, Spoil spoil) {
    for (const bool blocking : {true, false}) {
      INFO((blocking ? "b_transport" : "nb_transport_fw"));
      std::array<std::uint8_t, 64> data{};
      data.fill(0xee);
      tlm::tlm_generic_payload payload;
      payload.set_command(tlm::TLM_WRITE_COMMAND);
      payload.set_data_ptr(data.data());
      payload.set_data_length(32);
      payload.set_streaming_width(32);
      spoil(payload);
      sc_core::sc_time delay;
      const Femtoseconds begin = simulation_time();
      if (blocking) {
        mem_initiator->b_transport(payload, delay);
      } else {
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        CHECK(mem_initiator->nb_transport_fw(payload, phase, delay) == tlm::TLM_COMPLETED);
      }
      CHECK(payload.get_response_status() == expected);
      CHECK_FALSE(payload.is_dmi_allowed());
      CHECK(delay == sc_core::SC_ZERO_TIME);
      CHECK(simulation_time() == begin);
    }
    const HbmStatistics statistics = dut.statistics();
    CHECK(statistics.written.total() == 8);
    std::uint64_t stored = 0;
    mem_initiator.peek(0, 8, stored);
    CHECK(stored == kData);
    CHECK(mem_initiator.read(0, 8).value == kData);
  }
};

void check_refusals(Fidelity fidelity) {
  RefusalBench bench(fidelity);
  bench.run([&] {
    using Payload = tlm::tlm_generic_payload;
    const Addr end = bench.dut.size();
    bench.mem_initiator.write(0, 8, kData);
    bench.refused(tlm::TLM_ADDRESS_ERROR_RESPONSE, [&](Payload& p) { p.set_address(end - 16); });
    bench.refused(tlm::TLM_ADDRESS_ERROR_RESPONSE, [&](Payload& p) { p.set_address(end); });
    bench.refused(tlm::TLM_ADDRESS_ERROR_RESPONSE, [](Payload& p) { p.set_address(~Addr{15}); });
    bench.refused(tlm::TLM_BURST_ERROR_RESPONSE, [](Payload& p) {
      p.set_data_length(0);
      p.set_streaming_width(0);
    });
    bench.refused(tlm::TLM_BURST_ERROR_RESPONSE, [](Payload& p) { p.set_streaming_width(16); });
    bench.refused(tlm::TLM_BURST_ERROR_RESPONSE, [](Payload& p) { p.set_streaming_width(0); });
    std::array<std::uint8_t, 32> enables{};
    bench.refused(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE, [&](Payload& p) {
      p.set_byte_enable_ptr(enables.data());
      p.set_byte_enable_length(32);
    });
    bench.refused(tlm::TLM_COMMAND_ERROR_RESPONSE,
                  [](Payload& p) { p.set_command(tlm::TLM_IGNORE_COMMAND); });
  });
}

// Any address and length will do: whole bursts are moved, the bytes asked for are given.
void check_unaligned(Fidelity fidelity) {
  TestBench<HbmStack> bench(HbmParams{.fidelity = fidelity, .trained_at_reset = true});
  bench.run([&] {
    std::vector<std::uint8_t> data(301);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i);
    REQUIRE(bench.mem_initiator.write_bytes(4096 - 77, data) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.mem_initiator.read_bytes(4096 - 77, 301) == data);
    CHECK(bench.mem_initiator.read(4096 - 3, 8).value == 0x5150'4f4e'4d4c'4b4a);
    CHECK(bench.mem_initiator.read_bytes(4096 - 78, 1)[0] == 0);
    bench.wait(10_us);
    const HbmStatistics statistics = bench.dut.statistics();
    // 4019 to 4319 are bursts 125 to 134.
    CHECK(statistics.counters.bursts_written == 10);
    CHECK(statistics.counters.bursts_read == 10 + 2 + 1);
    CHECK(statistics.read.total() == 301 + 8 + 1);
  });
}

}  // namespace

TEST_CASE("Hbm refuses what is no plain burst at functional fidelity", "[unit][hbm]") {
  check_refusals(Fidelity::kFunctional);
}
TEST_CASE("Hbm refuses what is no plain burst at approximate fidelity", "[unit][hbm]") {
  check_refusals(Fidelity::kApproximate);
}
TEST_CASE("Hbm refuses what is no plain burst at cycle fidelity", "[unit][hbm]") {
  check_refusals(Fidelity::kCycle);
}
TEST_CASE("Hbm takes unaligned accesses at functional fidelity", "[unit][hbm]") {
  check_unaligned(Fidelity::kFunctional);
}
TEST_CASE("Hbm takes unaligned accesses at approximate fidelity", "[unit][hbm]") {
  check_unaligned(Fidelity::kApproximate);
}
TEST_CASE("Hbm takes unaligned accesses at cycle fidelity", "[unit][hbm]") {
  check_unaligned(Fidelity::kCycle);
}
