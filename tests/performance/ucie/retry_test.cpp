// SPDX-License-Identifier: Apache-2.0
//
// Efficiency under bit errors against go-back-N in closed form, by arithmetic and flit by flit:
// every row of ucie_retry.csv at or above 1e-7, on a million delivered flits.
#include <catch2/catch.hpp>

#include "models/ucie/adapter/ucie_flit_link.h"
#include "models/ucie/adapter/ucie_stream.h"

namespace cvp {
namespace {

constexpr std::uint64_t kFlits = 1'000'000;

struct Row {
  double ber;
  UcieFlitFormat format;
  std::uint32_t round_trip;
  double efficiency;
};
constexpr Row kRows[] = {
    {1e-7, UcieFlitFormat::k68, 4, 0.999782441},   {1e-7, UcieFlitFormat::k68, 16, 0.999130333},
    {1e-7, UcieFlitFormat::k68, 64, 0.996530385},  {1e-7, UcieFlitFormat::k256, 4, 0.999181387},
    {1e-7, UcieFlitFormat::k256, 16, 0.996733569}, {1e-7, UcieFlitFormat::k256, 64, 0.987061068},
    {1e-6, UcieFlitFormat::k68, 4, 0.997828134},   {1e-6, UcieFlitFormat::k68, 16, 0.991368774},
    {1e-6, UcieFlitFormat::k68, 64, 0.966346510},  {1e-6, UcieFlitFormat::k256, 4, 0.991866301},
    {1e-6, UcieFlitFormat::k256, 16, 0.968240179}, {1e-6, UcieFlitFormat::k256, 64, 0.884011991},
    {1e-5, UcieFlitFormat::k68, 4, 0.978646516},   {1e-5, UcieFlitFormat::k68, 16, 0.919728306},
    {1e-5, UcieFlitFormat::k68, 64, 0.741229148},  {1e-5, UcieFlitFormat::k256, 4, 0.923561408},
    {1e-5, UcieFlitFormat::k256, 16, 0.751280855}, {1e-5, UcieFlitFormat::k256, 64, 0.430248064},
};

TEST_CASE("Ucie retries by arithmetic cost what go-back-N costs", "[performance][ucie]") {
  for (const Row& row : kRows) {
    INFO(row.ber << ' ' << ucie_flit_layout(row.format).name << ' ' << row.round_trip);
    UcieStream stream;
    stream.configure(
        {UciePackage::kStandard, 16, 16_GTps, row.format}, 0_ns,
        {.flit_error = ucie_flit_error(row.ber, ucie_flit_layout(row.format).wire_bytes),
         .round_trip_slots = row.round_trip});
    const std::uint32_t payload = ucie_flit_layout(row.format).payload_bytes();
    Femtoseconds end;
    for (std::uint64_t i = 0; i < kFlits; ++i) end = stream.send(0_ns, payload).delivered;
    CHECK(stream.slot_time(kFlits).seconds() / end.seconds() ==
          Approx(row.efficiency).epsilon(0.02));
  }
}

TEST_CASE("Ucie retries of flits cost what go-back-N costs", "[performance][ucie]") {
  for (const Row& row : kRows) {
    INFO(row.ber << ' ' << ucie_flit_layout(row.format).name << ' ' << row.round_trip);
    UcieFlitLinkParams params{
        .adapter = {.format = row.format}, .flight_slots = 2, .round_trip_slots = row.round_trip};
    params.faults[0].bits.lane_ber.assign(16, row.ber);
    UcieFlitLink link(params);
    const UcieMessage write{{.kind = UcieMessageKind::kPostedWrite, .length = 1024},
                            std::vector<std::uint8_t>(1024, 1)};
    const auto& accepted = link.end(1).receiver().counters().accepted;
    while (accepted < kFlits) {
      while (link.end(0).transmitter().waiting_bytes() < 256) link.end(0).push(write);
      link.step();
      link.end(1).receiver().messages().clear();
    }
    CHECK(static_cast<double>(kFlits) / static_cast<double>(link.slot()) ==
          Approx(row.efficiency).epsilon(0.02));
    CHECK(link.end(0).transmitter().counters().probes == 0);
  }
}

}  // namespace
}  // namespace cvp
