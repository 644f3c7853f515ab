// SPDX-License-Identifier: Apache-2.0
//
// One handshake, whatever is asked of it in whatever order, and the handshakes of an interface.
#include "models/ucie/management/ucie_handshake.h"

#include <catch2/catch.hpp>
#include <string>

#include "models/ucie/adapter/ucie_random.h"
#include "models/ucie/management/ucie_layers.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

using S = UcieInterfaceState;
using Rdi = UcieLayers::Interface;

TEST_CASE("UcieHandshake has four edges, and each has its turn", "[unit][ucie]") {
  UcieHandshake handshake;
  CHECK(handshake.deadline() == Femtoseconds::max());
  CHECK_FALSE(handshake.ask(false, 0_ns, 0_ns));  // It is low.
  CHECK_FALSE(handshake.wake(1_ns));              // Nobody has asked.
  REQUIRE(handshake.ask(true, 1_ns, 3_ns));
  CHECK(handshake.request());
  CHECK_FALSE(handshake.acknowledge());
  CHECK(handshake.deadline() == 3_ns);
  CHECK_FALSE(handshake.ask(true, 2_ns, 2_ns));
  CHECK_FALSE(handshake.ask(false, 2_ns, 2_ns));  // Only once it is acknowledged.
  CHECK_FALSE(handshake.wake(2_ns));
  CHECK(handshake.wake(3_ns));
  CHECK(handshake.acknowledge());
  CHECK_FALSE(handshake.wake(3_ns));
  REQUIRE(handshake.ask(false, 4_ns, 6_ns));
  CHECK_FALSE(handshake.ask(true, 5_ns, 5_ns));  // Only once the acknowledgement has fallen.
  CHECK(handshake.acknowledge());
  CHECK(handshake.wake(6_ns));
  CHECK_FALSE(handshake.acknowledge());
  CHECK(handshake.deadline() == Femtoseconds::max());
}

TEST_CASE("UcieHandshake is given up after exactly 8 ms", "[unit][ucie]") {
  for (const Femtoseconds answer : {1_ns + 8_ms, 20_ms, Femtoseconds::max()}) {
    UcieHandshake handshake;
    REQUIRE(handshake.ask(true, 1_ns, answer));
    CHECK(handshake.deadline() == 1_ns + 8_ms);
    CHECK_FALSE(handshake.overdue(8_ms));
    CHECK(handshake.overdue(1_ns + 8_ms));
    CHECK_FALSE(handshake.wake(30_ms));
  }
  UcieHandshake late;
  REQUIRE(late.ask(true, 1_ns, 8_ms));
  CHECK_FALSE(late.overdue(9_ms));  // Who looks late finds the answer.
  CHECK(late.wake(9_ms));
}

TEST_CASE("UcieHandshake keeps the order of its edges whatever happens", "[unit][ucie]") {
  UcieRandom random(3);
  UcieHandshake handshake;
  unsigned edges = 0;  // Even: the request is next.
  Femtoseconds now;
  for (int n = 0; n < 100'000; ++n) {
    now += Femtoseconds{random.below(4)};
    bool changed = false;
    if (random.below(2) != 0) {
      const bool level = random.below(2) != 0;
      const bool legal = edges % 2 == 0 && level == (edges % 4 == 0);
      changed = handshake.ask(level, now, now + Femtoseconds{random.below(6)});
      REQUIRE(changed == legal);
    } else {
      changed = handshake.wake(now);
      REQUIRE((!changed || edges % 2 == 1));
    }
    if (changed) ++edges;
    REQUIRE(handshake.request() == (edges % 4 == 1 || edges % 4 == 2));
    REQUIRE(handshake.acknowledge() == (edges % 4 == 2 || edges % 4 == 3));
  }
  CHECK(edges > 10'000);
}

/// `3 pl_stallreq 1; 5 lp_stallack 1`, in nanoseconds.
std::string text(UcieLayers& layers) {
  std::string all;
  for (const UcieSignalChange& change : layers.take_changes()) {
    if (!all.empty()) all += "; ";
    all += std::to_string(change.time / 1_ns) + ' ' + change.signal + ' ';
    all += change.state ? name_of(*change.state) : change.level ? "1" : "0";
  }
  return all;
}

UcieLayers in(S state, Rdi interface, Femtoseconds step) {
  UcieLayers layers(interface, step);
  layers.assume(state);
  return layers;
}

TEST_CASE("UcieLayers stop flits before Active is left, at the end of a flit", "[unit][ucie]") {
  for (const Femtoseconds flit_ends : {0_ns, 1_ns, 7_ns}) {
    UcieLayers rdi = in(S::kActive, Rdi::kRdi, 2_ns);
    unsigned asked = 0;
    const auto stop = [&](Femtoseconds) { return ++asked, flit_ends; };
    CHECK_FALSE(rdi.stalls());
    CHECK_FALSE(rdi.may_leave(0_ns, stop));
    CHECK(rdi.stalls());
    const Femtoseconds stopped = std::max(2_ns, flit_ends);
    CHECK(rdi.deadline() == stopped);
    CHECK_FALSE(rdi.may_leave(1_ns, stop));
    rdi.wake(stopped);
    CHECK(rdi.may_leave(stopped, stop));
    CHECK(asked == 1);
    rdi.note(S::kRetrain, stopped);
    CHECK(rdi.stalls());  // Until the acknowledgement has fallen too.
    rdi.wake(stopped + 2_ns);
    CHECK_FALSE(rdi.stalls());
    CHECK(rdi.deadline() == Femtoseconds::max());
    const std::string at = std::to_string(stopped / 1_ns);
    const std::string end = std::to_string((stopped + 2_ns) / 1_ns);
    CHECK(text(rdi) == "0 pl_stallreq 1; " + at + " lp_stallack 1; " + at +
                           " pl_state_sts Retrain; " + at + " pl_stallreq 0; " + end +
                           " lp_stallack 0");
  }
}

TEST_CASE("UcieLayers of FDI take no more flits before Active is left", "[unit][ucie]") {
  UcieLayers fdi = in(S::kReset, Rdi::kFdi, 1_ns);
  CHECK_FALSE(fdi.listens());
  CHECK_FALSE(fdi.may_listen(0_ns));
  CHECK_FALSE(fdi.listens());
  fdi.wake(1_ns);
  CHECK(fdi.may_listen(1_ns));
  CHECK(fdi.listens());
  fdi.note(S::kActive, 2_ns);
  CHECK(fdi.listens());
  CHECK_FALSE(fdi.may_leave(3_ns, {}));
  fdi.wake(4_ns);
  CHECK(fdi.listens());
  CHECK_FALSE(fdi.may_leave(4_ns, {}));
  CHECK_FALSE(fdi.listens());
  fdi.wake(5_ns);
  CHECK(fdi.may_leave(5_ns, {}));
  CHECK(text(fdi) ==
        "0 pl_rx_active_req 1; 1 lp_rx_active_sts 1; 2 pl_state_sts Active; 3 pl_stallreq 1; "
        "4 lp_stallack 1; 4 pl_rx_active_req 0; 5 lp_rx_active_sts 0");
  // RDI has no such signals.
  UcieLayers rdi = in(S::kReset, Rdi::kRdi, 1_ns);
  CHECK(rdi.may_listen(0_ns));
  CHECK(text(rdi).empty());
}

TEST_CASE("UcieLayers let the clock run before a state is left in which it may stand",
          "[unit][ucie]") {
  for (const S state : kUcieInterfaceStates) {
    CAPTURE(name_of(state));
    const bool stands = state == S::kReset || state == S::kL1 || state == S::kL2 ||
                        state == S::kLinkReset || state == S::kDisabled;
    UcieLayers layers = in(state, Rdi::kRdi, 1_ns);
    CHECK(layers.may_ask(0_ns) == !stands);
    if (!is_active(state)) CHECK(layers.may_leave(0_ns, {}) == !stands);
    if (!stands) continue;
    layers.wake(1_ns);
    CHECK(layers.may_ask(1_ns));
    CHECK(layers.may_leave(1_ns, {}));
    CHECK_FALSE(layers.stalls());
    layers.note(S::kLinkError, 2_ns);
    layers.wake(3_ns);
    CHECK(layers.deadline() == Femtoseconds::max());
    CHECK(text(layers) ==
          "0 lp_wake_req 1; 0 pl_clk_req 1; 1 lp_clk_ack 1; 1 pl_wake_ack 1; "
          "2 pl_state_sts LinkError; 2 pl_clk_req 0; 2 lp_wake_req 0; 3 lp_clk_ack 0; "
          "3 pl_wake_ack 0");
  }
}

TEST_CASE("UcieLayers without a step have shaken hands at once", "[unit][ucie]") {
  UcieLayers fdi = in(S::kReset, Rdi::kFdi, 0_ns);
  CHECK(fdi.may_leave(5_ns, {}));
  CHECK(fdi.may_ask(5_ns));
  CHECK(fdi.may_listen(5_ns));
  fdi.note(S::kActive, 5_ns);
  CHECK(fdi.may_leave(6_ns, {}));
  fdi.note(S::kL1, 6_ns);
  CHECK_FALSE(fdi.stalls());
  CHECK_FALSE(fdi.listens());
  CHECK(fdi.deadline() == Femtoseconds::max());
}

TEST_CASE("UcieLayers do not wait for a handshake that error has overtaken", "[unit][ucie]") {
  UcieLayers fdi = in(S::kActive, Rdi::kFdi, 2_ns);
  CHECK_FALSE(fdi.may_leave(0_ns, {}));
  fdi.note(S::kLinkError, 1_ns);
  CHECK(fdi.stalls());
  fdi.wake(2_ns);  // The request falls when it is acknowledged, not before.
  fdi.wake(3_ns);
  fdi.wake(4_ns);
  CHECK_FALSE(fdi.stalls());
  CHECK(text(fdi) ==
        "0 pl_stallreq 1; 1 pl_state_sts LinkError; 1 pl_rx_active_req 0; 2 lp_stallack 1; "
        "2 pl_stallreq 0; 3 lp_rx_active_sts 0; 4 lp_stallack 0");
}

TEST_CASE("UcieLayers give up a layer that does not answer", "[unit][ucie]") {
  UcieLayers rdi = in(S::kActive, Rdi::kRdi, 0_ns);
  CHECK_FALSE(rdi.may_leave(1_ns, [](Femtoseconds) { return Femtoseconds::max(); }));
  CHECK(rdi.deadline() == 1_ns + 8_ms);
  CHECK_FALSE(rdi.gives_up(8_ms));
  CHECK(rdi.gives_up(1_ns + 8_ms));
  CHECK_FALSE(rdi.stalls());
  CHECK(rdi.deadline() == Femtoseconds::max());
  CHECK_FALSE(rdi.gives_up(20_ms));
}

TEST_CASE("UcieLayers saved and loaded go on identically", "[unit][ucie]") {
  UcieLayers first = in(S::kActive, Rdi::kFdi, 3_ns), second = in(S::kReset, Rdi::kFdi, 3_ns);
  CHECK_FALSE(first.may_leave(2_ns, {}));
  load(second, save(first));
  (void)first.take_changes();
  for (UcieLayers* each : {&first, &second}) {
    CHECK(each->deadline() == 5_ns);
    each->wake(5_ns);
    CHECK_FALSE(each->may_leave(5_ns, {}));
    each->wake(8_ns);
    CHECK(each->may_leave(8_ns, {}));
    each->note(S::kL1, 8_ns);
  }
  CHECK(text(first) == text(second));
}

}  // namespace
}  // namespace cvp
