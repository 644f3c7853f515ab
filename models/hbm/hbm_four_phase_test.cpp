// SPDX-License-Identifier: Apache-2.0
//
// A stack as a target of the base protocol's four phases.
#include <catch2/catch.hpp>

#include "models/hbm/hbm.h"
#include "tests/harness/archive.h"
#include "tests/harness/test_bench.h"

using namespace cvp;

namespace {

// A strict initiator: it takes its time to end a response, and notes when one begins before it has.
class FourPhases : public sc_core::sc_module, private tlm::tlm_bw_transport_if<> {
 public:
  explicit FourPhases(sc_core::sc_module_name name) : sc_module(name) {
    socket.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
    SC_HAS_PROCESS(FourPhases);
    SC_METHOD(end_response);
    sensitive << end_;
    dont_initialize();
    for (std::size_t i = 0; i < payloads.size(); ++i) {
      payloads[i].set_command(tlm::TLM_READ_COMMAND);
      payloads[i].set_address(i * 4096);
      payloads[i].set_data_ptr(data_.data());
      payloads[i].set_data_length(32);
      payloads[i].set_streaming_width(32);
    }
  }

  void send_all() {
    for (auto& payload : payloads) {
      payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
      tlm::tlm_phase phase = tlm::BEGIN_REQ;
      sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
      REQUIRE(socket->nb_transport_fw(payload, phase, delay) == tlm::TLM_UPDATED);
      CHECK(phase == tlm::END_REQ);
    }
  }

  tlm::tlm_initiator_socket<> socket{"socket"};
  std::array<tlm::tlm_generic_payload, 8> payloads;
  std::vector<Femtoseconds> begins;  // Of responses.
  Femtoseconds takes = 5_ns;         // To end one.
  unsigned ended = 0, overlaps = 0;

 private:
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    CHECK(phase == tlm::BEGIN_RESP);
    if (begun_ != nullptr) ++overlaps;
    begun_ = &payload;
    begins.push_back(simulation_time() + to_femtoseconds(delay));
    end_.notify(delay + to_sc_time(takes));
    return tlm::TLM_ACCEPTED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
  void end_response() {
    tlm::tlm_phase phase = tlm::END_RESP;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    tlm::tlm_generic_payload& payload = *std::exchange(begun_, nullptr);
    ++ended;
    CHECK(socket->nb_transport_fw(payload, phase, delay) == tlm::TLM_COMPLETED);
  }

  std::array<std::uint8_t, 32> data_{};
  tlm::tlm_generic_payload* begun_ = nullptr;
  sc_core::sc_event end_;
};

struct FourPhaseBench : sc_core::sc_module {
  FourPhaseBench(sc_core::sc_module_name name, ActionQueue& actions, const HbmParams& params)
      : sc_module(name), stack("stack", actions, params) {
    initiator.socket.bind(stack.mem_target);
    regs.bind(stack.regs_target);
  }
  HbmStack stack;
  FourPhases initiator{"initiator"};
  TestInitiator regs{"regs"};
};

HbmParams four_phases(Fidelity fidelity) {
  return {.fidelity = fidelity,
          .early_completion = false,
          .trained_at_reset = true,
          .controller = {.refresh = HbmRefresh::kNone}};
}

// All requests end at once, their responses come one at a time, each when the one before has ended.
void check_phases(Fidelity fidelity) {
  TestBench<FourPhaseBench> bench(four_phases(fidelity));
  bench.run([&] {
    FourPhases& initiator = bench.dut.initiator;
    initiator.send_all();
    CHECK(initiator.begins.empty());
    bench.wait(1_us);
    CHECK(initiator.ended == 8);
    CHECK(initiator.overlaps == 0);
    for (const auto& payload : initiator.payloads) {
      CHECK(payload.get_response_status() == tlm::TLM_OK_RESPONSE);
    }
    CHECK(initiator.begins.front() >= 14_ns);
    // An initiator that ends each response only after 400 ns holds back the others.
    initiator.begins.clear();
    initiator.takes = 400_ns;
    initiator.send_all();
    bench.wait(5_us);
    CHECK(initiator.ended == 16);
    CHECK(initiator.overlaps == 0);
    REQUIRE(initiator.begins.size() == 8);
    for (std::size_t i = 1; i < 8; ++i) {
      CHECK(initiator.begins[i] == initiator.begins[i - 1] + 400_ns);
    }
  });
}

// The same times as with early completion, through b_transport too.
void check_times(Fidelity fidelity, Femtoseconds closed, Femtoseconds open) {
  TestBench<HbmStack> bench(four_phases(fidelity));
  bench.run([&] {
    bench.wait(100_ns + 312500_fs);  // An odd tick.
    CHECK(bench.mem_initiator.read(0, 32).latency == closed);
    bench.wait(100_ns);
    CHECK(bench.mem_initiator.read(0, 32).latency == open);
    CHECK(bench.mem_initiator.read(bench.dut.size(), 32).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  });
}

}  // namespace

TEST_CASE("Hbm cycle fidelity follows the four phases, one response at a time", "[hbm]") {
  check_phases(Fidelity::kCycle);
}
TEST_CASE("Hbm approximate fidelity follows the four phases, one response at a time", "[hbm]") {
  check_phases(Fidelity::kApproximate);
}
TEST_CASE("Hbm functional fidelity follows the four phases, one response at a time", "[hbm]") {
  check_phases(Fidelity::kFunctional);
}

TEST_CASE("Hbm four phases take the time of the cycle engine", "[hbm]") {
  check_times(Fidelity::kCycle, 34.375_ns, 14.375_ns);
}
TEST_CASE("Hbm four phases take the time of the approximate engine", "[hbm]") {
  check_times(Fidelity::kApproximate, 34.375_ns, 14.375_ns);
}

// Responses begin when the engine says, out of the order of the requests where it says so.
TEST_CASE("Hbm four phases of approximate fidelity begin at the engine's times", "[hbm]") {
  TestBench<FourPhaseBench> bench(four_phases(Fidelity::kApproximate));
  bench.run([&] {
    HbmEngine engine({.timing = bench.dut.stack.engine().timing(),
                      .map = HbmParams{}.map_in_use(),
                      .controller = {.refresh = HbmRefresh::kNone}});
    bench.dut.initiator.takes = {};
    std::vector<Femtoseconds> expected;
    for (const auto& payload : bench.dut.initiator.payloads) {
      expected.push_back(engine.access(false, payload.get_address(), 32, simulation_time()));
    }
    std::sort(expected.begin(), expected.end());
    bench.dut.initiator.send_all();
    bench.wait(1_us);
    CHECK(bench.dut.initiator.begins == expected);
  });
}

// Its own end comes as if nothing had been; what was in flight has nobody left to answer to.
TEST_CASE("Hbm stack of cycle fidelity takes on what another one had in flight", "[hbm]") {
  TestBench<FourPhaseBench> bench(four_phases(Fidelity::kCycle));
  bench.run([&] {
    HbmStack& stack = bench.dut.stack;
    bench.dut.initiator.send_all();
    const std::string in_flight = save(stack);
    bench.wait(1_us);
    CHECK(bench.dut.initiator.ended == 8);
    load(stack, in_flight);
    CHECK(bench.dut.stack.statistics().counters.bursts_read == 0);
    bench.dut.initiator.send_all();
    bench.wait(1_us);
    CHECK(bench.dut.initiator.ended == 16);
    CHECK(bench.dut.stack.statistics().counters.bursts_read == 16);
  });
}
