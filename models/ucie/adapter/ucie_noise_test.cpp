// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_noise.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>

#include "models/ucie/adapter/ucie_stream.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

struct Errors {
  std::uint64_t flits = 0;          // Damaged.
  std::vector<std::uint64_t> bits;  // By lane, reckoned from the bytes of the whole stream.
};

Errors send(const UcieFlitLayout& layout, const std::vector<double>& lane_ber,
            std::uint64_t flits) {
  UcieNoise noise(layout, {.lane_ber = lane_ber}, 7);
  Errors errors;
  errors.bits.resize(lane_ber.size());
  for (std::uint64_t n = 0; n < flits; ++n) {
    UcieFlit flit;
    errors.flits += noise.damage(flit) ? 1 : 0;
    for (std::uint64_t i = 0; i < layout.wire_bytes; ++i) {
      const auto wrong = static_cast<std::uint64_t>(std::popcount(flit.bytes[i]));
      errors.bits[(n * layout.wire_bytes + i) % lane_ber.size()] += wrong;
    }
  }
  return errors;
}

TEST_CASE("UcieNoise a bad lane errs at its rate with every format and width", "[unit][ucie]") {
  constexpr std::uint64_t kFlits = 20'000;
  constexpr double kRate = 1e-3;
  for (const UcieFlitFormat format : kUcieFlitFormats) {
    const UcieFlitLayout& layout = ucie_flit_layout(format);
    for (const std::size_t lanes : {8, 16, 32, 64, 128, 256}) {
      for (const std::size_t bad : {std::size_t{0}, lanes * 2 / 3, lanes - 1}) {
        INFO(layout.name << " over " << lanes << " lanes, lane " << bad);
        std::vector<double> lane_ber(lanes);
        lane_ber[bad] = kRate;
        const Errors errors = send(layout, lane_ber, kFlits);
        for (std::size_t lane = 0; lane < lanes; ++lane) {
          if (lane != bad) CHECK(errors.bits[lane] == 0);
        }
        const double bits = 8.0 * kFlits * layout.wire_bytes / static_cast<double>(lanes);
        const double expected = bits * kRate;
        CHECK(std::abs(static_cast<double>(errors.bits[bad]) - expected) < 4 * std::sqrt(expected));
        // By arithmetic as many flits are damaged.
        const double damaged = kFlits * ucie_flit_error({.lane_ber = lane_ber}, layout.wire_bytes);
        CHECK(std::abs(static_cast<double>(errors.flits) - damaged) < 4 * std::sqrt(damaged));
      }
    }
  }
}

TEST_CASE("UcieNoise saved amid the lanes goes on identically", "[unit][ucie]") {
  const UcieFlitLayout& layout = ucie_flit_layout(UcieFlitFormat::k68);
  std::vector<double> lane_ber(64);
  lane_ber[40] = 0.01;
  UcieNoise first(layout, {.lane_ber = lane_ber}, 1), second(layout, {}, 2);
  UcieFlit flit;
  for (int n = 0; n < 5; ++n) first.damage(flit);
  load(second, save(first));
  for (int n = 0; n < 1000; ++n) {
    UcieFlit a, b;
    first.damage(a);
    second.damage(b);
    REQUIRE(a.bytes == b.bytes);
  }
  CHECK(first.damaged_flits() > 5);
}

}  // namespace
}  // namespace cvp
