// SPDX-License-Identifier: Apache-2.0
//
// Two ends at flit fidelity: the same data as by arithmetic, times and counts that agree with it,
// and nothing lost, doubled or reordered whatever happens to the flits.
#include "models/core/report.h"
#include "models/ucie/ucie_comparison_test.h"

namespace cvp {
namespace {

using R = UcieRegs;

TEST_CASE("UcieFlitPath does what arithmetic says, transaction by transaction", "[unit][ucie]") {
  const Comparison result = compare(trained(), 3000, 20_ns);
  CHECK(result.mean_flits_ns == Approx(result.mean_ns).epsilon(0.002));
  CHECK(result.worst_ns <= 2);  // A report may take a slot, 1 ns, before each of two messages.
  CHECK(static_cast<double>(result.sent_flits.flits) ==
        Approx(static_cast<double>(result.sent.flits)).epsilon(0.01));
  CHECK(result.sent_flits.wire_bytes ==
        (result.sent_flits.flits + result.sent_flits.nop_flits) * 256);
}

TEST_CASE("UcieFlitPath agrees with arithmetic on the slowest link", "[unit][ucie]") {
  UcieParams params = trained();
  params.package = UciePackage::kStandard;
  params.lanes = 8;
  params.rate = 12_GTps;
  params.format = UcieFlitFormat::k68;
  const Comparison result = compare(params, 1000, 200_ns);
  CHECK(result.mean_flits_ns == Approx(result.mean_ns).epsilon(0.002));
  CHECK(result.worst_ns <= 11.34);  // Two slots.
}

TEST_CASE("UcieFlitPath agrees with arithmetic where bits flip", "[unit][ucie]") {
  UcieParams params = trained();
  params.bit_error_rate = 1e-5;
  const Comparison result = compare(params, 6000, 30_ns);
  CHECK(result.mean_flits_ns == Approx(result.mean_ns).epsilon(0.01));
  CHECK(static_cast<double>(result.sent_flits.retries) ==
        Approx(static_cast<double>(result.sent.retries)).epsilon(0.15));
}

TEST_CASE("UcieFlitPath agrees with arithmetic where one lane is bad", "[unit][ucie]") {
  UcieParams params = trained();
  params.lane_error_rates = "data:17=5e-4";
  const Comparison result = compare(params, 6000, 30_ns);
  CHECK(result.mean_flits_ns == Approx(result.mean_ns).epsilon(0.01));
  // It carries 4 of 256 bytes.
  CHECK(static_cast<double>(result.sent_flits.retries) ==
        Approx(static_cast<double>(result.sent_flits.flits) * (1 - std::pow(1 - 5e-4, 32)))
            .epsilon(0.15));
}

TEST_CASE("UcieFlitPath goes back as often as arithmetic where the round trip is short",
          "[unit][ucie]") {
  UcieParams params = trained();
  params.package = UciePackage::kStandard;
  params.lanes = 16;
  params.rate = 16_GTps;  // A round trip of four slots.
  params.bit_error_rate = 1e-4;
  const Comparison result = compare(params, 6000, 80_ns);
  CHECK(result.sent.retries > 4000);
  CHECK(static_cast<double>(result.sent_flits.retries) ==
        Approx(static_cast<double>(result.sent.retries)).epsilon(0.05));
}

TEST_CASE("UcieFlitPath agrees with arithmetic on four modules with halves", "[unit][ucie]") {
  UcieParams params = trained();
  params.modules = 4;
  params.format = UcieFlitFormat::k256LatOptExtra;
  const Comparison result = compare(params, 3000, 10_ns);
  CHECK(result.mean_flits_ns == Approx(result.mean_ns).epsilon(0.002));
  CHECK(result.worst_ns <= 0.5);
}

TEST_CASE("UcieFlitPath carries a raw link", "[unit][ucie]") {
  UcieParams params = trained();
  params.format = UcieFlitFormat::kRaw;
  const Comparison result = compare(params, 2000, 20_ns);
  CHECK(result.worst_ns == 0);  // Nothing is reported.
  CHECK(result.sent_flits.nop_flits == 0);
}

TEST_CASE("UcieFlitPath has the latency of an idle link to the femtosecond", "[unit][ucie]") {
  TestBench<BurstLink> bench(flit_by_flit(), flit_by_flit());
  bench.run([&] {
    bench.dut.memory_a.store->data()[8] = 0x5a;
    CHECK(bench.dut.back.read(8, 1).latency == 56_ns);
    CHECK(bench.dut.back.read(8, 1).value == 0x5a);
    bench.wait(100_ns);
    CHECK(bench.dut.back.write(64, 8, 7).latency == 56_ns);
    bench.wait(100_ns);
    CHECK(bench.dut.back.read(0, 4096).latency == 73_ns);
    const UcieLatency latency = bench.dut.a.arrivals().latency;
    CHECK(latency.count() == 4);
    CHECK(latency.least() == 3_ns);
    CHECK(latency.most() == 3_ns);
    CHECK(bench.dut.b.arrivals().latency.most() == 20_ns);
  });
}

TEST_CASE("UcieFlitPath forwards halves of latency-optimised flits", "[unit][ucie]") {
  const UcieParams params = flit_by_flit(UcieFlitFormat::k256LatOpt);
  TestBench<BurstLink> bench(params, params);
  bench.run([&] {
    CHECK(bench.dut.back.read(8, 1).latency == 55_ns);
    bench.wait(100_ns);
    // 16 + 102 bytes fill the first half, one more begins the second.
    CHECK(bench.dut.back.read(8, 102).latency == 55_ns);
    bench.wait(100_ns);
    CHECK(bench.dut.back.read(8, 103).latency == 55.5_ns);
  });
}

TEST_CASE("UcieFlitPath saturated by reads moves its payload bandwidth", "[unit][ucie]") {
  constexpr unsigned kReads = 4000;
  saturate(flit_by_flit(), kReads, 240e9, [&](const BurstLink& link) {
    const UcieStatistics sent = link.b.statistics();
    CHECK(sent.data.of(TrafficClass::kTensor) == std::uint64_t{kReads} * 1024);
    CHECK(sent.payload_bytes == std::uint64_t{kReads} * (1024 + 16));
    CHECK(sent.flits * 240 == Approx(sent.payload_bytes).epsilon(0.001));
    CHECK(sent.retries == 0);
    CHECK(sent.credit_stall == 0_ns);
    CHECK(sent.energy_j > 0);
  });
}

TEST_CASE("UcieFlitPath with bit errors moves what retries leave", "[unit][ucie]") {
  constexpr double kDamaged = 2.045905e-3;  // Of flits of 256 bytes at 1e-6.
  saturate(flit_by_flit(UcieFlitFormat::k256LatOptExtra, 1e-6), 40'000,
           250e9 * (1 - kDamaged) / (1 - kDamaged + 6 * kDamaged), [](const BurstLink& link) {
             const UcieStatistics sent = link.b.statistics();
             const auto flits = static_cast<double>(sent.flits);
             CHECK(static_cast<double>(sent.retries) == Approx(flits * kDamaged).epsilon(0.2));
             // Two damaged flits may share a nak; a probe may bring one more.
             CHECK(static_cast<double>(link.a.arrivals().crc_errors) ==
                   Approx(sent.retries).epsilon(0.03));
             CHECK(link.a.arrivals().undetected == 0u);
             CHECK(sent.wire_bytes == (sent.flits + sent.replayed_flits + sent.nop_flits) * 256);
           });
}

TEST_CASE("UcieFlitPath costs nothing while nothing is under way", "[unit][ucie]") {
  TestBench<BurstLink> bench(flit_by_flit(), flit_by_flit());
  bench.run([&] {
    bench.dut.back.read(0, 4096);
    bench.wait(10_us);  // Reports and a last look at the clock.
    const std::uint64_t before = bench.actions.executed() + bench.dut.other.executed();
    bench.wait(100_ms);
    CHECK(bench.actions.executed() + bench.dut.other.executed() == before);
    CHECK(bench.actions.empty());
    CHECK(bench.dut.other.empty());
  });
}

TEST_CASE("UcieFlitPath loses nothing when the link retrains amid flits", "[unit][ucie]") {
  constexpr unsigned kCount = 4000;
  TestBench<Pair> bench(trained(), flit_by_flit());
  bench.run([&] {
    Script expected(bench.dut.by_arithmetic, kCount), script(bench.dut.by_flits, kCount);
    const UciePort& end = bench.dut.by_flits.a;
    for (unsigned n = 0; n < kCount; ++n) {
      expected.issue(n);
      script.issue(n);
      bench.wait({splitmix64(n) % (10_ns).value});
      if (n % 1000 != 500) continue;
      bench.dut.regs_flits.write(0x10, 4, 2);  // control.retrain
      bench.wait(200_ns);
      CHECK_FALSE(end.training().active());
      for (int i = 0; i < 1000 && !end.training().active(); ++i) bench.wait(1_us);
    }
    bench.wait(200_us);
    CHECK(script.done() == kCount);
    CHECK(script.memory() == expected.memory());
    CHECK(script.same_outcomes(expected));
    CHECK(end.statistics().retries >= 4);  // What was on the wires went again.
  });
}

TEST_CASE("UcieFlitPath stalls where a buffer of the other end, or its own, is small",
          "[unit][ucie]") {
  // End B sends to a receive buffer of four flits, end A from a retry buffer of four.
  UcieParams a = flit_by_flit(), b = flit_by_flit();
  b.receive_flits = 4;
  a.retry_flits = 4;
  TestBench<BurstLink> bench(a, b);
  unsigned done = 0;
  auto& near = bench.dut.near;
  near.on_complete([&](const Burst& burst) { done += burst.ok(); });
  bench.run([&] {
    const std::vector<std::uint8_t> data(4096, 0xee);
    for (unsigned i = 0; i < 50; ++i) near.read(0, 4096, 0, {});
    for (unsigned i = 0; i < 50; ++i) near.write(0, data, 0, {});
    bench.wait(100_us);
    CHECK(done == 100);
    CHECK(bench.dut.a.statistics().retry_stall > 1_us);
    CHECK(bench.dut.a.statistics().credit_stall == 0_ns);
    CHECK(bench.dut.b.statistics().credit_stall > 1_us);
    CHECK(bench.dut.b.statistics().retry_stall == 0_ns);
  });
}

TEST_CASE("UcieFlitPath starts anew after the link was lost", "[unit][ucie]") {
  set_log_sink([](std::string_view) {});
  TestBench<BurstLink> bench(flit_by_flit(), flit_by_flit());
  unsigned failed = 0, done = 0;
  auto& near = bench.dut.near;
  near.on_complete([&](const Burst& burst) { ++(burst.ok() ? done : failed); });
  bench.run([&] {
    for (unsigned i = 0; i < 100; ++i) near.read(0, 4096, i, {});
    bench.wait(200_ns);
    UcieTrainingMessage lost;
    lost.kind = UcieTrainingMessage::Kind::kTrainError;
    for (UciePort* end : {&bench.dut.a, &bench.dut.b}) {
      end->inbox->deliver(simulation_time() + 1_ns, encode(ucie_training_packet(lost)));
    }
    bench.wait(2_ns);
    CHECK(failed > 90);
    CHECK(done + failed == 100);
    CHECK(near.in_flight() == 0);
    bench.wait(1_us);
    bench.write(&R::control, R::Control{.start = true});
    wait_trained(bench);
    REQUIRE(bench.dut.a.training().active());
    bench.wait(1_us);
    done = 0;
    for (unsigned i = 0; i < 100; ++i) near.read(0, 4096, i, {});
    bench.wait(10_us);
    CHECK(done == 100);
  });
}

}  // namespace
}  // namespace cvp
