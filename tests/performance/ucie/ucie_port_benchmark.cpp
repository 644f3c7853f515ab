// SPDX-License-Identifier: Apache-2.0
//
// The cost of a transaction on the host through both ports of a link, as a platform has them: a
// burst into one port, over the link, into a memory behind the other, and its answer back.
#include <benchmark/benchmark.h>

#include <deque>

#include "models/core/simulation_time.h"
#include "models/ucie/ucie_port_test.h"

namespace cvp {
namespace {

constexpr unsigned kOutstanding = 64;
constexpr Addr kRoom = 0x10000;

/// A link of this fidelity on a die with an initiator that keeps so many transactions in flight.
struct Busy : sc_core::sc_module {
  Busy(const sc_core::sc_module_name& name, const UcieParams& params)
      : sc_module(name), link("link", actions, params, params) {
    regs.bind(link.regs_target);
    link.near.on_complete([this](const Burst&) {
      link.memory_b.arrivals.clear();
      ++done;
      if (!stops) issue();
    });
  }
  void issue() {
    next = (next + data.size()) % kRoom;
    writes ? link.near.write(next, data, 0, {}) : link.near.read(next, 64, 0, {});
  }

  ActionQueue actions{"actions"};
  BurstLink link;
  TestInitiator regs{"regs"};
  const std::vector<std::uint8_t> data = std::vector<std::uint8_t>(64, 0x5A);
  Addr next = 0;
  std::uint64_t done = 0;
  bool writes = false, stops = true;
};

// One kernel, so all links are there before it starts.
void transactions(benchmark::State& state, Busy& busy, bool writes) {
  busy.writes = writes;
  busy.stops = false;
  const std::uint64_t before = busy.done;
  for (unsigned i = 0; i < kOutstanding; ++i) busy.issue();
  for (auto _ : state) sc_core::sc_start(to_sc_time(1_us));
  state.SetItemsProcessed(static_cast<std::int64_t>(busy.done - before));
  busy.stops = true;
  while (busy.link.near.in_flight() > 0) sc_core::sc_start(to_sc_time(1_us));
}

}  // namespace
}  // namespace cvp

int sc_main(int argc, char** argv) {
  using namespace cvp;
  set_time_resolution();
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  benchmark::Initialize(&argc, argv);
  std::deque<Busy> links;
  for (const auto& [name, fidelity] : {std::pair("functional", UcieFidelity::kFunctional),
                                       {"approximate", UcieFidelity::kApproximate},
                                       {"flit", UcieFidelity::kFlit}}) {
    UcieParams params = trained();
    params.fidelity = fidelity;
    Busy& busy = links.emplace_back(name, params);
    for (const bool writes : {false, true}) {
      benchmark::RegisterBenchmark(
          (std::string(name) + (writes ? "/writes" : "/reads")).c_str(),
          [&busy, writes](benchmark::State& state) { transactions(state, busy, writes); });
    }
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
