// SPDX-License-Identifier: Apache-2.0
//
// What npu_abi.h promises of malformed programs, and a fuzz test: whatever software writes, the
// core stays alive and a reset brings it back.
#include <catch2/catch.hpp>
#include <functional>
#include <random>

#include "models/npu/npu_test_bench.h"

namespace cvp {
namespace {

// Every kind of command, correct.
ProgramBuilder sound_program() {
  ProgramBuilder p;
  const auto in = p.tensor(1, 0, {8, 32}), out = p.tensor(1, 0x1000, {8, 32});
  NpuCommand& loop = p.loop(2);  // 0
  loop.loop.step_register[0] = 5;
  loop.loop.step[0] = 16;
  p.load(in, 0, 32);                                               // 1
  p.matmul(0, 0x100, 0x1000, 8, 8, 8);                             // 2
  NpuCommand& requantise = p.add(kNpuOpRequantise, kNpuQueueVec);  // 3
  requantise.vector.in = 0x1000, requantise.vector.in_pitch = 32;
  requantise.vector.out = 0x2000, requantise.vector.out_pitch = 8;
  requantise.vector.bias = 0x3000, requantise.vector.scale = 0x3100;
  requantise.vector.m = 8, requantise.vector.n = 8;
  requantise.vector.low = -128, requantise.vector.high = 127;
  NpuCommand& pool = p.add(kNpuOpAveragePool, kNpuQueueVec);  // 4
  pool.pool.in = 0, pool.pool.out = 0x2100;
  pool.pool.height = pool.pool.width = 4, pool.pool.channels = 4, pool.pool.pixel_pitch = 4;
  pool.pool.kernel_height = pool.pool.kernel_width = 2;
  pool.pool.stride_height = pool.pool.stride_width = 2;
  pool.pool.images = 1, pool.pool.scale = 0.25f;
  NpuCommand& add = p.add(kNpuOpAdd, kNpuQueueVec);  // 5
  add.add.a = 0, add.add.b = 0x100, add.add.out = 0x2200, add.add.count = 100;
  add.add.scale_a = add.add.scale_b = 1.0f;
  p.store(out, 0x2000, 32);                           // 6
  NpuCommand& sync = p.add(kNpuOpSync, kNpuQueueSt);  // 7
  sync.sync.region = 1;
  sync.sync.offset = 0x4000;
  p.add(kNpuOpEndLoop);  // 8
  p.add(kNpuOpEnd);      // 9
  return p;
}

struct BadProgram {
  const char* what;
  NpuStatus status;
  std::uint32_t command;
  std::size_t field;
  std::function<void(ProgramBuilder&)> spoil;
  std::uint64_t address = 0;
};

#define IN(type, member) offsetof(type, member)

const std::vector<BadProgram>& bad_programs() {
  using P = ProgramBuilder;
  static const std::vector<BadProgram> programs = {
      {"magic", kNpuStatusVersion, 0, IN(NpuProgramHeader, magic), [](P& p) { p.header.magic++; }},
      {"major", kNpuStatusVersion, 0, IN(NpuProgramHeader, abi_major),
       [](P& p) { p.header.abi_major = 2; }},
      {"feature", kNpuStatusVersion, 0, IN(NpuProgramHeader, features),
       [](P& p) { p.header.features = 1u << 20; }},
      {"rows", kNpuStatusGeometry, 0, IN(NpuProgramHeader, rows), [](P& p) { p.header.rows = 32; }},
      {"scratchpad", kNpuStatusGeometry, 0, IN(NpuProgramHeader, scratchpad_bytes),
       [](P& p) { p.header.scratchpad_bytes = 2u << 20; }},
      {"semaphores", kNpuStatusGeometry, 0, IN(NpuProgramHeader, semaphores),
       [](P& p) { p.header.semaphores = 33; }},
      {"header reserved", kNpuStatusReserved, 0, IN(NpuProgramHeader, reserved),
       [](P& p) { p.header.reserved[4] = 1; }},
      {"opcode", kNpuStatusOpcode, 2, IN(NpuCommandHead, opcode),
       [](P& p) { p.commands[2].head.opcode = 0x21; }},
      {"queue", kNpuStatusOpcode, 1, IN(NpuCommandHead, queue),
       [](P& p) { p.commands[1].head.queue = kNpuQueueSt; }},
      {"flags", kNpuStatusReserved, 3, IN(NpuCommandHead, flags),
       [](P& p) { p.commands[3].head.flags = 1; }},
      {"no end", kNpuStatusOpcode, 8, 0, [](P& p) { p.commands.pop_back(); }},
      {"loop count", kNpuStatusOperand, 0, IN(NpuLoop, count),
       [](P& p) { p.commands[0].loop.count = 0; }},
      {"loop register", kNpuStatusOperand, 0, IN(NpuLoop, step_register) + 1,
       [](P& p) { p.commands[0].loop.step_register[1] = 16; }},
      {"step of a0", kNpuStatusOperand, 0, IN(NpuLoop, step) + 8,
       [](P& p) { p.commands[0].loop.step[1] = 4; }},
      {"loop post", kNpuStatusReserved, 0, IN(NpuCommandHead, post_count),
       [](P& p) { p.commands[0].head.post_count[1] = 1; }},
      {"open loop", kNpuStatusLoop, 8, 0, [](P& p) { p.commands.erase(p.commands.begin() + 8); }},
      {"end of no loop", kNpuStatusLoop, 7, 0, [](P& p) { p.commands.erase(p.commands.begin()); }},
      {"semaphore", kNpuStatusSemaphore, 6, IN(NpuCommandHead, wait_semaphore) + 1,
       [](P& p) {
         p.commands[6].head.wait_semaphore[1] = 32, p.commands[6].head.wait_count[1] = 1;
       }},
      {"tensor number", kNpuStatusOperand, 1, IN(NpuDma, tensor),
       [](P& p) { p.commands[1].dma.tensor = 2; }},
      {"row pitch", kNpuStatusOperand, 1, IN(NpuDma, row_pitch),
       [](P& p) { p.commands[1].dma.row_pitch = 31; }},
      {"dma reserved", kNpuStatusReserved, 6, IN(NpuDma, reserved),
       [](P& p) { p.commands[6].dma.reserved[3] = 1; }},
      {"tensor type", kNpuStatusTensor, 1, IN(NpuTensor, type),
       [](P& p) { p.tensors[0].type = 9; }},
      {"tensor rank", kNpuStatusTensor, 1, IN(NpuTensor, rank),
       [](P& p) { p.tensors[0].rank = 6; }},
      {"tensor box", kNpuStatusTensor, 6, IN(NpuTensor, box) + 4,
       [](P& p) { p.tensors[1].box[1] = 0; }},
      {"tensor step", kNpuStatusTensor, 6, IN(NpuTensor, step),
       [](P& p) { p.tensors[1].step[0] = 0; }},
      {"tensor reserved", kNpuStatusTensor, 1, IN(NpuTensor, reserved),
       [](P& p) { p.tensors[0].reserved[0] = 1; }},
      {"m of 0", kNpuStatusOperand, 2, IN(NpuMatmul, m), [](P& p) { p.commands[2].matmul.m = 0; }},
      {"c alignment", kNpuStatusOperand, 2, IN(NpuMatmul, c),
       [](P& p) { p.commands[2].matmul.c = 0x1002; }},
      {"c pitch", kNpuStatusOperand, 2, IN(NpuMatmul, c_pitch),
       [](P& p) { p.commands[2].matmul.c_pitch = 28; }},
      {"matmul reserved", kNpuStatusReserved, 2, IN(NpuMatmul, reserved),
       [](P& p) { p.commands[2].matmul.reserved[12] = 1; }},
      {"clamp", kNpuStatusOperand, 3, IN(NpuVector, high),
       [](P& p) { p.commands[3].vector.high = -129; }},
      {"kernel", kNpuStatusOperand, 4, IN(NpuPool, kernel_height),
       [](P& p) { p.commands[4].pool.kernel_height = 5; }},
      {"scale of a max pool", kNpuStatusOperand, 4, IN(NpuPool, scale),
       [](P& p) { p.commands[4].head.opcode = kNpuOpMaxPool; }},
      {"count of 0", kNpuStatusOperand, 5, IN(NpuAdd, count),
       [](P& p) { p.commands[5].add.count = 0; }},
      {"sync alignment", kNpuStatusOperand, 7, IN(NpuSync, offset),
       [](P& p) { p.commands[7].sync.offset = 4; }},
      // From here on: found when the command runs.
      {"load beyond the region", kNpuStatusRegion, 1, IN(NpuDma, tensor),
       [](P& p) { p.tensors[0].offset = CoreBench::kDataSize - 255; }, CoreBench::kDataSize},
      {"load before the region", kNpuStatusRegion, 1, IN(NpuDma, tensor),
       [](P& p) { p.tensors[0].stride[0] = -32; }, ~std::uint64_t{7 * 32 - 1}},
      {"absent region", kNpuStatusRegion, 1, IN(NpuDma, tensor),
       [](P& p) { p.tensors[0].region = 7; }, 255},
      {"store without the right", kNpuStatusRegion, 6, IN(NpuDma, tensor),
       [](P& p) { p.tensors[1].region = 0; }, 0x1000},
      {"load beyond the scratchpad", kNpuStatusScratchpad, 1, IN(NpuDma, scratchpad),
       [](P& p) { p.commands[1].dma.scratchpad = 64 * 1024 - 255; }},
      {"matmul beyond the scratchpad", kNpuStatusScratchpad, 2, IN(NpuMatmul, b),
       [](P& p) { p.commands[2].matmul.b_pitch = 0xffff'ffff; }},
      {"requantise beyond the scratchpad", kNpuStatusScratchpad, 3, IN(NpuVector, scale),
       [](P& p) { p.commands[3].vector.scale = 64 * 1024 - 28; }},
      {"pool beyond the scratchpad", kNpuStatusScratchpad, 4, IN(NpuPool, in),
       [](P& p) { p.commands[4].pool.images = 0x7fff'ffff; }},
      {"add beyond the scratchpad", kNpuStatusScratchpad, 5, IN(NpuAdd, out),
       [](P& p) { p.commands[5].add.out = 64 * 1024 - 99; }},
      {"sync without the right", kNpuStatusRegion, 7, IN(NpuSync, offset),
       [](P& p) { p.commands[7].sync.region = 0; }, 0x4000},
      {"semaphore overflow", kNpuStatusSemaphore, 2, IN(NpuCommandHead, post_count) + 2,
       [](P& p) { P::post(p.commands[2], 3, 40000), P::post(p.commands[2], 3, 30000); }},
      {"deadlock", kNpuStatusDeadlock, 3, IN(NpuCommandHead, wait_semaphore),
       [](P& p) { P::wait(p.commands[3], 9); }},
  };
  return programs;
}

TEST_CASE("Npu names the field of every malformed command and recovers by a reset", "[unit][npu]") {
  CoreBench bench;
  REQUIRE(bench.run_program(sound_program()).status == kNpuStatusOk);
  for (const BadProgram& bad : bad_programs()) {
    CAPTURE(bad.what);
    ProgramBuilder program = sound_program();
    bad.spoil(program);
    const NpuCompletion completion = bench.run_program(program);
    CHECK(completion.status == bad.status);
    CHECK(completion.command == bad.command);
    CHECK(completion.field == bad.field);
    CHECK(completion.address == bad.address);
    CHECK(bench.regs.context_status.get(0).state == NpuRegs::ContextStatus::kStateStopped);
    // A stopped context takes nothing more ...
    bench.submit();
    bench.run();
    CHECK(bench.regs.context_sq_tail.get(0) - bench.regs.context_sq_head.get(0) == 1);
    // ... until it is reset.
    bench.wake_at(bench.now, NpuCore::kReset, 0);
    bench.run();
    bench.set_up();
    REQUIRE(bench.run_program(sound_program()).status == kNpuStatusOk);
  }
}

TEST_CASE("Npu reports a malformed submission with its tag", "[unit][npu]") {
  CoreBench bench;
  bench.put(CoreBench::kProgram, sound_program().bytes());
  bench.submit(99, 0x8000'0001);
  bench.run();
  CHECK(bench.completion(0).status == kNpuStatusReserved);
  CHECK(bench.completion(0).tag == 99);
  CHECK(bench.completion(0).field == offsetof(NpuSubmission, flags));
}

TEST_CASE("Npu takes a bus error as an error, with the offset of the access", "[unit][npu]") {
  CoreBench bench;
  bench.set_region(1, 0xf'0000, 0x2'0000, NPU_REGION_READ | NPU_REGION_WRITE);
  ProgramBuilder program = sound_program();
  program.tensors[0].offset = 0x1'0000;  // Behind the memory, inside the region.
  const NpuCompletion completion = bench.run_program(program);
  CHECK(completion.status == kNpuStatusBus);
  CHECK(completion.command == 1);
  CHECK(completion.address == 0x1'0000);
}

TEST_CASE("Npu never takes poisoned data", "[unit][npu]") {
  CoreBench bench;
  bench.put(CoreBench::kData, std::vector<std::uint8_t>(256, 0x77));
  bench.poisoned = CoreBench::kData + 40;
  const NpuCompletion completion = bench.run_program(sound_program());
  CHECK(completion.status == kNpuStatusPoison);
  CHECK(completion.command == 1);
  CHECK(bench.core.scratchpad()[0] == 0);
}

TEST_CASE("Npu stops without a completion when its rings are unusable", "[unit][npu]") {
  CoreBench bench;
  bench.regs.context_sq_size.set(0, 3);
  bench.submit();
  bench.run();
  CHECK(bench.regs.context_status.get(0).state == NpuRegs::ContextStatus::kStateStopped);
  CHECK(bench.regs.context_error.get(0).status == kNpuStatusOperand);
  CHECK(bench.errors == 1);
}

TEST_CASE("Npu loops without commands take time, not for ever", "[unit][npu]") {
  CoreBench bench;
  ProgramBuilder p;
  for (int depth = 0; depth < 4; ++depth) p.loop(0xffff'ffff);
  for (int depth = 0; depth < 4; ++depth) p.add(kNpuOpEndLoop);
  p.add(kNpuOpEnd);
  bench.put(CoreBench::kProgram, p.bytes());
  bench.submit();
  const Femtoseconds start = bench.now;
  CHECK_FALSE(bench.run(10'000));
  CHECK(bench.now - start >= 70'000_ns);
  bench.wake_at(bench.now, NpuCore::kReset, 0);
  CHECK(bench.run(100));
  CHECK(bench.regs.context_status.get(0).state == NpuRegs::ContextStatus::kStateIdle);
}

// Spoils a sound program's image in a few places, and the registers now and then.
TEST_CASE("Npu survives random programs and registers", "[unit][npu]") {
  std::mt19937 random(11);
  std::uint64_t ok = 0, failed = 0, unfinished = 0;
  CoreBench bench;
  bench.latency = 20_ns;
  for (int round = 0; round < 1500; ++round) {
    CAPTURE(round);
    bench.set_up();
    std::vector<std::uint8_t> image = sound_program().bytes();
    for (unsigned changes = random() % 4; changes > 0; --changes) {
      const std::size_t at = random() % 3 == 0 ? random() % 64 : random() % image.size();
      image[at] = static_cast<std::uint8_t>(random() % 2 ? random() : 1u << random() % 8);
    }
    if (random() % 8 == 0) {
      bench.set_region(random() % NPU_REGIONS, (std::uint64_t{random()} << 32) + random(), random(),
                       random() % 4);
    }
    if (random() % 16 == 0) bench.regs.context_cq_base.set(0, std::uint64_t{random()} << 5);
    if (random() % 16 == 0) bench.regs.context_sq_tail.set(0, static_cast<std::uint32_t>(random()));
    bench.put(CoreBench::kProgram, image);
    const std::uint32_t tail = bench.regs.context_cq_tail.get(0);
    bench.submit();
    const bool finished = bench.run(3000);
    const bool completed = bench.regs.context_cq_tail.get(0) != tail;
    (finished && completed ? (bench.completion(tail).status == 0 ? ok : failed) : unfinished)++;
    bench.wake_at(bench.now, NpuCore::kReset, 0);
    REQUIRE(bench.run(3000));
    REQUIRE(bench.core.waiting().empty());
    const NpuCounters& counters = bench.core.counters();
    REQUIRE(counters.sum() == counters.cycles);
  }
  CAPTURE(ok, failed, unfinished);
  CHECK(ok > 100);
  CHECK(failed > 100);
  bench.set_up();
  bench.set_region(7, 0, 0, 0);
  CHECK(bench.run_program(sound_program()).status == kNpuStatusOk);
}

}  // namespace
}  // namespace cvp
