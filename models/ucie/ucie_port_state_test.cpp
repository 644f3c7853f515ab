// SPDX-License-Identifier: Apache-2.0
//
// A link that is loaded goes on as the one that was saved.
#include "models/ucie/ucie_port_test.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

using R = UcieRegs;

/// Two links in one simulation: the second is loaded from the first, then both are asked the same.
struct Twins : sc_core::sc_module {
  BurstLink one, two;
  RegisterSocket& regs_target;
  TestInitiator regs_two{"regs_two"};
  struct Answers {
    unsigned done = 0, failed = 0;
    Femtoseconds spans;
    std::uint64_t bytes = 0;  // Their sum.
    bool operator==(const Answers&) const = default;
  };
  Answers first, second;

  Twins(const sc_core::sc_module_name& name, ActionQueue& actions, const UcieParams& a,
        const UcieParams& b)
      : sc_module(name),
        one("one", actions, a, b),
        two("two", actions, a, b),
        regs_target(one.regs_target) {
    regs_two.bind(two.regs_target);
    count(one, first);
    count(two, second);
  }
  static void count(BurstLink& link, Answers& answers) {
    link.near.on_complete([&answers](const Burst& burst) {
      ++(burst.ok() ? answers.done : answers.failed);
      answers.spans += simulation_time() - burst.issued;
      for (const std::uint8_t byte : burst.data) answers.bytes += byte;
    });
  }
};
using TwinBench = TestBench<Twins>;

void exchange(BurstLink& link, unsigned transactions) {
  const std::vector<std::uint8_t> data(700, 0x5e);
  for (unsigned n = 0; n < transactions; ++n) {
    switch (n % 3) {
      case 0:
        link.near.write(0x40 * n, data, 0, posted());
        break;
      case 1:
        link.near.read(0x40 * n, 300, 0, tensor());
        break;
      default:
        link.near.write(0x40 * n, data, 0, {});
    }
  }
}

void wait_for_rest(TwinBench& bench, BurstLink& link) {
  for (int i = 0; i < 40'000 && !(link.a.at_rest() && link.b.at_rest()); ++i) bench.wait(1_us);
  REQUIRE(link.a.at_rest());
  REQUIRE(link.b.at_rest());
}

void check_same(const UciePort& one, const UciePort& two) {
  const UcieStatistics s = one.statistics(), t = two.statistics();
  CHECK((s.payload_bytes == t.payload_bytes && s.wire_bytes == t.wire_bytes));
  CHECK((s.messages == t.messages && s.flits == t.flits && s.nop_flits == t.nop_flits));
  CHECK((s.retries == t.retries && s.replayed_flits == t.replayed_flits));
  CHECK((s.parity_bytes == t.parity_bytes && s.busy == t.busy && s.residency == t.residency));
  CHECK(s.energy_j == t.energy_j);
  CHECK(s.data.total() == t.data.total());
  const UcieArrivalStatistics u = one.arrivals(), v = two.arrivals();
  CHECK((u.crc_errors == v.crc_errors && u.naks == v.naks && u.undetected == v.undetected));
  CHECK(u.parity_errors == v.parity_errors);
  CHECK((u.latency.count() == v.latency.count() && u.latency.mean_ns() == v.latency.mean_ns()));
  CHECK(one.training().lanes(UcieLtsm::kIn) == two.training().lanes(UcieLtsm::kIn));
  CHECK(one.link().agreement() == two.link().agreement());
}

void check_registers(TwinBench& bench) {
  for (const RegisterBase* reg : bench.dut.regs_target.bank().registers()) {
    for (std::size_t i = 0; i < reg->count(); ++i) {
      if (!reg->implemented(i)) continue;
      INFO(reg->info().name << ' ' << i);
      const unsigned bytes = reg->info().bytes;
      const auto one = bench.regs_initiator.read(reg->offset(i), bytes);
      const auto two = bench.dut.regs_two.read(reg->offset(i), bytes);
      CHECK(one.status == two.status);
      CHECK(one.value == two.value);
    }
  }
}

void check_twins(UcieParams a, bool asleep) {
  a.faults = "d1.data:3";
  a.bit_error_rate = 3e-6;
  UcieParams b = a;
  b.end = 1;
  b.lanes = 32;
  TwinBench bench(a, b);
  Twins& dut = bench.dut;
  bench.run([&] {
    // A life: trained, used, limited by software; at rest, perhaps asleep.
    bench.write(&R::limit, R::Limit{.lanes = 0, .rate = 16});
    bench.write(&R::control, R::Control{.start = true});
    bench.wait(1_us);
    wait_for_rest(bench, dut.one);
    REQUIRE(dut.one.a.link().active());
    exchange(dut.one, 600);
    bench.wait(100_us);
    REQUIRE(dut.first.done == 600);
    bench.write(&R::event_enable, R::EventEnable{.down = true});
    if (asleep) bench.write(&R::control, R::Control{.sleep_l1 = true});
    bench.wait(2_us);
    wait_for_rest(bench, dut.one);
    REQUIRE(dut.two.a.training().state() == UcieState::kReset);
    load(dut.two.a, save(dut.one.a));
    load(dut.two.b, save(dut.one.b));
    std::vector<std::uint8_t> memory(1_MiB);
    dut.one.memory_b.store->read(0, memory);
    dut.two.memory_b.store->write(0, memory);
    dut.first = {};
    CHECK(dut.two.a.training().state() == (asleep ? UcieState::kL1 : UcieState::kActive));
    check_same(dut.one.a, dut.two.a);
    check_same(dut.one.b, dut.two.b);
    CHECK(dut.one.a.statistics().retries + dut.one.b.statistics().retries > 0);
    // Both are asked the same, from now on.
    for (int round = 0; round < 3; ++round) {
      const std::uint64_t before = dut.one.a.statistics().retries;
      exchange(dut.one, 900);
      exchange(dut.two, 900);
      bench.wait(200_us);
      CHECK(dut.first.done == 900u * (round + 1));
      CHECK(dut.first == dut.second);
      CHECK(dut.one.a.statistics().retries >= before);
      check_same(dut.one.a, dut.two.a);
      check_same(dut.one.b, dut.two.b);
    }
    check_registers(bench);
  });
}

TEST_CASE("UciePort saved and loaded goes on identically by arithmetic", "[unit][ucie]") {
  check_twins({}, false);
}
TEST_CASE("UciePort saved and loaded goes on identically flit by flit", "[unit][ucie]") {
  UcieParams params;
  params.fidelity = UcieFidelity::kFlit;
  params.stacks = 2;
  params.parity = 1;
  check_twins(params, false);
}
TEST_CASE("UciePort saved and loaded in L1 wakes up alike", "[unit][ucie]") {
  UcieParams params;
  params.fidelity = UcieFidelity::kFlit;
  check_twins(params, true);
}

}  // namespace
}  // namespace cvp
