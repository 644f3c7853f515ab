// SPDX-License-Identifier: Apache-2.0
#include "models/imsic/imsic.h"

#include "tests/harness/archive.h"
#include "tests/harness/register_walk.h"
#include "tests/harness/test_bench.h"

namespace cvp {
namespace {

constexpr Addr kPage = 0x1000;
constexpr unsigned kEnabled0 = 0xc0;

constexpr std::uint32_t topei(unsigned identity) { return identity << 16 | identity; }

/// The model with an initiator at each of its windows, and a reader of its files.
struct Wired : sc_core::sc_module {
  Imsic imsic;
  TestInitiator machine{"machine"}, supervisor{"supervisor"};
  sc_core::sc_port<ImsicIf> files{"files"};

  Wired(sc_core::sc_module_name name, ActionQueue& actions, const ImsicParams& params)
      : sc_module(name), imsic("imsic", actions, params) {
    machine.bind(imsic.machine_target);
    supervisor.bind(imsic.supervisor_target);
    files.bind(imsic.files);
  }
};

struct Bench : TestBench<Wired> {
  TestInitiator &machine = dut.machine, &supervisor = dut.supervisor;
  sc_core::sc_port<ImsicIf>& files = dut.files;

  Bench() : TestBench<Wired>(ImsicParams{.harts = 4}) {}
  const ImsicStatistics& statistics() const { return dut.imsic.statistics(); }
  auto send(TestInitiator& window, unsigned hart, std::uint64_t number) {
    const auto status = window.write(hart * kPage, 4, number).status;
    settle();
    return status;
  }
  void enable_all() {
    for (unsigned hart = 0; hart < 4; ++hart) {
      for (unsigned select = kEnabled0; select < 0x100; select += 2) {
        files->machine_file(hart).write(select, ~std::uint64_t{0});
        files->supervisor_file(hart).write(select, ~std::uint64_t{0});
      }
    }
  }
};

}  // namespace

TEST_CASE("Imsic windows follow their register file", "[unit][imsic]") {
  Bench bench;
  bench.run([&] {
    RegisterWalk(bench.dut.imsic.machine_target.bank(), bench.machine).run();
    RegisterWalk(bench.dut.imsic.supervisor_target.bank(), bench.supervisor).run();
  });
}

TEST_CASE("Imsic brings a message to the file of its window and page, and to no other",
          "[unit][imsic]") {
  Bench bench;
  bench.run([&] {
    bench.enable_all();
    CHECK(bench.send(bench.machine, 1, 5) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.send(bench.supervisor, 3, 255) == tlm::TLM_OK_RESPONSE);
    for (unsigned hart = 0; hart < 4; ++hart) {
      CHECK(bench.files->machine_file(hart).top() == (hart == 1 ? topei(5) : 0));
      CHECK(bench.files->supervisor_file(hart).top() == (hart == 3 ? topei(255) : 0));
    }
    CHECK(bench.statistics().messages == 2);
  });
}

TEST_CASE("Imsic ignores numbers that are no identity, and big-endian messages", "[unit][imsic]") {
  Bench bench;
  bench.run([&] {
    bench.enable_all();
    CHECK(bench.send(bench.machine, 0, 0) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.send(bench.machine, 0, 256) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.send(bench.machine, 0, 0x8000'0001) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.machine.write(4, 4, 0x0500'0000).status == tlm::TLM_OK_RESPONSE);
    CHECK(bench.files->machine_file(0).top() == 0);
    CHECK(bench.statistics().messages == 0);
    CHECK(bench.statistics().ignored == 3);
  });
}

TEST_CASE("Imsic pages of harts that are not there are read-only zeros", "[unit][imsic]") {
  Bench bench;
  bench.run([&] {
    CHECK(bench.send(bench.supervisor, 4, 5) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.send(bench.supervisor, 63, 5) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.supervisor.read(63 * kPage, 4).value == 0);
    CHECK(bench.statistics().messages + bench.statistics().ignored == 0);
  });
}

TEST_CASE("Imsic refuses messages of other sizes, atomics and poison", "[unit][imsic]") {
  Bench bench;
  bench.run([&] {
    bench.enable_all();
    for (const unsigned bytes : {1u, 2u, 8u}) {
      CHECK(bench.machine.write(0, bytes, 5).status == tlm::TLM_BURST_ERROR_RESPONSE);
    }
    CHECK(bench.machine.write(2, 4, 5).status == tlm::TLM_BURST_ERROR_RESPONSE);
    bench.machine.attributes.poison = true;
    CHECK(bench.machine.write(0, 4, 5).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
    bench.machine.attributes.poison = false;
    bench.machine.attributes.atomic = AtomicOp::kSwap;
    CHECK(bench.machine.read(0, 4).status == tlm::TLM_COMMAND_ERROR_RESPONSE);
    CHECK(bench.files->machine_file(0).top() == 0);
  });
}

TEST_CASE("Imsic tells of every message, also of one that was pending already", "[unit][imsic]") {
  Bench bench;
  bench.run([&] {
    for (int n = 0; n < 3; ++n) {
      CHECK(bench.machine.write(2 * kPage, 4, 17).status == tlm::TLM_OK_RESPONSE);
      const Femtoseconds sent = simulation_time();
      sc_core::wait(to_sc_time(1_ns), bench.files->default_event());
      CHECK(simulation_time() == sent);
    }
    CHECK(bench.statistics().messages == 3);
  });
}

TEST_CASE("Imsic goes on identically from an archive", "[unit][imsic]") {
  Bench bench;
  bench.run([&] {
    bench.enable_all();
    bench.send(bench.machine, 2, 17);
    bench.send(bench.supervisor, 1, 18);
    const std::string saved = save(bench.dut.imsic);
    bench.files->machine_file(2).claim();
    bench.files->supervisor_file(1).claim();
    load(bench.dut.imsic, saved);
    CHECK(save(bench.dut.imsic) == saved);
    CHECK(bench.files->machine_file(2).top() == topei(17));
    CHECK(bench.files->supervisor_file(1).top() == topei(18));
  });
}

}  // namespace cvp
