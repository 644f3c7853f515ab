// SPDX-License-Identifier: Apache-2.0
#include "models/finisher/finisher.h"

#include "models/core/report.h"
#include "tests/harness/archive.h"
#include "tests/harness/register_walk.h"
#include "tests/harness/test_bench.h"

namespace cvp {
namespace {

struct Bench : TestBench<Finisher> {
  Bench() {
    dut.on_finish([this](FinishKind kind, unsigned code) { calls.emplace_back(kind, code); });
  }
  std::vector<std::pair<FinishKind, unsigned>> calls;
};

}  // namespace

TEST_CASE("Finisher registers follow their register file", "[unit][finisher]") {
  Bench bench;
  bench.run([&] { register_walk(bench); });
}

TEST_CASE("Finisher passes, fails with a code and resets by the values of sifive,test1",
          "[unit][finisher]") {
  Bench bench;
  bench.run([&] {
    bench.regs_initiator.write(0, 4, 0x5555);
    bench.regs_initiator.write(0, 4, 0x002a'3333);
    bench.regs_initiator.write(0, 4, 0x7777);
    const std::vector<std::pair<FinishKind, unsigned>> expected = {
        {FinishKind::kPass, 0}, {FinishKind::kFail, 42}, {FinishKind::kReset, 0}};
    CHECK(bench.calls == expected);
    CHECK(bench.regs_initiator.read(0, 4).value == 0);
  });
}

TEST_CASE("Finisher takes the 2-byte write that OpenSBI makes", "[unit][finisher]") {
  Bench bench;
  bench.run([&] {
    bench.regs_initiator.write(0, 4, 0x0007'3333);
    bench.regs_initiator.write(0, 2, 0x3333);
    CHECK(bench.calls.back() == std::pair(FinishKind::kFail, 0u));
  });
}

TEST_CASE("Finisher ignores other values and reports them", "[unit][finisher]") {
  Bench bench;
  bench.run([&] {
    const auto errors = guest_error_count();
    bench.regs_initiator.write(0, 4, 0x1234);
    CHECK(bench.calls.empty());
    CHECK(guest_error_count() == errors + 1);
  });
}

TEST_CASE("Finisher hands marks to its handler", "[unit][finisher]") {
  Bench bench;
  std::vector<std::uint32_t> marks;
  bench.dut.on_mark([&](std::uint32_t number) { marks.push_back(number); });
  bench.run([&] {
    bench.regs_initiator.write(8, 4, 7);
    bench.regs_initiator.write(8, 4, 0xffff'ffff);
    CHECK(marks == std::vector<std::uint32_t>{7, 0xffff'ffff});
    CHECK(bench.calls.empty());
  });
}

TEST_CASE("Finisher goes on identically from an archive", "[unit][finisher]") {
  Bench bench;
  bench.run([&] {
    bench.regs_initiator.write(0, 4, 0x0007'3333);
    load(bench.dut, save(bench.dut));
    bench.regs_initiator.write(0, 2, 0x3333);
    CHECK(bench.calls.back() == std::pair(FinishKind::kFail, 0u));
  });
}

}  // namespace cvp
