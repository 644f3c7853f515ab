// SPDX-License-Identifier: Apache-2.0
//
// Flits and the handshakes between the layers: where flits stop, what a handshake costs, and that
// nothing is lost by it.
#include <map>
#include <memory>

#include "models/core/report.h"
#include "models/ucie/ucie_comparison_test.h"
#include "models/ucie/ucie_link_trace.h"

namespace cvp {
namespace {

struct Watcher : UcieTraceSink {
  struct Seen {
    std::string text;
    Femtoseconds start, end;
  };
  std::map<std::string, std::vector<Seen>, std::less<>> flits, signals;  ///< By end of a link.

  Watcher() { ucie_trace_sink() = this; }
  ~Watcher() override { ucie_trace_sink() = nullptr; }
  void record(const UcieTraceEntry& entry) override {
    if (entry.what == UcieTraceEntry::What::kFlit) {
      flits[std::string(entry.port)].push_back({entry.text, entry.start, entry.end});
    } else if (entry.what == UcieTraceEntry::What::kSignal) {
      signals[std::string(entry.port)].push_back({entry.text, entry.start, entry.end});
    }
  }
  Femtoseconds when(const std::string& port, std::string_view text) const {
    for (const Seen& seen : signals.at(port)) {
      if (seen.text == concat("signal, ", text)) return seen.start;
    }
    FAIL("not seen: " << text);
    return {};
  }
};

// [from, to): from the acknowledgement of RDI's stall to its next Active.
std::vector<std::pair<Femtoseconds, Femtoseconds>> stalls(
    const std::vector<Watcher::Seen>& signals) {
  std::vector<std::pair<Femtoseconds, Femtoseconds>> all;
  for (const Watcher::Seen& seen : signals) {
    if (seen.text == "signal, RDI lp_stallack 1") {
      all.emplace_back(seen.start, Femtoseconds::max());
    } else if (seen.text == "signal, RDI pl_state_sts Active") {
      all.back().second = seen.start;
    }
  }
  return all;
}

// Traffic over a link that retrains again and again.
void check_stalls(Femtoseconds step) {
  constexpr unsigned kCount = 3000;
  Watcher watcher;
  UcieParams flits = flit_by_flit(UcieFlitFormat::k256, 1e-6);
  flits.handshake_step = step;
  TestBench<Pair> bench(trained(), flits);
  bench.run([&] {
    Script expected(bench.dut.by_arithmetic, kCount), script(bench.dut.by_flits, kCount);
    const UciePort& end = bench.dut.by_flits.a;
    for (unsigned n = 0; n < kCount; ++n) {
      expected.issue(n);
      script.issue(n);
      bench.wait({splitmix64(n) % (8_ns).value});
      if (n % 200 != 100) continue;
      bench.dut.regs_flits.write(0x10, 4, 2);  // control.retrain
      bench.wait({splitmix64(n) % (200_ns).value});
      for (int i = 0; i < 1000 && !end.link().sends(); ++i) bench.wait(1_us);
    }
    bench.wait(200_us);
    CHECK(script.done() == kCount);
    CHECK(script.memory() == expected.memory());
    CHECK(script.same_outcomes(expected));
  });
  unsigned at_the_end_of_a_flit = 0, times = 0;
  for (const auto& [port, sent] : watcher.flits) {
    const auto stalled = stalls(watcher.signals.at(port));
    CHECK(stalled.size() == 15);
    times += static_cast<unsigned>(stalled.size());
    for (const auto& [from, to] : stalled) {
      REQUIRE(to != Femtoseconds::max());
      bool started = false, cut = false;
      for (const Watcher::Seen& flit : sent) {
        started |= flit.start >= from && flit.start < to;
        cut |= flit.start < from && flit.end > from;
        at_the_end_of_a_flit += flit.end == from;
      }
      CHECK_FALSE(started);
      CHECK_FALSE(cut);
    }
  }
  CHECK(times == 30);
  // Where the acknowledgement does not come later.
  if (step == 0_ns) CHECK(at_the_end_of_a_flit >= 10);
}

TEST_CASE("UcieFlitPath stops at the end of a flit and starts none until the link is Active",
          "[unit][ucie]") {
  check_stalls(0_ns);
}
TEST_CASE("UcieFlitPath stops so too where a handshake is shorter than a flit", "[unit][ucie]") {
  check_stalls(300_ps);
}
TEST_CASE("UcieFlitPath stops so too where a handshake is longer", "[unit][ucie]") {
  check_stalls(40_ns);
}

/// Links side by side, and how to reach the registers of their ends.
struct Links : sc_core::sc_module {
  struct Each {
    std::string name;
    BurstLink link;
    TestInitiator regs_a;
    Each(const std::string& own, ActionQueue& actions, const UcieParams& params)
        : name(own), link(own.c_str(), actions, params, params), regs_a((own + "_regs").c_str()) {
      regs_a.bind(link.regs_target);
    }
  };
  std::vector<std::unique_ptr<Each>> all;

  Links(const sc_core::sc_module_name& name, ActionQueue& actions,
        const std::vector<UcieParams>& params)
      : sc_module(name) {
    for (const UcieParams& each : params) {
      all.push_back(std::make_unique<Each>("link" + std::to_string(all.size()), actions, each));
    }
  }
};

UcieParams with(UcieFidelity fidelity, Femtoseconds step) {
  UcieParams params = trained();
  params.fidelity = fidelity;
  params.handshake_step = step;
  return params;
}
constexpr auto kFlit = UcieFidelity::kFlit, kApproximate = UcieFidelity::kApproximate,
               kFunctional = UcieFidelity::kFunctional;
constexpr std::uint32_t kControl = 0x10, kRetrain = 2;

TEST_CASE("UciePort stops flits where they end, or a step later", "[unit][ucie]") {
  struct Case {
    UcieFidelity fidelity;
    Femtoseconds step, stops;
  };
  std::vector<Case> cases = {{kFunctional, 0_ns, 4.3_ns}, {kFunctional, 2_ns, 6.3_ns}};
  for (const auto fidelity : {kFlit, kApproximate}) {
    cases.insert(cases.end(),
                 {{fidelity, 0_ns, 5_ns}, {fidelity, 500_ps, 5_ns}, {fidelity, 2_ns, 6.3_ns}});
  }
  std::vector<UcieParams> params;
  for (const Case& each : cases) params.push_back(with(each.fidelity, each.step));
  Watcher watcher;
  TestBench<Links> bench(params);
  Femtoseconds begun;
  bench.run([&] {
    // 18 flits of 1 ns; each end is asked 4.3 ns after they have begun.
    begun = simulation_time();
    for (const auto& each : bench.dut.all) {
      each->link.near.write(0, std::vector<std::uint8_t>(4096), 0, posted());
    }
    bench.wait(4.3_ns);
    for (const auto& each : bench.dut.all) each->regs_a.write(kControl, 4, kRetrain);
    bench.wait(100_us);
    for (const auto& each : bench.dut.all) {
      CHECK(each->link.a.link().sends());
      CHECK(each->link.near.in_flight() == 0);
    }
  });
  for (std::size_t n = 0; n < cases.size(); ++n) {
    const auto& [fidelity, step, stops] = cases[n];
    CAPTURE(n);
    const std::string end = bench.dut.all[n]->link.a.name();
    CHECK(watcher.when(end, "RDI pl_stallreq 1") == begun + 4.3_ns);
    CHECK(watcher.when(end, "RDI lp_stallack 1") == begun + stops);
    CHECK(watcher.when(end, "RDI pl_state_sts Retrain") == begun + stops);
    CHECK(watcher.when(end, "RDI lp_stallack 0") == begun + stops + step);
    CHECK(watcher.when(end, "FDI0 pl_state_sts Retrain") == begun + stops + 2 * step);
    if (fidelity != kFlit) continue;
    // None starts once it was asked, however long the handshake takes.
    const Femtoseconds active = watcher.when(end, "RDI pl_state_sts Active");
    for (const Watcher::Seen& flit : watcher.flits.at(end)) {
      CHECK((flit.start < begun + 4.3_ns || flit.start >= active));
    }
  }
}

TEST_CASE("UciePort retrains later by what the handshakes take", "[unit][ucie]") {
  std::vector<UcieParams> params;
  for (const auto fidelity : {kFlit, kApproximate, kFunctional}) {
    params.insert(params.end(), {with(fidelity, 0_ns), with(fidelity, 10_ns)});
  }
  Watcher watcher;
  TestBench<Links> bench(params);
  bench.run([&] {
    for (const auto& each : bench.dut.all) each->regs_a.write(kControl, 4, kRetrain);
    bench.wait(200_us);
    for (const auto& each : bench.dut.all) CHECK(each->link.a.link().sends());
  });
  for (std::size_t n = 0; n < params.size(); n += 2) {
    const auto active = [&](std::size_t link) {
      return watcher.when(bench.dut.all[link]->link.a.name(), "FDI0 pl_state_sts Active");
    };
    CHECK(active(n) > 20_us);
    // This end stalls, then the other; the receiver of FDI. What FDI does meanwhile costs nothing.
    CHECK(active(n + 1) == active(n) + 3 * 10_ns);
  }
}

TEST_CASE("UciePort that stalls lets responses wait", "[unit][ucie]") {
  std::vector<UcieParams> params;
  for (const auto fidelity : {kFlit, kApproximate, kFunctional}) {
    params.push_back(with(fidelity, 100_ns));
  }
  TestBench<Links> bench(params);
  std::vector<Femtoseconds> done;
  for (const auto& each : bench.dut.all) {
    each->link.near.on_complete([&](const Burst& burst) {
      CHECK(burst.ok());
      done.push_back(simulation_time());
    });
  }
  bench.run([&] {
    const Femtoseconds begun = simulation_time();
    for (const auto& each : bench.dut.all) each->link.near.read(0, 64, 0, {});  // Back by 56 ns.
    bench.wait(40_ns);
    for (const auto& each : bench.dut.all) each->link.regs_b.write(kControl, 4, kRetrain);
    bench.wait(20_ns);
    for (const auto& each : bench.dut.all) {
      CHECK(each->link.b.link().stalls());
      CHECK(each->link.b.link().active());
    }
    bench.wait(200_us);
    REQUIRE(done.size() == 3);
    for (const Femtoseconds each : done) CHECK(each - begun > 20_us);  // It has retrained.
  });
}

TEST_CASE("UciePort with a layer that never answers ends in TRAINERROR after 8 ms",
          "[unit][ucie]") {
  set_log_sink([](std::string_view) {});
  UcieParams a = flit_by_flit(), b = flit_by_flit();
  b.end = 1;
  a.handshake_step = 9_ms;
  TestBench<BurstLink> bench(a, b);
  bench.run([&] {
    bench.write(&UcieRegs::control, UcieRegs::Control{.retrain = true});
    bench.wait(8_ms - 1_us);
    CHECK(bench.dut.a.training().active());
    bench.wait(2_us);
    CHECK(bench.dut.a.training().state() == UcieState::kTrainError);
    CHECK(bench.dut.b.training().state() == UcieState::kTrainError);
    CHECK(bench.read(&UcieRegs::error).timeout);
    CHECK(bench.read(&UcieRegs::log).cause == UcieRegs::Log::kCauseTimeout);
    CHECK_FALSE(bench.dut.a.link().up());
  });
}

}  // namespace
}  // namespace cvp
