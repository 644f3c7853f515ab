// SPDX-License-Identifier: Apache-2.0
#include "models/aplic/aplic.h"

#include "tests/harness/archive.h"
#include "tests/harness/register_walk.h"
#include "tests/harness/test_bench.h"

namespace cvp {
namespace {

using R = AplicRegs;
constexpr unsigned kMachine = 0, kSupervisor = 1;
constexpr unsigned kSource = 10;

/// The model with a memory where its messages go.
struct Wired : sc_core::sc_module {
  Aplic aplic;
  TestMemory messages{"messages", 0x4000};
  RegisterSocket& regs_target;

  Wired(sc_core::sc_module_name name, ActionQueue& actions, const AplicParams& params)
      : sc_module(name), aplic("aplic", actions, params), regs_target(aplic.regs_target) {
    aplic.msi_initiator.bind(messages);
    for (std::size_t n = 0; n < aplic.source.size(); ++n) {
      if (n > 0 && n != kSource && n != kSource + 1) continue;
      aplic.source[n].bind(wires[n % 3]);
    }
    for (std::size_t n = 0; n < aplic.context.size(); ++n) aplic.context[n].bind(contexts[n]);
  }
  sc_core::sc_vector<sc_core::sc_signal<bool, sc_core::SC_MANY_WRITERS>> wires{"wires", 3};
  sc_core::sc_vector<sc_core::sc_signal<bool>> contexts{"contexts", 128};
};

struct Bench : TestBench<Wired> {
  explicit Bench(const AplicParams& params = {.harts = 2}) : TestBench<Wired>(params) {}
  auto& source(unsigned number) { return dut.wires[number % 3]; }
  bool context(unsigned number) { return dut.contexts[number].read(); }
  std::uint32_t word(Addr address) {
    const auto bytes = dut.messages.bytes(address, 4);
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data(), 4);
    return value;
  }
  void configure(unsigned domain, unsigned number, std::uint32_t mode, unsigned hart,
                 std::uint32_t value) {
    if (domain == kSupervisor) {
      write(&R::domain_sourcecfg, number - 1, R::DomainSourcecfg{.delegate = true});
    }
    const std::size_t index = domain * 1023 + number - 1;
    write(&R::domain_sourcecfg, index, R::DomainSourcecfg{.mode = mode});
    write(&R::domain_target, index, R::DomainTarget{.hart = hart, .value = value});
    write(&R::domain_setienum, domain, R::DomainSetienum{.source = number});
  }
};

constexpr std::uint32_t kLevel1 = R::DomainSourcecfg::kModeLevel1;
constexpr std::uint32_t kEdge1 = R::DomainSourcecfg::kModeEdge1;

}  // namespace

TEST_CASE("Aplic registers follow their register file", "[unit][aplic]") {
  Bench bench;
  bench.run([&] { register_walk(bench); });
}

TEST_CASE("Aplic drives a hart's M and S lines from its two domains", "[unit][aplic]") {
  Bench bench;
  bench.run([&] {
    bench.configure(kSupervisor, kSource, kLevel1, 1, 3);
    bench.write(&R::domain_idelivery, 64 + 1, R::DomainIdelivery{.enable = true});
    bench.write(&R::domain_cfg, kSupervisor, R::DomainCfg{.ie = true});
    bench.source(kSource).write(true);
    bench.settle();
    for (const unsigned line : {0u, 1u, 2u}) CHECK_FALSE(bench.context(line));
    CHECK(bench.context(3));
    CHECK(bench.read(&R::domain_claimi, 64 + 1) == (kSource << 16 | 3));
    CHECK(bench.context(3));  // A level: pending while it is high.
    bench.source(kSource).write(false);
    bench.settle();
    CHECK_FALSE(bench.context(3));
  });
}

TEST_CASE("Aplic writes a message of 4 bytes to the address of the hart", "[unit][aplic]") {
  Bench bench;
  bench.run([&] {
    bench.write(&R::mmsiaddrcfg, 1);
    bench.write(&R::mmsiaddrcfgh, R::Mmsiaddrcfgh{.lhxw = 1});
    bench.write(&R::smsiaddrcfg, 2);
    bench.configure(kMachine, kSource, kEdge1, 0, 33);
    bench.configure(kSupervisor, kSource + 1, kEdge1, 1, 44);
    for (const unsigned domain : {kMachine, kSupervisor}) {
      bench.write(&R::domain_cfg, domain, R::DomainCfg{.ie = true, .dm = true});
    }
    bench.dut.messages.load(0x1000, {0xff, 0xff, 0xff, 0xff, 0xff});
    bench.source(kSource).write(true);
    bench.source(kSource + 1).write(true);
    bench.wait(1_ns);
    CHECK(bench.word(0x1000) == 33);
    CHECK(bench.dut.messages.bytes(0x1004, 1).front() == 0xff);
    CHECK(bench.word(0x3000) == 44);
    CHECK(bench.dut.aplic.statistics().messages == 2);
    CHECK(bench.dut.aplic.lost_messages() == 0);
    for (unsigned line = 0; line < 4; ++line) CHECK_FALSE(bench.context(line));
  });
}

TEST_CASE("Aplic keeps interrupts pending while enough messages are on their way",
          "[unit][aplic]") {
  Bench bench(AplicParams{.harts = 1, .sources = 100});
  bench.run([&] {
    bench.dut.messages.latency = 1_us;
    bench.write(&R::domain_cfg, kMachine, R::DomainCfg{.dm = true});
    for (unsigned number = 32; number < 64; ++number) {
      bench.configure(kMachine, number, R::DomainSourcecfg::kModeDetached, 0, number);
    }
    bench.write(&R::domain_setip, 1, R::DomainSetip{.sources = 0xffff'ffff});
    bench.write(&R::domain_cfg, kMachine, R::DomainCfg{.ie = true, .dm = true});
    bench.wait(1_ns);
    CHECK(bench.read(&R::domain_setip, 1).sources == 0xffff'0000);
    // A message of genmsi leaves when all of them have arrived, and before those that wait.
    bench.write(&R::domain_genmsi, kMachine, R::DomainGenmsi{.hart = 0, .eiid = 1});
    bench.wait(900_ns);
    CHECK(bench.read(&R::domain_genmsi, kMachine).busy);
    CHECK(bench.dut.aplic.statistics().messages == 16);
    bench.wait(100_ns);
    CHECK(bench.dut.aplic.statistics().messages == 1 + 16 + 15);
    CHECK(bench.read(&R::domain_setip, 1).sources == 0x8000'0000);
    CHECK(bench.read(&R::domain_genmsi, kMachine).busy);
    bench.wait(1_us);
    CHECK_FALSE(bench.read(&R::domain_genmsi, kMachine).busy);
    CHECK(bench.read(&R::domain_setip, 1).sources == 0);
    CHECK(bench.dut.aplic.statistics().messages == 33);
  });
}

TEST_CASE("Aplic counts messages that nothing takes and goes on", "[unit][aplic]") {
  Bench bench;
  bench.run([&] {
    bench.write(&R::mmsiaddrcfg, 0xffff'ffff);
    bench.configure(kMachine, kSource, kEdge1, 0, 33);
    bench.write(&R::domain_cfg, kMachine, R::DomainCfg{.ie = true, .dm = true});
    bench.source(kSource).write(true);
    bench.wait(1_ns);
    CHECK(bench.dut.aplic.lost_messages() == 1);
    bench.write(&R::mmsiaddrcfg, 1);
    bench.write(&R::domain_setipnum, kMachine, R::DomainSetipnum{.source = kSource});
    bench.wait(1_ns);
    CHECK(bench.word(0x1000) == 33);
  });
}

TEST_CASE("Aplic of one source and one hart works", "[unit][aplic]") {
  TestBench<Aplic> bench(AplicParams{.harts = 1, .sources = 1});
  (void)bench;
}

}  // namespace cvp
