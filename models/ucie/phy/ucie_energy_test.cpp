// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/phy/ucie_energy.h"

#include <catch2/catch.hpp>

#include "tests/harness/archive.h"

namespace cvp {
namespace {

constexpr UcieLinkShape kX64{UciePackage::kAdvanced, 64, 32_GTps};
constexpr UcieLinkShape kX32{UciePackage::kAdvanced, 32, 32_GTps};
constexpr UcieLinkShape kSlow{UciePackage::kAdvanced, 32, 4_GTps};
// 0.3 pJ/bit of 2048 and 1024 Gbit/s, 0.25 of 128: watts at full load.
constexpr double kPeak64 = 0.6144, kPeak32 = 0.3072, kPeakSlow = 0.032;

TEST_CASE("UcieEnergy adds up what each shape has taken", "[unit][ucie]") {
  UcieEnergy energy(UcieSupply::k0V5);
  CHECK(energy.joules(1_ms, 0_ns) == 0);
  energy.run(true, kX64, 1_ms, 0_ns);
  CHECK(energy.joules(1_ms, 0_ns) == 0);
  CHECK(energy.joules(2_ms, 1_ms) == Approx(1e-3 * kPeak64));
  const double first = 1e-3 * kPeak64 * (0.4 + 0.15 * 0.6);
  energy.run(true, kX32, 2_ms, 400_us);
  CHECK(energy.joules(2_ms, 400_us) == Approx(first));
  const double second = 2e-3 * kPeak32 * (0.1 + 0.15 * 0.9);
  energy.run(false, kX32, 4_ms, 600_us);
  CHECK(energy.joules(9_ms, 600_us) == Approx(first + second));
  energy.run(true, kSlow, 9_ms, 600_us);
  CHECK(energy.joules(10_ms, 600_us) == Approx(first + second + 1e-3 * kPeakSlow * 0.15));
  // More is taken than has passed yet.
  CHECK(energy.joules(10_ms, 5_ms) == Approx(first + second + 1e-3 * kPeakSlow));
}

TEST_CASE("UcieEnergy saved and loaded goes on identically", "[unit][ucie]") {
  UcieEnergy first(UcieSupply::k0V7), second(UcieSupply::k0V5);
  first.run(true, kX64, 1_ms, 10_us);
  load(second, save(first));
  CHECK(second.joules(3_ms, 20_us) == first.joules(3_ms, 20_us));
}

}  // namespace
}  // namespace cvp
