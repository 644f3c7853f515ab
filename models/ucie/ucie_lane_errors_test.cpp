// SPDX-License-Identifier: Apache-2.0
//
// Bit error rates belong to physical lanes: what a link sends over which of them follows from its
// training, at both ends and at every fidelity.
#include "models/ucie/ucie_params_error_test.h"
#include "models/ucie/ucie_port_test.h"

namespace cvp {
namespace {

using R = UcieRegs;

/// The lanes of the stream that err in a direction of a link trained with these faults.
std::vector<std::size_t> lanes_that_err(const UcieParams& params, std::uint32_t direction) {
  // Direction n leaves end n.
  UcieTraining training({.capability = params.shape(),
                         .faults = params.pin_faults(),
                         .end = direction,
                         .reversed = params.reversed,
                         .trained_at_reset = true});
  REQUIRE(training.active());
  const auto rates = ucie_bit_faults(params, direction, training.lanes(UcieLtsm::kOut)).lane_ber;
  CHECK(rates.size() == training.shape().all_lanes());
  std::vector<std::size_t> lanes;
  for (std::size_t lane = 0; lane < rates.size(); ++lane) {
    if (rates[lane] > 0) lanes.push_back(lane);
  }
  return lanes;
}
std::vector<std::size_t> both_ways(const UcieParams& params) {
  auto lanes = lanes_that_err(params, 0);
  CHECK(lanes_that_err(params, 1) == lanes);
  return lanes;
}
using Lanes = std::vector<std::size_t>;

UcieParams with(const char* rates, const char* faults, bool reversed = false,
                std::uint32_t modules = 1) {
  UcieParams params = trained();
  params.lane_error_rates = rates;
  params.faults = faults;
  params.reversed = reversed;
  params.modules = modules;
  REQUIRE(ucie_params_error(params).empty());
  return params;
}

TEST_CASE("Ucie error rates follow the map of lanes", "[unit][ucie]") {
  CHECK(both_ways(with("data:5=1e-4, data:63=1e-5", "")) == Lanes{5, 63});
  // A repaired lane carries nothing.
  CHECK(both_ways(with("data:5=1e-4", "data:5")).empty());
  // Lanes below a dead one have moved by one towards the spare below lane 0, which takes no. 0.
  CHECK(both_ways(with("data:3=1e-4", "data:5")) == Lanes{4});
  CHECK(both_ways(with("data:6=1e-4", "data:5")) == Lanes{6});
  // The upper of two towards the spare above the last lane of the group.
  CHECK(both_ways(with("data:20=1e-4, data:40=1e-5", "data:5, data:17")) == Lanes{19, 40});
  // Three in a group are too many: the other group is left.
  CHECK(both_ways(with("data:5=1e-4", "data:0, data:1, data:2")).empty());
  CHECK(both_ways(with("data:37=1e-4", "data:0, data:1, data:2")) == Lanes{5});
  // Reversed, the first byte goes over the last lane.
  CHECK(both_ways(with("data:5=1e-4", "", true)) == Lanes{58});
  CHECK(both_ways(with("data:3=1e-4", "data:5", true)) == Lanes{59});
}

TEST_CASE("Ucie error rates of a module go with it", "[unit][ucie]") {
  // Lane 70 is lane 6 of module 1.
  CHECK(both_ways(with("m1.data:6=1e-4", "", false, 2)) == Lanes{70});
  CHECK(both_ways(with("m1.data:6=1e-4", "m1.clock:0, m1.clock:1", false, 2)).empty());
  CHECK(both_ways(with("m1.data:6=1e-4", "m0.clock:0, m0.clock:1", false, 2)) == Lanes{6});
  CHECK(both_ways(with("data:6=1e-4", "m0.clock:0, m0.clock:1", false, 2)).empty());
  // Three of four are left, and two are used: 1 and 2.
  CHECK(both_ways(with("data:6=1e-4, m2.data:6=1e-4, m3.data:8=1e-4", "m0.clock:0, m0.clock:1",
                       false, 4)) == Lanes{70});
}

TEST_CASE("Ucie error rates belong to a direction", "[unit][ucie]") {
  const UcieParams params = with("d0.data:5=1e-4, d1.data:9=1e-4, data:11=1e-4", "d0.data:11");
  CHECK(lanes_that_err(params, 0) == Lanes{6});
  CHECK(lanes_that_err(params, 1) == Lanes{9, 11});
}

TEST_CASE("Ucie spares have the rate of all lanes", "[unit][ucie]") {
  UcieParams params = with("data:5=1e-4", "data:5");
  params.bit_error_rate = 1e-7;
  const std::array spare = {UcieLane{0, UciePin::kDataSpare, 0}, UcieLane{0, UciePin::kData, 5}};
  CHECK(ucie_bit_faults(params, 0, spare).lane_ber == std::vector<double>{1e-7, 1e-4});
}

// A link with one bad lane, whose pin then breaks: at the retrain a spare takes its place.
void break_bad_lane(UcieFidelity fidelity) {
  UcieParams a = trained();
  a.fidelity = fidelity;
  a.lane_error_rates = "data:37=1e-3";
  UcieParams b = a;
  b.end = 1;
  TestBench<BurstLink> bench(a, b);
  auto& near = bench.dut.near;
  unsigned done = 0;
  near.on_complete([&](const Burst& burst) { done += burst.ok(); });
  const std::vector<std::uint8_t> data(4096, 0xee);
  const auto exchange = [&] {
    for (unsigned i = 0; i < 100; ++i) near.read(0, 4096, 0, {});
    for (unsigned i = 0; i < 100; ++i) near.write(0, data, 0, {});
    bench.wait(100_us);
  };
  bench.run([&] {
    exchange();
    CHECK(done == 200);
    const std::uint64_t there = bench.dut.b.arrivals().crc_errors;
    const std::uint64_t back = bench.dut.a.arrivals().crc_errors;
    // Some 1760 flits either way; one in 32 is damaged, and more are sent for nothing.
    CHECK(there > 40);
    CHECK(back > 40);
    CHECK(bench.dut.a.arrivals().undetected.has_value() == (fidelity == UcieFidelity::kFlit));
    // Pins that come in break: those of direction 1 at end A, of direction 0 at end B.
    const R::BrokenPin pin{.kind = R::BrokenPin::kKindData, .number = 37};
    bench.write(&R::broken_pin, pin);
    bench.write(&R::inject, R::Inject{.pin = true});
    bench.wait(1_us);
    for (int i = 0; i < 2000 && !bench.dut.a.link().active(); ++i) bench.wait(1_us);
    REQUIRE(bench.dut.a.link().active());
    bench.wait(5_us);
    const std::uint64_t there_then = bench.dut.b.arrivals().crc_errors;
    exchange();
    CHECK(done == 400);
    CHECK(bench.dut.a.arrivals().crc_errors == back);
    CHECK(bench.dut.b.arrivals().crc_errors > there_then + 40);
    bench.dut.regs_b.write(0x220, 4, 37 << 8);
    bench.dut.regs_b.write(0x224, 4, 1);
    bench.wait(1_us);
    for (int i = 0; i < 2000 && !bench.dut.a.link().active(); ++i) bench.wait(1_us);
    bench.wait(5_us);
    const std::uint64_t there_last = bench.dut.b.arrivals().crc_errors;
    exchange();
    CHECK(done == 600);
    CHECK(bench.dut.a.arrivals().crc_errors == back);
    CHECK(bench.dut.b.arrivals().crc_errors == there_last);
  });
}

TEST_CASE("Ucie errors end by arithmetic when a spare takes the bad lane's place", "[unit][ucie]") {
  break_bad_lane(UcieFidelity::kApproximate);
}

TEST_CASE("Ucie errors end flit by flit when a spare takes the bad lane's place", "[unit][ucie]") {
  break_bad_lane(UcieFidelity::kFlit);
}

}  // namespace
}  // namespace cvp
