// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm.h"

#include <catch2/catch.hpp>

#include "tests/harness/register_walk.h"
#include "tests/harness/test_bench.h"

using namespace cvp;

TEST_CASE("Hbm registers follow their register file", "[unit][hbm]") {
  TestBench<HbmStack> bench(HbmParams{});
  bench.run([&] { register_walk(bench); });
}

TEST_CASE("Hbm answers errors until mode registers and training are done", "[unit][hbm]") {
  using R = HbmRegs;
  TestBench<HbmStack> bench(HbmParams{});
  bench.run([&] {
    const auto ready = [&] { return bench.read(&R::status).ready; };
    CHECK(bench.mem_initiator.read(0, 8).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
    const R::Timing timing = bench.read(&R::timing);
    CHECK(timing.read_latency == 20);
    CHECK(timing.write_latency == 10);
    bench.write(&R::mode, 1, R::Mode{.value = timing.write_latency});
    bench.write(&R::mode, 2, R::Mode{.value = timing.read_latency});
    bench.write(&R::ctrl, R::Ctrl{.send_mrs = true});
    CHECK(bench.read(&R::status).busy);
    bench.wait(100_ns);
    bench.settle();
    CHECK(bench.read(&R::status).mrs_done);
    CHECK_FALSE(ready());
    bench.write(&R::ctrl, R::Ctrl{.start_training = true});
    bench.wait(9.9_us);
    CHECK(bench.read(&R::status).busy);
    CHECK(bench.mem_initiator.read(0, 8).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
    bench.wait(0.2_us);
    CHECK(bench.read(&R::trained) == 0xffff);
    CHECK(bench.read(&R::failed) == 0);
    CHECK(ready());
    CHECK(bench.mem_initiator.write(64, 8, 0x1234).status == tlm::TLM_OK_RESPONSE);
    CHECK(bench.mem_initiator.read(64, 8).value == 0x1234);
    CHECK(bench.read(&R::channel_bursts_read, 0) + bench.read(&R::channel_bursts_read, 1) == 1);
  });
}

TEST_CASE("Hbm channel that fails to train is named and the stack stays closed", "[unit][hbm]") {
  using R = HbmRegs;
  TestBench<HbmStack> bench(HbmParams{.training_fails = {3}});
  bench.run([&] {
    bench.write(&R::mode, 1, R::Mode{.value = 10});
    bench.write(&R::mode, 2, R::Mode{.value = 20});
    bench.write(&R::ctrl, R::Ctrl{.send_mrs = true});
    bench.wait(1_us);
    bench.write(&R::ctrl, R::Ctrl{.start_training = true});
    bench.wait(11_us);
    const R::Status status = bench.read(&R::status);
    CHECK(status.training_done);
    CHECK(status.training_failed);
    CHECK_FALSE(status.ready);
    CHECK(bench.read(&R::failed) == 0x0008);
    CHECK(bench.read(&R::trained) == 0xfff7);
    CHECK(bench.mem_initiator.read(0, 8).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
  });
}

TEST_CASE("Hbm pseudo channel that is dead reads as zero, the others as written", "[unit][hbm]") {
  // Bursts alternate between the pseudo channels of channel 0, which has 512 bytes at a time.
  HbmParams params{.map = "p1c1g2h4c4b2s1r14", .dead_pseudo_channels = {1}};
  params.trained_at_reset = true;
  TestBench<HbmStack> bench(params);
  bench.run([&] {
    std::vector<std::uint8_t> data(128, 0xa5);
    CHECK(bench.mem_initiator.write_bytes(0, data) == tlm::TLM_OK_RESPONSE);
    std::fill_n(data.begin() + 32, 32, std::uint8_t{0});
    std::fill_n(data.begin() + 96, 32, std::uint8_t{0});
    CHECK(bench.mem_initiator.read_bytes(0, 128) == data);
    CHECK(bench.mem_initiator.read_bytes(30, 4) == std::vector<std::uint8_t>{0xa5, 0xa5, 0, 0});
    tlm::tlm_generic_payload payload;
    tlm::tlm_dmi dmi;
    CHECK_FALSE(bench.mem_initiator->get_direct_mem_ptr(payload, dmi));
  });
}

TEST_CASE("Hbm does not train with wrong latencies in the mode registers", "[unit][hbm]") {
  using R = HbmRegs;
  TestBench<HbmStack> bench(HbmParams{});
  bench.run([&] {
    bench.write(&R::ctrl, R::Ctrl{.send_mrs = true});
    bench.wait(1_us);
    bench.write(&R::ctrl, R::Ctrl{.start_training = true});
    bench.wait(11_us);
    CHECK(bench.read(&R::failed) == 0xffff);
    CHECK_FALSE(bench.read(&R::status).ready);
  });
}

TEST_CASE("Hbm latency through its socket is the DRAM's plus the controller's", "[unit][hbm]") {
  HbmParams params{.controller_latency = 65_ns, .trained_at_reset = true};
  TestBench<HbmStack> bench(params);
  bench.run([&] {
    bench.wait(100_ns + 312500_fs);  // An odd tick.
    CHECK(bench.mem_initiator.read(0, 32).latency == 34.375_ns + 65_ns);
    bench.wait(100_ns);
    CHECK(bench.mem_initiator.read(0, 32).latency == 14.375_ns + 65_ns);
  });
}

TEST_CASE("Hbm counts bytes by class and touches no data without data", "[unit][hbm]") {
  TestBench<HbmStack> bench(HbmParams{.trained_at_reset = true});
  bench.run([&] {
    bench.mem_initiator.attributes.traffic_class = TrafficClass::kTensor;
    const std::vector<std::uint8_t> data(4096, 0x5a);
    CHECK(bench.mem_initiator.write_bytes(0x1000, data) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.mem_initiator.read_bytes(0x1000, 4096) == data);
    bench.mem_initiator.attributes.no_data = true;
    CHECK(bench.mem_initiator.write_bytes(0x1000, std::vector<std::uint8_t>(4096, 0)) ==
          tlm::TLM_OK_RESPONSE);
    bench.mem_initiator.attributes.no_data = false;
    CHECK(bench.mem_initiator.read_bytes(0x1000, 4096) == data);
    const HbmStatistics statistics = bench.dut.statistics();
    CHECK(statistics.read.of(TrafficClass::kTensor) == 8192);
    CHECK(statistics.written.of(TrafficClass::kTensor) == 8192);
    CHECK(statistics.counters.bursts_written == 256);
    CHECK(statistics.energy.read > 0);
  });
}

TEST_CASE("Hbm answers an access past its end with an address error", "[unit][hbm]") {
  TestBench<HbmStack> bench(HbmParams{.trained_at_reset = true});
  bench.run([&] {
    CHECK(bench.dut.size() == 16_GiB);
    CHECK(bench.mem_initiator.read(16_GiB - 8, 8).status == tlm::TLM_OK_RESPONSE);
    CHECK(bench.mem_initiator.read(16_GiB - 4, 8).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(bench.mem_initiator.read(~Addr{0}, 8).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  });
}

TEST_CASE("Hbm grants direct access with its latencies once it is ready", "[unit][hbm]") {
  TestBench<HbmStack> bench(HbmParams{.controller_latency = 10_ns, .trained_at_reset = true});
  bench.run([&] {
    tlm::tlm_generic_payload payload;
    GrantExtension extension;
    payload.set_extension(&extension);
    tlm::tlm_dmi dmi;
    REQUIRE(bench.mem_initiator->get_direct_mem_ptr(payload, dmi));
    CHECK(extension.store.get() == &bench.dut.store());
    CHECK(dmi.get_end_address() == 16_GiB - 1);
    CHECK(to_femtoseconds(dmi.get_read_latency()) == 44.375_ns);
    CHECK(to_femtoseconds(dmi.get_write_latency()) == 10_ns);
    payload.clear_extension(&extension);
  });
}

TEST_CASE("Hbm ordinary write ends with its WR, one through a grant with its acceptance",
          "[unit][hbm]") {
  TestBench<HbmStack> bench(HbmParams{.controller_latency = 10_ns, .trained_at_reset = true});
  bench.run([&] {
    bench.wait(100_ns + 312500_fs);  // An odd tick.
    // Two ticks of 0.3125 ns to the command slots, 32 from ACT to WR.
    CHECK(bench.mem_initiator.write(0, 32, 1).latency == 10.625_ns + 10_ns);
    tlm::tlm_generic_payload payload;
    tlm::tlm_dmi dmi;
    REQUIRE(bench.mem_initiator->get_direct_mem_ptr(payload, dmi));
    CHECK(to_femtoseconds(dmi.get_write_latency()) == 10_ns);
  });
}

TEST_CASE("Hbm grants no direct access before training", "[unit][hbm]") {
  TestBench<HbmStack> bench(HbmParams{});
  bench.run([&] {
    tlm::tlm_generic_payload payload;
    tlm::tlm_dmi dmi;
    CHECK_FALSE(bench.mem_initiator->get_direct_mem_ptr(payload, dmi));
  });
}

namespace {

// Of a stack that gives 512 bytes to each channel in turn.
void check_read_times(Fidelity fidelity) {
  using R = HbmRegs;
  TestBench<HbmStack> bench(HbmParams{.fidelity = fidelity,
                                      .controller_latency = 65_ns,
                                      .trained_at_reset = true,
                                      .controller = {.refresh = HbmRefresh::kNone}});
  bench.run([&] {
    const auto of = [&](Addr address) { return bench.dut.engine().place(address).channel(); };
    const auto reads = [&](Addr at) { return bench.read(&R::channel_reads, of(at)); };
    const auto time = [&](Addr at) { return bench.read(&R::channel_read_time, of(at)); };
    bench.wait(1_us);
    const Femtoseconds first = bench.mem_initiator.read(0, 32).latency;
    CHECK(first > 65_ns);
    CHECK(reads(0) == 1);
    CHECK(time(0) == first / 1_ns);
    CHECK(reads(512) == 0);
    bench.wait(1_us);
    // It counts whole in each of its channels.
    bench.mem_initiator.read_bytes(256, 1024);
    bench.mem_initiator.write_bytes(0, std::vector<std::uint8_t>(512));
    bench.mem_initiator.read(bench.dut.size(), 8);
    CHECK(reads(0) == 2);
    CHECK(reads(512) == 1);
    CHECK(reads(1024) == 1);
    CHECK(reads(1536) == 0);
    CHECK(time(512) > 65);
    CHECK(time(512) == time(1024));
    CHECK(time(0) - first / 1_ns - time(512) <= 1);  // Rounded once.
  });
}

}  // namespace

TEST_CASE("Hbm channels tell how long their reads took, functional", "[unit][hbm]") {
  check_read_times(Fidelity::kFunctional);
}
TEST_CASE("Hbm channels tell how long their reads took, approximate", "[unit][hbm]") {
  check_read_times(Fidelity::kApproximate);
}
TEST_CASE("Hbm channels tell how long their reads took, cycle", "[unit][hbm]") {
  check_read_times(Fidelity::kCycle);
}

TEST_CASE("Hbm read times have what waking from power-down costs", "[unit][hbm]") {
  using R = HbmRegs;
  TestBench<HbmStack> bench(HbmParams{.trained_at_reset = true});
  bench.run([&] {
    bench.write(&R::power_ctrl, R::PowerCtrl{.auto_power_down = true});
    bench.wait(1_us);
    const Femtoseconds latency = bench.mem_initiator.read(0, 32).latency;
    const unsigned channel = bench.dut.engine().place(0).channel();
    CHECK(bench.read(&R::channel_read_time, channel) == latency / 1_ns);
    CHECK(latency > 42_ns);  // tXP 8 ns, closed bank 34.4 ns.
  });
}
