// SPDX-License-Identifier: Apache-2.0
//
// What is true of an end whether its messages go by arithmetic or flit by flit.
#include "models/ucie/ucie_port_test.h"

namespace cvp {
namespace {

void check_posted_writes(const UcieParams& params) {
  TestBench<BurstLink> bench(params, params);
  std::vector<Femtoseconds> completed;
  auto& near = bench.dut.near;
  near.on_complete([&](const Burst& burst) {
    CHECK(burst.ok());
    completed.push_back(simulation_time());
  });
  bench.run([&] {
    const std::vector<std::uint8_t> data(4096, 0xee);
    for (std::uint32_t i = 0; i < 40; ++i) {
      const std::size_t bytes = i % 2 == 0 ? 4096 : 4;  // A short one behind each long one.
      near.write(i * 0x1000, {data.data(), bytes}, 0, posted());
    }
    bench.wait(2_us);
    const auto& arrivals = bench.dut.memory_b.arrivals;
    REQUIRE(arrivals.size() == 40);
    for (std::size_t i = 0; i < 40; ++i) CHECK(arrivals[i].address == i * 0x1000);
    for (std::size_t i = 1; i < 40; ++i) CHECK(arrivals[i - 1].time <= arrivals[i].time);
    // Left 2 ns (adapter and PHY) before it arrived; the far memory's 50 ns are not waited for.
    REQUIRE(completed.size() == 40);
    for (std::size_t i = 0; i < 40; ++i) CHECK(completed[i] + 2_ns == arrivals[i].time);
    CHECK(near.in_flight() == 0);
  });
}

TEST_CASE("UciePort posted writes keep their order and end when they have left", "[unit][ucie]") {
  check_posted_writes(trained());
}
TEST_CASE("UcieFlitPath posted writes keep their order and end when they have left",
          "[unit][ucie]") {
  check_posted_writes(flit_by_flit());
}

void check_attributes(const UcieParams& params) {
  TestBench<BurstLink> bench(params, params);
  bench.run([&] {
    Attributes& sent = bench.dut.back.attributes;
    sent.source = 0x1122'3344'5566'7788;
    sent.requester = 5;
    sent.traffic_class = TrafficClass::kControl;
    sent.posted = true;
    sent.poison = true;
    sent.transaction_id = 99;
    bench.dut.back.write(8, 8, 1);
    bench.wait(1_us);
    REQUIRE(bench.dut.memory_a.arrivals.size() == 1);
    const Attributes& got = bench.dut.memory_a.arrivals[0].attributes;
    CHECK(got.source == sent.source);
    CHECK(got.requester == 5);
    CHECK(got.traffic_class == TrafficClass::kControl);
    CHECK(got.posted);
    CHECK(got.poison);
    CHECK(got.transaction_id == 99);
    sent = {};
    sent.no_data = true;
    bench.dut.back.read(0, 64);
    CHECK(bench.dut.memory_a.arrivals.back().attributes.no_data);
    sent = {};
    bench.dut.memory_a.answers_poison = true;
    bench.dut.back.read(0, 8);
    CHECK(bench.dut.back.attributes.poison);
    CHECK(bench.dut.back.read(2_MiB, 8).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(bench.dut.back.read(0, 16u << 20).status == tlm::TLM_BURST_ERROR_RESPONSE);
  });
}

TEST_CASE("UciePort carries every attribute there and poison back", "[unit][ucie]") {
  check_attributes(trained());
}
TEST_CASE("UcieFlitPath carries every attribute there and poison back", "[unit][ucie]") {
  check_attributes(flit_by_flit());
}

void check_atomics(const UcieParams& params) {
  TestBench<Link<TestInitiator>> bench(params, params);
  bench.run([&] {
    auto& memory = *bench.dut.memory_b.store;
    memory.data()[0] = 40;
    Attributes attributes;
    attributes.atomic = AtomicOp::kCompareSwap;
    std::uint64_t buffer[2] = {40, 77};
    tlm::tlm_generic_payload payload;
    payload.set_extension(&attributes);
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(0);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(buffer));
    payload.set_data_length(8);
    payload.set_streaming_width(8);
    sc_core::sc_time delay;
    bench.dut.near->b_transport(payload, delay);
    payload.clear_extension(&attributes);
    CHECK(payload.is_response_ok());
    CHECK(buffer[0] == 40);
    CHECK(memory.data()[0] == 77);
  });
}

TEST_CASE("UciePort does atomics at the far memory", "[unit][ucie]") { check_atomics(trained()); }
TEST_CASE("UcieFlitPath does atomics at the far memory", "[unit][ucie]") {
  check_atomics(flit_by_flit());
}

}  // namespace
}  // namespace cvp
