// SPDX-License-Identifier: Apache-2.0
#include "models/npu/npu_vector_unit.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace cvp {

namespace {

__extension__ using Wide = unsigned __int128;

template <class T>
T load(const std::uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

std::uint8_t saturate(std::int64_t value) {
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(value, -128, 127));
}

struct PoolShape {
  std::uint64_t out_height, out_width, in_image, out_image;  // Images in bytes.
};

PoolShape shape_of(const NpuPool& pool) {
  PoolShape shape;
  shape.out_height = (pool.height - pool.kernel_height) / pool.stride_height + 1u;
  shape.out_width = (pool.width - pool.kernel_width) / pool.stride_width + 1u;
  shape.in_image = std::uint64_t{pool.height} * pool.width * pool.pixel_pitch;
  shape.out_image = shape.out_height * shape.out_width * pool.pixel_pitch;
  return shape;
}

void requantise_rows(const NpuTask& task, std::uint8_t* scratchpad) {
  const NpuVector& vector = task.command.vector;
  const std::uint8_t* in = scratchpad + vector.in + task.base[0];
  std::uint8_t* out = scratchpad + vector.out + task.base[1];
  const std::uint8_t* bias = scratchpad + vector.bias;
  const std::uint8_t* scale = scratchpad + vector.scale;
  for (std::uint32_t row = 0; row < vector.m; ++row) {
    for (std::uint32_t column = 0; column < vector.n; ++column) {
      out[column] = static_cast<std::uint8_t>(
          requantise(load<std::int32_t>(in + 4 * column), load<std::int32_t>(bias + 4 * column),
                     load<float>(scale + 4 * column), vector.zero_point, vector.low, vector.high));
    }
    in += vector.in_pitch;
    out += vector.out_pitch;
  }
}

/// Largest and sum of a window, or of a part of it.
struct Window {
  std::int32_t largest = -128, sum = 0;
  void add(const Window& other) {
    largest = std::max(largest, other.largest);
    sum += other.sum;
  }
};

// Along the lines first, then down the columns: a window of h x w costs h + w, so that no command
// keeps the simulator for long.
void pool_image(const NpuPool& pool, const PoolShape& shape, const std::uint8_t* in,
                std::uint8_t* out) {
  const std::size_t channels = pool.channels, width = shape.out_width;
  std::vector<Window> lines(pool.height * width * channels);
  for (std::size_t y = 0; y < pool.height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      Window* line = &lines[(y * width + x) * channels];
      for (std::size_t i = 0; i < pool.kernel_width; ++i) {
        const std::uint8_t* pixel =
            in + (y * pool.width + x * pool.stride_width + i) * pool.pixel_pitch;
        for (std::size_t c = 0; c < channels; ++c) {
          const std::int32_t value = pixel[c] < 128 ? pixel[c] : pixel[c] - 256;
          line[c].add({value, value});
        }
      }
    }
  }
  const bool largest = pool.head.opcode == kNpuOpMaxPool;
  for (std::size_t y = 0; y < shape.out_height; ++y) {
    for (std::size_t x = 0; x < width; ++x, out += pool.pixel_pitch) {
      for (std::size_t c = 0; c < channels; ++c) {
        Window window;
        for (std::size_t i = 0; i < pool.kernel_height; ++i) {
          window.add(lines[((y * pool.stride_height + i) * width + x) * channels + c]);
        }
        out[c] = largest ? static_cast<std::uint8_t>(window.largest)
                         : saturate(round_half_even(static_cast<float>(window.sum) * pool.scale));
      }
    }
  }
}

void pool_images(const NpuTask& task, std::uint8_t* scratchpad) {
  const NpuPool& pool = task.command.pool;
  const PoolShape shape = shape_of(pool);
  for (std::uint64_t image = 0; image < pool.images; ++image) {
    pool_image(pool, shape, scratchpad + pool.in + task.base[0] + image * shape.in_image,
               scratchpad + pool.out + task.base[1] + image * shape.out_image);
  }
}

void add_elements(const NpuTask& task, std::uint8_t* scratchpad) {
  const NpuAdd& add = task.command.add;
  const std::uint8_t* a = scratchpad + add.a + task.base[0];
  const std::uint8_t* b = scratchpad + add.b + task.base[1];
  std::uint8_t* out = scratchpad + add.out + task.base[2];
  for (std::uint32_t i = 0; i < add.count; ++i) {
    const float left = static_cast<float>(static_cast<std::int8_t>(a[i])) * add.scale_a;
    const float right = static_cast<float>(static_cast<std::int8_t>(b[i])) * add.scale_b;
    out[i] = saturate(round_half_even(left + right));
  }
}

}  // namespace

std::int64_t round_half_even(float value) {
  if (std::isnan(value)) return 0;
  constexpr float kLimit = 2147483648.0f;  // 2^31
  const float clamped = std::clamp(value, -kLimit, kLimit);
  // Not std::nearbyint: the result must not depend on the host's rounding mode.
  const float floor = std::floor(clamped);
  const float fraction = clamped - floor;  // Exact.
  const auto below = static_cast<std::int64_t>(floor);
  if (fraction > 0.5f || (fraction == 0.5f && below % 2 != 0)) return below + 1;
  return below;
}

std::int64_t requantise(std::int32_t sum, std::int32_t bias, float scale, std::int32_t zero_point,
                        std::int32_t low, std::int32_t high) {
  const auto total =
      static_cast<std::int32_t>(static_cast<std::uint32_t>(sum) + static_cast<std::uint32_t>(bias));
  const float product = static_cast<float>(total) * scale;
  return std::clamp<std::int64_t>(round_half_even(product) + zero_point, low, high);
}

NpuFault check_vector_operands(const NpuTask& task, std::uint64_t bytes) {
  const auto outside = [bytes](std::uint64_t at, Wide extent, bool aligned = true) {
    return Wide{at} + extent > Wide{bytes} || !aligned;
  };
  const auto fault = [](std::size_t field) { return npu_fault(kNpuStatusScratchpad, field); };
  switch (task.head().opcode) {
    case kNpuOpRequantise: {
      const NpuVector& vector = task.command.vector;
      const std::uint64_t in = vector.in + task.base[0];
      const Wide last = vector.m - 1;
      if (outside(in, last * vector.in_pitch + 4u * vector.n, in % 4 == 0)) {
        return fault(offsetof(NpuVector, in));
      }
      if (outside(vector.out + task.base[1], last * vector.out_pitch + vector.n)) {
        return fault(offsetof(NpuVector, out));
      }
      if (outside(vector.bias, 4u * vector.n)) return fault(offsetof(NpuVector, bias));
      if (outside(vector.scale, 4u * vector.n)) return fault(offsetof(NpuVector, scale));
      return {};
    }
    case kNpuOpMaxPool:
    case kNpuOpAveragePool: {
      const NpuPool& pool = task.command.pool;
      const Wide padding = pool.pixel_pitch - pool.channels;  // After the last pixel.
      const Wide in = Wide{pool.images} * pool.height * pool.width * pool.pixel_pitch;
      const PoolShape shape = shape_of(pool);
      const Wide out = Wide{pool.images} * shape.out_height * shape.out_width * pool.pixel_pitch;
      if (outside(pool.in + task.base[0], in - padding)) return fault(offsetof(NpuPool, in));
      if (outside(pool.out + task.base[1], out - padding)) return fault(offsetof(NpuPool, out));
      return {};
    }
    default: {
      const NpuAdd& add = task.command.add;
      if (outside(add.a + task.base[0], add.count)) return fault(offsetof(NpuAdd, a));
      if (outside(add.b + task.base[1], add.count)) return fault(offsetof(NpuAdd, b));
      if (outside(add.out + task.base[2], add.count)) return fault(offsetof(NpuAdd, out));
      return {};
    }
  }
}

void execute_vector(const NpuTask& task, std::span<std::uint8_t> scratchpad) {
  switch (task.head().opcode) {
    case kNpuOpRequantise:
      return requantise_rows(task, scratchpad.data());
    case kNpuOpMaxPool:
    case kNpuOpAveragePool:
      return pool_images(task, scratchpad.data());
    default:
      return add_elements(task, scratchpad.data());
  }
}

std::uint64_t vector_operations(const NpuTask& task) {
  switch (task.head().opcode) {
    case kNpuOpRequantise:
      return std::uint64_t{task.command.vector.m} * task.command.vector.n;
    case kNpuOpMaxPool:
    case kNpuOpAveragePool: {
      const NpuPool& pool = task.command.pool;
      const PoolShape shape = shape_of(pool);
      return shape.out_height * shape.out_width * pool.channels * pool.images * pool.kernel_height *
             pool.kernel_width;
    }
    default:
      return task.command.add.count;
  }
}

}  // namespace cvp
