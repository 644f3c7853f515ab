// SPDX-License-Identifier: Apache-2.0
//
// Layers of two link managers that answer late, or never, and agreement whatever both ends ask for.
#include <functional>

#include "models/ucie/adapter/ucie_random.h"
#include "models/ucie/management/ucie_signals_test.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

using S = UcieInterfaceState;

TEST_CASE("UcieLinkManager waits for the end of a flit", "[unit][ucie]") {
  Ends link(with_step(0_ns), with_step(0_ns));
  unsigned asked = 0;
  link.b.on_stall([&](Femtoseconds now) { return ++asked, std::max(now, 500_ns); });
  REQUIRE(link.a.retrain(link.now));
  link.run(499_ns);
  CHECK(link.a.rdi() == S::kRetrain);
  CHECK(link.b.rdi() == S::kActive);
  CHECK(link.b.training().active());
  CHECK(link.b.stalls());
  CHECK_FALSE(link.b.sends());
  CHECK(link.b.active());
  CHECK_FALSE(link.b.request(S::kL1, link.now));
  CHECK_FALSE(link.b.retrain(link.now));
  link.run(500_ns);
  CHECK(link.b.rdi() == S::kRetrain);
  CHECK(link.b.fdi(0) == S::kRetrain);
  CHECK(asked == 2);  // At each interface once.
  link.run(1_ms);
  CHECK(link.a.active());
  CHECK(link.b.sends());
  CHECK(link.agree());
}

TEST_CASE("UcieLinkManager gives up after 8 ms when a layer does not stop", "[unit][ucie]") {
  const auto never = [](Femtoseconds) { return Femtoseconds::max(); };
  const std::vector<std::function<bool(Ends&)>> ways = {
      [](Ends& link) { return link.a.retrain(link.now); },
      [](Ends& link) { return link.a.request(S::kLinkReset, link.now); },
      [](Ends& link) { return link.b.request(S::kDisabled, link.now); },
      [](Ends& link) { return link.b.request(S::kL1, link.now); }};
  for (std::size_t way = 0; way < ways.size(); ++way) {
    CAPTURE(way);
    Ends link(with_step(1_ns), with_step(1_ns));
    link.a.on_stall(never);
    REQUIRE(ways[way](link));
    link.run(1_us);
    REQUIRE(link.a.stalls());
    // Who has asked for a state of FDI waits longer than for the stall.
    UcieLinkManager& end = way < 2 ? link.a : link.b;
    CHECK(when(link.of_a, way == 0 ? "RDI pl_stallreq 1" : "FDI0 pl_stallreq 1") == (way == 0 ? 0_ns
                                                                                     : way == 1
                                                                                         ? 246_ns
                                                                                         : 122_ns));
    link.run(8_ms - 1_ns);
    CHECK(is_active(end.rdi()));
    link.run(8_ms);
    CHECK(end.rdi() == S::kLinkError);
    CHECK(end.training().error() == UcieTrainingError::kTimeout);
    link.run(40_ms);
    CHECK(link.a.rdi() == S::kReset);
    CHECK(link.agree());
    CHECK(link.next() == Femtoseconds::max());
    // The layer works again.
    link.a.on_stall({});
    REQUIRE(link.a.start(link.now));
    link.run_on(30_ms);
    CHECK(link.a.active());
    CHECK(link.agree());
  }
}

TEST_CASE("UcieLinkManager keeps RDI in Retrain until every FDI has followed", "[unit][ucie]") {
  Ends link(with_step(0_ns), with_step(0_ns));
  unsigned asked = 0;
  link.a.on_stall([&](Femtoseconds now) { return asked++ == 0 ? now : now + 1_ms; });
  REQUIRE(link.a.retrain(link.now));
  link.run(999_us);
  CHECK(link.a.training().active());
  CHECK(link.a.rdi() == S::kRetrain);
  CHECK(link.a.fdi(0) == S::kActive);
  CHECK_FALSE(link.a.sends());
  link.run(2_ms);
  CHECK(link.a.sends());
  CHECK(link.agree());
  check_rules(link, S::kActive);
}

TEST_CASE("UcieLinkManager that is wanted leaves RDI Active under an FDI that falls asleep",
          "[unit][ucie]") {
  Ends link(with_step(7_ns), with_step(7_ns));
  REQUIRE(link.a.request(S::kL1, link.now));
  link.run(10_ns);
  REQUIRE(link.a.request(S::kActive, link.now));
  link.run(1_ms);
  CHECK(when(link.of_a, "FDI0 pl_state_sts L1") > 244_ns);
  const Lines rdi = of(link.of_a, "RDI");
  CHECK(std::ranges::count(rdi, "pl_state_sts L1") == 0);
  CHECK(link.a.sends());
  CHECK(link.agree());
}

TEST_CASE("UcieLinkManager that is about to retrain does not fall asleep before", "[unit][ucie]") {
  Ends link(with_step(0_ns), with_step(0_ns));
  unsigned asked = 0;  // RDI stops late, FDI would at once.
  link.b.on_stall([&](Femtoseconds now) { return asked++ == 0 ? now + 500_ns : now; });
  REQUIRE(link.b.retrain(link.now));
  REQUIRE(link.a.request(S::kL1, link.now));
  link.run(499_ns);
  CHECK(link.b.fdi(0) == S::kActive);
  link.run(500_ns);
  CHECK(link.b.training().state() == UcieState::kPhyRetrain);
  CHECK(link.b.fdi(0) == S::kRetrain);
  link.run(1_ms);
  CHECK(link.a.sends());
  CHECK(link.b.sends());
  CHECK(link.agree());
  check_rules(link, S::kActive);
}

TEST_CASE("UcieLinkManager that stalls hears at once that the link is lost", "[unit][ucie]") {
  for (const bool retrains : {false, true}) {
    Ends link(with_step(0_ns), with_step(0_ns));
    link.a.on_stall([](Femtoseconds now) { return now + 1_us; });
    if (retrains) REQUIRE(link.a.retrain(link.now));
    REQUIRE(link.b.request(S::kL1, link.now));
    REQUIRE(link.b.request(S::kLinkError, link.now));
    link.run(241_ns);
    CHECK(is_active(link.a.rdi()));
    CHECK(link.a.stalls());
    while (link.now < 242_ns) link.step();
    CHECK(link.a.rdi() == S::kLinkError);
    CHECK(link.a.fdi(0) == S::kLinkError);
    // Nobody answers what was asked before it.
    for (const auto& [time, sent] : link.wire) {
      const auto* message = std::get_if<UcieLinkMessage>(&sent.second);
      CHECK((sent.first || message == nullptr ||
             message->interface == UcieLinkMessage::Interface::kRdi));
    }
    link.run(30_ms);
    CHECK(link.agree());
    CHECK(link.next() == Femtoseconds::max());
  }
}

TEST_CASE("UcieLinkManager wakes when it is wanted while its layers shake hands", "[unit][ucie]") {
  for (std::uint64_t at = 0; at < 420; at += 3) {
    for (const bool other : {false, true}) {
      Ends link(with_step(7_ns), with_step(7_ns));
      REQUIRE(link.a.request(S::kL1, link.now));
      link.run(at * 1_ns);
      UcieLinkManager& end = other ? link.b : link.a;
      const bool asleep_soon = !end.sends();
      end.request(S::kActive, link.now);
      link.run(1_ms);
      CAPTURE(at, other, name_of(link.a.rdi()), name_of(link.b.rdi()));
      CHECK(link.agree());
      if (asleep_soon) CHECK(link.a.active());
      CHECK(link.next() == Femtoseconds::max());
      check_rules(link, S::kActive);
    }
  }
}

// Software of both ends does what it likes, while their layers take their time.
TEST_CASE("UcieLinkManager ends agree whatever software asks for and however late layers answer",
          "[unit][ucie]") {
  constexpr S kWanted[] = {S::kActive,    S::kL1,       S::kL1,       S::kL2,
                           S::kLinkReset, S::kDisabled, S::kLinkError};
  unsigned stalled = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    UcieRandom random(seed + 77);
    const auto below = [&](std::uint64_t n) { return random.below(n); };
    const auto stacks = static_cast<std::uint32_t>(1 + below(2));
    // From nothing to longer than a packet of the sideband.
    const auto step = [&] { return Femtoseconds{below(1000)} * (std::uint64_t{1} << below(19)); };
    Ends link(with_step(step(), true, stacks), with_step(step(), true, stacks));
    for (UcieLinkManager* end : {&link.a, &link.b}) {
      end->on_stall([&](Femtoseconds now) { return now + step(); });
    }
    for (int n = 0; n < 20; ++n) {
      link.extra = Femtoseconds{below(4) * 120'000'000};
      link.busy_a = below(4) == 0;
      link.busy_b = below(4) == 0;
      UcieLinkManager& end = below(2) != 0 ? link.a : link.b;
      if (below(3) == 0) end.want_parity(1u << below(2));
      switch (below(8)) {
        case 0:
          end.start(link.now);
          break;
        case 1:
        case 2:
          end.retrain(link.now);
          break;
        case 3:
          if (below(4) == 0) {
            end.break_pin({.direction = &end == &link.a ? 1u : 0u,
                           .number = static_cast<std::uint32_t>(below(64))},
                          link.now);
          }
          break;
        default:
          end.request(kWanted[below(std::size(kWanted))], link.now);
      }
      stalled += end.stalls();
      link.run_on(Femtoseconds{below(1'000'000)} * (std::uint64_t{1} << below(24)));
    }
    CAPTURE(seed);
    link.come_to_rest();
    REQUIRE_FALSE(link.a.stalls());
    REQUIRE_FALSE(link.b.stalls());
    check_rules(link, S::kActive);
    link.come_up();
    REQUIRE(link.a.sends());
    REQUIRE(link.a.receives());
    REQUIRE(link.b.receives());
  }
  CHECK(stalled > 1000);
}

TEST_CASE("UcieLinkManager saved and loaded while it stalls goes on identically", "[unit][ucie]") {
  Ends first(with_step(9_ns), with_step(9_ns)), second(with_step(9_ns), with_step(9_ns));
  REQUIRE(first.a.retrain(first.now));
  first.run(135_ns);  // The other end holds what it has heard.
  REQUIRE(first.b.stalls());
  REQUIRE(first.b.training().active());
  load(second.a, save(first.a));
  load(second.b, save(first.b));
  second.wire = first.wire;
  second.free = first.free;
  second.now = first.now;
  first.of_b.clear();
  for (Ends* link : {&first, &second}) {
    while (!link->b.sends()) link->step();
  }
  CHECK(first.now == second.now);
  CHECK(of(first.of_b, "RDI") == of(second.of_b, "RDI"));
  CHECK(of(first.of_b, "FDI0") == of(second.of_b, "FDI0"));
}

}  // namespace
}  // namespace cvp
