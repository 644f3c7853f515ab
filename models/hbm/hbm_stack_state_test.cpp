// SPDX-License-Identifier: Apache-2.0
//
// A stack that is loaded in the middle of its work goes on as the one that was saved.
#include <catch2/catch.hpp>

#include "models/core/burst_initiator.h"
#include "models/hbm/hbm.h"
#include "tests/harness/archive.h"
#include "tests/harness/test_bench.h"

using namespace cvp;

namespace {

using R = HbmRegs;
constexpr Addr kWord = 0x12340;

/// Two stacks in one simulation: `two` is loaded from `one`, then both are asked the same.
struct Twins : sc_core::sc_module {
  struct Answer {
    std::vector<std::uint8_t> data;
    bool poison;
    tlm::tlm_response_status status;
    Femtoseconds span;
    bool operator==(const Answer&) const = default;
  };
  struct Stack {
    Stack(const std::string& name, ActionQueue& actions, const HbmParams& params)
        : dut((name + "_dut").c_str(), actions, params),
          messages((name + "_messages").c_str()),
          memory((name + "_memory").c_str(), actions),
          regs((name + "_regs").c_str()) {
      dut.msi_initiator.bind(messages);
      memory.bind(dut.mem_target);
      regs.bind(dut.regs_target);
      memory.on_complete([this](const Burst& burst) {
        answer = {{burst.data.begin(), burst.data.end()},
                  burst.poison,
                  burst.status,
                  simulation_time() - burst.issued};
      });
    }
    HbmStack dut;
    TestMemory messages;
    BurstInitiator memory;
    TestInitiator regs;
    Answer answer;
  };

  Twins(sc_core::sc_module_name name, ActionQueue& actions, const HbmParams& params)
      : sc_module(name), one("one", actions, params), two("two", actions, params) {}

  Stack one, two;
};

struct TwinBench : TestBench<Twins> {
  using Stack = Twins::Stack;

  explicit TwinBench(HbmParams params = {}) : TestBench(trained(std::move(params))) {}
  static HbmParams trained(HbmParams params) {
    params.trained_at_reset = true;
    return params;
  }

  /// To the first stack; once the second one is loaded, to both.
  template <class Reg>
  void write(Reg R::*member, std::size_t index, const typename Reg::Value& value) {
    const auto& reg = bank().*member;
    const auto to = [&](Stack& stack) {
      REQUIRE(stack.regs.write(reg.offset(index), reg.info().bytes, register_bits(value)).status ==
              tlm::TLM_OK_RESPONSE);
    };
    to(dut.one);
    if (loaded_) to(dut.two);
  }
  template <class Reg>
  void write(Reg R::*member, const typename Reg::Value& value) {
    write(member, 0, value);
  }
  /// To the first stack, by an initiator that is ahead of the kernel.
  template <class Reg>
  void write_ahead(Femtoseconds ahead, Reg R::*member, const typename Reg::Value& value) {
    const auto& reg = bank().*member;
    REQUIRE(dut.one.regs.write_ahead(to_sc_time(ahead), reg.offset(), reg.info().bytes,
                                     register_bits(value)) == tlm::TLM_OK_RESPONSE);
  }
  void inject(Addr address, R::Inject what) {
    write(&R::inject_address, address);
    write(&R::inject, what);
  }
  template <class Reg>
  typename Reg::Value read(Reg R::*member) {
    const auto& reg = bank().*member;
    return register_value<typename Reg::Value>(
        dut.one.regs.read(reg.offset(), reg.info().bytes).value);
  }
  /// The state without the data, then the data that a test has written.
  void load_two(Addr written = 0) {
    load(dut.two.dut, save(dut.one.dut));
    loaded_ = true;
    std::vector<std::uint8_t> bytes(written);
    dut.one.dut.store().read(0, bytes);
    dut.two.dut.store().write(0, bytes);
  }
  void check_registers() {
    for (const RegisterBase* reg : bank().registers()) {
      for (std::size_t i = 0; i < reg->count(); ++i) {
        if (!reg->implemented(i)) continue;
        INFO(reg->info().name << " " << i);
        const auto a = dut.one.regs.read(reg->offset(i), reg->info().bytes);
        const auto b = dut.two.regs.read(reg->offset(i), reg->info().bytes);
        REQUIRE(a.status == b.status);
        REQUIRE(a.value == b.value);
      }
    }
  }
  void finish() {
    while (dut.one.memory.in_flight() + dut.two.memory.in_flight() > 0) wait(1_ns);
  }
  /// The first one alone.
  void read_one(Addr address, unsigned bytes) {
    dut.one.memory.read(address, bytes, 0, {});
    finish();
  }
  /// Both take the same transaction at once, and give the same in the same time.
  void check_reads(Addr address, unsigned bytes) {
    for (Stack* stack : {&dut.one, &dut.two}) stack->memory.read(address, bytes, 0, {});
    finish();
    REQUIRE(dut.one.answer.data.size() == bytes);
    REQUIRE(dut.one.answer == dut.two.answer);
  }
  std::uint8_t message(Stack& stack) { return stack.messages.bytes(0x40, 1)[0]; }

 private:
  bool loaded_ = false;

  const R& bank() { return static_cast<const R&>(dut.one.dut.regs_target.bank()); }
};

void times_and_counts_the_same(Fidelity fidelity) {
  TwinBench bench({.fidelity = fidelity});
  bench.run([&] {
    std::vector<std::uint8_t> data(1 << 16);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7 >> 3);
    bench.dut.one.memory.write(0, data, 0, {});
    bench.finish();
    for (Addr at = 0; at < data.size(); at += 1024) bench.read_one(at, 96);
    bench.load_two(data.size());
    bench.check_registers();
    for (Addr at = 64; at < data.size(); at += 2048) {
      bench.check_reads(at, 512);
      bench.check_registers();
    }
    CHECK(bench.dut.one.dut.statistics().energy.total() ==
          bench.dut.two.dut.statistics().energy.total());
  });
}

}  // namespace

TEST_CASE("Hbm stack that is loaded patrols on, corrects and logs the same", "[unit][hbm]") {
  TwinBench bench;
  bench.run([&] {
    bench.wait(1_us);
    bench.write(&R::ecc_ctrl, R::EccCtrl{.enable = true});  // The die would hide what is wrong.
    bench.write(&R::scrub_interval, 10);
    bench.write(&R::scrub_ctrl, R::ScrubCtrl{.enable = true});
    bench.inject(100 * 32, {.bit = 5, .one = true});
    bench.inject(100 * 32 + 16, {.bit = 5, .second_bit = 6, .two = true});
    bench.inject(300 * 32, {.bit = 70, .one = true});
    bench.write(&R::ecc_threshold, R::EccThreshold{.corrected = 2});
    bench.wait(1500_ns);  // The patrol has been at burst 100, not yet at burst 300.
    CHECK(bench.read(&R::ecc_corrected) == 1);
    CHECK_FALSE(bench.read(&R::irq_status).corrected);
    bench.load_two();
    bench.check_registers();
    bench.wait(2_us);
    CHECK(bench.read(&R::ecc_corrected) == 2);
    CHECK(bench.read(&R::irq_status).corrected);
    bench.check_registers();
    for (const Addr at : {100 * 32, 300 * 32}) bench.check_reads(at, 32);
    bench.check_registers();
  });
}

TEST_CASE("Hbm stack that is loaded draws the same errors and keeps those in transfer",
          "[unit][hbm]") {
  TwinBench bench;
  bench.run([&] {
    bench.write(&R::inject_seed, 9);
    bench.write(&R::inject_one_in, 3);
    bench.write(&R::inject_two_in, 11);
    bench.read_one(0, 4096);
    bench.inject(1 << 20, {.bit = 1, .second_bit = 2, .transfer = true, .two = true});
    bench.load_two();
    bench.check_reads(1 << 20, 32);
    for (Addr at = 0; at < 64 * 1024; at += 1024) bench.check_reads(at, 1024);
    CHECK(bench.read(&R::ecc_uncorrected) > 100);
    bench.check_registers();
  });
}

TEST_CASE("Hbm stack that is loaded sends the message that was due, and no other", "[unit][hbm]") {
  TwinBench bench;
  bench.run([&] {
    bench.write(&R::message_address, 0x40);
    bench.write(&R::message_data, 7);
    bench.write(&R::irq_enable, R::IrqEnable{.uncorrected = true});
    bench.inject(kWord, {.bit = 1, .second_bit = 2, .two = true});
    bench.dut.one.memory.read(kWord, 8, 0, {});  // Its message waits for its turn.
    bench.load_two();
    CHECK(bench.message(bench.dut.two) == 0);
    bench.wait(10_ns);
    CHECK(bench.message(bench.dut.one) == 7);
    CHECK(bench.message(bench.dut.two) == 7);
    bench.write(&R::message_data, 8);
    bench.check_reads(kWord, 8);
    bench.wait(10_ns);
    CHECK(bench.message(bench.dut.two) == 7);  // The bit has been set: no edge.
  });
}

TEST_CASE("Hbm stack that is loaded ends its compute run and has the units' registers",
          "[unit][hbm]") {
  TwinBench bench({.pim = true});
  bench.run([&] {
    const auto mode = [&](unsigned value) { bench.write(&R::pim_mode, R::PimMode{.mode = value}); };
    const auto program = [&](std::initializer_list<std::uint32_t> instructions) {
      std::size_t n = 0;
      for (const std::uint32_t instruction : instructions) {
        bench.write(&R::pim_crf, n++, instruction);
      }
      bench.write(&R::pim_crf, n, pim_instruction(kPimExit, 0, 0, 0));
    };
    bench.wait(1_us);
    mode(1);
    for (std::size_t i = 0; i < 4; ++i) bench.write(&R::pim_data, i, 0x3c00'3800'3c00'3800 + i);
    bench.write(&R::pim_odd, R::PimOdd{.row = 6});
    bench.write(&R::pim_write, R::PimWrite{.odd = true});
    mode(2);
    bench.write(&R::pim_odd, R::PimOdd{.row = 6});
    program({pim_instruction(kPimFill, kPimGrfA, kPimOdd, 0),
             pim_instruction(kPimAdd, kPimGrfA, kPimGrfA, kPimGrfA)});
    bench.write(&R::pim_run, R::PimRun{.start = true});
    bench.load_two();
    CHECK(bench.read(&R::pim_status).busy);
    for (int i = 0; i < 100; ++i) {
      bench.check_registers();
      bench.wait(1_ns);
    }
    CHECK_FALSE(bench.read(&R::pim_status).busy);
    program({pim_instruction(kPimMov, kPimEven, kPimGrfA, 0)});
    bench.write(&R::pim_even, R::PimEven{.row = 5});
    bench.write(&R::pim_run, R::PimRun{.start = true});
    bench.wait(1_us);
    mode(1);
    mode(0);
    bench.write(&R::pim_place, R::PimPlace{.row = 5});
    const Addr at = bench.read(&R::pim_address);
    bench.check_reads(at, 32);
    std::array<std::uint8_t, 4> sums{};  // Twice a half, twice one.
    bench.dut.two.dut.store().read(at, sums);
    CHECK(sums == std::array<std::uint8_t, 4>{0x00, 0x3c, 0x00, 0x40});
    bench.check_registers();
  });
}

TEST_CASE("Hbm stack that is loaded ends its training", "[unit][hbm]") {
  TwinBench bench;
  bench.run([&] {
    bench.write(&R::ctrl, R::Ctrl{.start_training = true});
    bench.wait(9_us);
    bench.load_two();
    for (int i = 0; i < 20; ++i) bench.wait(100_ns), bench.check_registers();
    CHECK(bench.read(&R::status).ready);
  });
}

TEST_CASE("Hbm stack that is loaded is as awake and as hot", "[unit][hbm]") {
  TwinBench bench;
  bench.run([&] {
    bench.write(&R::temperature_test, R::TemperatureTest{.celsius = 90, .enable = true});
    bench.wait(10_us);
    bench.write(&R::power_ctrl, R::PowerCtrl{.self_refresh = true});
    bench.wait(1_us);
    bench.write(&R::power_ctrl, R::PowerCtrl{.auto_power_down = true});
    bench.wait(100_ns);
    bench.load_two();
    CHECK(bench.read(&R::power_state).state == R::PowerState::kStateWaking);
    for (int i = 0; i < 20; ++i) bench.wait(50_ns), bench.check_registers();
    CHECK(bench.read(&R::power_state).state == R::PowerState::kStateOn);
    for (int i = 0; i < 100; ++i) {
      bench.check_reads(static_cast<Addr>(i % 7) << 14, 256);
      bench.wait(97_ns);
      bench.check_registers();
    }
    bench.wait(20_us);
    bench.check_registers();
  });
}

TEST_CASE("Hbm stack that is loaded changes its refresh rate when the one that was saved does",
          "[unit][hbm]") {
  TwinBench bench({.fidelity = Fidelity::kCycle});
  bench.run([&] {
    const R::TemperatureTest hot{.celsius = 90, .enable = true};
    bench.write_ahead(20_us, &R::temperature_test, hot);
    bench.load_two();
    bench.wait(10_us);
    bench.check_registers();
    bench.wait(40_us);
    const double us = simulation_time().seconds() * 1e6;
    CHECK(static_cast<double>(bench.read(&R::channel_refreshes)) ==
          Approx(2 * (20 + 2 * (us - 20)) / 3.9).margin(3));
    bench.check_registers();
  });
}

TEST_CASE("Hbm stack that is loaded goes on the same at functional fidelity", "[unit][hbm]") {
  times_and_counts_the_same(Fidelity::kFunctional);
}
TEST_CASE("Hbm stack that is loaded goes on the same at approximate fidelity", "[unit][hbm]") {
  times_and_counts_the_same(Fidelity::kApproximate);
}
TEST_CASE("Hbm stack that is loaded goes on the same at cycle fidelity", "[unit][hbm]") {
  times_and_counts_the_same(Fidelity::kCycle);
}
