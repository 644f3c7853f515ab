// SPDX-License-Identifier: Apache-2.0
//
// Ten million flits over wires with every fault at once: not a byte is lost, doubled or reordered.
#include <catch2/catch.hpp>

#include "models/ucie/adapter/ucie_flit_link.h"

namespace cvp {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t kFlits = 200'000;
#else
constexpr std::uint64_t kFlits = 10'000'000;
#endif

// Message n, whose every byte tells n and its place.
UcieMessage message(std::uint64_t n) {
  const auto length = static_cast<std::uint32_t>(splitmix64(n) % 512);
  UcieMessage message{.kind = UcieMessageKind::kWrite,
                      .tag = static_cast<std::uint16_t>(n),
                      .length = length,
                      .address = n,
                      .data = std::vector<std::uint8_t>(length)};
  for (std::uint32_t i = 0; i < length; ++i) message.data[i] = static_cast<std::uint8_t>(n + 7 * i);
  return message;
}

void check(const UcieFlitLinkParams& params, bool retrains) {
  UcieFlitLink link(params);
  UcieRandom random(9);
  std::uint64_t sent = 0, received = 0, wrong = 0;
  const auto& accepted = link.end(1).receiver().counters().accepted;
  while (!link.idle() || accepted < kFlits) {
    if (accepted < kFlits) {
      while (link.end(0).transmitter().waiting_bytes() < 512) link.end(0).push(message(sent++));
    }
    if (retrains && random.below(10'000) == 0) link.retrain(100);
    link.step();
    auto& arrived = link.end(1).receiver().messages();
    for (const UcieMessage& got : arrived) wrong += got == message(received++) ? 0 : 1;
    arrived.clear();
  }
  CHECK(wrong == 0);
  CHECK(received == sent);
  CHECK(link.undetected() == 0);
  CHECK(link.channel(0).damaged_flits() > kFlits / 1000);
}

TEST_CASE("Ucie link of ten million flits keeps every byte", "[performance][ucie]") {
  const UcieChannelFaults faults{.bits = {.lane_ber = std::vector<double>(64, 1e-5), .burst = 1e-3},
                                 .swap = 1e-3,
                                 .lost_flit = 1e-4,
                                 .lost_nop = 1e-2};
  UcieFlitLinkParams params{.adapter = {.format = UcieFlitFormat::k256},
                            .flight_slots = 4,
                            .round_trip_slots = 10,
                            .faults = {faults, faults}};
  check(params, true);
}

TEST_CASE("Ucie link of ten million short flits keeps every byte", "[performance][ucie]") {
  const UcieChannelFaults faults{
      .bits = {.lane_ber = std::vector<double>(16, 1e-5), .burst = 1e-2}};
  check({.adapter = {.format = UcieFlitFormat::k68}, .faults = {faults, faults}}, false);
}

}  // namespace
}  // namespace cvp
