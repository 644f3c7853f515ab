// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <deque>
#include <random>

#include "models/core/burst_initiator.h"
#include "models/hbm/hbm.h"
#include "tests/harness/archive.h"
#include "tests/harness/test_bench.h"

using namespace cvp;

namespace {

HbmParams ready(Fidelity fidelity) { return {.fidelity = fidelity, .trained_at_reset = true}; }

// Random reads and writes of many sizes, up to 16 in flight, on a small piece of the stack.
class Traffic {
 public:
  Traffic(HbmStack& stack, const char* name, ActionQueue& actions) : initiator_(name, actions) {
    initiator_.bind(stack.mem_target);
    initiator_.on_complete([this](const Burst& burst) {
      CHECK(burst.ok());
      if (burst.is_read()) {
        auto& data = reads[burst.tag];
        data.assign(burst.data.begin(), burst.data.end());
      }
      issue();
    });
  }
  void issue() {
    while (initiator_.in_flight() < 16 && issued_ < 3000) {
      const Addr address = random_() % 16384;
      const auto bytes = static_cast<std::uint32_t>(1 + random_() % (random_() % 4 ? 64 : 4096));
      if (random_() % 2) {
        std::vector<std::uint8_t> data(bytes);
        for (auto& byte : data) byte = static_cast<std::uint8_t>(random_());
        initiator_.write(address, data, issued_++, {});
      } else {
        initiator_.read(address, bytes, issued_++, {});
      }
    }
  }
  bool done() const { return issued_ == 3000 && initiator_.in_flight() == 0; }

  std::map<std::uint64_t, std::vector<std::uint8_t>> reads;  // By number.

 private:
  BurstInitiator initiator_;
  std::mt19937_64 random_{1};
  std::uint64_t issued_ = 0;
};

// Sends reads of one burst to random places, as many as it is told, and notes when they end.
class Reader : private tlm::tlm_bw_transport_if<> {
 public:
  explicit Reader(HbmStack& stack) : size_(stack.size()) {
    socket_.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
    socket_.bind(stack.mem_target);
  }
  void send(unsigned count) {
    for (; count > 0; --count) {
      auto& payload = payloads_.emplace_back();
      payload.set_command(tlm::TLM_READ_COMMAND);
      payload.set_address(random_() % size_ / 32 * 32);
      payload.set_data_ptr(data_);
      payload.set_data_length(32);
      payload.set_streaming_width(32);
      sent.push_back({payload.get_address(), simulation_time()});
      tlm::tlm_phase phase = tlm::BEGIN_REQ;
      sc_core::sc_time delay;
      CHECK(socket_->nb_transport_fw(payload, phase, delay) == tlm::TLM_UPDATED);
    }
  }

  struct Sent {
    Addr address;
    Femtoseconds time;
  };
  std::vector<Sent> sent;
  std::map<Addr, Femtoseconds> ends;

 private:
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase&,
                                     sc_core::sc_time& delay) override {
    ends[payload.get_address()] = simulation_time() + to_femtoseconds(delay);
    return tlm::TLM_COMPLETED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  const std::uint64_t size_;
  tlm::tlm_initiator_socket<> socket_{sc_core::sc_gen_unique_name("reader")};
  std::deque<tlm::tlm_generic_payload> payloads_;
  std::uint8_t data_[32];
  std::mt19937_64 random_{2};
};

struct StackAndReader : sc_core::sc_module {
  StackAndReader(sc_core::sc_module_name name, ActionQueue& actions)
      : sc_module(name), stack("stack", actions, params()), reader(stack), regs("regs") {
    regs.bind(stack.regs_target);
  }
  static HbmParams params() {
    HbmParams params = ready(Fidelity::kCycle);
    params.channels = 1;
    return params;
  }
  HbmStack stack;
  Reader reader;
  TestInitiator regs;
};

struct ThreeFidelities : sc_core::sc_module {
  ThreeFidelities(sc_core::sc_module_name name, ActionQueue& actions) : sc_module(name) {
    for (unsigned i = 0; i < 3; ++i) {
      const char* names[] = {"functional", "approximate", "cycle"};
      const Fidelity fidelities[] = {Fidelity::kFunctional, Fidelity::kApproximate,
                                     Fidelity::kCycle};
      stacks.push_back(std::make_unique<HbmStack>(names[i], actions, ready(fidelities[i])));
      traffic.push_back(
          std::make_unique<Traffic>(*stacks[i], sc_core::sc_gen_unique_name("traffic"), actions));
      regs.push_back(std::make_unique<TestInitiator>(sc_core::sc_gen_unique_name("regs")));
      regs[i]->bind(stacks[i]->regs_target);
    }
  }
  std::vector<std::unique_ptr<HbmStack>> stacks;
  std::vector<std::unique_ptr<Traffic>> traffic;
  std::vector<std::unique_ptr<TestInitiator>> regs;
};

}  // namespace

TEST_CASE("Hbm cycle fidelity through b_transport takes the DRAM's time and the controller's",
          "[hbm]") {
  TestBench<HbmStack> bench(HbmParams{.map = "p1g2c1h4c2b2s1c2r14",
                                      .fidelity = Fidelity::kCycle,
                                      .controller_latency = 65_ns,
                                      .trained_at_reset = true});
  bench.run([&] {
    using R = HbmRegs;
    bench.wait(100_ns + 312500_fs);  // An odd tick.
    CHECK(bench.mem_initiator.read(0, 32).latency == 34.375_ns + 65_ns);
    bench.wait(100_ns);
    CHECK(bench.mem_initiator.read(0, 32).latency == 14.375_ns + 65_ns);
    bench.wait(100_ns);
    CHECK(bench.mem_initiator.read(Addr{1} << 20, 32).latency == 50_ns + 65_ns);
    CHECK(bench.read(&R::channel_bursts_read, 0) == 3);
    CHECK(bench.read(&R::channel_row_hits, 0) == 1);
    CHECK(bench.read(&R::channel_row_misses, 0) == 1);
    CHECK(bench.read(&R::channel_row_conflicts, 0) == 1);
    bench.wait(3.9_us * 10);
    CHECK(bench.read(&R::channel_refreshes, 0) == 20);
    CHECK(bench.mem_initiator.read(bench.dut.size(), 32).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  });
}

TEST_CASE("Hbm refreshes of ranks take the energy of their banks", "[hbm]") {
  TestBench<HbmStack> bench(
      HbmParams{.generation = "ddr5-4800", .fidelity = Fidelity::kCycle, .trained_at_reset = true});
  bench.run([&] {
    bench.wait(3.9_us * 100 + 10_ns);
    const HbmStatistics statistics = bench.dut.statistics();
    const HbmTiming& timing = *find_hbm_timing("ddr5-4800");
    CHECK(statistics.counters.refreshes == 100 * 2 * timing.geometry.channels);
    CHECK(statistics.energy.refresh ==
          Approx(100.0 * timing.geometry.channels * timing.geometry.bank_count() *
                 timing.energy.refresh_bank));
  });
}

TEST_CASE("Hbm above the threshold is refreshed twice as often at cycle fidelity", "[hbm]") {
  TestBench<HbmStack> bench(ready(Fidelity::kCycle));
  bench.run([&] {
    using R = HbmRegs;
    const auto refreshes_in = [&](Femtoseconds span) {
      const std::uint64_t before = bench.read(&R::channel_refreshes, 0);
      bench.wait(span);
      bench.mem_initiator.read(0, 32);
      return bench.read(&R::channel_refreshes, 0) - before;
    };
    CHECK(refreshes_in(39_us) == 20);
    bench.write(&R::temperature_test, R::TemperatureTest{.celsius = 85, .enable = true});
    CHECK(refreshes_in(39_us) == 40);
    bench.write(&R::temperature_test, R::TemperatureTest{.celsius = 45, .enable = true});
    CHECK(refreshes_in(39_us) == 20);
  });
}

TEST_CASE("Hbm gives the same data at all three fidelities under random traffic", "[hbm]") {
  TestBench<ThreeFidelities> bench;
  bench.run([&] {
    auto& traffic = bench.dut.traffic;
    for (const auto& each : traffic) each->issue();
    bench.wait(1_ms);
    for (const auto& each : traffic) REQUIRE(each->done());
    CHECK(traffic[0]->reads.size() > 1000);
    CHECK(traffic[0]->reads == traffic[1]->reads);
    CHECK(traffic[0]->reads == traffic[2]->reads);
    std::vector<std::uint8_t> image[3];
    for (unsigned i = 0; i < 3; ++i) {
      image[i].resize(32768);
      bench.dut.stacks[i]->store().read(0, image[i]);
    }
    CHECK(image[0] == image[1]);
    CHECK(image[0] == image[2]);
  });
}

TEST_CASE("Hbm cycle fidelity names the controllers it has", "[hbm]") {
  HbmParams params = ready(Fidelity::kCycle);
  params.controller.refresh = HbmRefresh::kPerBank;
  CHECK(params.errors().empty());
  params.policy = "best";
  REQUIRE(params.errors().size() == 1);
  CHECK(params.errors()[0].find("policy: \"best\" is unknown; expected one of ab_q64") == 0);
  params.policy = "fr_fcfs";
  params.controller.read_queue = 1000;
  CHECK(params.errors() == std::vector<std::string>{"read_queue: 1000; expected 1 to 64"});
}

TEST_CASE("Hbm at cycle fidelity goes ahead while requests queue up, and nothing ends elsewhen",
          "[hbm]") {
  TestBench<StackAndReader> bench;
  bench.run([&] {
    using namespace hbm_cycle;
    Reader& reader = bench.dut.reader;
    reader.send(400);
    const std::uint64_t actions = bench.actions.executed();
    for (unsigned i = 0; i < 300; ++i) {
      bench.wait(2_ns);
      reader.send(1);
    }
    CHECK(bench.actions.executed() - actions < 100);
    bench.wait(10_us);
    for (unsigned i = 0; i < 100; ++i) {  // Few at a time.
      reader.send(3);
      bench.wait(11_ns);
    }
    bench.wait(10_us);

    const HbmParams params = StackAndReader::params();
    CycleEngine engine({params.timing(), params.map_in_use(), params.policy_in_use()});
    const Clock ticks({2 * params.timing().clock.hertz});
    std::vector<Completion> ends;
    for (std::size_t i = 0; i < reader.sent.size(); ++i) {
      const auto arrival = static_cast<Tick>(ticks.cycles_until(reader.sent[i].time));
      while (engine.next_tick() <= arrival) engine.step(ends);
      engine.submit(i, false, reader.sent[i].address, 32, arrival);
    }
    while (ends.size() < reader.sent.size()) engine.step(ends);
    REQUIRE(reader.ends.size() == ends.size());  // No address comes twice.
    for (const Completion& end : ends) {
      CHECK(reader.ends.at(reader.sent[end.id].address) ==
            ticks.at(static_cast<std::uint64_t>(end.tick)));
    }
  });
}
