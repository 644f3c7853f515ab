// SPDX-License-Identifier: Apache-2.0
//
// Parameters of an end that cannot be.
#include "models/ucie/ucie_params_error_test.h"

#include <catch2/catch.hpp>

namespace cvp {
namespace {

TEST_CASE("UcieParams that cannot be are refused", "[unit][ucie]") {
  UcieParams params;
  CHECK(ucie_params_error(params).empty());
  params.broken_lanes = {64};
  CHECK_FALSE(ucie_params_error(params).empty());
  params = {};
  params.max_in_flight = 0;
  CHECK_FALSE(ucie_params_error(params).empty());
  params = {};
  params.bit_error_rate = 0.01;
  CHECK_FALSE(ucie_params_error(params).empty());
  params.bit_error_rate = 1e-9;
  CHECK(ucie_params_error(params).empty());
  params.format = UcieFlitFormat::kRaw;
  CHECK(ucie_params_error(params) ==
        "bit_error_rate: raw flits have no CRC and no retry; expected 0");
  params.bit_error_rate = 0;
  params.lane_error_rates = "data:3=1e-6";
  CHECK(ucie_params_error(params) ==
        "lane_error_rates: raw flits have no CRC and no retry; expected 0");
  params = {};
  params.reach_mm = 3;
  CHECK(ucie_params_error(params) == "reach: that of an advanced package is 0 to 2 mm");
  params = {};
  params.modules = 3;
  CHECK(ucie_params_error(params) == "modules: expected 1, 2 or 4");
  params.modules = 2;
  params.lane_error_rates = "m1.data:63=1e-6, data:3=1e-4";
  CHECK(ucie_params_error(params).empty());
  const std::array last = {UcieLane{1, UciePin::kData, 63}};
  CHECK(ucie_bit_faults(params, 0, last).lane_ber == std::vector<double>{1e-6});
  params.lane_error_rates = "m1.d1.data:63=1e-6,d0.data:3=1e-4";
  CHECK(ucie_params_error(params).empty());
  params.lane_error_rates = "data:3=1e-4, d2.data:3=1e-4";
  CHECK(ucie_params_error(params).find(
            "lane_error_rates: \"d2.data:3=1e-4\"; expected for example") == 0);
  params.lane_error_rates = "data:64=1e-6, data:5=1e-6, x, d0.data:5=1e-5";
  const std::vector<std::string> errors = ucie_params_errors(params);
  REQUIRE(errors.size() == 3);
  CHECK(errors[1].starts_with("lane_error_rates: \"x\"; expected"));
  CHECK(errors[2] == "lane_error_rates: \"d0.data:5=1e-5\"; this lane is named twice");
  params.lane_error_rates = "data:64=1e-6";
  CHECK(ucie_params_error(params).find(
            "lane_error_rates: \"data:64=1e-6\"; expected for example") == 0);
  params = {};
  params.parity = 3;
  CHECK(ucie_params_error(params) == "parity: expected 0, 1, 2 or 4");
  params.parity = 2;
  params.format = UcieFlitFormat::k68;
  CHECK(ucie_params_error(params) == "parity: goes with flits of 256 bytes; expected 0");
  params = {};
  params.receive_flits = 256;
  CHECK(ucie_params_error(params) == "receive_flits: 256; expected 1 to 255");
  params = {};
  params.packets = {4096, 128};
  CHECK(ucie_params_error(params).empty());
  params.packets.max_payload = 384;
  CHECK(ucie_params_error(params) ==
        "max_payload_size: 384; expected a power of two, 128 to 4096 bytes");
  params.packets = {256, 8192};
  CHECK(ucie_params_error(params) ==
        "max_read_request_size: 8192; expected a power of two, 128 to 4096 bytes");
  params = {};
  for (const Femtoseconds step : {100_ns, 8_ms, Femtoseconds::max()}) {
    params.handshake_step = step;
    CHECK(ucie_params_error(params).empty());
  }
  for (const Femtoseconds step : {100_ns + 1_fs, 2_ms, 8_ms - 1_fs}) {
    params.handshake_step = step;
    CHECK(ucie_params_error(params) ==
          "handshake_step: expected up to 100 ns, or from 8 ms on for a layer that never answers");
  }
}

TEST_CASE("UcieParams name every mistake", "[unit][ucie]") {
  UcieParams params;
  params.faults = "data:3, lane:3, data:64, m1.valid, d0.data:3@16, clock, d1.track";
  params.broken_lanes = {64, 5, 70};
  params.parity = 3;
  params.max_in_flight = 0;
  CHECK(ucie_params_error(params) ==
        "parity: expected 0, 1, 2 or 4\n"
        "max_in_flight: expected at least one transaction\n"
        "broken_lanes: lane 64 does not exist; lanes are 0 to 63\n"
        "broken_lanes: lane 70 does not exist; lanes are 0 to 63\n"
        "faults: \"lane:3\" names no pin; expected for example data:3, clock:1, track, valid, "
        "sideband:0, data_spare:0, m1.valid, d0.data:3, data:3@16\n"
        "faults: data 64 does not exist; expected 0 to 63\n"
        "faults: module 1 does not exist; modules are 0 to 0\n"
        "faults: data 3 is named twice");
  params = {};
  params.faults = "d0.clock, d1.clock, clock:1, data:3, m1.data:3@8";
  params.modules = 2;
  CHECK(ucie_params_error(params).empty());
  params.broken_lanes = {3, 4, 3};
  CHECK(ucie_params_error(params) == "broken_lanes: lane 3 is named twice");
}

// The grid of the bench, ucie_bench_test.cpp.
TEST_CASE("UcieParams allow one, two and four modules of every kind", "[unit][ucie]") {
  for (const auto& [package, lanes] :
       {std::pair(UciePackage::kStandard, 8u), std::pair(UciePackage::kStandard, 16u),
        std::pair(UciePackage::kAdvanced, 32u), std::pair(UciePackage::kAdvanced, 64u)}) {
    for (const std::uint32_t modules : {1u, 2u, 4u}) {
      UcieParams params;
      params.package = package;
      params.lanes = lanes;
      params.modules = modules;
      CHECK(ucie_params_error(params).empty());
    }
  }
}

}  // namespace
}  // namespace cvp
