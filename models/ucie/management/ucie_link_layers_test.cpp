// SPDX-License-Identifier: Apache-2.0
//
// The handshakes between the layers of two link managers: their order at both ends in every way
// out of a state, and what they cost.
#include "models/ucie/management/ucie_signals_test.h"

namespace cvp {
namespace {

using S = UcieInterfaceState;
Lines leaves_active(const std::string& to, bool fdi) {
  Lines lines = {"pl_stallreq 1", "lp_stallack 1"};
  if (fdi) lines.insert(lines.end(), {"pl_rx_active_req 0", "lp_rx_active_sts 0"});
  lines.insert(lines.end(), {"pl_state_sts " + to, "pl_stallreq 0", "lp_stallack 0"});
  return lines;
}

TEST_CASE("UcieLinkManager stops flits at both ends before it retrains", "[unit][ucie]") {
  for (const Femtoseconds step : {0_ns, 5_ns}) {
    Ends link(with_step(step), with_step(step));
    REQUIRE(link.a.retrain(link.now));
    CHECK_FALSE(link.a.retrain(link.now));
    link.run(step);
    CHECK(link.a.training().state() == UcieState::kPhyRetrain);
    CHECK(link.a.rdi() == S::kRetrain);
    link.run(122_ns + step);
    CHECK((link.b.training().state() == UcieState::kPhyRetrain) == (step == 0_ns));
    link.run(122_ns + 2 * step);
    CHECK(link.b.rdi() == S::kRetrain);
    link.run(10_us);
    for (const Signals* end : {&link.of_a, &link.of_b}) {
      CHECK(of(*end, "RDI") == leaves_active("Retrain", false));
      CHECK(of(*end, "FDI0") == leaves_active("Retrain", true));
    }
    link.run(1_ms);
    CHECK(link.a.active());
    CHECK(link.a.sends());
    CHECK(link.a.receives());
    CHECK(link.agree());
    check_rules(link, S::kActive);
    // Stall; then of FDI stall, receiver; and for Active the receiver again.
    CHECK(when(link.of_a, "RDI pl_state_sts Retrain") == step);
    CHECK(when(link.of_a, "FDI0 pl_state_sts Retrain") == 3 * step);
    CHECK(when(link.of_b, "RDI pl_state_sts Retrain") == 122_ns + 2 * step);
    CHECK(when(link.of_b, "FDI0 pl_state_sts Retrain") == 122_ns + 4 * step);
    CHECK(link.next() == Femtoseconds::max());
  }
}

TEST_CASE("UcieLinkManager shakes hands on its way into L1 and out of it", "[unit][ucie]") {
  for (const Femtoseconds step : {0_ns, 5_ns}) {
    Ends link(with_step(step), with_step(step));
    REQUIRE(link.a.request(S::kL1, link.now));
    link.run(2_us);
    REQUIRE(link.a.training().state() == UcieState::kL1);
    REQUIRE(link.b.training().state() == UcieState::kL1);
    for (const Signals* end : {&link.of_a, &link.of_b}) {
      CHECK(of(*end, "RDI") == leaves_active("L1", false));
      CHECK(of(*end, "FDI0") == leaves_active("L1", true));
    }
    // Who is asked leaves before it answers, who has asked when it is answered.
    CHECK(when(link.of_b, "FDI0 pl_state_sts L1") == 122_ns + 2 * step);
    CHECK(when(link.of_a, "FDI0 pl_state_sts L1") == 244_ns + 4 * step);
    CHECK(link.next() == Femtoseconds::max());
    link.of_a.clear();
    link.of_b.clear();
    const Femtoseconds asked = link.now;
    REQUIRE(link.b.request(S::kActive, link.now));
    link.run_on(1_ms);
    REQUIRE(link.a.active());
    REQUIRE(link.agree());
    const Lines woken = {"pl_clk_req 1", "lp_clk_ack 1", "pl_state_sts Retrain", "pl_clk_req 0",
                         "lp_clk_ack 0"};
    Lines wakes = woken;
    wakes.insert(wakes.begin(), {"lp_wake_req 1", "pl_wake_ack 1"});
    auto ends = of(link.of_b, "RDI");
    CHECK(Lines(ends.begin(), ends.begin() + 5) == Lines(wakes.begin(), wakes.begin() + 5));
    CHECK(std::ranges::count(ends, "pl_wake_ack 0") == 1);
    auto asks = of(link.of_a, "RDI");
    CHECK(Lines(asks.begin(), asks.begin() + 5) == woken);
    CHECK(asks.back() == "pl_state_sts Active");
    CHECK(when(link.of_b, "RDI pl_state_sts Retrain") == asked + 2 * step);
    check_rules(link.of_a, "RDI", S::kL1);
    check_rules(link.of_b, "FDI0", S::kL1);
    CHECK(link.next() == Femtoseconds::max());
  }
}

TEST_CASE("UcieLinkManager shakes hands before it resets or disables a link", "[unit][ucie]") {
  for (const S wanted : {S::kLinkReset, S::kDisabled}) {
    for (const Femtoseconds step : {0_ns, 5_ns}) {
      Ends link(with_step(step), with_step(step));
      REQUIRE(link.a.request(wanted, link.now));
      link.run(3_us);
      for (const Signals* end : {&link.of_a, &link.of_b}) {
        CHECK(of(*end, "RDI") == leaves_active(name_of(wanted), false));
        CHECK(of(*end, "FDI0") == leaves_active(name_of(wanted), true));
      }
      CHECK(when(link.of_b, std::string("FDI0 pl_state_sts ") + name_of(wanted)) ==
            122_ns + 2 * step);
      link.run(10_ms);
      CHECK(link.a.start(link.now));
      link.run(20_ms);
      CHECK(link.a.active());
      CHECK(link.agree());
      check_rules(link, S::kActive);
    }
  }
}

TEST_CASE("UcieLinkManager asks for the clock before it resets a link that sleeps",
          "[unit][ucie]") {
  Ends link(with_step(5_ns), with_step(5_ns));
  REQUIRE(link.a.request(S::kL1, link.now));
  link.run(2_us);
  link.of_a.clear();
  link.of_b.clear();
  REQUIRE(link.a.request(S::kLinkReset, link.now));
  link.run(3_us);
  const Lines runs = {"pl_clk_req 1", "lp_clk_ack 1", "pl_state_sts LinkReset"};
  for (const char* interface : {"FDI0", "RDI"}) {
    Lines asks = of(link.of_a, interface), is_asked = of(link.of_b, interface);
    CHECK(Lines(asks.begin(), asks.begin() + 2) == Lines{"lp_wake_req 1", "pl_wake_ack 1"});
    std::erase_if(is_asked, [](const std::string& line) { return line.find("wake") != line.npos; });
    CHECK(Lines(is_asked.begin(), is_asked.begin() + 3) == runs);
  }
  CHECK(of(link.of_b, "FDI0").front() == "pl_clk_req 1");  // Nobody above it has asked.
}

TEST_CASE("UcieLinkManager does not wait for its layers on the way to LinkError", "[unit][ucie]") {
  Ends link(with_step(5_ns), with_step(5_ns));
  REQUIRE(link.a.request(S::kLinkError, link.now));
  CHECK(link.a.rdi() == S::kLinkError);
  CHECK(link.a.fdi(0) == S::kLinkError);
  link.run(122_ns);
  CHECK(link.b.fdi(0) == S::kLinkError);
  link.run(1_us);
  for (const Signals* end : {&link.of_a, &link.of_b}) {
    CHECK(of(*end, "RDI") == Lines{"pl_state_sts LinkError"});
    CHECK(of(*end, "FDI0") ==
          Lines{"pl_state_sts LinkError", "pl_rx_active_req 0", "lp_rx_active_sts 0"});
  }
  // Nor while they shake hands.
  for (const Femtoseconds later : {0_ns, 3_ns, 5_ns, 8_ns, 121_ns, 124_ns}) {
    Ends other(with_step(5_ns), with_step(5_ns));
    REQUIRE(other.a.retrain(other.now));
    other.run(later);
    REQUIRE(other.b.request(S::kLinkError, other.now));
    CHECK(other.b.rdi() == S::kLinkError);
    other.run(30_ms);
    CHECK(other.agree());
    CHECK(other.next() == Femtoseconds::max());
    check_rules(other, S::kActive);
    REQUIRE(other.a.start(other.now));
    other.run(60_ms);
    CHECK(other.a.active());
  }
}

TEST_CASE("UcieLinkManager brings up each interface with its handshakes", "[unit][ucie]") {
  std::array<Femtoseconds, 2> up;
  for (const bool slow : {false, true}) {
    const Femtoseconds step = slow ? 5_ns : 0_ns;
    Ends link(with_step(step, false), with_step(step, false));
    REQUIRE(link.a.start(0_ns));
    link.collect();
    while (!link.a.active() || !link.b.active()) link.step();
    up[slow ? 1 : 0] = link.now;
    link.run_on(1_us);
    const Lines running = {"pl_clk_req 1", "lp_clk_ack 1", "lp_wake_req 1", "pl_wake_ack 1"};
    for (const Signals* end : {&link.of_a, &link.of_b}) {
      const Lines rdi = of(*end, "RDI"), fdi = of(*end, "FDI0");
      CHECK(Lines(rdi.begin(), rdi.begin() + 4) == running);
      CHECK(rdi[4] == "pl_state_sts Active");
      CHECK(Lines(fdi.begin(), fdi.begin() + 4) == running);
      CHECK(Lines(fdi.begin() + 4, fdi.begin() + 7) ==
            Lines{"pl_rx_active_req 1", "lp_rx_active_sts 1", "pl_state_sts Active"});
      CHECK(rdi.size() == 9);
      CHECK(fdi.size() == 11);
    }
    check_rules(link, S::kReset);
    CHECK(link.next() == Femtoseconds::max());
  }
  // Clock and wake of RDI, clock, wake and receiver of FDI.
  CHECK(up[1] - up[0] == 5 * 5_ns);
}

}  // namespace
}  // namespace cvp
