// SPDX-License-Identifier: Apache-2.0
//
// Pure cores of the link: arithmetic, packing, sideband packets. No kernel runs.
#include <catch2/catch.hpp>

#include "models/ucie/adapter/ucie_stream.h"
#include "models/ucie/management/ucie_sideband.h"
#include "models/ucie/ucie_link_trace_entries.h"

namespace cvp {
namespace {

constexpr auto kStd = UciePackage::kStandard;
constexpr auto kAdv = UciePackage::kAdvanced;

// Reference table, computed outside from the figures of the public record (see README.md,
// "Sources"): raw and payload bandwidth a direction, power at full load at 0.5 V and 0.7 V,
// latency. 0: no cell.
struct Row {
  UciePackage package;
  std::uint32_t lanes;
  unsigned rate;
  double raw, payload68, payload256, power_low, power_high, latency256, latency68;
};
constexpr Row kReference[] = {
    {kStd, 8, 4, 4.0, 3.765, 3.75, 0.016, 0.016, 66.0, 19.0},
    {kStd, 8, 8, 8.0, 7.529, 7.5, 0.032, 0.064, 34.0, 10.5},
    {kStd, 8, 12, 12.0, 11.294, 11.25, 0.048, 0.096, 23.333, 7.667},
    {kStd, 8, 16, 16.0, 15.059, 15.0, 0.064, 0.128, 18.0, 6.25},
    {kStd, 8, 24, 24.0, 22.588, 22.5, 0.144, 0.24, 12.667, 4.833},
    {kStd, 8, 32, 32.0, 30.118, 30.0, 0.192, 0.32, 10.0, 4.125},
    {kStd, 8, 48, 48.0, 0, 45.0, 0.288, 0.48, 7.333, 0},
    {kStd, 8, 64, 64.0, 0, 60.0, 0.384, 0.64, 6.0, 0},
    {kStd, 16, 4, 8.0, 7.529, 7.5, 0.032, 0.032, 34.0, 10.5},
    {kStd, 16, 8, 16.0, 15.059, 15.0, 0.064, 0.128, 18.0, 6.25},
    {kStd, 16, 12, 24.0, 22.588, 22.5, 0.096, 0.192, 12.667, 4.833},
    {kStd, 16, 16, 32.0, 30.118, 30.0, 0.128, 0.256, 10.0, 4.125},
    {kStd, 16, 24, 48.0, 45.176, 45.0, 0.288, 0.48, 7.333, 3.417},
    {kStd, 16, 32, 64.0, 60.235, 60.0, 0.384, 0.64, 6.0, 3.062},
    {kStd, 16, 48, 96.0, 0, 90.0, 0.576, 0.96, 4.667, 0},
    {kStd, 16, 64, 128.0, 0, 120.0, 0.768, 1.28, 4.0, 0},
    {kAdv, 32, 4, 16.0, 15.059, 15.0, 0.032, 0.064, 18.0, 6.25},
    {kAdv, 32, 8, 32.0, 30.118, 30.0, 0.064, 0.128, 10.0, 4.125},
    {kAdv, 32, 12, 48.0, 45.176, 45.0, 0.096, 0.192, 7.333, 3.417},
    {kAdv, 32, 16, 64.0, 60.235, 60.0, 0.1536, 0.3072, 6.0, 3.062},
    {kAdv, 32, 24, 96.0, 90.353, 90.0, 0.2304, 0.4608, 4.667, 2.708},
    {kAdv, 32, 32, 128.0, 120.471, 120.0, 0.3072, 0.6144, 4.0, 2.531},
    {kAdv, 32, 48, 192.0, 0, 180.0, 0.768, 0, 3.333, 0},
    {kAdv, 32, 64, 256.0, 0, 240.0, 1.024, 0, 3.0, 0},
    {kAdv, 64, 4, 32.0, 30.118, 30.0, 0.064, 0.128, 10.0, 4.125},
    {kAdv, 64, 8, 64.0, 60.235, 60.0, 0.128, 0.256, 6.0, 3.062},
    {kAdv, 64, 12, 96.0, 90.353, 90.0, 0.192, 0.384, 4.667, 2.708},
    {kAdv, 64, 16, 128.0, 120.471, 120.0, 0.3072, 0.6144, 4.0, 2.531},
    {kAdv, 64, 24, 192.0, 180.706, 180.0, 0.4608, 0.9216, 3.333, 2.354},
    {kAdv, 64, 32, 256.0, 240.941, 240.0, 0.6144, 1.2288, 3.0, 2.266},
    {kAdv, 64, 48, 384.0, 0, 360.0, 1.536, 0, 2.667, 0},
    {kAdv, 64, 64, 512.0, 0, 480.0, 2.048, 0, 2.5, 0},
};

UcieLinkShape shape_of(const Row& row, UcieFlitFormat format) {
  return {row.package, row.lanes, {row.rate * 1'000'000'000ull}, format, 0};
}
double gigabytes(Bandwidth bandwidth) { return bandwidth.bytes_per_second / 1e9; }

TEST_CASE("UcieLink bandwidth, latency and power equal the reference table", "[unit][ucie]") {
  for (const Row& row : kReference) {
    INFO("lanes " << row.lanes << " rate " << row.rate);
    const UcieLinkShape wide = shape_of(row, UcieFlitFormat::k256);
    CHECK(ucie_shape_error(wide).empty());
    CHECK(gigabytes(wide.raw_bandwidth()) == Approx(row.raw).epsilon(1e-9));
    CHECK(gigabytes(wide.payload_bandwidth()) == Approx(row.payload256).epsilon(1e-9));
    CHECK(wide.one_way_latency().nanoseconds() == Approx(row.latency256).margin(0.0006));
    CHECK(ucie_power_w(wide, UcieSupply::k0V5, 1) == Approx(row.power_low).margin(0.0006));
    if (row.power_high > 0) {
      CHECK(ucie_power_w(wide, UcieSupply::k0V7, 1) == Approx(row.power_high).margin(0.0006));
    }
    const UcieLinkShape narrow = shape_of(row, UcieFlitFormat::k68);
    CHECK(ucie_shape_error(narrow).empty() == (row.payload68 > 0));
    if (row.payload68 > 0) {
      CHECK(gigabytes(narrow.payload_bandwidth()) == Approx(row.payload68).margin(0.0006));
      CHECK(narrow.one_way_latency().nanoseconds() == Approx(row.latency68).margin(0.0006));
    }
  }
}

TEST_CASE("UcieLink modules add up behind one adapter", "[unit][ucie]") {
  for (const std::uint32_t modules : {1u, 2u, 4u}) {
    UcieLinkShape shape{kAdv, 64, 32_GTps};
    shape.modules = modules;
    CHECK(ucie_shape_error(shape).empty());
    CHECK(gigabytes(shape.raw_bandwidth()) == Approx(256.0 * modules));
    CHECK(gigabytes(shape.payload_bandwidth()) == Approx(240.0 * modules));
    CHECK(shape.one_way_latency() == 2_ns + 1_ns / modules);
    CHECK(ucie_power_w(shape, UcieSupply::k0V5, 1) == Approx(0.6144 * modules));
  }
  UcieLinkShape three{kAdv, 64, 32_GTps};
  three.modules = 3;
  CHECK_FALSE(ucie_shape_error(three).empty());
}

TEST_CASE("UcieLink reach adds 6.6 ps a millimetre", "[unit][ucie]") {
  UcieLinkShape shape{kStd, 16, 16_GTps, UcieFlitFormat::k256, 25};
  CHECK(shape.one_way_latency() == 10_ns + 165_ps);
  shape.reach_mm = 26;
  CHECK_FALSE(ucie_shape_error(shape).empty());
}

TEST_CASE("UcieLink latency-optimised flits leave by halves", "[unit][ucie]") {
  struct Optimised {
    UciePackage package;
    std::uint32_t lanes;
    DataRate rate;
    Femtoseconds latency;
  };
  // From the same reference table: 2 ns + 128 B / raw.
  constexpr Optimised kOptimised[] = {{kStd, 16, 8_GTps, 10_ns},    {kStd, 16, 32_GTps, 4_ns},
                                      {kStd, 16, 64_GTps, 3_ns},    {kAdv, 64, 16_GTps, 3_ns},
                                      {kAdv, 64, 32_GTps, 2500_ps}, {kAdv, 64, 64_GTps, 2250_ps}};
  for (const Optimised& row : kOptimised) {
    for (const auto format : {UcieFlitFormat::k256LatOpt, UcieFlitFormat::k256LatOptExtra}) {
      CHECK(UcieLinkShape{row.package, row.lanes, row.rate, format}.one_way_latency() ==
            row.latency);
    }
  }
}

TEST_CASE("UcieLink shapes that do not exist are refused", "[unit][ucie]") {
  CHECK_FALSE(ucie_shape_error({kStd, 32, 16_GTps}).empty());
  CHECK_FALSE(ucie_shape_error({kAdv, 16, 16_GTps}).empty());
  CHECK_FALSE(ucie_shape_error({kAdv, 64, 20_GTps}).empty());
  CHECK_FALSE(ucie_shape_error({kAdv, 64, 48_GTps, UcieFlitFormat::k68}).empty());
  CHECK(ucie_shape_error({kAdv, 64, 32_GTps}).empty());
}

TEST_CASE("UcieLink broken lanes are repaired or cost half the width", "[unit][ucie]") {
  const auto lanes = [](std::initializer_list<int> list) {
    std::uint64_t mask = 0;
    for (const int lane : list) mask |= std::uint64_t{1} << lane;
    return mask;
  };
  // Advanced: two spares for each group of 32.
  CHECK(ucie_width_after_repair(kAdv, 64, lanes({0, 31, 32, 63})).width == 64);
  CHECK(ucie_width_after_repair(kAdv, 64, lanes({0, 1, 2})) == UcieWidth{32, 0, 32});
  CHECK(ucie_width_after_repair(kAdv, 64, lanes({40, 41, 42})) == UcieWidth{32, 0, 0});
  CHECK(ucie_width_after_repair(kAdv, 64, lanes({0, 1, 2, 40, 41, 42})).width == 0);
  CHECK(ucie_width_after_repair(kAdv, 32, lanes({0, 1})) == UcieWidth{32, lanes({0, 1}), 0});
  CHECK(ucie_width_after_repair(kAdv, 32, lanes({0, 1, 2})).width == 0);
  // Standard: no spares.
  CHECK(ucie_width_after_repair(kStd, 16, lanes({3})) == UcieWidth{8, 0, 8});
  CHECK(ucie_width_after_repair(kStd, 16, lanes({8, 15})) == UcieWidth{8, 0, 0});
  CHECK(ucie_width_after_repair(kStd, 16, lanes({3, 9})).width == 0);
  CHECK(ucie_width_after_repair(kStd, 8, lanes({3})).width == 0);
}

TEST_CASE("UcieStream reaches the payload bandwidth at every shape", "[unit][ucie]") {
  for (const Row& row : kReference) {
    UcieStream tx;
    tx.configure(shape_of(row, UcieFlitFormat::k256), 0_ns);
    Femtoseconds end;
    constexpr int kMessages = 20000;
    for (int i = 0; i < kMessages; ++i) end = tx.send(0_ns, 80).sent;
    CHECK(kMessages * 80 / end.seconds() / 1e9 == Approx(row.payload256).epsilon(0.001));
  }
}

TEST_CASE("UcieSideband carries every field of a training message", "[unit][ucie]") {
  const UcieTrainingMessage sent{.kind = UcieTrainingMessage::Kind::kDone,
                                 .state = UcieState::kMbInitRepairMb,
                                 .module = 3,
                                 .package = kStd,
                                 .lanes = 16,
                                 .rate = 24_GTps,
                                 .limits = {32, 16_GTps},
                                 .found = {0x1234'5678'9abc'def0, 9},
                                 .reversed = true};
  const auto got = ucie_training_message(decode(encode(ucie_training_packet(sent))));
  CHECK(got.kind == sent.kind);
  CHECK(got.state == sent.state);
  CHECK(got.package == sent.package);
  CHECK(got.lanes == sent.lanes);
  CHECK(got.rate == sent.rate);
  CHECK(got.module == 3);
  CHECK(got.limits == sent.limits);
  CHECK(got.found == sent.found);
  CHECK(got.reversed);
  CHECK(ucie_sideband_time(sent) == 240_ns);
}

TEST_CASE("UcieSideband carries every field of a link message", "[unit][ucie]") {
  const UcieLinkMessage sent{
      .kind = UcieLinkMessage::Kind::kFinalise,
      .interface = UcieLinkMessage::Interface::kFdi1,
      .state = UcieInterfaceState::kDisabled,
      .module = 2,
      .capabilities = {.formats = 6,
                       .stacks = 2,
                       .receive_flits = 9,
                       .protocol = UcieMapping::kCxl},
      .agreement = {.format = UcieFlitFormat::k68, .stacks = 2, .receive_flits = 8}};
  const auto got = ucie_link_message(decode(encode(ucie_link_packet(sent))));
  CHECK(got.kind == sent.kind);
  CHECK(got.interface == sent.interface);
  CHECK(got.state == sent.state);
  CHECK(got.module == 2);
  CHECK(got.capabilities == sent.capabilities);
  CHECK(got.agreement == sent.agreement);
  CHECK(ucie_sideband_time(sent) == 240_ns);
  CHECK(ucie_sideband_time(UcieLinkMessage{}) == 120_ns);
}

std::string text_of(const Packet& packet) {
  return ucie_trace_sideband("port", packet, 0_ns, 120_ns).text;
}

TEST_CASE("UcieLinkTrace tells what sideband packets carry", "[unit][ucie]") {
  UcieTrainingMessage done{.kind = UcieTrainingMessage::Kind::kDone,
                           .state = UcieState::kMbInitParam,
                           .package = kStd,
                           .lanes = 16,
                           .rate = 24_GTps};
  CHECK(text_of(ucie_training_packet(done)) ==
        "sideband, done MBINIT.PARAM, standard x16, 24 GT/s");
  done.limits = {8, 16_GTps};
  CHECK(text_of(ucie_training_packet(done)) ==
        "sideband, done MBINIT.PARAM, standard x16, 24 GT/s, at most x8, at most 16 GT/s");
  done.state = UcieState::kMbInitRepairMb;
  done.found = {.dead = 1u << 3 | std::uint64_t{1} << 40, .spares = 2};
  done.reversed = true;
  CHECK(text_of(ucie_training_packet(done)) ==
        "sideband, done MBINIT.REPAIRMB, dead 3 40, dead spares 1, reversed");
  CHECK(text_of(
            ucie_link_packet({.kind = UcieLinkMessage::Kind::kAdvertise,
                              .capabilities = {.formats = 6, .stacks = 2, .receive_flits = 9}})) ==
        "sideband, advertised capabilities, streaming 68 256, stacks 2, room for 9 flits");
  CHECK(text_of(ucie_link_packet(
            {.kind = UcieLinkMessage::Kind::kFinalise,
             .agreement = {.format = UcieFlitFormat::k68, .stacks = 1, .receive_flits = 8}})) ==
        "sideband, finalised capabilities, 68, stacks 1, room for 8 flits");
  CHECK(text_of(ucie_mailbox_packet({.offset = 2, .answers = true, .status = 2})) ==
        "sideband, misaligned at 0x2");
}

}  // namespace
}  // namespace cvp
