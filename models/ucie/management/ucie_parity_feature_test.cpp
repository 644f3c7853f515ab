// SPDX-License-Identifier: Apache-2.0
//
// Parity is there when both ends want the same, from the next time on that RDI becomes Active.
#include <catch2/catch.hpp>

#include "models/ucie/management/ucie_link_pair_test.h"
#include "models/ucie/ucie_two_ports_test.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

using S = UcieInterfaceState;

UcieLinkManagerParams wanting(std::uint32_t inserts, UcieFlitFormat format = UcieFlitFormat::k256) {
  auto params = manager_of({UciePackage::kAdvanced, 64, 32_GTps, format});
  params.parity = inserts;
  return params;
}

TEST_CASE("UcieParityFeature is what both ends want, and off if they differ", "[unit][ucie]") {
  Femtoseconds without;
  for (const std::uint32_t a : {0u, 1u, 2u, 4u}) {
    for (const std::uint32_t b : {0u, 1u, 2u, 4u}) {
      CAPTURE(a, b);
      LinkPair link(wanting(a), wanting(b));
      link.a.start(0_ns);
      link.collect();
      while (!link.a.active() || !link.b.active()) link.step();
      if (a == 0 && b == 0) without = link.now;
      const std::uint32_t both = a == b ? a : 0;
      CHECK(link.a.parity().agreed() == both);
      CHECK(link.b.parity().agreed() == both);
      CHECK(link.a.parity().refused() == (a != 0 && a != b));
      CHECK(link.b.parity().refused() == (b != 0 && a != b));
      CHECK(link.a.training().error() == UcieTrainingError::kNone);
      // A question and its answer, before FDI is asked for; the ends may be 2 ns apart.
      const Femtoseconds least = a != 0 || b != 0 ? 242_ns : 0_ns;
      CHECK(link.now - without >= least);
      CHECK(link.now - without <= (a != 0 || b != 0 ? 244_ns : 0_ns));
    }
  }
}

TEST_CASE("UcieParityFeature holds from retrain to retrain", "[unit][ucie]") {
  auto params = wanting(0);
  params.training.trained_at_reset = true;
  LinkPair link(params, params);
  const auto retrained = [&](std::uint32_t a, std::uint32_t b) {
    const std::uint32_t before = link.a.parity().agreed();
    link.a.want_parity(a);
    link.b.want_parity(b);
    link.run_on(1_us);
    CHECK(link.a.parity().agreed() == before);
    REQUIRE(link.b.retrain(link.now));
    CHECK(link.b.parity().agreed() == 0);  // Until it is asked for anew.
    link.run_on(1_ms);
    REQUIRE(link.a.active());
    REQUIRE(link.agree());
    return link.a.parity().agreed();
  };
  CHECK(retrained(4, 4) == 4);
  CHECK(retrained(4, 4) == 4);
  CHECK(retrained(4, 2) == 0);
  CHECK(retrained(0, 2) == 0);
  CHECK(retrained(2, 2) == 2);
  REQUIRE(link.a.request(S::kL1, link.now));
  link.run_on(1_us);
  CHECK(link.a.parity().agreed() == 0);
  REQUIRE(link.a.request(S::kActive, link.now));
  link.run_on(1_ms);
  CHECK(link.b.parity().agreed() == 2);
  CHECK(retrained(0, 0) == 0);
  CHECK(link.next() == Femtoseconds::max());  // Nobody waits for anything.
}

TEST_CASE("UcieParityFeature goes with flits of 256 bytes alone", "[unit][ucie]") {
  using F = UcieFlitFormat;
  for (const auto& [format, inserts] :
       {std::pair(F::kRaw, 0u), {F::k68, 0u}, {F::k256LatOpt, 2u}, {F::k256LatOptExtra, 2u}}) {
    LinkPair link(wanting(2, format), wanting(2, format));
    link.a.start(0_ns);
    link.run(10_ms);
    REQUIRE(link.a.active());
    CHECK(link.a.parity().agreed() == inserts);
    CHECK_FALSE(link.a.parity().refused());
  }
}

TEST_CASE("UcieParityFeature without an answer for 8 ms loses the link", "[unit][ucie]") {
  LinkPair link(wanting(2), wanting(2));
  link.a.start(0_ns);
  link.collect();
  while (!link.a.parity().asks()) link.step();
  const Femtoseconds asked = link.now;
  // Its answer, and what follows, never comes.
  const auto drop = [&] {
    std::erase_if(link.wire, [](const auto& sent) { return sent.second.first; });
  };
  while (link.now < asked + 8_ms - 1_us) {
    drop();
    if (link.next() > asked + 8_ms - 1_us) break;
    link.step();
  }
  CHECK(link.a.rdi() == S::kActive);
  CHECK(link.a.fdi(0) == S::kReset);
  link.run(asked + 8_ms);
  CHECK(link.a.rdi() == S::kLinkError);
  CHECK(link.a.training().error() == UcieTrainingError::kTimeout);
}

TEST_CASE("UcieParityFeature saved and loaded while it asks goes on identically", "[unit][ucie]") {
  LinkPair first(wanting(2), wanting(2)), second(wanting(1), wanting(0));
  first.a.start(0_ns);
  first.collect();
  while (!first.a.parity().asks()) first.step();
  load(second.a, save(first.a));
  load(second.b, save(first.b));
  second.wire = first.wire;
  second.free = first.free;
  second.now = first.now;
  for (LinkPair* link : {&first, &second}) {
    while (!link->a.active()) link->step();
    CHECK(link->a.parity().agreed() == 2);
    CHECK(link->b.parity().agreed() == 2);
  }
  CHECK(first.now == second.now);
}

// Software writes `parity` at both ends, here and by the bus there, and retrains.
std::uint32_t retrain_with(Bench& bench, std::uint32_t here, std::uint32_t there) {
  constexpr std::uint32_t kParity = 0x6c;
  bench.write(&R::parity, {.inserts = here});
  bench.dut.regs_b.write(kParity, 4, there);
  CHECK(command(bench, {.retrain = true}) == R::Command::kResultAccepted);
  wait_state(bench, R::Status::kStateActive);
  CHECK(bench.read(&R::parity).inserts == here);
  CHECK((bench.dut.regs_b.read(kParity, 4).value >> 4 & 7) == bench.read(&R::parity).agreed);
  return bench.read(&R::parity).agreed;
}

void switch_parity(UcieFidelity fidelity) {
  UcieParams a = first(), b = second();
  a.fidelity = b.fidelity = fidelity;
  Bench bench(a, b);
  bench.run([&] {
    const auto parity_of_reads = [&] {
      const std::uint64_t before = bench.dut.b.statistics().parity_bytes;
      for (int i = 0; i < 100; ++i) bench.dut.near.read(0, 4096);
      return bench.dut.b.statistics().parity_bytes - before;
    };
    CHECK(bench.read(&R::capability).parity);
    CHECK(bench.read(&R::parity).agreed == 0);
    CHECK(parity_of_reads() == 0);
    CHECK(retrain_with(bench, 2, 2) == 2);
    CHECK(parity_of_reads() > 0);
    CHECK(retrain_with(bench, 2, 4) == 0);
    CHECK(bench.read(&R::parity).refused);
    CHECK(parity_of_reads() == 0);
    CHECK(retrain_with(bench, 0, 4) == 0);
    CHECK_FALSE(bench.read(&R::parity).refused);
    CHECK(retrain_with(bench, 1, 1) == 1);
    CHECK(parity_of_reads() > 0);
    bench.write(&R::parity, {.inserts = 3});
    CHECK(command(bench, {.retrain = true}) == R::Command::kResultBadValue);
    CHECK(bench.read(&R::parity).agreed == 1);
  });
}

TEST_CASE("UcieLinkRegisters switch parity on and off by arithmetic", "[unit][ucie]") {
  switch_parity(UcieFidelity::kApproximate);
}

TEST_CASE("UcieLinkRegisters switch parity on and off flit by flit", "[unit][ucie]") {
  switch_parity(UcieFidelity::kFlit);
}

}  // namespace
}  // namespace cvp
