// SPDX-License-Identifier: Apache-2.0
//
// One interface at both ends of a link: which state may follow which, requests that cross, and
// agreement whatever both ends ask for.
#include "models/ucie/management/ucie_interface.h"

#include <catch2/catch.hpp>
#include <deque>

#include "models/ucie/adapter/ucie_random.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

using S = UcieInterfaceState;

// Two ends and wires that keep the order.
struct Pair {
  UcieInterface a, b;
  std::deque<UcieInterfaceMessage> to_a, to_b;
  bool willing = true;

  void collect() {
    for (const auto& m : a.take_messages()) to_b.push_back(m);
    for (const auto& m : b.take_messages()) to_a.push_back(m);
  }
  bool deliver_to_a() {
    collect();
    if (to_a.empty()) return false;
    a.receive(to_a.front(), willing);
    to_a.pop_front();
    collect();
    return true;
  }
  bool deliver_to_b() {
    collect();
    if (to_b.empty()) return false;
    b.receive(to_b.front(), willing);
    to_b.pop_front();
    collect();
    return true;
  }
  void settle() {
    while (deliver_to_a() || deliver_to_b()) {
    }
  }
  void activate() {
    CHECK(a.request(S::kActive, 0_ns));
    CHECK(b.request(S::kActive, 0_ns));
    settle();
    REQUIRE(a.state() == S::kActive);
    REQUIRE(b.state() == S::kActive);
  }
};

// [UCIE: Common Rules for FDI and RDI], written down a second time: from, and what may follow.
const std::vector<std::pair<S, std::vector<S>>> kLegal = {
    {S::kReset, {S::kActive, S::kLinkReset, S::kDisabled, S::kLinkError}},
    {S::kActive,
     {S::kActivePmNak, S::kL1, S::kL2, S::kLinkReset, S::kDisabled, S::kLinkError, S::kRetrain}},
    {S::kActivePmNak, {S::kActive, S::kLinkReset, S::kDisabled, S::kLinkError, S::kRetrain}},
    {S::kL1, {S::kRetrain, S::kLinkReset, S::kDisabled, S::kLinkError}},
    {S::kL2, {S::kReset, S::kLinkReset, S::kDisabled, S::kLinkError}},
    {S::kLinkReset, {S::kReset, S::kDisabled, S::kLinkError}},
    {S::kLinkError, {S::kReset}},
    {S::kRetrain, {S::kActive, S::kLinkReset, S::kDisabled, S::kLinkError}},
    {S::kDisabled, {S::kReset, S::kLinkError}},
};

TEST_CASE("UcieInterface allows the legal transitions and no other", "[unit][ucie]") {
  CHECK(kLegal.size() == kUcieInterfaceStates.size());
  for (const auto& [from, legal] : kLegal) {
    for (const S to : kUcieInterfaceStates) {
      CAPTURE(name_of(from), name_of(to));
      CHECK(ucie_may_enter(from, to) == (std::ranges::find(legal, to) != legal.end()));
    }
  }
}

/// An interface that has come to a state.
UcieInterface in(S state) {
  UcieInterface interface;
  if (state == S::kReset) return interface;
  if (state != S::kLinkReset && state != S::kDisabled && state != S::kLinkError) {
    interface.follow(S::kActive);
  }
  interface.follow(state);
  (void)interface.take_messages();
  return interface;
}

TEST_CASE("UcieInterface refuses every request that its state does not allow", "[unit][ucie]") {
  const std::vector<S> wanted = {S::kActive,    S::kL1,       S::kL2,
                                 S::kLinkReset, S::kDisabled, S::kLinkError};
  for (const auto& [from, legal] : kLegal) {
    for (const S to : kUcieInterfaceStates) {
      CAPTURE(name_of(from), name_of(to));
      UcieInterface interface = in(from);
      REQUIRE(interface.state() == from);
      // L1 is left for Active by way of Retrain, L2 of Reset; nobody asks for the others.
      const bool asked = std::ranges::find(wanted, to) != wanted.end();
      const bool next = std::ranges::find(legal, to) != legal.end();
      const bool wakes = (from == S::kL1 || from == S::kL2) && to == S::kActive;
      CHECK(interface.request(to, 0_ns) == (asked && (next || wakes)));
      if (asked && (next || wakes)) continue;
      CHECK(interface.state() == from);
      CHECK(interface.take_messages().empty());
    }
  }
}

TEST_CASE("UcieInterface enters nothing illegal that the other end asks for", "[unit][ucie]") {
  for (const S from : kUcieInterfaceStates) {
    for (const S to : kUcieInterfaceStates) {
      for (const bool answers : {false, true}) {
        CAPTURE(name_of(from), name_of(to), answers);
        UcieInterface interface = in(from);
        interface.receive({answers, to}, true);
        const S after = interface.state();
        // Active.PMNAK to sleep is two steps, by Active.
        const bool by_active = from == S::kActivePmNak && ucie_may_enter(S::kActive, after);
        CHECK((after == from || ucie_may_enter(from, after) || by_active));
        if (answers) CHECK(after == from);  // It had not asked.
      }
    }
  }
}

TEST_CASE("UcieInterface becomes Active when both ends have asked and answered", "[unit][ucie]") {
  Pair link;
  CHECK(link.a.request(S::kActive, 0_ns));
  CHECK_FALSE(link.a.request(S::kActive, 0_ns));
  link.settle();
  CHECK(link.a.state() == S::kReset);
  CHECK(link.b.is_wanted());
  CHECK(link.b.request(S::kActive, 0_ns));
  CHECK(link.b.state() == S::kReset);
  link.settle();
  CHECK(link.a.state() == S::kActive);
  CHECK(link.b.state() == S::kActive);
}

TEST_CASE("UcieInterface goes to Active.PMNAK when it may not sleep", "[unit][ucie]") {
  Pair link;
  link.activate();
  link.willing = false;
  CHECK(link.a.request(S::kL1, 0_ns));
  link.settle();
  CHECK(link.a.state() == S::kActivePmNak);
  CHECK(link.b.state() == S::kActive);
  link.willing = true;
  CHECK_FALSE(link.a.request(S::kL1, 0_ns));  // Active first.
  CHECK(link.a.request(S::kActive, 0_ns));
  CHECK(link.a.state() == S::kActive);
  CHECK(link.a.request(S::kL1, 0_ns));
  link.settle();
  CHECK(link.a.state() == S::kL1);
  CHECK(link.b.state() == S::kL1);
}

TEST_CASE("UcieInterface decides requests that cross by rank", "[unit][ucie]") {
  struct Crossing {
    S a, b, a_after, b_after;
  };
  const std::vector<Crossing> crossings = {
      {S::kL1, S::kL1, S::kL1, S::kL1},
      {S::kL1, S::kL2, S::kActivePmNak, S::kActivePmNak},
      {S::kL1, S::kLinkReset, S::kLinkReset, S::kLinkReset},
      {S::kDisabled, S::kLinkReset, S::kDisabled, S::kDisabled},
      {S::kDisabled, S::kDisabled, S::kDisabled, S::kDisabled},
      {S::kDisabled, S::kLinkError, S::kLinkError, S::kLinkError},
      {S::kLinkError, S::kLinkError, S::kLinkError, S::kLinkError},
  };
  for (const Crossing& c : crossings) {
    CAPTURE(name_of(c.a), name_of(c.b));
    Pair link;
    link.activate();
    CHECK(link.a.request(c.a, 0_ns));
    CHECK(link.b.request(c.b, 0_ns));
    link.collect();
    link.settle();
    CHECK(link.a.state() == c.a_after);
    CHECK(link.b.state() == c.b_after);
    CHECK_FALSE(link.a.asks());
    CHECK_FALSE(link.b.asks());
  }
}

TEST_CASE("UcieInterface ends agree whatever both ask for", "[unit][ucie]") {
  UcieRandom random(5);
  const auto below = [&](std::uint64_t n) { return random.below(n); };
  for (int run = 0; run < 20'000; ++run) {
    Pair link;
    link.activate();
    for (int n = 0; n < 12; ++n) {
      UcieInterface& end = below(2) ? link.a : link.b;
      const S before = end.state();
      end.request(kUcieInterfaceStates[below(kUcieInterfaceStates.size())], 0_ns);
      CHECK((end.state() == before || end.state() == S::kRetrain || is_active(end.state()) ||
             end.state() == S::kLinkError || (before == S::kL2 && end.state() == S::kReset)));
      link.collect();
      link.willing = below(4) != 0;
      for (std::uint64_t deliveries = below(4); deliveries > 0; --deliveries) {
        below(2) ? link.deliver_to_a() : link.deliver_to_b();
      }
    }
    link.settle();
    // What waits for Active gets it when the other end wants it too.
    for (UcieInterface* end : {&link.a, &link.b}) {
      if (end->is_wanted()) end->request(S::kActive, 0_ns);
    }
    link.settle();
    CAPTURE(run, name_of(link.a.state()), name_of(link.b.state()));
    const bool same = link.a.state() == link.b.state() ||
                      (is_active(link.a.state()) && is_active(link.b.state()));
    REQUIRE(same);
    REQUIRE_FALSE(link.a.asks());
    REQUIRE_FALSE(link.b.asks());
  }
}

TEST_CASE("UcieInterface saved and loaded goes on identically", "[unit][ucie]") {
  Pair first, second;
  first.a.request(S::kActive, 3_ns);
  first.deliver_to_b();
  first.b.request(S::kActive, 5_ns);
  first.collect();
  load(second.a, save(first.a));
  load(second.b, save(first.b));
  second.to_a = first.to_a;
  second.to_b = first.to_b;
  CHECK(second.a.asked_at() == 3_ns);
  first.settle();
  second.settle();
  CHECK(first.a.state() == S::kActive);
  CHECK(second.a.state() == S::kActive);
  CHECK(second.b.state() == S::kActive);
}

}  // namespace
}  // namespace cvp
