// SPDX-License-Identifier: Apache-2.0
#include "models/plic/plic.h"

#include "tests/harness/archive.h"
#include "tests/harness/register_walk.h"
#include "tests/harness/test_bench.h"

namespace cvp {
namespace {

using R = PlicRegs;
constexpr PlicCore::Source kLevel = 10, kEdge = 100;

/// A core of two contexts in which `sources` are enabled for context 0 with priority 1.
class Prepared : public PlicCore {
 public:
  explicit Prepared(std::initializer_list<Source> sources) : PlicCore(2, 223, 96) {
    for (const Source source : sources) {
      enable(0, source);
      regs.priority.set(source, {.level = 1});
    }
  }
  void enable(unsigned context, Source source) {
    const auto index = regs.enables_word.index(context, source / 32);
    regs.enables_word.set(index, regs.enables_word.get(index) | 1u << source % 32);
  }
};

}  // namespace

TEST_CASE("Plic registers follow their register file", "[unit][plic]") {
  TestBench<Plic> bench(PlicParams{.harts = 2});
  bench.run([&] { register_walk(bench); });
}

TEST_CASE("Plic registers of a small instance follow their register file", "[unit][plic]") {
  TestBench<Plic> bench(PlicParams{.harts = 1, .sources = 40});
  bench.run([&] { register_walk(bench); });
}

TEST_CASE("Plic registers lie where the specification puts them", "[unit][plic]") {
  // Offsets of [PLIC: Memory Map].
  PlicRegs regs;
  CHECK(regs.priority.offset(1) == 0x4);
  CHECK(regs.priority.offset(223) == 0x37c);
  CHECK(regs.pending.offset(1) == 0x1004);
  CHECK(regs.enables_word.offset(regs.enables_word.index(0, 1)) == 0x2004);
  CHECK(regs.enables_word.offset(regs.enables_word.index(1, 0)) == 0x2080);
  CHECK(regs.context_threshold.offset(1) == 0x20'1000);
  CHECK(regs.context_claim.offset(1) == 0x20'1004);
}

TEST_CASE("Plic claim returns the highest-priority pending source", "[unit][plic]") {
  Prepared plic{3, 7, 12};
  plic.regs.priority.set(7, {.level = 5});
  plic.set_level(3, true);
  plic.set_level(7, true);
  plic.set_level(12, true);
  CHECK(plic.claim(0) == 7);
}

TEST_CASE("Plic claim breaks ties by the lowest source number", "[unit][plic]") {
  Prepared plic{70, 33, 34};
  for (const unsigned source : {70u, 34u, 33u}) plic.set_level(source, true);
  CHECK(plic.claim(0) == 33);
  CHECK(plic.claim(0) == 34);
  CHECK(plic.claim(0) == 70);
  CHECK(plic.claim(0) == 0);
}

TEST_CASE("Plic claim ignores the threshold", "[unit][plic]") {
  Prepared plic{kLevel};
  plic.regs.context_threshold.set(0, {.level = 7});
  plic.set_level(kLevel, true);
  CHECK_FALSE(plic.interrupting(0));
  CHECK(plic.claim(0) == kLevel);
}

TEST_CASE("Plic threshold masks its own priority and those below", "[unit][plic]") {
  Prepared plic{kLevel};
  plic.regs.priority.set(kLevel, {.level = 3});
  plic.set_level(kLevel, true);
  plic.regs.context_threshold.set(0, {.level = 3});
  CHECK_FALSE(plic.interrupting(0));
  plic.regs.context_threshold.set(0, {.level = 2});
  CHECK(plic.interrupting(0));
}

TEST_CASE("Plic priority 0 never interrupts and is never claimed", "[unit][plic]") {
  Prepared plic{kLevel};
  plic.regs.priority.set(kLevel, {.level = 0});
  plic.set_level(kLevel, true);
  CHECK_FALSE(plic.interrupting(0));
  CHECK(plic.claim(0) == 0);
}

TEST_CASE("Plic pending bit clears at the claim and a second context claims nothing",
          "[unit][plic]") {
  Prepared plic{kLevel};
  plic.enable(1, kLevel);
  plic.set_level(kLevel, true);
  CHECK(plic.regs.read(0x1000, 4).value == 1u << kLevel);
  CHECK(plic.interrupting(1));
  CHECK(plic.claim(0) == kLevel);
  CHECK(plic.regs.read(0x1000, 4).value == 0);
  CHECK_FALSE(plic.interrupting(1));
  CHECK(plic.claim(1) == 0);
}

TEST_CASE("Plic level source asks again at completion while it is high", "[unit][plic]") {
  Prepared plic{kLevel};
  plic.set_level(kLevel, true);
  CHECK(plic.claim(0) == kLevel);
  CHECK(plic.claim(0) == 0);  // Not before the completion.
  plic.complete(0, kLevel);
  CHECK(plic.claim(0) == kLevel);
  plic.set_level(kLevel, false);
  plic.complete(0, kLevel);
  CHECK(plic.claim(0) == 0);
}

TEST_CASE("Plic request of a level source stays when the source falls", "[unit][plic]") {
  Prepared plic{kLevel};
  plic.set_level(kLevel, true);
  plic.set_level(kLevel, false);
  CHECK(plic.claim(0) == kLevel);
}

TEST_CASE("Plic edge source interrupts once an edge, also for edges during service",
          "[unit][plic]") {
  Prepared plic{kEdge};
  const auto pulse = [&] {
    plic.set_level(kEdge, true);
    plic.set_level(kEdge, false);
  };
  pulse();
  CHECK(plic.claim(0) == kEdge);
  pulse();
  pulse();
  CHECK(plic.claim(0) == 0);
  plic.complete(0, kEdge);
  CHECK(plic.claim(0) == kEdge);
  plic.complete(0, kEdge);
  CHECK(plic.claim(0) == kEdge);
  plic.complete(0, kEdge);
  CHECK(plic.claim(0) == 0);
}

TEST_CASE("Plic edge source that stays high does not ask again", "[unit][plic]") {
  Prepared plic{kEdge};
  plic.set_level(kEdge, true);
  CHECK(plic.claim(0) == kEdge);
  plic.complete(0, kEdge);
  CHECK(plic.claim(0) == 0);
}

TEST_CASE("Plic ignores a completion by a context for which the source is not enabled",
          "[unit][plic]") {
  Prepared plic{kLevel};
  plic.set_level(kLevel, true);
  CHECK(plic.claim(0) == kLevel);
  plic.complete(1, kLevel);
  CHECK(plic.claim(0) == 0);
  plic.complete(0, kLevel);
  CHECK(plic.claim(0) == kLevel);
}

TEST_CASE("Plic ignores completions of sources that do not exist or were not claimed",
          "[unit][plic]") {
  Prepared plic{kLevel};
  plic.complete(0, 0);
  plic.complete(0, 4'000'000'000);
  plic.set_level(kLevel, true);
  plic.complete(0, kLevel);
  CHECK(plic.statistics().completions == 0);
  CHECK(plic.claim(0) == kLevel);
}

TEST_CASE("Plic drives a hart's M and S lines from its two contexts", "[unit][plic]") {
  TestBench<Plic> bench(PlicParams{.harts = 2});
  bench.run([&] {
    const std::size_t s_of_hart_1 = 3;
    bench.write(&R::priority, kLevel, R::Priority{.level = 1});
    bench.write(&R::enables_word, s_of_hart_1 * 7, 1u << kLevel);
    bench.wire(bench.dut.source[kLevel]).write(true);
    bench.settle();
    for (std::size_t context : {0u, 1u, 2u}) {
      CHECK_FALSE(bench.wire(bench.dut.context[context]).read());
    }
    CHECK(bench.wire(bench.dut.context[s_of_hart_1]).read());
    CHECK(bench.read(&R::context_claim, s_of_hart_1) == kLevel);
    // The line is low when the claim returns: a hart does not take the interrupt twice.
    CHECK_FALSE(bench.wire(bench.dut.context[s_of_hart_1]).read());
    bench.write(&R::context_claim, s_of_hart_1, kLevel);
    CHECK(bench.wire(bench.dut.context[s_of_hart_1]).read());
  });
}

TEST_CASE("PlicCore goes on identically from an archive", "[unit][plic]") {
  Prepared saved{kLevel, kEdge};
  saved.set_level(kEdge, true);
  CHECK(saved.claim(0) == kEdge);
  saved.set_level(kEdge, false);
  saved.set_level(kEdge, true);
  saved.set_level(kLevel, true);
  PlicCore loaded(2, 223, 96);
  load<PlicCore>(loaded, save<PlicCore>(saved));
  CHECK(loaded.claim(0) == kLevel);
  loaded.complete(0, kEdge);  // The edge that waited in the gateway.
  CHECK(loaded.claim(0) == kEdge);
  loaded.complete(0, kLevel);  // The level that is still high.
  CHECK(loaded.claim(0) == kLevel);
}

}  // namespace cvp
