// SPDX-License-Identifier: Apache-2.0
//
// What is true of an end at any fidelity but flit, most of it at that too: registers, latency,
// order, errors, grants.
#include "models/ucie/ucie_port_test.h"
#include "models/core/report.h"
#include "tests/harness/register_walk.h"

namespace cvp {
namespace {

using R = UcieRegs;

TEST_CASE("UciePort registers follow their register file", "[unit][ucie]") {
  TestBench<BurstLink> bench(UcieParams{}, UcieParams{});
  bench.run([&] { register_walk(bench); });
}

TEST_CASE("UciePort read takes two crossings and the far memory's time", "[unit][ucie]") {
  TestBench<BurstLink> bench(trained(), trained());
  bench.run([&] {
    bench.dut.memory_a.store->data()[8] = 0x5a;
    // A-x64 at 32 GT/s: 3.0 ns each way.
    const auto result = bench.dut.back.read(8, 1);
    CHECK(result.status == tlm::TLM_OK_RESPONSE);
    CHECK(result.value == 0x5a);
    CHECK(result.latency == 56_ns);
    CHECK(bench.dut.back.read(64, 64).latency == 56_ns);
    CHECK(bench.dut.back.write(64, 8, 7).latency == 56_ns);
    // 4 KiB and its header are 4112 bytes, 18 flits of 240: 17 ns after the first.
    CHECK(bench.dut.back.read(0, 4096).latency == 73_ns);
  });
}

TEST_CASE("UciePort latency follows width and rate", "[unit][ucie]") {
  UcieParams params = trained();
  params.package = UciePackage::kStandard;
  params.lanes = 16;
  params.rate = 16_GTps;
  TestBench<BurstLink> bench(params, params);
  bench.run([&] { CHECK(bench.dut.back.read(0, 64).latency == 70_ns); });
}

TEST_CASE("UciePort saturated by reads moves its payload bandwidth", "[unit][ucie]") {
  constexpr unsigned kReads = 4000;
  saturate(trained(), kReads, 240e9, [&](const BurstLink& link) {
    const UcieStatistics sent = link.b.statistics();
    CHECK(sent.data.of(TrafficClass::kTensor) == std::uint64_t{kReads} * 1024);
    CHECK(sent.payload_bytes == std::uint64_t{kReads} * (1024 + 16));
    CHECK(sent.messages == kReads);
    CHECK(sent.wire_bytes == sent.flits * 256);
    CHECK(sent.retries == 0);
    CHECK(sent.energy_j > 0);
    CHECK(link.a.statistics().data.total() == 0);
  });
}

TEST_CASE("UciePort with bit errors moves what retries leave", "[unit][ucie]") {
  UcieParams params = trained();
  params.format = UcieFlitFormat::k256LatOptExtra;
  params.bit_error_rate = 1e-6;
  // Of 256 bytes, one in 489 is damaged, and costs 6 slots: 3 ns each way at 1 ns a flit.
  constexpr double kDamaged = 2.045905e-3;
  saturate(params, 40'000, 250e9 * (1 - kDamaged) / (1 - kDamaged + 6 * kDamaged),
           [](const BurstLink& link) {
             const UcieStatistics sent = link.b.statistics();
             const auto flits = static_cast<double>(sent.flits);
             CHECK(static_cast<double>(sent.retries) == Approx(flits * kDamaged).epsilon(0.2));
             // A nak that is lost costs a round trip more; naks take slots of their own.
             CHECK(sent.replayed_flits == Approx(6 * sent.retries).epsilon(0.05));
             CHECK(sent.wire_bytes == (sent.flits + sent.replayed_flits + sent.nop_flits) * 256);
             const UcieArrivalStatistics arrived = link.a.arrivals();
             CHECK(arrived.naks >= sent.retries);
             CHECK(arrived.crc_errors >= sent.retries);
             CHECK(static_cast<double>(arrived.crc_errors) == Approx(sent.retries).epsilon(0.05));
           });
}

TEST_CASE("UciePort forwards halves of latency-optimised flits", "[unit][ucie]") {
  UcieParams params = trained();
  params.format = UcieFlitFormat::k256LatOpt;
  TestBench<BurstLink> bench(params, params);
  bench.run([&] { CHECK(bench.dut.back.read(8, 1).latency == 55_ns); });
}

TEST_CASE("UciePort in functional fidelity has latency but no limit of bandwidth", "[unit][ucie]") {
  UcieParams params = trained();
  params.fidelity = UcieFidelity::kFunctional;
  TestBench<BurstLink> bench(params, params);
  bench.run([&] { CHECK(bench.dut.back.read(0, 4096).latency == 56_ns); });
}

TEST_CASE("UciePort trains through its registers and releases the other die", "[unit][ucie]") {
  TestBench<BurstLink> bench(UcieParams{}, UcieParams{});
  bench.run([&] {
    CHECK(bench.read(&R::status).state == R::Status::kStateReset);
    CHECK(bench.read(&R::capability).lanes == 64);
    bench.write(&R::sideband, R::Sideband{.release = true});
    bench.write(&R::control, R::Control{.start = true});
    wait_trained(bench);
    const auto status = bench.read(&R::status);
    CHECK(status.state == R::Status::kStateActive);
    CHECK(status.up);
    CHECK(status.lanes == 64);
    CHECK(status.rate == 32);
    CHECK(bench.read(&R::error) == R::Error{});
    // The release above came before the sideband was up: without effect.
    CHECK_FALSE(bench.dut.b.remote_release.read());
    bench.write(&R::sideband, R::Sideband{.release = true});
    bench.wait(1_us);
    CHECK(bench.dut.b.remote_release.read());
    CHECK_FALSE(bench.dut.a.remote_release.read());
    CHECK(bench.read(&R::remote_status).released);
    CHECK(bench.dut.back.read(0, 8).latency == 56_ns);
  });
}

TEST_CASE("UciePort degrades to half the width when lanes are broken", "[unit][ucie]") {
  UcieParams broken;
  broken.broken_lanes = {1, 2, 3};
  TestBench<BurstLink> bench(broken, UcieParams{});
  bench.run([&] {
    bench.write(&R::control, R::Control{.start = true});
    wait_trained(bench);
    CHECK(bench.read(&R::status).lanes == 32);
    CHECK(bench.read(&R::lane_status).first == 32);
    CHECK(bench.read(&R::lane_map, 0).lanes == 0x23222120);
    // A-x32 at 32 GT/s: 4.0 ns each way.
    CHECK(bench.dut.back.read(0, 64).latency == 58_ns);
  });
}

TEST_CASE("UciePort answers with an error at once when it is not trained", "[unit][ucie]") {
  set_log_sink([](std::string_view) {});
  TestBench<BurstLink> bench(UcieParams{}, UcieParams{});
  bench.run([&] {
    const auto result = bench.dut.back.read(0, 8);
    CHECK(result.status == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(result.latency == 0_ns);
    CHECK(bench.dut.memory_a.arrivals.empty());
  });
}

TEST_CASE("UciePort with a dead other end reports the time-out", "[unit][ucie]") {
  set_log_sink([](std::string_view) {});
  UcieParams dead;
  dead.fault = UcieFault::kDead;
  TestBench<BurstLink> bench(UcieParams{}, dead);
  bench.run([&] {
    bench.write(&R::control, R::Control{.start = true});
    bench.wait(12_ms);
    bench.settle();
    CHECK(bench.read(&R::status).state == R::Status::kStateTrainerror);
    const auto error = bench.read(&R::error);
    CHECK(error.timeout);
    CHECK(error.failed_state == R::Status::kStateSbinit);
    bench.write(&R::error, R::Error{.timeout = true});
    CHECK_FALSE(bench.read(&R::error).timeout);
    CHECK(bench.dut.back.read(0, 8).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
  });
}

TEST_CASE("UciePort answers with the far side's error", "[unit][ucie]") {
  TestBench<BurstLink> bench(trained(), trained());
  bench.run(
      [&] { CHECK(bench.dut.back.read(2_MiB, 8).status == tlm::TLM_ADDRESS_ERROR_RESPONSE); });
}

TEST_CASE("UciePort reports a posted write that met an error on its die", "[unit][ucie]") {
  set_log_sink([](std::string_view) {});
  TestBench<BurstLink> bench(trained(), trained());
  bench.run([&] {
    bench.dut.back.attributes.posted = true;
    CHECK(bench.dut.back.write(2_MiB, 8, 1).status == tlm::TLM_OK_RESPONSE);
    bench.wait(1_us);
    CHECK(bench.read(&R::error).posted);
    CHECK(bench.dut.a.statistics().posted_errors == 1);
  });
}

TEST_CASE("UciePort keeps at most its number of transactions in flight", "[unit][ucie]") {
  UcieParams params = trained();
  params.max_in_flight = 2;
  TestBench<BurstLink> bench(params, params);
  unsigned done = 0;
  auto& near = bench.dut.near;
  near.on_complete([&](const Burst&) { ++done; });
  bench.run([&] {
    for (int i = 0; i < 10; ++i) near.read(i * 64, 64, 0, {});
    bench.wait(10_us);
    REQUIRE(done == 10);
    // Two leave at once, the next two when those have returned after 56 ns.
    const auto& arrivals = bench.dut.memory_b.arrivals;
    for (std::size_t i = 2; i < 10; ++i) CHECK(arrivals[i].time - arrivals[i - 2].time >= 56_ns);
    CHECK(arrivals[1].time - arrivals[0].time <= 1_ns);
  });
}

TEST_CASE("UciePort holds traffic during a retrain and loses none", "[unit][ucie]") {
  TestBench<BurstLink> bench(trained(), trained());
  unsigned done = 0;
  auto& near = bench.dut.near;
  near.on_complete([&](const Burst& burst) { done += burst.ok(); });
  bench.run([&] {
    bench.dut.memory_b.latency = 1_us;
    near.read(0, 64, 0, {});  // Its response finds the link retraining.
    bench.wait(100_ns);
    bench.write(&R::control, R::Control{.retrain = true});
    near.read(0, 64, 0, {});
    bench.wait(2_us);
    CHECK(bench.read(&R::status).up);
    CHECK(bench.read(&R::status).state != R::Status::kStateActive);
    CHECK(done == 0);
    wait_trained(bench);
    bench.wait(2_us);
    CHECK(done == 2);
  });
}

TEST_CASE("UciePort fails what is in flight when the link is lost", "[unit][ucie]") {
  TestBench<BurstLink> bench(trained(), trained());
  unsigned failed = 0;
  auto& near = bench.dut.near;
  near.on_complete([&](const Burst& burst) { failed += !burst.ok(); });
  bench.run([&] {
    bench.dut.memory_b.latency = 1_us;
    near.read(0, 64, 0, {});
    near.read(64, 64, 0, {});
    bench.wait(10_ns);
    UcieTrainingMessage lost;
    lost.kind = UcieTrainingMessage::Kind::kTrainError;
    bench.dut.a.inbox->deliver(simulation_time() + 1_ns, encode(ucie_training_packet(lost)));
    bench.wait(2_ns);
    CHECK(failed == 2);
    CHECK(near.in_flight() == 0);
    bench.wait(3_us);  // The late responses are dropped.
    CHECK(failed == 2);
    CHECK(bench.read(&R::error).remote);
  });
}

TEST_CASE("UciePort grants direct access only while the link is active", "[unit][ucie]") {
  TestBench<Link<TestInitiator>> bench(UcieParams{}, UcieParams{});
  bench.run([&] {
    tlm::tlm_generic_payload payload;
    auto* grant = new GrantExtension;
    payload.set_extension(grant);
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(0x1000);
    tlm::tlm_dmi dmi;
    CHECK_FALSE(bench.dut.near->get_direct_mem_ptr(payload, dmi));
    bench.write(&R::control, R::Control{.start = true});
    bench.wait(10_ms);
    REQUIRE(bench.dut.near->get_direct_mem_ptr(payload, dmi));
    CHECK(grant->store == bench.dut.memory_b.store);
    CHECK(grant->offset == 0);
    CHECK(dmi.get_end_address() == 1_MiB - 1);
    // The memory's own 20 and 30 ns, and 3 ns each way.
    CHECK(to_femtoseconds(dmi.get_read_latency()) == 26_ns);
    CHECK(to_femtoseconds(dmi.get_write_latency()) == 36_ns);
    bench.dut.memory_b.revoke(0, 4096);
    CHECK(bench.dut.near.revoked == 1);
    bench.dut.memory_b.revoke(0, 4096);  // Nothing is granted any more.
    CHECK(bench.dut.near.revoked == 1);
    REQUIRE(bench.dut.near->get_direct_mem_ptr(payload, dmi));
    bench.write(&R::control, R::Control{.retrain = true});
    bench.wait(1_us);
    CHECK(bench.dut.near.revoked == 2);
    CHECK_FALSE(bench.dut.near->get_direct_mem_ptr(payload, dmi));
  });
}

TEST_CASE("UciePort without dmi grants nothing and still answers", "[unit][ucie]") {
  UcieParams params = trained();
  params.dmi = false;
  TestBench<BurstLink> bench(params, params);
  unsigned done = 0;
  auto& near = bench.dut.near;
  near.on_complete([&](const Burst& burst) { done += burst.ok(); });
  bench.run([&] {
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(0x1000);
    tlm::tlm_dmi dmi;
    CHECK_FALSE(bench.dut.back->get_direct_mem_ptr(payload, dmi));
    near.read(0x1000, 64, 0, {});
    bench.wait(1_us);
    CHECK(done == 1);
  });
}

TEST_CASE("UciePort lets a debugger through in any state", "[unit][ucie]") {
  TestBench<BurstLink> bench(UcieParams{}, UcieParams{});
  bench.run([&] {
    CHECK(bench.dut.back.poke(0x100, 8, 0x1234) == 8);
    std::uint64_t value = 0;
    CHECK(bench.dut.back.peek(0x100, 8, value) == 8);
    CHECK(value == 0x1234);
    CHECK(bench.dut.back.peek(2_MiB, 8, value) == 0);
  });
}

}  // namespace
}  // namespace cvp
