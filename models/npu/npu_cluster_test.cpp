// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>

#include "models/npu/npu_cluster.h"
#include "models/npu/npu_test_bench.h"
#include "tests/harness/register_walk.h"
#include "tests/harness/test_bench.h"

namespace cvp {
namespace {

using R = NpuRegs;
constexpr Addr kSubmissions = 0x1000, kCompletions = 0x2000, kMessage = 0x3000;
constexpr Addr kProgram = 0x10000, kData = 0x40000;

/// With somebody at the scratchpad.
struct BenchedCluster : NpuCluster {
  TestInitiator bus{"bus"};
  BenchedCluster(sc_core::sc_module_name name, ActionQueue& actions, const NpuParams& params)
      : NpuCluster(name, actions, params) {
    bus.bind(scratchpad_target);
  }
};

void set_up(TestBench<BenchedCluster>& bench) {
  bench.wire(bench.dut.released).write(true);
  bench.settle();
  bench.write(&R::context_sq_base, 0, kSubmissions);
  bench.write(&R::context_cq_base, 0, kCompletions);
  bench.write(&R::context_sq_size, 0, 4);
  bench.write(&R::context_cq_size, 0, 4);
  bench.write(&R::context_irq_address, 0, kMessage);
  bench.write(&R::context_irq_data, 0, 33);
  bench.write(&R::context_region_base, 0, kProgram);
  bench.write(&R::context_region_size, 0, 0x10000);
  bench.write(&R::context_region_rights, 0, {.rights = NPU_REGION_READ});
  bench.write(&R::context_region_base, 1, kData);
  bench.write(&R::context_region_size, 1, 0x10000);
  bench.write(&R::context_region_rights, 1, {.rights = NPU_REGION_READ | NPU_REGION_WRITE});
  bench.write(&R::context_ctrl, 0, {.enable = true});
}

NpuCompletion submit(TestBench<BenchedCluster>& bench, const ProgramBuilder& program) {
  bench.ram.load(kProgram, program.bytes());
  const std::uint32_t tail = bench.read(&R::context_sq_tail);
  std::vector<std::uint8_t> submission(sizeof(NpuSubmission));
  submission[0] = 0x42;
  submission[offsetof(NpuSubmission, flags)] = NPU_SUBMIT_INTERRUPT;
  bench.ram.load(kSubmissions + tail % 4 * sizeof(NpuSubmission), submission);
  bench.ram.load(kMessage, {0, 0, 0, 0});
  bench.write(&R::context_sq_tail, 0, tail + 1);
  for (int i = 0; i < 1000 && bench.ram.bytes(kMessage, 1)[0] == 0; ++i) bench.wait(100_ns);
  const auto bytes =
      bench.ram.bytes(kCompletions + tail % 4 * sizeof(NpuCompletion), sizeof(NpuCompletion));
  NpuCompletion completion;
  std::memcpy(&completion, bytes.data(), sizeof completion);
  return completion;
}

ProgramBuilder copy_program() {
  ProgramBuilder p;
  const auto in = p.tensor(1, 0, {5000}), out = p.tensor(1, 0x8000, {5000});
  p.post(p.load(in, 0, 5000), 0);
  p.wait(p.store(out, 0, 5000), 0);
  p.add(kNpuOpEnd);
  return p;
}

TEST_CASE("NpuCluster registers follow their register file", "[unit][npu]") {
  TestBench<BenchedCluster> bench(NpuParams{});
  bench.run([&] {
    bench.wire(bench.dut.released).write(true);
    bench.settle();
    register_walk(bench);
  });
}

TEST_CASE("NpuCluster answers errors until it is released", "[unit][npu]") {
  TestBench<BenchedCluster> bench(NpuParams{});
  bench.run([&] {
    bench.settle();
    CHECK(bench.regs_initiator.read(0, 4).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.wire(bench.dut.released).write(true);
    bench.settle();
    CHECK(bench.read(&R::id) == 0x3155504e);
    CHECK(bench.read(&R::geometry).rows == 16);
    bench.write(&R::context_sq_size, 0, 64);
    bench.wire(bench.dut.released).write(false);
    bench.settle();
    CHECK(bench.regs_initiator.read(0, 4).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.wire(bench.dut.released).write(true);
    bench.settle();
    CHECK(bench.read(&R::context_sq_size) == 0);
  });
}

TEST_CASE("NpuCluster runs a program from its rings and sends its message", "[unit][npu]") {
  TestBench<BenchedCluster> bench(NpuParams{});
  bench.ram.latency = 200_ns;
  bench.run([&] {
    set_up(bench);
    std::vector<std::uint8_t> data(5000);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7);
    bench.ram.load(kData, data);
    const NpuCompletion completion = submit(bench, copy_program());
    CHECK(completion.status == kNpuStatusOk);
    CHECK(completion.tag == 0x42);
    CHECK(completion.sequence == 1);
    const bool same = bench.ram.bytes(kData + 0x8000, 5000) == data;
    CHECK(same);
    CHECK(bench.read(&R::context_cq_tail) == 1);
    CHECK(bench.read(&R::context_status).state == R::ContextStatus::kStateIdle);
    CHECK(bench.dut.waiting() == "");
  });
}

TEST_CASE("NpuCluster stops a failing context until it is reset", "[unit][npu]") {
  TestBench<BenchedCluster> bench(NpuParams{});
  bench.run([&] {
    set_up(bench);
    ProgramBuilder bad = copy_program();
    bad.commands[0].head.opcode = 0x7f;
    const NpuCompletion completion = submit(bench, bad);
    CHECK(completion.status == kNpuStatusOpcode);
    CHECK(bench.read(&R::context_status).state == R::ContextStatus::kStateStopped);
    CHECK(bench.read(&R::context_error).status == kNpuStatusOpcode);
    CHECK(bench.dut.waiting().find("reset_context") != std::string::npos);
    bench.write(&R::context_ctrl, 0, {.reset_context = true});
    bench.wait(10_ns);
    CHECK(bench.read(&R::context_status).state == R::ContextStatus::kStateIdle);
    CHECK(bench.read(&R::context_error).status == 0);
    CHECK(bench.read(&R::context_sq_tail) == 0);
    bench.write(&R::context_ctrl, 0, {.enable = true});
    CHECK(submit(bench, copy_program()).status == kNpuStatusOk);
  });
}

TEST_CASE("NpuCluster drains what is in flight after a reset", "[unit][npu]") {
  TestBench<BenchedCluster> bench(NpuParams{});
  bench.ram.latency = 1000_ns;
  bench.run([&] {
    set_up(bench);
    bench.ram.load(kProgram, copy_program().bytes());
    bench.write(&R::context_sq_tail, 0, 1);
    bench.wait(3500_ns);
    bench.write(&R::context_ctrl, 0, {.reset_context = true});
    CHECK(bench.read(&R::context_status).state == R::ContextStatus::kStateDraining);
    bench.wait(2000_ns);
    CHECK(bench.read(&R::context_status).state == R::ContextStatus::kStateIdle);
    bench.write(&R::context_ctrl, 0, {.enable = true});
    CHECK(submit(bench, copy_program()).status == kNpuStatusOk);
  });
}

TEST_CASE("NpuCluster survives random register accesses", "[unit][npu]") {
  TestBench<BenchedCluster> bench(NpuParams{});
  bench.ram.latency = 50_ns;
  bench.run([&] {
    set_up(bench);
    bench.ram.load(kProgram, copy_program().bytes());
    std::mt19937 random(1);
    for (int i = 0; i < 4000; ++i) {
      const Addr offset = random() % 4 ? 0x1000 + random() % 0x210 : random() % 0x1'0000;
      const unsigned bytes = 1u << random() % 4;
      const std::uint64_t value = random() % 2 ? random() % 8 : random() * 0x1'0000'0001ull;
      if (random() % 3) {
        bench.regs_initiator.write(offset & ~Addr{3}, bytes, value);
      } else {
        bench.regs_initiator.read(offset, bytes);
      }
      if (i % 50 == 0) {  // Something to disturb.
        bench.write(&R::context_ctrl, 0, {.reset_context = true});
        bench.wait(200_ns);
        set_up(bench);
        bench.write(&R::context_sq_tail, 0, 1 + random() % 4);
      }
    }
    bench.write(&R::context_ctrl, 0, {.reset_context = true});
    bench.wait(1000_ns);
    CHECK(bench.read(&R::context_status).state == R::ContextStatus::kStateIdle);
    set_up(bench);
    CHECK(submit(bench, copy_program()).status == kNpuStatusOk);
  });
}

TEST_CASE("NpuCluster's scratchpad is memory to the bus once released", "[unit][npu]") {
  NpuParams params;
  params.scratchpad = 64_KiB;
  TestBench<BenchedCluster> bench(params);
  bench.run([&] {
    TestInitiator& bus = bench.dut.bus;
    bench.settle();
    CHECK(bus.write(0, 8, 1).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
    bench.wire(bench.dut.released).write(true);
    bench.settle();
    CHECK(bus.write(0xfff8, 8, 0x1234).status == tlm::TLM_OK_RESPONSE);
    CHECK(bus.read(0xfff8, 8).value == 0x1234);
    CHECK(bus.read(0xfffc, 8).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(bus.read(0, 4).latency == 6_ns);  // A cycle at 1 GHz, and 5 ns.
  });
}

}  // namespace
}  // namespace cvp
