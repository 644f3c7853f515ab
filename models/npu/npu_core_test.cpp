// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>

#include "models/npu/npu_test_bench.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

constexpr Addr kData = CoreBench::kData;

std::vector<std::uint8_t> random_bytes(std::mt19937& random, std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

template <class T>
std::vector<std::uint8_t> as_bytes(const std::vector<T>& values) {
  std::vector<std::uint8_t> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// One layer: load A (m x k) and B (k x n) and bias and scale, multiply, requantise, store.
struct Layer {
  std::uint32_t m = 50;
  std::uint16_t n = 20, k = 37;
  std::vector<std::uint8_t> a, b, expected;
  std::vector<std::int32_t> bias;
  std::vector<float> scale;
  static constexpr std::uint64_t kA = 0, kB = 0x4000, kBias = 0x8000, kScale = 0x9000,
                                 kOut = 0xa000;

  explicit Layer(unsigned seed) {
    std::mt19937 random(seed);
    a = random_bytes(random, m * k);
    b = random_bytes(random, std::size_t{k} * n);
    for (unsigned i = 0; i < n; ++i) {
      bias.push_back(static_cast<std::int32_t>(random() % 20000) - 10000);
      scale.push_back(static_cast<float>(1 + random() % 100) / 65536.0f);
    }
    for (std::size_t i = 0; i < std::size_t{m} * n; ++i) {
      std::int32_t sum = bias[i % n];
      for (std::size_t j = 0; j < k; ++j) {
        sum +=
            static_cast<std::int8_t>(a[i / n * k + j]) * static_cast<std::int8_t>(b[j * n + i % n]);
      }
      // All sums are below 2^24: exact in FP32, and the host rounds half to even.
      const float product = static_cast<float>(sum) * scale[i % n];
      const float rounded = std::clamp(std::nearbyintf(product) + 3.0f, -100.0f, 110.0f);
      expected.push_back(static_cast<std::uint8_t>(static_cast<std::int8_t>(rounded)));
    }
  }

  void put(CoreBench& bench) const {
    bench.put(kData + kA, a);
    bench.put(kData + kB, b);
    bench.put(kData + kBias, as_bytes(bias));
    bench.put(kData + kScale, as_bytes(scale));
  }

  bool is_in(const CoreBench& bench) const {
    return std::equal(expected.begin(), expected.end(), bench.memory.begin() + kData + kOut);
  }

  ProgramBuilder program() const {
    ProgramBuilder p;
    const auto ta = p.tensor(1, kA, {m, k});
    const auto tb = p.tensor(1, kB, {k, n});
    const auto tbias = p.tensor(1, kBias, {n}, kNpuTypeInt32);
    const auto tscale = p.tensor(1, kScale, {n}, kNpuTypeFloat32);
    const auto tout = p.tensor(1, kOut, {m, n});
    p.post(p.load(tb, 0x1000, n), 0);
    p.post(p.load(ta, 0x2000, k), 1);
    p.load(tbias, 0x4000, 4u * n);
    p.post(p.load(tscale, 0x4100, 4u * n), 2);
    NpuCommand& matmul = p.matmul(0x2000, 0x1000, 0x5000, m, n, k);
    p.wait(matmul, 0);
    p.wait(matmul, 1);
    p.post(matmul, 3);
    NpuCommand& requantise = p.add(kNpuOpRequantise, kNpuQueueVec);
    NpuVector& vector = requantise.vector;
    vector.in = 0x5000, vector.in_pitch = 4u * n;
    vector.out = 0x8000, vector.out_pitch = n;
    vector.bias = 0x4000, vector.scale = 0x4100;
    vector.m = m, vector.n = n;
    vector.zero_point = 3, vector.low = -100, vector.high = 110;
    p.wait(requantise, 2);
    p.wait(requantise, 3);
    p.post(requantise, 4);
    p.wait(p.store(tout, 0x8000, n), 4);
    p.add(kNpuOpEnd);
    return p;
  }
};

TEST_CASE("Npu computes a layer exactly as plain arithmetic does", "[unit][npu]") {
  const Layer layer(1);
  CoreBench bench;
  layer.put(bench);
  const NpuCompletion completion = bench.run_program(layer.program());
  CHECK(completion.status == kNpuStatusOk);
  CHECK(completion.tag == 7);
  CHECK(completion.sequence == 1);
  CHECK(layer.is_in(bench));
  CHECK(bench.memory[CoreBench::kMessage] == 0x2a);
  CHECK(bench.regs.context_cq_tail.get(0) == 1);
}

TEST_CASE("Npu gives the same results at every fidelity of its MAC array", "[unit][npu]") {
  std::vector<Fidelity> fidelities{Fidelity::kFunctional, Fidelity::kApproximate};
  if (mac_array_has_rtl()) fidelities.insert(fidelities.end(), {Fidelity::kRtl, Fidelity::kBoth});
  const Layer layer(2);
  std::uint64_t approximate_cycles = 0;
  for (const Fidelity fidelity : fidelities) {
    CAPTURE(static_cast<int>(fidelity));
    NpuParams params;
    params.mac_array.fidelity = fidelity;
    CoreBench bench(params);
    layer.put(bench);
    REQUIRE(bench.run_program(layer.program()).status == kNpuStatusOk);
    CHECK(layer.is_in(bench));
    const NpuStatistics statistics = bench.core.statistics();
    CHECK(statistics.counters.macs == std::uint64_t{layer.m} * layer.n * layer.k);
    CHECK(statistics.mac_array.tiles == 6);  // ceil(37 / 16) * ceil(20 / 16)
    if (fidelity == Fidelity::kApproximate) approximate_cycles = statistics.counters.cycles;
    if (fidelity == Fidelity::kRtl) CHECK(statistics.counters.cycles == approximate_cycles);
    if (fidelity == Fidelity::kBoth) {
      CHECK(statistics.mac_array.tiles_compared == 6);
      CHECK(statistics.mac_array.tiles_different == 0);
      CHECK(statistics.counters.cycles == approximate_cycles);
    }
  }
}

TEST_CASE("Npu counters sum to the cycles in which programs ran", "[unit][npu]") {
  const Layer layer(3);
  CoreBench bench;
  layer.put(bench);
  for (int i = 0; i < 3; ++i) REQUIRE(bench.run_program(layer.program()).status == kNpuStatusOk);
  const NpuCounters counters = bench.core.counters();
  CHECK(counters.sum() == counters.cycles);
  CHECK(counters.active == 3 * 6 * (50 + 2));  // Six tiles of 50 rows and two cycles of pipeline.
  // B comes first and A later: what the array waited for at last is its rows.
  CHECK(counters.input_stall > 0);
  CHECK(counters.weight_stall == 0);
  CHECK(counters.weight_shift == 3 * 17);  // Only a command's first tile has to wait for them.
  CHECK(counters.macs <= counters.active * 256);
}

TEST_CASE("Npu counts a wait for weights as a weight stall", "[unit][npu]") {
  const Layer layer(4);
  CoreBench bench;
  layer.put(bench);
  ProgramBuilder program = layer.program();
  std::swap(program.commands[0], program.commands[1]);  // A first, B last.
  bench.latency = 1000_ns;
  NpuParams params;
  REQUIRE(bench.run_program(program).status == kNpuStatusOk);
  CHECK(bench.core.counters().weight_stall > 900);
  CHECK(bench.core.counters().sum() == bench.core.counters().cycles);
}

TEST_CASE("Npu DMA pads, strides and transposes", "[unit][npu]") {
  CoreBench bench;
  std::vector<std::uint8_t> image(6 * 8);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::uint8_t>(i + 1);
  bench.put(kData, image);
  ProgramBuilder p;
  // A 4 x 5 box of an image of 6 x 8 from (-1, -1), every second column; fill 0xee outside.
  const auto padded = p.tensor(1, 0, {6, 8});
  p.tensors[padded].box[0] = 4, p.tensors[padded].box[1] = 5;
  p.tensors[padded].step[1] = 2;
  p.tensors[padded].fill = 0xee;
  // The transposed image: 8 x 6.
  const auto transposed = p.tensor(1, 0, {8, 6});
  p.tensors[transposed].stride[0] = 1, p.tensors[transposed].stride[1] = 8;
  const auto out = p.tensor(1, 0x1000, {4, 5}), out2 = p.tensor(1, 0x2000, {8, 6});
  NpuCommand& load = p.load(padded, 0, 16);
  load.dma.start[0] = load.dma.start[1] = -1;
  p.post(p.load(transposed, 0x100, 6), 0);
  p.wait(p.store(out, 0, 16), 0);
  p.store(out2, 0x100, 6);
  p.add(kNpuOpEnd);
  REQUIRE(bench.run_program(p).status == kNpuStatusOk);
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 5; ++column) {
      const int y = row - 1, x = 2 * column - 1;
      const bool inside = y >= 0 && y < 6 && x >= 0 && x < 8;
      CHECK(bench.memory[kData + 0x1000 + row * 5 + column] == (inside ? image[y * 8 + x] : 0xee));
    }
  }
  for (int row = 0; row < 8; ++row) {
    for (int column = 0; column < 6; ++column) {
      CHECK(bench.memory[kData + 0x2000 + row * 6 + column] == image[column * 8 + row]);
    }
  }
}

TEST_CASE("Npu DMA joins rows that follow one another into bursts of at most 4 KiB",
          "[unit][npu]") {
  CoreBench bench;
  ProgramBuilder p;
  const auto in = p.tensor(1, 256, {100, 100});  // 10,000 bytes from an offset of 256.
  p.load(in, 0, 128);
  p.add(kNpuOpEnd);
  REQUIRE(bench.run_program(p).status == kNpuStatusOk);
  // Submission, header, one burst each of tensors and commands, three of data (kData is aligned to
  // 4 KiB: 3,840 + 4,096 + 2,064 bytes), completion, interrupt.
  CHECK(bench.core.statistics().bursts == 9);
  CHECK(bench.core.statistics().region_bytes_read[1] == 10000);
  CHECK(bench.core.statistics().tensor_bytes == 10000);
  CHECK(bench.core.statistics().control_bytes == 64 + 64 + 128 + 2 * 64 + 32);
  CHECK(bench.core.statistics().message_bytes == 4);
}

TEST_CASE("Npu LOOP repeats its body and steps address registers", "[unit][npu]") {
  CoreBench bench;
  std::mt19937 random(5);
  const auto data = random_bytes(random, 4096);
  bench.put(kData, data);
  ProgramBuilder p;
  const auto in = p.tensor(1, 0, {16}), out = p.tensor(1, 0x10000 + 80, {16});
  p.tensors[in].address_register = 5;
  p.tensors[out].address_register = 6;
  NpuCommand& outer = p.loop(3);  // Copies the 16-byte pieces at 0, 32, 64, .. 160 backwards.
  outer.loop.step_register[0] = 5, outer.loop.step[0] = 64;
  outer.loop.step_register[1] = 6, outer.loop.step[1] = -32;
  NpuCommand& inner = p.loop(2);
  inner.loop.step_register[0] = 5, inner.loop.step[0] = 32;
  inner.loop.step_register[1] = 6, inner.loop.step[1] = -16;
  inner.loop.step_register[2] = 7, inner.loop.step[2] = 0x200;
  NpuCommand& load = p.load(in, 0x100, 16);
  load.dma.scratchpad_register = 7;
  p.post(load, 0);
  NpuCommand& store = p.store(out, 0x100, 16);
  store.dma.scratchpad_register = 7;
  p.wait(store, 0);
  p.post(store, 1);
  NpuCommand& again =
      p.load(in, 0x80, 16);  // The next round's load comes after this round's store.
  p.wait(again, 1);
  p.add(kNpuOpEndLoop);
  p.add(kNpuOpEndLoop);
  p.add(kNpuOpEnd);
  REQUIRE(bench.run_program(p).status == kNpuStatusOk);
  CHECK(bench.core.statistics().commands == 18);
  for (int i = 0; i < 6; ++i) {
    CAPTURE(i);
    const auto at = kData + 0x10000 + 80 - 16 * i;
    CHECK(bench.memory[at] == data[32 * i]);
  }
}

TEST_CASE("Npu arguments are the start values of a1 to a4", "[unit][npu]") {
  CoreBench bench;
  bench.put(kData, std::vector<std::uint8_t>(64, 0x5a));
  ProgramBuilder p;
  const auto in = p.tensor(1, 0, {16}), out = p.tensor(1, 0, {16});
  p.tensors[out].address_register = 3;
  p.post(p.load(in, 0, 16), 0);
  p.wait(p.store(out, 0, 16), 0);
  p.add(kNpuOpEnd);
  bench.put(CoreBench::kProgram, p.bytes());
  bench.submit(1, 0, {0, 0, 0x700, 0});
  bench.run();
  CHECK(bench.completion(0).status == kNpuStatusOk);
  CHECK(bench.memory[kData + 0x700] == 0x5a);
  CHECK(bench.memory[CoreBench::kMessage] == 0);  // No interrupt was wanted.
}

TEST_CASE("Npu SYNC follows the completion of earlier stores", "[unit][npu]") {
  CoreBench bench;
  ProgramBuilder p;
  const auto out = p.tensor(1, 0, {4096});
  p.store(out, 0, 4096);
  NpuCommand& sync = p.add(kNpuOpSync, kNpuQueueSt);
  sync.sync.region = 1;
  sync.sync.offset = 0x2000;
  sync.sync.value = 0x1122334455667788;
  p.add(kNpuOpEnd);
  REQUIRE(bench.run_program(p).status == kNpuStatusOk);
  std::uint64_t value = 0;
  std::memcpy(&value, &bench.memory[kData + 0x2000], 8);
  CHECK(value == 0x1122334455667788);
  CHECK(bench.core.statistics().message_bytes == 8 + 4);
}

TEST_CASE("Npu runs the submissions of a ring one after another and wraps", "[unit][npu]") {
  CoreBench bench;
  ProgramBuilder p;
  p.add(kNpuOpEnd);
  bench.put(CoreBench::kProgram, p.bytes());
  for (std::uint32_t i = 0; i < 20; ++i) {
    bench.submit(100 + i);
    if (i % 3 == 0) bench.run();
    bench.regs.context_cq_head.set(0, bench.regs.context_cq_tail.get(0));
  }
  bench.run();
  CHECK(bench.regs.context_sq_head.get(0) == 20);
  CHECK(bench.regs.context_cq_tail.get(0) == 20);
  CHECK(bench.completion(19).tag == 119);
  CHECK(bench.completion(19).sequence == 20);
}

TEST_CASE("Npu holds completions back while the ring is full", "[unit][npu]") {
  CoreBench bench;
  ProgramBuilder p;
  p.add(kNpuOpEnd);
  bench.put(CoreBench::kProgram, p.bytes());
  bench.regs.context_cq_size.set(0, 2);
  for (int i = 0; i < 5; ++i) bench.submit(i);
  bench.run();
  CHECK(bench.regs.context_cq_tail.get(0) == 2);
  bench.regs.context_cq_head.set(0, 2);
  bench.wake_at(bench.now, NpuCore::kKick, 0);
  bench.run();
  CHECK(bench.regs.context_cq_tail.get(0) == 4);
}

TEST_CASE("Npu goes on identically after save and load in the middle of a program", "[unit][npu]") {
  const Layer layer(6);
  CoreBench bench;
  layer.put(bench);
  bench.put(CoreBench::kProgram, layer.program().bytes());
  bench.submit();
  std::vector<std::string> ends;  // Wherever it was loaded, it ends the same.
  for (int steps = 0; !bench.idle(); ++steps) {
    CAPTURE(steps);
    CoreBench other;
    load(other.core, save(bench.core));
    load(other.regs, save(bench.regs));
    other.adopt(bench);
    other.run();
    REQUIRE(layer.is_in(other));
    ends.push_back(save(other.core));
    const bool same = ends.back() == ends.front();
    REQUIRE(same);
    bench.step();
  }
  CHECK(bench.completion(0).status == kNpuStatusOk);
}

}  // namespace
}  // namespace cvp
