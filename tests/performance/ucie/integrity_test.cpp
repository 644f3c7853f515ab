// SPDX-License-Identifier: Apache-2.0
//
// Flits both ways over wires with every fault at once: not a byte is lost, doubled or reordered,
// and every fault has happened as often as it was drawn. Each end accepts ten million flits, a
// sample of them under sanitizers, or as many as CVP_UCIE_FLITS says.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>

#include "models/ucie/adapter/ucie_flit_link.h"

namespace cvp {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t kFlits = 60'000;
#else
constexpr std::uint64_t kFlits = 10'000'000;
#endif
constexpr double kRetrain = 5e-4;  // Of a slot.
constexpr std::uint64_t kMostWaitingBytes = 512;

std::uint64_t flits_to_send() {
  const char* wanted = std::getenv("CVP_UCIE_FLITS");
  return wanted == nullptr ? kFlits : std::strtoull(wanted, nullptr, 10);
}

// Message n of an end, whose every byte tells n, the end and its place.
UcieMessage message(unsigned from, std::uint64_t n) {
  const auto length = static_cast<std::uint32_t>(splitmix64(2 * n + from) % 512);
  UcieMessage message{{.kind = UcieMessageKind::kWrite,
                       .tag = static_cast<std::uint16_t>(n),
                       .length = length,
                       .address = 2 * n + from},
                      std::vector<std::uint8_t>(length)};
  for (std::uint32_t i = 0; i < length; ++i) {
    message.data[i] = static_cast<std::uint8_t>(n + 7 * i + 128 * from);
  }
  return message;
}

/// Both ends send, now both, now one, now none, to receivers that sometimes stop; now and then the
/// PHY trains again with flits on the wires.
class Storm {
 public:
  Storm(const UcieFlitLinkParams& params, std::uint64_t seed) : link(params), random_(seed) {}

  void run(std::uint64_t flits) {
    while (accepted(0) < flits || accepted(1) < flits) {
      if (left_-- == 0) change();
      const bool loaded = !link.channel(0).empty() && !link.channel(1).empty();
      loaded_slots += loaded ? 1 : 0;
      if (random_.chance(kRetrain)) {
        loaded_retrains += loaded ? 1 : 0;
        ++retrains;
        link.retrain(random_.below(200));
      }
      step(busy_);
    }
    for (const unsigned end : {0u, 1u}) link.end(end).receiver().hold(false);
    while (!link.idle()) step(0);
  }

  UcieFlitLink link;
  std::uint64_t slots = 0, retrains = 0;
  std::uint64_t loaded_slots = 0, loaded_retrains = 0;  ///< With flits on the wires both ways.
  std::array<std::uint64_t, 2> sent{}, received{}, wrong{};
  std::array<std::uint64_t, 2> stalls{};  ///< Slots in which an end lacked credit.

 private:
  std::uint64_t accepted(unsigned end) const {
    return link.end(end).receiver().counters().accepted;
  }
  void change() {
    constexpr unsigned kBusy[] = {3, 3, 3, 3, 3, 3, 1, 2, 1, 0};
    left_ = 20 + random_.below(1000);
    busy_ = kBusy[random_.below(std::size(kBusy))];
    for (const unsigned end : {0u, 1u}) link.end(end).receiver().hold(random_.below(5) == 0);
  }
  void step(unsigned busy) {
    ++slots;
    for (const unsigned from : {0u, 1u}) {
      if ((busy >> from & 1) == 0) continue;
      while (link.end(from).transmitter().waiting_bytes() < kMostWaitingBytes) {
        link.end(from).push(message(from, sent[from]++));
      }
    }
    link.step();
    for (const unsigned to : {0u, 1u}) {
      stalls[to] += link.end(to).transmitter().lacks_credit() ? 1 : 0;
      auto& arrived = link.end(to).receiver().messages();
      for (const UcieMessageView got : arrived) {
        wrong[to] += got == message(1 - to, received[to]++) ? 0 : 1;
      }
      arrived.clear();
    }
  }

  UcieRandom random_;
  std::uint64_t left_ = 0;  // Slots until the traffic changes.
  unsigned busy_ = 0;       // Bit n: end n sends.
};

/// So many of so many trials, within five standard deviations.
void check_drawn(std::uint64_t count, std::uint64_t trials, double chance) {
  const double expected = static_cast<double>(trials) * chance;
  CHECK(expected > 25);
  CHECK(static_cast<double>(count) == Approx(expected).margin(5 * std::sqrt(expected) + 1));
}

void check_channel(const UcieChannel& channel, const UcieChannelFaults& faults, double flit_bits) {
  const UcieChannelCounters& counters = channel.counters();
  const std::uint64_t carried =
      counters.flits + counters.nops - counters.lost_flits - counters.lost_nops;
  INFO("flits " << counters.flits << ", NOP flits " << counters.nops << ", swapped "
                << counters.overtaken << ", flits lost " << counters.lost_flits << ", acks lost "
                << counters.lost_acks << ", credits lost " << counters.lost_credits
                << ", naks lost " << counters.lost_naks << ", bursts " << channel.bursts()
                << ", damaged " << channel.damaged_flits() << ", lost by retrains "
                << counters.lost_in_flight);
  check_drawn(counters.late, carried - counters.overtaken, faults.swap);
  CHECK(counters.overtaken > counters.late / 2);
  CHECK(counters.lost_in_flight > 0);
  check_drawn(counters.lost_flits, counters.flits, faults.lost_flit);
  check_drawn(counters.lost_nops, counters.nops, faults.lost_nop);
  CHECK(counters.lost_acks > counters.lost_nops / 10);
  CHECK(counters.lost_credits > counters.lost_nops / 10);
  CHECK(counters.lost_naks > counters.lost_nops / 100);
  check_drawn(channel.bursts(), carried, faults.bits.burst);
  const double clean = std::pow(1 - faults.bits.lane_ber[0], flit_bits) * (1 - faults.bits.burst);
  check_drawn(channel.damaged_flits(), carried, 1 - clean);
}

void check(UcieFlitLinkParams params, const UcieChannelFaults& faults) {
  params.faults = {faults, faults};
  params.adapter.receive_flits = 40;
  const std::uint64_t flits = flits_to_send();
  Storm storm(params, 9);
  storm.run(flits);
  check_drawn(storm.retrains, storm.slots, kRetrain);
  check_drawn(storm.loaded_retrains, storm.loaded_slots, kRetrain);
  CHECK(storm.loaded_slots > storm.slots / 4);
  CHECK(storm.link.undetected() == 0);
  for (const unsigned end : {0u, 1u}) {
    CHECK(storm.wrong[end] == 0);
    CHECK(storm.received[end] == storm.sent[1 - end]);
    const UcieReceiveCounters& receiver = storm.link.end(end).receiver().counters();
    CHECK(receiver.accepted >= flits);
    CHECK(storm.stalls[end] > 0);
    // What was damaged was found, but for what a retrain swept off the wires.
    const UcieChannel& channel = storm.link.channel(1 - end);
    CHECK(receiver.crc_errors <= channel.damaged_flits());
    CHECK(receiver.crc_errors + channel.counters().lost_in_flight >= channel.damaged_flits());
    check_channel(channel, faults, params.adapter.layout().wire_bytes * 8);
  }
}

TEST_CASE("Ucie link of millions of flits keeps every byte", "[performance][ucie]") {
  check({.adapter = {.format = UcieFlitFormat::k256}, .flight_slots = 4, .round_trip_slots = 10},
        {.bits = {.lane_ber = std::vector<double>(64, 1e-5), .burst = 1e-3},
         .swap = 1e-3,
         .lost_flit = 1e-3,
         .lost_nop = 0.1});
}

TEST_CASE("Ucie link of millions of short flits keeps every byte", "[performance][ucie]") {
  check({.adapter = {.format = UcieFlitFormat::k68}},
        {.bits = {.lane_ber = std::vector<double>(16, 1e-5), .burst = 1e-2},
         .swap = 1e-2,
         .lost_flit = 1e-3,
         .lost_nop = 0.2});
}

// Beyond what the CRC promises, one burst in 2^16 passes: the flit is counted, and before that not
// a message is wrong. Then the rows of messages begin anew, as after a retrain of a port.
TEST_CASE("Ucie link of millions of flits goes on after bursts that no CRC finds",
          "[performance][ucie]") {
  for (const UcieFlitFormat format : {UcieFlitFormat::k68, UcieFlitFormat::k256}) {
    const UcieChannelFaults faults{.bits = {.burst = 0.3, .burst_bits = 300}};
    UcieFlitLink link({.adapter = {.format = format}, .faults = {faults, faults}});
    const std::uint64_t flits = flits_to_send() / 10;  // Three in ten are damaged.
    constexpr double kLonger = (300. - 16) / 300;      // Of all bursts, than what a CRC must find.
    std::uint64_t bursts = 0, passed = 0;
    std::array<std::uint64_t, 2> sent{}, received{};
    std::array<std::uint64_t, 2> accepted{}, progress{};
    for (std::uint64_t slot = 0; slot < 4 * flits; ++slot) {
      for (const unsigned end : {0u, 1u}) {
        while (link.end(end).transmitter().waiting_bytes() < kMostWaitingBytes) {
          link.end(end).push(message(end, sent[end]++));
        }
        for (const UcieMessageView each : link.end(end).receiver().messages()) {
          const bool right = each == message(1 - end, received[end]++);
          if (!right && link.undetected() == passed) FAIL("a message is wrong, and no flit is");
        }
        link.end(end).receiver().messages().clear();
        const std::uint64_t now = link.end(end).receiver().counters().accepted;
        if (std::exchange(accepted[end], now) != now) progress[end] = slot;
        if (slot - progress[end] > 5000) FAIL("end " << end << " accepts nothing from " << slot);
      }
      if (std::exchange(passed, link.undetected()) != passed) {
        link.retrain(0);
        for (const unsigned end : {0u, 1u}) link.end(end).restart();
        received = {sent[1], sent[0]};
      }
      link.step();
    }
    for (const unsigned end : {0u, 1u}) CHECK(received[end] > flits / 10);
    for (const unsigned end : {0u, 1u}) bursts += link.channel(end).bursts();
    const double expected = kLonger * static_cast<double>(bursts) / 65536;
    INFO(bursts << " bursts, " << link.undetected() << " undetected flits, accepted " << accepted[0]
                << " and " << accepted[1]);
    CHECK(bursts > flits);
    CHECK(static_cast<double>(link.undetected()) <= expected + 3 * std::sqrt(expected));
  }
}

}  // namespace
}  // namespace cvp
