// SPDX-License-Identifier: Apache-2.0
//
// The Advanced Interrupt Architecture at a hart: its registers, and interrupts out of its files.
#include <catch2/catch.hpp>

#include "models/cpu/cluster_bench.h"

namespace cvp {
namespace {

using namespace code;
using enum StopReason;

/// A file of 63 identities, as simple as can be; models/imsic has the real one.
struct TestFile : InterruptFileIf {
  Delivery how = Delivery::kFile;
  std::uint64_t pending = 0, enabled = ~std::uint64_t{0};
  std::uint64_t scratch = 0;  ///< What register 0x72 holds.

  Delivery delivery() const override { return how; }
  std::uint32_t top() const override {
    for (unsigned i = 1; i < 64; ++i) {
      if ((pending & enabled) >> i & 1) return i << 16 | i;
    }
    return 0;
  }
  void claim() override { pending &= ~(std::uint64_t{1} << (top() >> 16)); }
  bool read(unsigned select, std::uint64_t& value) const override {
    value = select == 0x80 ? pending : scratch;
    return select == 0x72 || select == 0x80;
  }
  bool write(unsigned select, std::uint64_t value) override {
    if (select == 0x72) scratch = value;
    if (select == 0x80) pending = value;
    return select == 0x72 || select == 0x80;
  }
};

constexpr std::uint64_t kIllegal = 2, kInterrupt = std::uint64_t{1} << 63;
constexpr unsigned kAll[] = {kCsrMiselect, kCsrMireg,    kCsrMtopei, kCsrMtopi,  kCsrMvien,
                             kCsrMvip,     kCsrSiselect, kCsrSireg,  kCsrStopei, kCsrStopi};

/// A machine with a handler that waits for ever at kHandler, reached at both levels.
struct Bench : Machine {
  TestFile machine, supervisor;
  explicit Bench(const std::vector<Word>& program, bool files = true) {
    std::vector<Word> all = {csrw(kCsrMtvec, t2), csrw(kCsrStvec, t2)};
    all.insert(all.end(), program.begin(), program.end());
    load(all);
    load({kNop, jump_back(0)}, kHandler);
    hart.set_x(t2, kHandler);
    if (files) hart.attach(machine, supervisor);
    run(2);
  }
  /// From now on in S mode, at the next instruction of the program.
  void enter(Privilege privilege) {
    const Addr next = hart.pc();
    hart.set_pc(kRamBase + 0x300);
    load({csrw(kCsrMepc, t0), csrw(kCsrMstatus, t1), kMret, kNop}, kRamBase + 0x300);
    hart.set_x(t0, next);
    hart.set_x(t1, static_cast<std::uint64_t>(privilege) << 11);
    // All memory is open to S and U mode.
    load({csrw(kCsrPmpaddr0, t0), csrw(kCsrPmpcfg0, t1), jump_back(0)}, kRamBase + 0x380);
    const Addr start = hart.pc();
    hart.set_pc(kRamBase + 0x380);
    const std::uint64_t keep0 = hart.x(t0), keep1 = hart.x(t1);
    hart.set_x(t0, ~std::uint64_t{0});
    hart.set_x(t1, 0x1f);
    run(2);
    hart.set_x(t0, keep0);
    hart.set_x(t1, keep1);
    hart.set_pc(start);
    run(3);
    REQUIRE(hart.privilege() == privilege);
  }
  bool trapped() const { return hart.pc() >= kHandler && hart.pc() < kHandler + 8; }
  void put(unsigned csr, std::uint64_t value) {
    const Addr back = hart.pc();
    const std::uint64_t keep = hart.x(t0);
    load({csrw(csr, t0), kNop}, kRamBase + 0x3c0);
    hart.flush_translations();  // The code there has changed.
    hart.set_x(t0, value);
    hart.set_pc(kRamBase + 0x3c0);
    run(1);
    hart.set_x(t0, keep);
    hart.set_pc(back);
  }
};

}  // namespace

TEST_CASE("Hart without interrupt files has no register of the AIA", "[cpu]") {
  for (const unsigned csr : kAll) {
    INFO("csr " << csr);
    Bench bench({csrr(a0, csr)}, false);
    bench.run(1);
    CHECK(bench.csr(kCsrMcause) == kIllegal);
  }
}

TEST_CASE("Hart with interrupt files has the registers of the AIA", "[cpu]") {
  for (const unsigned csr : kAll) {
    INFO("csr " << csr);
    Bench bench({csrr(a0, csr)});
    bench.put(kCsrMiselect, 0x30);
    bench.put(kCsrSiselect, 0x30);
    bench.run(1);
    CHECK_FALSE(bench.trapped());
    CHECK(bench.hart.x(a0) == (csr == kCsrMiselect || csr == kCsrSiselect ? 0x30 : 0));
  }
}

TEST_CASE("Hart AIA registers of machine level trap in S mode, all of them in U mode", "[cpu]") {
  for (const unsigned csr : kAll) {
    for (const Privilege privilege : {Privilege::kSupervisor, Privilege::kUser}) {
      INFO("csr " << csr);
      Bench bench({csrr(a0, csr)});
      bench.put(kCsrSiselect, 0x30);
      bench.enter(privilege);
      bench.run(1);
      const bool allowed = privilege == Privilege::kSupervisor && (csr >> 8 & 3) == 1;
      CHECK(bench.trapped() == !allowed);
    }
  }
}

TEST_CASE("Hart mtopi and stopi are read-only", "[cpu]") {
  for (const unsigned csr : {kCsrMtopi, kCsrStopi}) {
    Bench bench({csrw(csr, a0)});
    bench.run(1);
    CHECK(bench.csr(kCsrMcause) == kIllegal);
  }
}

TEST_CASE("Hart iselect keeps nine bits and ireg reaches the level's own registers", "[cpu]") {
  Bench bench({csrw(kCsrMiselect, a0), csrw(kCsrMireg, a1), csrw(kCsrSiselect, a0),
               csrw(kCsrSireg, a2), csrr(a3, kCsrMireg), csrr(a4, kCsrSireg)});
  bench.hart.set_x(a0, 0xfff'0072);
  bench.hart.set_x(a1, 111);
  bench.hart.set_x(a2, 222);
  bench.run(6);
  CHECK(bench.csr(kCsrMiselect) == 0x72);
  CHECK(bench.machine.scratch == 111);
  CHECK(bench.supervisor.scratch == 222);
  CHECK(bench.hart.x(a3) == 111);
  CHECK(bench.hart.x(a4) == 222);
  bench.put(kCsrMiselect, ~std::uint64_t{0});
  CHECK(bench.csr(kCsrMiselect) == 0x1ff);
}

TEST_CASE("Hart ireg exists for priorities with even numbers and for registers of the file",
          "[cpu]") {
  for (const bool at_machine : {true, false}) {
    const unsigned iselect = at_machine ? kCsrMiselect : kCsrSiselect;
    const unsigned ireg = at_machine ? kCsrMireg : kCsrSireg;
    for (unsigned select = 0; select < 0x200; ++select) {
      INFO((at_machine ? "miselect " : "siselect ") << select);
      const bool priority = select >= 0x30 && select < 0x40 && select % 2 == 0;
      const bool exists = priority || select == 0x72 || select == 0x80;  // Those of TestFile.
      for (const Word access : {csrr(a0, ireg), csrw(ireg, a1)}) {
        Bench bench({access});
        bench.hart.set_x(a1, ~std::uint64_t{0});
        bench.put(iselect, select);
        bench.run(1);
        CHECK(bench.trapped() == !exists);
        if (!priority) continue;
        std::uint64_t value = 1;
        CHECK(bench.hart.peek_csr(ireg, value));
        CHECK(value == 0);
      }
    }
  }
}

TEST_CASE("Hart topei claims with the instruction that reads it", "[cpu]") {
  Bench bench({csrrw(a0, kCsrMtopei, zero), csrr(a1, kCsrMtopei), csrrw(a2, kCsrMtopei, zero),
               csrrw(a3, kCsrMtopei, zero), csrrs(a4, kCsrStopei, a6)});
  bench.machine.pending = 1u << 7 | 1u << 9;
  bench.supervisor.pending = 1u << 3;
  bench.hart.set_x(a6, 1);
  bench.run(5);
  CHECK(bench.hart.x(a0) == 0x7'0007);
  CHECK(bench.hart.x(a1) == 0x9'0009);
  CHECK(bench.hart.x(a2) == 0x9'0009);
  CHECK(bench.hart.x(a3) == 0);
  CHECK(bench.hart.x(a4) == 0x3'0003);
  CHECK(bench.supervisor.pending == 0);
}

TEST_CASE("Hart external interrupts come from the files or the wires, as eidelivery says",
          "[cpu]") {
  for (const Delivery how : {Delivery::kOff, Delivery::kFile, Delivery::kWires}) {
    for (const bool pending : {false, true}) {
      for (const bool wire : {false, true}) {
        Bench bench({kNop});
        bench.machine.how = bench.supervisor.how = how;
        bench.machine.pending = bench.supervisor.pending = pending ? 2 : 0;
        bench.hart.set_interrupt_inputs(wire ? kMeip | kSeip : 0);
        const bool expected = how == Delivery::kFile ? pending : how == Delivery::kWires && wire;
        CHECK(bench.csr(kCsrMip) == (expected ? kMeip | kSeip : 0));
      }
    }
  }
}

TEST_CASE("Hart takes an external interrupt until its claim, in one turn", "[cpu]") {
  // The handler claims and returns; the loop counts.
  Bench bench({csrw(kCsrMie, a1), csrw(kCsrMstatus, a2), addi(a3, a3, 1), jump_back(-4)});
  bench.load({csrrw(a4, kCsrMtopei, zero), addi(a5, a5, 1), kMret}, kHandler);
  bench.hart.set_x(a1, kMeip);
  bench.hart.set_x(a2, mstatus::kMie);
  bench.machine.pending = 1u << 5 | std::uint64_t{1} << 40;
  bench.run(100);
  CHECK(bench.hart.x(a5) == 2);
  CHECK(bench.hart.x(a4) == (40u << 16 | 40u));
  CHECK(bench.hart.x(a3) > 20);
  CHECK(bench.hart.statistics().interrupts == 2);
}

TEST_CASE("Hart sees what it enables itself in the same turn", "[cpu]") {
  Bench bench({csrw(kCsrMie, a1), csrw(kCsrMstatus, a2), csrw(kCsrMireg, a3), kNop, kNop});
  bench.put(kCsrMiselect, 0x80);
  bench.hart.set_x(a1, kMeip);
  bench.hart.set_x(a2, mstatus::kMie);
  bench.hart.set_x(a3, 1u << 9);
  bench.run(4);
  CHECK(bench.trapped());
  CHECK(bench.csr(kCsrMcause) == (kInterrupt | 11));
  CHECK(bench.csr(kCsrMepc) == kRamBase + 20);  // Behind the write.
}

TEST_CASE("Hart mtopi and stopi name the first interrupt of their level", "[cpu]") {
  Bench bench({kNop});
  bench.put(kCsrMie, kMeip | kMsip | kSeip | kSsip);
  CHECK(bench.csr(kCsrMtopi) == 0);
  bench.put(kCsrMip, kSsip);
  CHECK(bench.csr(kCsrMtopi) == (1u << 16 | 1));
  CHECK(bench.csr(kCsrStopi) == 0);
  bench.put(kCsrMideleg, kSsip | kSeip);
  CHECK(bench.csr(kCsrMtopi) == 0);
  CHECK(bench.csr(kCsrStopi) == (1u << 16 | 1));
  bench.supervisor.pending = 1u << 4;
  CHECK(bench.csr(kCsrStopi) == (9u << 16 | 1));
  bench.hart.set_interrupt_inputs(kMsip);
  CHECK(bench.csr(kCsrMtopi) == (3u << 16 | 1));
  bench.machine.pending = 1u << 4;
  CHECK(bench.csr(kCsrMtopi) == (11u << 16 | 1));
  bench.put(kCsrMie, kMsip);
  CHECK(bench.csr(kCsrMtopi) == (3u << 16 | 1));
  CHECK(bench.csr(kCsrStopi) == 0);
}

// [AIA: Interrupt filtering and virtual interrupts for supervisor level]
TEST_CASE("Hart mvien keeps SEI only, mvip the bits that software may write in mip", "[cpu]") {
  Bench bench({kNop});
  bench.put(kCsrMvien, ~std::uint64_t{0});
  CHECK(bench.csr(kCsrMvien) == kSeip);
  bench.put(kCsrMvien, 0);
  bench.put(kCsrMvip, ~std::uint64_t{0});
  CHECK(bench.csr(kCsrMvip) == (kSsip | kStip | kSeip));
  CHECK(bench.csr(kCsrMip) == (kSsip | kStip | kSeip));
  bench.put(kCsrMip, kSsip);
  CHECK(bench.csr(kCsrMvip) == kSsip);
}

TEST_CASE("Hart filtered SEI is mvip's in sip and the controller's in mip", "[cpu]") {
  Bench bench({kNop});
  bench.put(kCsrMip, kSeip);
  bench.put(kCsrMvien, kSeip);
  CHECK(bench.csr(kCsrMvip) == kSeip);  // Keeps its value.
  CHECK(bench.csr(kCsrMip) == 0);
  CHECK(bench.csr(kCsrSip) == kSeip);
  bench.put(kCsrMip, 0);  // Read-only there.
  CHECK(bench.csr(kCsrMvip) == kSeip);
  bench.put(kCsrMvip, 0);
  bench.supervisor.pending = 2;
  CHECK(bench.csr(kCsrMip) == kSeip);
  CHECK(bench.csr(kCsrSip) == 0);
  bench.put(kCsrMideleg, kSeip);
  CHECK(bench.csr(kCsrSip) == kSeip);
}

TEST_CASE("Hart sie of a filtered interrupt is a bit of its own", "[cpu]") {
  Bench bench({kNop});
  bench.put(kCsrSie, kSeip);
  CHECK(bench.csr(kCsrSie) == 0);
  bench.put(kCsrMvien, kSeip);
  bench.put(kCsrSie, kSeip | kSsip);
  CHECK(bench.csr(kCsrSie) == kSeip);
  CHECK(bench.csr(kCsrMie) == 0);
  bench.put(kCsrMideleg, kSeip | kSsip);
  CHECK(bench.csr(kCsrSie) == 0);
  bench.put(kCsrSie, kSsip);
  CHECK(bench.csr(kCsrMie) == kSsip);
}

TEST_CASE("Hart takes a filtered interrupt in S mode, and it ends a wfi", "[cpu]") {
  Bench bench({csrw(kCsrSstatus, a1), kNop, kNop});
  bench.put(kCsrMvien, kSeip);
  bench.put(kCsrSie, kSeip);
  CHECK_FALSE(bench.hart.wakes());
  bench.put(kCsrMvip, kSeip);
  CHECK(bench.hart.wakes());
  CHECK(bench.csr(kCsrStopi) == (9u << 16 | 1));
  CHECK(bench.csr(kCsrMtopi) == 0);
  bench.enter(Privilege::kSupervisor);
  CHECK_FALSE(bench.trapped());
  bench.hart.set_x(a1, mstatus::kSie);
  bench.run(2);
  CHECK(bench.trapped());
  CHECK(bench.hart.privilege() == Privilege::kSupervisor);
  CHECK(bench.csr(kCsrScause) == (kInterrupt | 9));
}

TEST_CASE("Hart keeps S mode from its file while SEI is filtered", "[cpu]") {
  for (const bool filtered : {false, true}) {
    for (const unsigned select : {0x30u, 0x72u}) {
      for (const unsigned csr : {kCsrStopei, kCsrSireg, kCsrSiselect}) {
        Bench bench({csrr(a0, csr)});
        bench.put(kCsrSiselect, select);
        if (filtered) bench.put(kCsrMvien, kSeip);
        bench.enter(Privilege::kSupervisor);
        bench.run(1);
        const bool reaches = csr == kCsrStopei || (csr == kCsrSireg && select == 0x72);
        CHECK(bench.trapped() == (filtered && reaches));
      }
    }
  }
}

// ---- With the cluster ------------------------------------------------------------------------

namespace {

struct TestImsic : sc_core::sc_module, ImsicIf {
  TestFile machine, supervisor;
  sc_core::sc_event arrived;
  explicit TestImsic(sc_core::sc_module_name name) : sc_module(name) {}
  InterruptFileIf& machine_file(unsigned) override { return machine; }
  InterruptFileIf& supervisor_file(unsigned) override { return supervisor; }
  const sc_core::sc_event& default_event() const override { return arrived; }
  void send(unsigned identity) {
    machine.pending |= std::uint64_t{1} << identity;
    arrived.notify(sc_core::SC_ZERO_TIME);
  }
};

}  // namespace

TEST_CASE("CpuCluster wakes a hart for every message, however soon after its claim", "[cpu]") {
  // Sleeps, claims, counts; interrupts stay off: a wfi ends by what is pending and enabled in mie.
  ClusterBench bench(
      {csrw(kCsrMie, a1), kWait, csrrw(a2, kCsrMtopei, zero), addi(a3, a3, 1), jump_back(-12)});
  TestImsic imsic("imsic");
  bench.cluster.imsic.bind(imsic);
  bench.cluster.hart(0).set_x(a1, kMeip);
  bench.run(1_us);
  REQUIRE(bench.cluster.all_waiting());
  std::uint64_t sent = 0;
  for (const Femtoseconds gap : {1_us, 100_ns, 10_ns, 5_ns, 4_ns}) {
    for (int n = 0; n < 20; ++n, ++sent) {
      imsic.send(7);
      bench.run(gap);
      CHECK(bench.cluster.hart(0).x(a3) == sent + 1);
      CHECK(bench.cluster.all_waiting());
    }
  }
}

TEST_CASE("CpuCluster loses no wake-up when a message comes while the hart has run ahead",
          "[cpu]") {
  // 200 instructions of work between claim and sleep, in one turn ahead of the kernel.
  std::vector<Word> program = {csrw(kCsrMie, a1), kWait, csrrw(a2, kCsrMtopei, zero),
                               addi(a3, a3, 1)};
  for (int n = 0; n < 200; ++n) program.push_back(kNop);
  program.push_back(jump_back(-4 * 203));
  ClusterBench bench(program);
  TestImsic imsic("imsic");
  bench.cluster.imsic.bind(imsic);
  bench.cluster.hart(0).set_x(a1, kMeip);
  bench.run(1_us);
  imsic.send(7);
  bench.run(50_ns);  // The turn has claimed the first and is 150 ns ahead.
  imsic.send(7);
  bench.run(1_us);
  CHECK(bench.cluster.hart(0).x(a3) == 2);
  CHECK(bench.cluster.all_waiting());
  CHECK(bench.cluster.statistics(0).max_interrupt_lateness > 100_ns);
}

TEST_CASE("CpuCluster ignores messages for interrupts that nobody enabled", "[cpu]") {
  ClusterBench bench({csrw(kCsrMie, a1), kWait, addi(a3, a3, 1), jump_back(-8)});
  TestImsic imsic("imsic");
  imsic.machine.enabled = 1u << 7;
  bench.cluster.imsic.bind(imsic);
  bench.cluster.hart(0).set_x(a1, kMeip);
  bench.run(1_us);
  imsic.send(8);
  bench.run(1_us);
  CHECK(bench.cluster.hart(0).x(a3) == 0);
}

}  // namespace cvp
