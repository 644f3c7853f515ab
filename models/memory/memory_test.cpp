// SPDX-License-Identifier: Apache-2.0
#include "models/memory/memory.h"

#include <catch2/catch.hpp>

#include "models/core/report.h"
#include "tests/harness/test_bench.h"

using namespace cvp;

TEST_CASE("Ram returns what was written, at any length and alignment", "[unit][memory]") {
  TestBench<Ram> bench(RamParams{.size = 1_MiB});
  bench.run([&] {
    std::vector<std::uint8_t> data(37);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7 + 1);
    CHECK(bench.mem_initiator.write_bytes(0x1233, data) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.mem_initiator.read_bytes(0x1233, 37) == data);
    CHECK(bench.mem_initiator.read(0x1232, 2).value == 0x0100);
  });
}

TEST_CASE("Ram takes its latency and the transfer at its bandwidth", "[unit][memory]") {
  TestBench<Ram> bench(RamParams{.size = 1_MiB,
                                 .read_latency = 40_ns,
                                 .write_latency = 30_ns,
                                 .bandwidth = 64_GBps,
                                 .picojoules_per_bit = 15});
  bench.run([&] {
    CHECK(bench.mem_initiator.read(0, 64).latency == 41_ns);  // 40 + 64 B / 64 GB/s
    CHECK(bench.mem_initiator.write(0, 8, 1).latency == 30.125_ns);
    CHECK(bench.mem_initiator.read_bytes(0, 4096).size() == 4096);
    CHECK(bench.dut.statistics().busy == 65.125_ns);
    CHECK(bench.dut.statistics().energy_j == Approx(4168 * 8 * 15e-12));
  });
}

TEST_CASE("Ram shares its bandwidth among transactions that overlap", "[unit][memory]") {
  TestBench<Ram> bench(RamParams{.size = 1_MiB, .read_latency = 40_ns, .bandwidth = 64_GBps});
  bench.run([&] {
    std::vector<std::uint8_t> buffer(4096);
    for (int i = 0; i < 4; ++i) {
      tlm::tlm_generic_payload payload;
      payload.set_read();
      payload.set_address(0);
      payload.set_data_ptr(buffer.data());
      payload.set_data_length(4096);
      payload.set_streaming_width(4096);
      sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
      bench.mem_initiator->b_transport(payload, delay);
      CHECK(to_femtoseconds(delay) == (i + 1) * 64_ns + 40_ns);
    }
  });
}

TEST_CASE("Ram does atomics and answers bad accesses with the right response", "[unit][memory]") {
  TestBench<Ram> bench(RamParams{.size = 1_MiB});
  bench.run([&] {
    CHECK(bench.mem_initiator.read(1_MiB, 1).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(bench.mem_initiator.read(1_MiB - 4, 8).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(bench.mem_initiator.read(~Addr{0}, 2).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(bench.mem_initiator.read(0, 0).status == tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(bench.mem_initiator.write(8, 8, 5).status == tlm::TLM_OK_RESPONSE);
    std::uint64_t value = 0;
    CHECK(bench.mem_initiator.peek(8, 8, value) == 8);
    CHECK(value == 5);
    CHECK(bench.mem_initiator.peek(1_MiB, 8, value) == 0);
    CHECK(bench.dut.statistics().writes == 1);
    CHECK(bench.dut.statistics().reads == 0);
  });
}

TEST_CASE("Ram counts bytes by traffic class and moves none without data", "[unit][memory]") {
  TestBench<Ram> bench(RamParams{.size = 1_MiB});
  bench.run([&] {
    bench.mem_initiator.attributes.traffic_class = TrafficClass::kTensor;
    bench.mem_initiator.write(0, 8, 77);
    bench.mem_initiator.attributes.no_data = true;
    bench.mem_initiator.write(0, 8, 99);
    bench.mem_initiator.attributes.no_data = false;
    bench.mem_initiator.attributes.traffic_class = TrafficClass::kHart;
    CHECK(bench.mem_initiator.read(0, 4).value == 77);
    CHECK(bench.dut.statistics().written.of(TrafficClass::kTensor) == 16);
    CHECK(bench.dut.statistics().read.of(TrafficClass::kHart) == 4);
    CHECK(bench.dut.statistics().read.total() == 4);
  });
}

TEST_CASE("Ram grants its whole store with its latencies", "[unit][memory]") {
  TestBench<Ram> bench(RamParams{.size = 1_TiB, .read_latency = 40_ns, .write_latency = 30_ns});
  bench.run([&] {
    tlm::tlm_generic_payload payload;
    GrantExtension extension;
    payload.set_extension(&extension);
    tlm::tlm_dmi dmi;
    REQUIRE(bench.mem_initiator->get_direct_mem_ptr(payload, dmi));
    CHECK(dmi.get_start_address() == 0);
    CHECK(dmi.get_end_address() == 1_TiB - 1);
    CHECK(dmi.is_write_allowed());
    CHECK(to_femtoseconds(dmi.get_read_latency()) == 40_ns);
    CHECK(to_femtoseconds(dmi.get_write_latency()) == 30_ns);
    CHECK(extension.store->size() == 1_TiB);
    payload.clear_extension(&extension);
  });
}

TEST_CASE("Rom reads its image and refuses writes", "[unit][memory]") {
  TestBench<Rom> bench(RomParams{.size = 4_KiB});
  const std::vector<std::uint8_t> image = {1, 2, 3, 4};
  bench.dut.load(0x10, image);
  CHECK_THROWS_AS(bench.dut.load(4_KiB - 2, image), ModelError);
  bench.run([&] {
    CHECK(bench.mem_initiator.read(0x10, 4).value == 0x04030201);
    CHECK(bench.mem_initiator.write(0x10, 4, 0).status == tlm::TLM_COMMAND_ERROR_RESPONSE);
    bench.mem_initiator.attributes.atomic = AtomicOp::kAdd;
    CHECK(bench.mem_initiator.read(0x10, 4).status == tlm::TLM_COMMAND_ERROR_RESPONSE);
    bench.mem_initiator.attributes.atomic = AtomicOp::kNone;
    CHECK(bench.mem_initiator.read(0x10, 4).value == 0x04030201);
    tlm::tlm_generic_payload payload;
    tlm::tlm_dmi dmi;
    REQUIRE(bench.mem_initiator->get_direct_mem_ptr(payload, dmi));
    CHECK_FALSE(dmi.is_write_allowed());
  });
}
