// SPDX-License-Identifier: Apache-2.0
//
// Expected numbers: the definitions of npu_abi.h (ONNX QuantizeLinear's rounding and saturation)
// worked out by hand.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "models/npu/npu_test_bench.h"
#include "models/npu/npu_vector_unit.h"

namespace cvp {
namespace {

NpuTask task_of(const NpuCommand& command) {
  NpuTask task;
  task.command = command;
  return task;
}

TEST_CASE("NpuVectorUnit rounds half to even and saturates at 2^31", "[unit][npu]") {
  CHECK(round_half_even(0.5f) == 0);
  CHECK(round_half_even(1.5f) == 2);
  CHECK(round_half_even(2.5f) == 2);
  CHECK(round_half_even(-0.5f) == 0);
  CHECK(round_half_even(-1.5f) == -2);
  CHECK(round_half_even(-2.5f) == -2);
  CHECK(round_half_even(2.4999998f) == 2);
  CHECK(round_half_even(8388607.5f) == 8388608);  // The last half in FP32.
  CHECK(round_half_even(3e38f) == 2147483648);
  CHECK(round_half_even(-std::numeric_limits<float>::infinity()) == -2147483648);
  CHECK(round_half_even(std::numeric_limits<float>::quiet_NaN()) == 0);
}

TEST_CASE("NpuVectorUnit requantises as ONNX does", "[unit][npu]") {
  CHECK(requantise(100, 0, 0.125f, 0, -128, 127) == 12);  // 12.5
  CHECK(requantise(100, 8, 0.125f, 0, -128, 127) == 14);  // 13.5
  CHECK(requantise(1000, 0, 1.0f, 0, -128, 127) == 127);
  CHECK(requantise(-5, 0, 1.0f, 7, 7, 127) == 7);  // ReLU: low is the zero point.
  CHECK(requantise(300, 0, 0.5f, 100, 0, 255) == 250);
  // The bias wraps in 32 bits: 2^31 - 1 + 1 = -2^31.
  CHECK(requantise(2147483647, 1, 1.0f, 0, -128, 127) == -128);
  // (float)16777217 is 16777216: a tie, to even.
  CHECK(requantise(16777217, 0, std::ldexp(1.0f, -20), 0, -128, 127) == 16);
  // Rounded once as a product: 3 * 0.1f = 0.3000000119 in FP32.
  CHECK(requantise(15, 0, 0.1f, 0, -128, 127) == 2);  // 1.5 exactly after rounding: to even.
}

TEST_CASE("NpuVectorUnit pools the windows of every image and channel", "[unit][npu]") {
  // Two images of 2 x 4 pixels, 2 channels at a pitch of 3 bytes.
  std::vector<std::uint8_t> scratchpad(256, 0);
  for (int image = 0; image < 2; ++image) {
    for (int pixel = 0; pixel < 8; ++pixel) {
      scratchpad[image * 24 + pixel * 3] = static_cast<std::uint8_t>(pixel * (image ? -1 : 1));
      scratchpad[image * 24 + pixel * 3 + 1] = static_cast<std::uint8_t>(100 + pixel);
    }
  }
  ProgramBuilder p;
  NpuCommand& command = p.add(kNpuOpMaxPool, kNpuQueueVec);
  NpuPool& pool = command.pool;
  pool.out = 128;
  pool.height = 2, pool.width = 4, pool.channels = 2, pool.pixel_pitch = 3, pool.images = 2;
  pool.kernel_height = 2, pool.kernel_width = 2, pool.stride_height = 1, pool.stride_width = 2;
  REQUIRE_FALSE(check_vector_operands(task_of(command), scratchpad.size()));
  CHECK(vector_operations(task_of(command)) == 2 * 1 * 2 * 2 * 4);
  execute_vector(task_of(command), scratchpad);
  // Windows {0, 1, 4, 5} and {2, 3, 6, 7}.
  CHECK(scratchpad[128] == 5);
  CHECK(scratchpad[129] == 105);
  CHECK(scratchpad[131] == 7);
  CHECK(static_cast<std::int8_t>(scratchpad[134]) == 0);
  CHECK(static_cast<std::int8_t>(scratchpad[137]) == -2);

  command.head.opcode = kNpuOpAveragePool;
  pool.scale = 0.25f;
  execute_vector(task_of(command), scratchpad);
  CHECK(scratchpad[128] == 2);  // 10 / 4 = 2.5, to even
  CHECK(scratchpad[129] == 102);
  CHECK(scratchpad[131] == 4);  // 18 / 4 = 4.5, to even
  CHECK(static_cast<std::int8_t>(scratchpad[134]) == -2);
}

TEST_CASE("NpuVectorUnit's windows larger than its lanes give what plain loops give",
          "[unit][npu]") {
  std::vector<std::uint8_t> scratchpad(64 * 1024);
  for (std::size_t i = 0; i < 40 * 40; ++i) {
    scratchpad[i] = static_cast<std::uint8_t>(i * 2654435761u >> 13);
  }
  ProgramBuilder p;
  NpuCommand& command = p.add(kNpuOpMaxPool, kNpuQueueVec);
  NpuPool& pool = command.pool;
  pool.out = 8192;
  pool.height = pool.width = 40, pool.channels = pool.images = 1, pool.pixel_pitch = 1;
  pool.kernel_height = 23, pool.kernel_width = 19, pool.stride_height = pool.stride_width = 3;
  for (const bool average : {false, true}) {
    command.head.opcode = average ? kNpuOpAveragePool : kNpuOpMaxPool;
    pool.scale = average ? 0.01f : 0.0f;
    execute_vector(task_of(command), scratchpad);
    for (int y = 0; y < 6; ++y) {
      for (int x = 0; x < 8; ++x) {
        int largest = -128, sum = 0;
        for (int i = 0; i < 23; ++i) {
          for (int j = 0; j < 19; ++j) {
            const int value = static_cast<std::int8_t>(scratchpad[(3 * y + i) * 40 + 3 * x + j]);
            largest = std::max(largest, value), sum += value;
          }
        }
        const float mean =
            std::clamp(std::nearbyintf(static_cast<float>(sum) * 0.01f), -128.0f, 127.0f);
        const int expected = average ? static_cast<int>(mean) : largest;
        REQUIRE(static_cast<std::int8_t>(scratchpad[8192 + y * 8 + x]) == expected);
      }
    }
  }
}

TEST_CASE("NpuVectorUnit adds with a scale for each side", "[unit][npu]") {
  std::vector<std::uint8_t> scratchpad{10, 200, 127, 5, 3, 100, 127, 5, 0, 0, 0, 0};
  ProgramBuilder p;
  NpuCommand& command = p.add(kNpuOpAdd, kNpuQueueVec);
  command.add.b = 4, command.add.out = 8, command.add.count = 4;
  command.add.scale_a = 0.5f, command.add.scale_b = 1.0f;
  execute_vector(task_of(command), scratchpad);
  CHECK(scratchpad[8] == 8);   // 5 + 3
  CHECK(scratchpad[9] == 72);  // -56 * 0.5 + 100
  CHECK(scratchpad[10] == 127);
  CHECK(scratchpad[11] == 8);  // 7.5, to even
}

}  // namespace
}  // namespace cvp
