// SPDX-License-Identifier: Apache-2.0
//
// The link layer between two ends, with everything on the wires that can go wrong: what comes out
// is what went in.
#include <catch2/catch.hpp>
#include <cmath>

#include "models/ucie/adapter/ucie_flit_link.h"
#include "models/ucie/adapter/ucie_received_test.h"
#include "models/ucie/protocol/ucie_naive_test.h"
#include "models/ucie/protocol/ucie_traffic_test.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

constexpr auto kAllHeaders = {UcieFlitFormat::k68, UcieFlitFormat::k256, UcieFlitFormat::k256LatOpt,
                              UcieFlitFormat::k256LatOptExtra};

/// Both ends send random messages, of which the other end checks each as it comes.
class Exchange {
 public:
  explicit Exchange(const UcieFlitLinkParams& params, std::uint64_t seed = 1)
      : link(params), seed_(seed) {}

  // Keeps about four flits waiting at each end that sends.
  void run(std::uint64_t messages, bool both) {
    for (std::uint64_t end = link.slot() + 100'000'000; link.slot() < end; step(messages, both)) {
      if (sent_[0] >= messages && (!both || sent_[1] >= messages) && link.idle()) return;
    }
    FAIL("the link hangs");
  }

  void step(std::uint64_t messages, bool both) {
    for (unsigned from = 0; from < (both ? 2u : 1u); ++from) {
      auto& transmitter = link.end(from).transmitter();
      while (sent_[from] < messages && transmitter.waiting_bytes() < 1000) {
        transmitter.push(message(from, sent_[from]++), 0);
      }
    }
    link.step();
    for (unsigned to = 0; to < 2; ++to) {
      auto& received = link.end(to).receiver().messages();
      for (const UcieMessageView got : received) {
        if (got != message(1 - to, received_[to]++)) ++wrong;
      }
      received.clear();
    }
  }

  void check_complete() const {
    CHECK(wrong == 0);
    CHECK(received_[0] == sent_[1]);
    CHECK(received_[1] == sent_[0]);
    CHECK(link.undetected() == 0);
  }

  UcieFlitLink link;
  std::uint64_t wrong = 0;

 private:
  UcieMessage message(unsigned from, std::uint64_t n) const {
    return random_ucie_message((seed_ << 40) + 2 * n + from, 200);
  }
  std::uint64_t seed_;
  std::array<std::uint64_t, 2> sent_{}, received_{};
};

UcieFlitLinkParams link_of(UcieFlitFormat format = UcieFlitFormat::k256) {
  return {.adapter = {.format = format}, .flight_slots = 3, .round_trip_slots = 8};
}

UcieChannelFaults ber(double rate) { return {.bits = {.lane_ber = std::vector<double>(16, rate)}}; }

TEST_CASE("UcieLinkLayer carries messages both ways in every format", "[unit][ucie]") {
  for (const UcieFlitFormat format : kUcieFlitFormats) {
    Exchange exchange(link_of(format));
    exchange.run(2000, true);
    exchange.check_complete();
    CHECK(exchange.link.end(0).transmitter().counters().replayed == 0);
    CHECK(exchange.link.end(0).transmitter().counters().probes == 0);
  }
}

TEST_CASE("UcieLinkLayer fills every slot when both ends are busy", "[unit][ucie]") {
  for (const UcieFlitFormat format : kAllHeaders) {
    Exchange exchange(link_of(format));
    for (int i = 0; i < 5000; ++i) exchange.step(1'000'000, true);
    for (const unsigned end : {0u, 1u}) {
      const auto& counters = exchange.link.end(end).transmitter().counters();
      CHECK(counters.flits == 5000);
      CHECK(counters.nops == 0);  // Acks and credits ride in the headers.
      CHECK(counters.payload_bytes == 5000 * ucie_flit_layout(format).payload_bytes());
    }
  }
}

TEST_CASE("UcieLinkLayer return traffic is NOP flits, one for a quarter of the buffers",
          "[unit][ucie]") {
  Exchange exchange(link_of());
  for (int i = 0; i < 16'000; ++i) exchange.step(1'000'000, false);
  CHECK(exchange.link.end(0).transmitter().counters().flits == 16'000);
  CHECK(exchange.link.end(1).transmitter().counters().flits == 0);
  CHECK(exchange.link.end(1).transmitter().counters().nops == Approx(16'000 / 64).margin(2));
}

TEST_CASE("UcieLinkLayer goes back one round trip for a damaged flit", "[unit][ucie]") {
  for (const std::uint32_t round_trip : {6u, 16u, 64u}) {
    UcieFlitLinkParams params = link_of();
    params.round_trip_slots = round_trip;
    params.faults[0] = ber(1e-6);
    Exchange exchange(params);
    for (int i = 0; i < 100'000; ++i) exchange.step(1'000'000, false);
    const auto& received = exchange.link.end(1).receiver().counters();
    REQUIRE(received.naks > 100);
    CHECK(exchange.wrong == 0);
    // The damaged flit and N - 1 more come for nothing. A damaged replay costs one slot more.
    CHECK(static_cast<double>(received.crc_errors + received.gaps) /
              static_cast<double>(received.naks) ==
          Approx(round_trip).epsilon(0.01));
  }
}

/// A flit of `from` in a slot, with a wrong bit if it is to be damaged, to the other end later.
UcieArrival pass(UcieAdapter& from, std::uint64_t leaves, UcieAdapter& to, std::uint64_t comes,
                 bool damaged = false) {
  UcieFlit flit;
  REQUIRE(from.transmit(leaves, flit));
  if (damaged) flit.bytes[9] ^= 4;
  return to.receive(comes, flit);
}

TEST_CASE("UcieLinkLayer asks again at once where the replay is damaged and nothing follows",
          "[unit][ucie]") {
  const UcieAdapterParams params{.round_trip_slots = 6};
  UcieAdapter a(params), b(params);
  a.push(random_ucie_message(1, 100));
  CHECK(pass(a, 0, b, 3, true) == UcieArrival::kDamaged);
  CHECK(pass(b, 3, a, 6) == UcieArrival::kNop);
  CHECK(pass(a, 6, b, 9, true) == UcieArrival::kDamaged);
  CHECK(b.next_slot(9) == 9);
  CHECK(pass(b, 9, a, 12) == UcieArrival::kNop);
  CHECK(pass(a, 12, b, 15) == UcieArrival::kAccepted);
  CHECK(b.receiver().counters().naks == 2);
  CHECK(a.transmitter().counters().retries == 2);
}

TEST_CASE("UcieLinkLayer repeats a nak that was lost", "[unit][ucie]") {
  const UcieAdapterParams params{.round_trip_slots = 6};
  UcieAdapter a(params), b(params);
  a.push(random_ucie_message(1, 100));
  CHECK(pass(a, 0, b, 3, true) == UcieArrival::kDamaged);
  UcieFlit lost;
  REQUIRE(b.transmit(3, lost));
  CHECK(b.next_slot(4) == 3 + 6 + kUcieNakMarginSlots);
  REQUIRE_FALSE(b.transmit(12, lost));
  CHECK(pass(b, 13, a, 16) == UcieArrival::kNop);
  CHECK(pass(a, 16, b, 19) == UcieArrival::kAccepted);
  CHECK(b.receiver().counters().naks == 2);
}

TEST_CASE("UcieLinkLayer answers a nak for nothing with a report", "[unit][ucie]") {
  const UcieAdapterParams params{.report_slots = 1, .round_trip_slots = 6};
  UcieAdapter a(params), b(params);
  a.push(random_ucie_message(1, 100));
  CHECK(pass(a, 0, b, 3) == UcieArrival::kAccepted);
  // B's report is damaged, so A asks, for B has perhaps sent a flit.
  CHECK(pass(b, 4, a, 7, true) == UcieArrival::kDamaged);
  CHECK(pass(a, 7, b, 10) == UcieArrival::kNop);
  CHECK_FALSE(b.idle());
  CHECK(pass(b, 10, a, 13) == UcieArrival::kNop);
  CHECK(a.idle());
  CHECK(b.idle());
  CHECK(a.next_slot(14) == UcieAdapter::kNever);
  CHECK(b.transmitter().counters().retries == 0);
}

TEST_CASE("UcieLinkLayer asks once for what follows a damaged flit, NOP flits among it",
          "[unit][ucie]") {
  const UcieAdapterParams params{.report_slots = 1};
  UcieAdapter a(params), b(params);
  b.push(random_ucie_message(1, 100));
  CHECK(pass(b, 0, a, 1) == UcieArrival::kAccepted);  // So that A has something to report.
  a.push(random_ucie_message(2, 100));
  CHECK(pass(a, 1, b, 2, true) == UcieArrival::kDamaged);
  UcieFlit nak;
  REQUIRE(b.transmit(2, nak));                   // On its way for long.
  CHECK(pass(a, 2, b, 3) == UcieArrival::kNop);  // It names the flit that comes next.
  a.push(random_ucie_message(3, 100));
  CHECK(pass(a, 3, b, 4) == UcieArrival::kGap);
  CHECK(b.receiver().counters().naks == 1);
  CHECK_FALSE(b.receiver().owes_nak());
}

TEST_CASE("UcieLinkLayer loses, doubles and reorders nothing whatever happens", "[unit][ucie]") {
  struct Case {
    const char* name;
    UcieChannelFaults faults;
  };
  const std::vector<Case> cases = {
      {"bit errors", ber(1e-5)},
      {"many bit errors", ber(1e-4)},
      {"one bad lane", {.bits = {.lane_ber = {0, 0, 0, 1e-3, 0, 0, 0, 0}}}},
      {"bursts", {.bits = {.burst = 0.02}}},
      {"swapped flits", {.swap = 0.02}},
      {"lost flits", {.lost_flit = 0.02}},
      {"lost acks and credits", {.lost_nop = 0.5}},
      {"everything",
       {.bits = {.lane_ber = std::vector<double>(64, 1e-5), .burst = 0.005},
        .swap = 0.005,
        .lost_flit = 0.005,
        .lost_nop = 0.1}},
  };
  for (const Case& c : cases) {
    for (const UcieFlitFormat format : kAllHeaders) {
      for (const bool both : {false, true}) {
        INFO(c.name << ", " << ucie_flit_layout(format).name << ", both " << both);
        UcieFlitLinkParams params = link_of(format);
        params.faults = {c.faults, c.faults};
        Exchange exchange(params);
        exchange.run(3000, both);
        exchange.check_complete();
      }
    }
  }
}

TEST_CASE("UcieLinkLayer goes on after retrains amid traffic", "[unit][ucie]") {
  UcieFlitLinkParams params = link_of(UcieFlitFormat::k256LatOptExtra);
  params.faults = {ber(1e-5), ber(1e-5)};
  Exchange exchange(params);
  UcieRandom random(3);
  for (int i = 0; i < 200; ++i) {
    for (std::uint64_t slots = random.below(60); slots > 0; --slots) exchange.step(5000, true);
    exchange.link.retrain(random.below(2000));
  }
  exchange.run(5000, true);
  exchange.check_complete();
}

TEST_CASE("UcieLinkLayer stops for a receiver that does not consume and then goes on",
          "[unit][ucie]") {
  UcieFlitLinkParams params = link_of();
  params.adapter.receive_flits = 12;
  params.faults = {ber(1e-5), {.lost_nop = 0.3}};
  Exchange exchange(params);
  UcieReceiver& receiver = exchange.link.end(1).receiver();
  UcieRandom random(5);
  unsigned stalls = 0;
  for (int i = 0; i < 300; ++i) {
    receiver.hold(i % 2 == 0);
    for (std::uint64_t slots = random.below(100); slots > 0; --slots) exchange.step(9000, false);
    stalls += exchange.link.end(0).transmitter().lacks_credit() ? 1 : 0;
    const UcieReport report = receiver.report();
    REQUIRE(report.accepted - report.consumed[0] <= 12);
  }
  CHECK(stalls > 0);
  receiver.hold(false);
  exchange.run(9000, false);
  exchange.check_complete();
}

TEST_CASE("UcieLinkLayer flits are those that FLITS.md describes", "[unit][ucie]") {
  for (const UcieFlitFormat format : kAllHeaders) {
    const UcieAdapterParams params{.format = format};
    UcieAdapter sender(params);
    NaiveReceiver naive{std::string(params.layout().name)};
    std::vector<UcieMessage> sent;
    for (std::uint64_t i = 0; i < 120; ++i) {
      sent.push_back(random_ucie_message(i, 100));
      sender.push(sent.back());
    }
    UcieFlit flit;
    for (std::uint64_t slot = 0; sender.transmitter().waiting_bytes() > 0; ++slot) {
      if (sender.transmit(slot, flit)) naive.receive(flit.bytes.data());
    }
    CHECK((naive.messages == sent));
    CHECK(naive.damaged + naive.unexpected == 0);
  }
}

// A burst beyond what the CRC promises passes with one chance in 2^16, and the count says so.
TEST_CASE("UcieLinkLayer counts the long bursts that pass, and survives them", "[unit][ucie]") {
  UcieFlitLinkParams params = link_of(UcieFlitFormat::k68);
  params.faults[0] = {.bits = {.burst = 0.9, .burst_bits = 300}};
  Exchange exchange(params);
  for (int i = 0; i < 1'000'000; ++i) exchange.step(~std::uint64_t{0}, false);
  const auto bursts = static_cast<double>(exchange.link.channel(0).damaged_flits());
  const double expected = bursts / 65536;
  const auto passed = static_cast<double>(exchange.link.undetected());
  CHECK(passed <= expected + 3 * std::sqrt(expected));
  CHECK(passed >= expected - 3 * std::sqrt(expected));
  CHECK(expected - 3 * std::sqrt(expected) > 1);
}

TEST_CASE("UcieLinkLayer is the same for the same seed, and other for another", "[unit][ucie]") {
  const auto slots = [](std::uint64_t seed) {
    UcieFlitLinkParams params = link_of();
    params.faults = {ber(1e-5), ber(1e-5)};
    params.seed = seed;
    Exchange exchange(params);
    exchange.run(2000, true);
    return exchange.link.slot();
  };
  CHECK(slots(1) == slots(1));
  CHECK(slots(1) != slots(2));
}

TEST_CASE("UcieLinkLayer saved and loaded goes on identically", "[unit][ucie]") {
  UcieFlitLinkParams params = link_of();
  params.faults = {ber(1e-5), {.swap = 0.01, .lost_nop = 0.1}};
  UcieFlitLink first(params), second(params);
  for (std::uint64_t i = 0; i < 2000; ++i) first.end(i % 2).push(random_ucie_message(i));
  for (int i = 0; i < 500; ++i) first.step();
  load(second, save(first));
  for (int i = 0; i < 5000; ++i) {
    first.step();
    second.step();
  }
  CHECK(first.idle());
  CHECK(second.idle());
  for (const unsigned end : {0u, 1u}) {
    CHECK(first.end(end).receiver().messages().size() == 1000);
    CHECK(all_messages(first.end(end).receiver().messages()) ==
          all_messages(second.end(end).receiver().messages()));
  }
}

}  // namespace
}  // namespace cvp
