// SPDX-License-Identifier: Apache-2.0
//
// Two link managers: bring-up in its order and time, the adapters' parameters, sleep and its
// refusal, LinkReset, Disabled, LinkError, and agreement whatever software at both ends asks for.
#include <catch2/catch.hpp>

#include "models/ucie/adapter/ucie_random.h"
#include "models/ucie/management/ucie_link_pair_test.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

using S = UcieInterfaceState;
constexpr auto kAdv = UciePackage::kAdvanced;
const UcieLinkShape kShape{kAdv, 64, 32_GTps};

UcieLinkManagerParams trained(std::uint32_t stacks = 1) {
  auto params = manager_of(kShape, stacks);
  params.training.trained_at_reset = true;
  return params;
}

TEST_CASE("UcieLinkManager brings up PHY, RDI, parameters and FDI in this order", "[unit][ucie]") {
  LinkPair link(manager_of(kShape, 2), manager_of(kShape, 2));
  REQUIRE(link.a.start(0_ns));
  CHECK_FALSE(link.a.start(0_ns));
  link.collect();
  while (!link.a.training().active()) link.step();
  const Femtoseconds trained = link.now;
  CHECK(link.a.rdi() == S::kReset);
  CHECK_FALSE(link.a.up());
  while (link.a.rdi() != S::kActive) link.step();
  CHECK_FALSE(link.a.agreed());
  const Femtoseconds rdi = link.now;
  while (!link.a.agreed()) link.step();
  CHECK(link.a.fdi(0) == S::kReset);
  while (!link.a.active()) link.step();
  CHECK(link.a.fdi(0) == S::kActive);
  CHECK(link.a.fdi(1) == S::kActive);
  // A question and its answer, 122 ns each; the exchange, 242 ns; for FDI 122 ns and, for two
  // stacks, two packets of questions and two of answers. The ends may become ACTIVE a packet apart.
  CHECK(rdi - trained >= 242_ns);
  CHECK(link.now - trained >= 242_ns + 242_ns + 482_ns);
  CHECK(link.now - trained < 1500_ns);
  link.run_on(1_us);
  CHECK(link.b.active());
  CHECK(link.agree());
  CHECK(link.next() == Femtoseconds::max());  // A link that is up costs nothing.
}

TEST_CASE("UcieLinkManager trained at reset holds what both ends would agree on", "[unit][ucie]") {
  using F = UcieFlitFormat;
  auto a = manager_of({kAdv, 64, 32_GTps, F::k256LatOptExtra}, 2);
  auto b = manager_of({kAdv, 32, 64_GTps, F::k256}, 1);
  b.capabilities.receive_flits = 40;
  a.parity = b.parity = 2;
  LinkPair trained(a, b);
  REQUIRE(trained.a.start(0_ns));
  trained.run(10_ms);
  REQUIRE(trained.a.active());
  const auto direct = [](UcieLinkManagerParams own, const UcieLinkManagerParams& other) {
    own.training.trained_at_reset = true;
    own.other = UcieEnd{other.training.capability, other.capabilities, other.parity};
    return UcieLinkManager(own);
  };
  for (const UcieLinkManager& end : {direct(a, b), direct(b, a)}) {
    CHECK(end.active());
    CHECK(end.agreement() == trained.a.agreement());
    CHECK(end.shape() == trained.a.shape());
    CHECK(end.parity().agreed() == trained.a.parity().agreed());
  }
  auto none = b;
  none.parity = 1;
  CHECK(direct(a, none).active());
  CHECK(direct(a, none).parity().agreed() == 0);
  none.capabilities.protocol = UcieMapping::kPcie;
  CHECK_FALSE(direct(a, none).active());
  CHECK(direct(a, none).training().state() == UcieState::kReset);
}

TEST_CASE("UcieLinkManager agrees on the best format of both ends", "[unit][ucie]") {
  using F = UcieFlitFormat;
  struct Case {
    F a, b;
    F common;
  };
  for (const Case& c : {Case{F::k256, F::k256, F::k256},
                        {F::k256, F::k68, F::k68},
                        {F::k256LatOptExtra, F::k256LatOpt, F::k256LatOpt},
                        {F::k68, F::k256LatOptExtra, F::k68},
                        {F::kRaw, F::kRaw, F::kRaw}}) {
    UcieLinkShape a = kShape, b = kShape;
    a.format = c.a;
    b.format = c.b;
    LinkPair link(manager_of(a), manager_of(b));
    link.a.start(0_ns);
    link.run(10_ms);
    REQUIRE(link.a.active());
    CHECK(link.a.agreement().format == c.common);
    CHECK(link.a.shape() == link.b.shape());
    CHECK(link.a.shape().format == c.common);
  }
}

TEST_CASE("UcieLinkManager without a common format ends in TRAINERROR", "[unit][ucie]") {
  UcieLinkShape raw = kShape, flits = kShape, fast = kShape, old = kShape;
  raw.format = UcieFlitFormat::kRaw;
  fast.rate = 64_GTps;
  old.format = UcieFlitFormat::k68;
  CHECK(ucie_agree(manager_of(fast).capabilities, manager_of(old).capabilities) == std::nullopt);
  LinkPair link(manager_of(raw), manager_of(flits));
  link.a.start(0_ns);
  link.run(4_ms + 200_us);
  CHECK(link.a.training().state() == UcieState::kTrainError);
  CHECK(link.b.training().state() == UcieState::kTrainError);
  CHECK(link.a.training().error() == UcieTrainingError::kMismatch);
  CHECK(link.b.training().error() == UcieTrainingError::kMismatch);
  CHECK(link.a.training().failed_state() == UcieState::kActive);
  CHECK(link.a.rdi() == S::kLinkError);
  CHECK(link.a.fdi(0) == S::kLinkError);
  link.run(20_ms);
  CHECK(link.a.rdi() == S::kReset);
  CHECK(link.next() == Femtoseconds::max());
}

TEST_CASE("UcieLinkManager uses the fewer stacks and the smaller buffer", "[unit][ucie]") {
  auto two = manager_of(kShape, 2), one = manager_of(kShape, 1);
  two.capabilities.receive_flits = 40;
  LinkPair link(two, one);
  link.b.start(0_ns);
  link.run(10_ms);
  REQUIRE(link.a.active());
  CHECK(link.a.agreement().stacks == 1);
  CHECK(link.b.agreement().receive_flits == 40);
  CHECK(link.a.fdi(1) == S::kReset);
}

TEST_CASE("UcieLinkManager finalises for other protocols than streaming", "[unit][ucie]") {
  auto params = manager_of(kShape);
  params.capabilities.protocol = UcieMapping::kPcie;
  LinkPair link(params, params);
  link.a.start(0_ns);
  link.collect();
  unsigned advertised = 0, finalised = 0;
  while (!link.b.active() && link.now < 10_ms) {
    link.step();
    for (const auto& [time, sent] : link.wire) {
      const auto* message = std::get_if<UcieLinkMessage>(&sent.second);
      if (message == nullptr || time <= link.now.value) continue;
      if (message->kind == UcieLinkMessage::Kind::kFinalise) finalised = sent.first ? 2 : 1;
      if (message->kind == UcieLinkMessage::Kind::kAdvertise) advertised |= sent.first ? 2 : 1;
    }
  }
  CHECK(link.b.active());
  CHECK(advertised == 3);
  CHECK(finalised == 1);  // By end 0 alone.
  // The other end speaks another protocol.
  LinkPair other(params, manager_of(kShape));
  other.a.start(0_ns);
  other.run(4_ms + 200_us);
  CHECK(other.a.training().error() == UcieTrainingError::kMismatch);
}

TEST_CASE("UcieLinkManager gives up after 8 ms when the adapter over there is silent",
          "[unit][ucie]") {
  LinkPair link(manager_of(kShape), manager_of(kShape));
  link.a.start(0_ns);
  link.collect();
  while (!is_active(link.a.rdi())) link.step();
  const Femtoseconds since = link.now;
  link.wire.clear();
  std::erase_if(link.wire, [](const auto&) { return true; });
  // All that the other end says from here on is lost.
  while (link.a.deadline() < since + 8_ms) link.a.wake(link.a.deadline());
  CHECK(link.a.rdi() == S::kActive);
  link.a.wake(since + 8_ms);
  CHECK(link.a.rdi() == S::kLinkError);
  CHECK(link.a.training().error() == UcieTrainingError::kTimeout);
}

TEST_CASE("UcieLinkManager retrains through Retrain and stays up", "[unit][ucie]") {
  LinkPair link(trained(), trained());
  REQUIRE(link.b.retrain(link.now));
  CHECK(link.b.rdi() == S::kRetrain);
  CHECK(link.b.fdi(0) == S::kRetrain);
  CHECK(link.b.up());
  CHECK_FALSE(link.b.active());
  CHECK_FALSE(link.b.retrain(link.now));
  link.run(1_us);
  CHECK(link.a.rdi() == S::kRetrain);
  link.run(1_ms);
  CHECK(link.a.active());
  CHECK(link.agree());
}

TEST_CASE("UcieLinkManager sleeps: FDI, then RDI, then the PHY", "[unit][ucie]") {
  LinkPair link(trained(), trained());
  REQUIRE(link.a.request(S::kL1, link.now));
  CHECK_FALSE(link.a.sends());
  CHECK(link.a.active());
  CHECK_FALSE(link.a.request(S::kL2, link.now));
  link.run(122_ns);
  CHECK(link.b.fdi(0) == S::kL1);
  CHECK(link.b.rdi() == S::kActive);
  link.run(244_ns);
  CHECK(link.a.fdi(0) == S::kL1);
  CHECK(link.a.rdi() == S::kActive);
  // The other end has asked for RDI's L1 behind its answer.
  link.run(364_ns);
  CHECK(link.a.rdi() == S::kL1);
  CHECK(link.a.training().state() == UcieState::kL1);
  link.run(366_ns);
  CHECK(link.b.training().state() == UcieState::kL1);
  CHECK(link.agree());
  CHECK(link.a.up());
  link.run(1_ms);
  CHECK(link.next() == Femtoseconds::max());
  CHECK_FALSE(link.b.retrain(link.now));
  REQUIRE(link.b.request(S::kActive, link.now));
  CHECK(link.b.rdi() == S::kRetrain);
  CHECK(link.b.training().state() == UcieState::kMbTrainSpeedIdle);
  link.run_on(100_us);
  CHECK(link.a.active());
  CHECK(link.b.active());
}

TEST_CASE("UcieLinkManager refuses to sleep while it is busy", "[unit][ucie]") {
  LinkPair link(trained(), trained());
  link.busy_b = true;
  REQUIRE(link.a.request(S::kL1, link.now));
  link.run(1_us);
  CHECK(link.a.fdi(0) == S::kActivePmNak);
  CHECK(link.b.fdi(0) == S::kActive);
  CHECK(link.a.sends());
  CHECK(link.next() == Femtoseconds::max());
  // Software may say Active again, or ask anew.
  REQUIRE(link.a.request(S::kActive, link.now));
  CHECK(link.a.fdi(0) == S::kActive);
  CHECK_FALSE(link.a.request(S::kActive, link.now));
  REQUIRE(link.a.request(S::kL1, link.now));
  link.run(2_us);
  link.busy_b = false;
  REQUIRE(link.a.request(S::kL1, link.now));
  link.run(3_us);
  CHECK(link.a.rdi() == S::kL1);
  CHECK(link.agree());
}

TEST_CASE("UcieLinkManager that is wanted while it falls asleep wakes at once", "[unit][ucie]") {
  for (const Femtoseconds when : {10_ns, 130_ns, 250_ns, 365_ns, 500_ns}) {
    for (const bool other : {false, true}) {
      LinkPair link(trained(), trained());
      REQUIRE(link.a.request(S::kL1, link.now));
      link.run(when);
      (other ? link.b : link.a).request(S::kActive, link.now);
      link.run(1_ms);
      CAPTURE(when, other, name_of(link.a.rdi()), name_of(link.b.rdi()));
      CHECK(link.agree());
      // Who had not been asked yet has nothing to wake from.
      if (!(other && when < 122_ns)) CHECK(link.a.active());
    }
  }
}

TEST_CASE("UcieLinkManager wakes a stack in L2 when another was refused", "[unit][ucie]") {
  LinkPair link(trained(2), trained(2));
  REQUIRE(link.a.request(S::kL2, link.now));
  link.busy_b = true;
  link.run(122_ns);
  link.busy_b = false;  // It is asked for each stack.
  link.run(1_us);
  REQUIRE(link.a.fdi(0) == S::kActivePmNak);
  REQUIRE(link.a.fdi(1) == S::kL2);
  CHECK(link.a.rdi() == S::kActive);
  CHECK(link.a.sleeps());
  CHECK_FALSE(link.a.active());
  CHECK(link.next() == Femtoseconds::max());
  REQUIRE(link.b.request(S::kActive, link.now));
  link.run(3_us);
  CHECK(link.a.active());
  CHECK(link.b.active());
  CHECK(link.agree());
}

TEST_CASE("UcieLinkManager leaves L2 through RESET", "[unit][ucie]") {
  LinkPair link(trained(), trained());
  REQUIRE(link.a.request(S::kL2, link.now));
  link.run(1_ms);
  CHECK(link.a.rdi() == S::kL2);
  CHECK(link.b.training().state() == UcieState::kL2);
  CHECK_FALSE(link.b.up());
  CHECK_FALSE(link.b.request(S::kActive, link.now));
  CHECK(link.b.start(link.now));
  CHECK(link.b.rdi() == S::kReset);
  CHECK(link.b.fdi(0) == S::kReset);
  CHECK(link.b.deadline() == 5_ms);
  link.run(10_ms);
  CHECK(link.a.active());
  CHECK(link.b.active());
}

TEST_CASE("UcieLinkManager resets or disables a link at both ends", "[unit][ucie]") {
  for (const S wanted : {S::kLinkReset, S::kDisabled}) {
    for (const bool asleep : {false, true}) {
      LinkPair link(trained(2), trained(2));
      if (asleep) REQUIRE(link.b.request(S::kL1, link.now));
      link.run(1_us);
      REQUIRE(link.a.request(wanted, link.now));
      link.run(3_us);
      CHECK(link.a.fdi(1) == wanted);
      CHECK(link.a.rdi() == wanted);
      CHECK(link.b.rdi() == wanted);
      CHECK(link.b.training().state() == UcieState::kReset);
      CHECK(link.b.training().error() == UcieTrainingError::kNone);
      CHECK_FALSE(link.b.up());
      // LinkReset is over with RESET's 4 ms; Disabled waits for software.
      link.run(10_ms);
      CHECK(link.a.rdi() == (wanted == S::kLinkReset ? S::kReset : S::kDisabled));
      CHECK(link.agree());
      CHECK(link.next() == Femtoseconds::max());
      CHECK_FALSE(link.a.request(wanted, link.now));
      REQUIRE(link.b.start(link.now));
      CHECK(link.b.rdi() == S::kReset);
      link.run(20_ms);
      CHECK(link.a.active());
      CHECK(link.agree());
    }
  }
}

TEST_CASE("UcieLinkManager turns LinkError into TRAINERROR at both ends", "[unit][ucie]") {
  LinkPair link(trained(), trained());
  REQUIRE(link.a.request(S::kLinkError, link.now));
  CHECK(link.a.rdi() == S::kLinkError);
  CHECK(link.a.fdi(0) == S::kLinkError);
  CHECK_FALSE(link.a.up());
  link.run(122_ns);
  CHECK(link.b.rdi() == S::kLinkError);
  CHECK(link.b.fdi(0) == S::kLinkError);
  link.run(1_us);
  CHECK(link.a.training().state() == UcieState::kTrainError);
  CHECK(link.b.training().state() == UcieState::kTrainError);
  CHECK(link.a.training().error() == UcieTrainingError::kSoftware);
  CHECK(link.b.training().error() == UcieTrainingError::kPeer);
  CHECK_FALSE(link.a.request(S::kLinkError, link.now));
  CHECK_FALSE(link.a.request(S::kDisabled, link.now));
  link.run(10_ms);
  CHECK(link.a.rdi() == S::kReset);
  CHECK_FALSE(link.a.request(S::kLinkError, link.now));
  REQUIRE(link.a.start(link.now));
  link.run(20_ms);
  CHECK(link.a.active());
  CHECK(link.agree());
}

TEST_CASE("UcieLinkManager speaks over a module that has not been dropped", "[unit][ucie]") {
  UcieLinkShape shape = kShape;
  shape.modules = 2;
  auto params = manager_of(shape);
  params.training.faults = {{.module = 0, .pin = UciePin::kSideband},
                            {.module = 0, .pin = UciePin::kSidebandSpare}};
  LinkPair link(params, params);
  link.a.start(0_ns);
  link.run(30_ms);
  REQUIRE(link.a.active());
  CHECK(link.a.training().sideband_module() == 1);
  REQUIRE(link.a.request(S::kL1, link.now));
  link.run(31_ms);
  CHECK(link.a.rdi() == S::kL1);
  CHECK(link.agree());
}

// Software of both ends does what it likes, at any time, while other packets delay the sideband.
TEST_CASE("UcieLinkManager ends agree whatever software asks for", "[unit][ucie]") {
  constexpr S kWanted[] = {S::kActive,    S::kL1,       S::kL1,       S::kL2,
                           S::kLinkReset, S::kDisabled, S::kLinkError};
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    UcieRandom random(seed);
    const auto stacks = static_cast<std::uint32_t>(1 + random.below(2));
    LinkPair link(trained(stacks), trained(stacks));
    for (int n = 0; n < 20; ++n) {
      link.extra = Femtoseconds{random.below(4) * 120'000'000};
      link.busy_a = random.below(4) == 0;
      link.busy_b = random.below(4) == 0;
      UcieLinkManager& end = random.below(2) != 0 ? link.a : link.b;
      if (random.below(3) == 0) end.want_parity(1u << random.below(2));
      switch (random.below(8)) {
        case 0:
          end.start(link.now);
          break;
        case 1:
          end.retrain(link.now);
          break;
        case 2:
          if (random.below(4) == 0) {
            end.break_pin({.direction = &end == &link.a ? 1u : 0u,
                           .number = static_cast<std::uint32_t>(random.below(64))},
                          link.now);
          }
          break;
        default:
          end.request(kWanted[random.below(std::size(kWanted))], link.now);
      }
      // From within a packet to longer than training takes.
      link.run_on(Femtoseconds{random.below(1'000'000)} * (std::uint64_t{1} << random.below(24)));
    }
    CAPTURE(seed);
    link.come_to_rest();
    link.come_up();
  }
}

TEST_CASE("UcieLinkManager saved and loaded goes on identically", "[unit][ucie]") {
  LinkPair first(manager_of(kShape), manager_of(kShape)),
      second(manager_of(kShape), manager_of(kShape));
  first.a.start(0_ns);
  first.collect();
  while (!is_active(first.a.rdi())) first.step();
  load(second.a, save(first.a));
  load(second.b, save(first.b));
  second.wire = first.wire;
  second.free = first.free;
  second.now = first.now;
  while (!first.a.active()) first.step();
  while (!second.a.active()) second.step();
  CHECK(first.now == second.now);
}

}  // namespace
}  // namespace cvp
