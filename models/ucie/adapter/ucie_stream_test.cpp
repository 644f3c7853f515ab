// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "models/ucie/adapter/ucie_stream.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

constexpr UcieLinkShape kShape{UciePackage::kStandard, 16, 16_GTps, UcieFlitFormat::k256};

TEST_CASE("UcieStream without errors is a FlitStream", "[unit][ucie]") {
  UcieStream stream;
  FlitStream reference;
  stream.configure(kShape, 0_ns);
  reference.configure(kShape.flit_format(), 0_ns);
  for (std::uint64_t i = 0; i < 5000; ++i) {
    const Femtoseconds ready = i * 40_ns;
    const std::uint64_t bytes = 1 + splitmix64(i) % 400;
    const auto times = stream.send(ready, bytes);
    const auto expected = reference.send(ready, bytes);
    REQUIRE(times.accepted == std::max(ready, expected.sent - 8_ns));
    REQUIRE(times.sent == expected.sent);
    REQUIRE(times.arrived == expected.arrived);
  }
}

TEST_CASE("UcieStream forwards the first half of a latency-optimised flit", "[unit][ucie]") {
  UcieLinkShape shape{UciePackage::kAdvanced, 64, 32_GTps, UcieFlitFormat::k256LatOptExtra};
  UcieStream stream;
  stream.configure(shape, 0_ns);
  CHECK(stream.send(0_ns, 80).arrived == 2500_ps);       // 2 ns + 128 B / 256 GB/s
  CHECK(stream.send(100_ns, 124).arrived == 102500_ps);  // The last byte of the first half.
  CHECK(stream.send(200_ns, 125).arrived == 203_ns);
  CHECK(stream.send(300_ns, 250).arrived == 303_ns);
  CHECK(stream.send(400_ns, 250 + 80).arrived == 403500_ps);
  CHECK(stream.send_untimed(500_ns, 80).arrived == 502500_ps);
}

TEST_CASE("UcieStream a damaged flit delays what follows by the round trip", "[unit][ucie]") {
  UcieStream stream(4);
  stream.configure(kShape, 0_ns,
                   {.flit_error = ucie_flit_error(1e-5, 256), .round_trip_slots = 16});
  Femtoseconds last;
  std::uint64_t retries = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Femtoseconds sent = stream.send(0_ns, 240).delivered;
    const std::uint64_t more = stream.retries() - retries;
    retries += more;
    REQUIRE(sent - last == 8_ns * (1 + 16 * more));
    last = sent;
  }
  CHECK(retries > 150);
  CHECK(stream.flits() == 10'000);
  // What left in the last window is still to be replayed.
  CHECK(stream.replayed() <= 16 * retries);
  CHECK(stream.replayed() > 16 * (retries - 1));
}

TEST_CASE("UcieStream gives the same retries for a seed, whatever the length of messages",
          "[unit][ucie]") {
  const auto end = [](std::uint64_t seed, std::uint64_t flits_a_message) {
    UcieStream stream(seed);
    stream.configure(kShape, 0_ns,
                     {.flit_error = ucie_flit_error(1e-6, 256), .round_trip_slots = 8});
    Femtoseconds sent;
    for (std::uint64_t flits = 0; flits < 100'000; flits += flits_a_message) {
      sent = stream.send(0_ns, flits_a_message * 240).delivered;
    }
    return sent;
  };
  CHECK(end(1, 1) == end(1, 1));
  CHECK(end(1, 1) == end(1, 50));
  CHECK(end(1, 1) != end(2, 1));
}

TEST_CASE("UcieStream goes on with other errors when the link has come up again", "[unit][ucie]") {
  UcieStream stream;
  std::array<std::uint64_t, 3> retries{};
  for (std::uint64_t& count : retries) {
    stream.configure(kShape, 0_ns,
                     {.flit_error = ucie_flit_error(1e-6, 256), .round_trip_slots = 8});
    const std::uint64_t before = stream.retries();
    stream.send(0_ns, 100'000 * 240);
    count = stream.retries() - before;
  }
  CHECK((retries[0] != retries[1] || retries[1] != retries[2]));
  CHECK(stream.flits() == 300'000);
  CHECK(stream.wire_bytes() == (300'000 + stream.replayed()) * 256);
}

TEST_CASE("UcieStream damages the next flit as told, though the link comes up again before it",
          "[unit][ucie]") {
  UcieStream stream;
  const auto come_up = [&] { stream.configure(kShape, 0_ns, {.round_trip_slots = 8}); };
  come_up();
  stream.damage_next_flit(0_ns);
  come_up();
  stream.send(0_ns, 240);
  CHECK(stream.retries() == 1);
  come_up();
  stream.send(0_ns, 240);
  CHECK(stream.retries() == 1);
}

TEST_CASE("UcieStream flit errors follow from the bit error rate", "[unit][ucie]") {
  // From the reference table of go-back-N (README.md, "Sources").
  CHECK(ucie_flit_error(1e-5, 256) == Approx(2.027181e-2).epsilon(1e-6));
  CHECK(ucie_flit_error(1e-7, 68) == Approx(5.439852e-5).epsilon(1e-6));
  CHECK(ucie_flit_error(1e-27, 256) == Approx(2.048e-24).epsilon(1e-6));
  CHECK(ucie_flit_error(0, 256) == 0);
  // 68 bytes over 8 lanes: four carry nine bytes, the others eight; in the next flit it is the
  // others.
  UcieBitFaults faults{.lane_ber = {0, 0, 1e-3, 0, 0, 0, 1e-2, 0}};
  const double intact =
      (std::pow(0.999, 72) * std::pow(0.99, 64) + std::pow(0.999, 64) * std::pow(0.99, 72)) / 2;
  CHECK(ucie_flit_error(faults, 68) == Approx(1 - intact));
  faults.burst = 0.25;
  CHECK(ucie_flit_error(faults, 68) == Approx(1 - 0.75 * intact));
  CHECK(ucie_flit_error({.lane_ber = {1e-5}}, 256) == Approx(ucie_flit_error(1e-5, 256)));
}

TEST_CASE("UcieGoBackN who awaits a replay asks for none when naks to it are damaged",
          "[unit][ucie]") {
  UcieGoBackN errors(1);
  errors.configure({.flit_error = 0.999, .round_trip_slots = 16}, 8_ns, 10_ns);
  const Femtoseconds replay = errors.deliver(0, 0_ns);
  CHECK(replay >= 16 * 8_ns);
  errors.naks().clear();
  const std::uint64_t retries = errors.retries(), damaged = errors.damaged();
  CHECK(errors.send_nak(24_ns, true) == 0);
  CHECK(errors.naks().empty());
  CHECK(errors.retries() == retries);
  CHECK(errors.damaged() == damaged + 1);  // Its CRC is wrong all the same.
  // Once the replay has come, it does ask.
  errors.send_nak(replay + 8_ns, true);
  CHECK(errors.naks().size() == 1);
}

TEST_CASE("UcieStream of a raw link never retries", "[unit][ucie]") {
  UcieLinkShape raw = kShape;
  raw.format = UcieFlitFormat::kRaw;
  UcieStream stream;
  stream.configure(raw, 0_ns, {.flit_error = 0.1, .round_trip_slots = 16});
  stream.send(0_ns, 1'000'000);
  CHECK(stream.retries() == 0);
}

TEST_CASE("UcieStream saved and loaded goes on identically", "[unit][ucie]") {
  UcieStream first, second;
  first.configure(kShape, 0_ns, {.flit_error = ucie_flit_error(1e-5, 256), .round_trip_slots = 16});
  for (std::uint64_t i = 0; i < 500; ++i) first.send(i * 3_ns, 100 + i);
  load(second, save(first));
  for (std::uint64_t i = 500; i < 1500; ++i) {
    REQUIRE(first.send(i * 3_ns, 100 + i).arrived == second.send(i * 3_ns, 100 + i).arrived);
  }
  CHECK(first.retries() > 5);
  CHECK(first.retries() == second.retries());
}

}  // namespace
}  // namespace cvp
