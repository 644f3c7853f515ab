// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/npu_interpreter.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <stdexcept>

namespace cvp::test {
namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

std::int64_t round_half_even(float value) {
  return static_cast<std::int64_t>(
      std::nearbyint(std::clamp(static_cast<double>(value), -2147483648.0, 2147483648.0)));
}

}  // namespace

std::array<std::vector<NpuInterpreter::Issued>, 4> NpuInterpreter::unroll(
    const ProgramView& program, Registers registers) const {
  struct Loop {
    std::size_t begin;
    std::uint32_t left;
    Registers before;
  };
  std::array<std::vector<Issued>, 4> queues;
  std::vector<Loop> loops;
  for (std::size_t pc = 0;; ++pc) {
    const NpuCommand& command = program.commands.at(pc);
    if (command.head.opcode == kNpuOpEnd) break;
    if (command.head.opcode == kNpuOpLoop) {
      require(loops.size() < NPU_LOOP_DEPTH && command.loop.count > 0, "bad LOOP");
      loops.push_back({pc, command.loop.count, registers});
    } else if (command.head.opcode == kNpuOpEndLoop) {
      Loop& loop = loops.back();
      if (--loop.left == 0) {
        registers = loop.before;
        loops.pop_back();
        continue;
      }
      const NpuLoop& steps = program.commands[loop.begin].loop;
      for (int i = 0; i < NPU_LOOP_STEPS; ++i) registers[steps.step_register[i]] += steps.step[i];
      require(registers[0] == 0, "LOOP steps a0");
      pc = loop.begin;
    } else {
      queues.at(command.head.queue).push_back({command, registers});
    }
  }
  require(loops.empty(), "LOOP without END_LOOP");
  return queues;
}

void NpuInterpreter::run(const ProgramView& program,
                         const std::array<std::uint64_t, NPU_ARGUMENTS>& arguments, unsigned seed) {
  Registers registers{};
  std::copy(arguments.begin(), arguments.end(), registers.begin() + 1);
  semaphores_.fill(0);
  require(program.header.scratchpad_bytes <= scratchpad_.size(), "scratchpad too small");
  const auto queues = unroll(program, registers);
  std::array<std::size_t, 4> next{};
  std::array<unsigned, 4> order{0, 1, 2, 3};
  std::mt19937 random(seed);
  const auto left = [&](unsigned q) { return queues[q].size() - next[q]; };
  while (left(0) + left(1) + left(2) + left(3) > 0) {
    std::shuffle(order.begin(), order.end(), random);
    bool moved = false;
    for (const unsigned queue : order) {
      if (left(queue) == 0 || !try_wait(queues[queue][next[queue]].command.head)) continue;
      const Issued& issued = queues[queue][next[queue]++];
      execute(program, issued);
      post(issued.command.head);
      moved = true;
      break;
    }
    require(moved, "deadlock");
  }
}

bool NpuInterpreter::try_wait(const NpuCommandHead& head) {
  for (int i = 0; i < 2; ++i) {
    if (semaphores_.at(head.wait_semaphore[i]) < head.wait_count[i]) return false;
  }
  for (int i = 0; i < 2; ++i) semaphores_[head.wait_semaphore[i]] -= head.wait_count[i];
  return true;
}

void NpuInterpreter::post(const NpuCommandHead& head) {
  for (int i = 0; i < 2; ++i) {
    std::uint64_t& semaphore = semaphores_.at(head.post_semaphore[i]);
    semaphore += head.post_count[i];
    require(semaphore <= 65535, "semaphore overflow");
  }
}

void NpuInterpreter::execute(const ProgramView& program, const Issued& issued) {
  const NpuCommand& c = issued.command;
  const auto on = [&](NpuQueue queue) { require(c.head.queue == queue, "wrong queue"); };
  switch (c.head.opcode) {
    case kNpuOpLoad:
      on(kNpuQueueLd);
      return dma(program.tensors.at(c.dma.tensor), c.dma, issued.registers, true);
    case kNpuOpStore:
      on(kNpuQueueSt);
      return dma(program.tensors.at(c.dma.tensor), c.dma, issued.registers, false);
    case kNpuOpMatmul:
      on(kNpuQueueMm);
      return matmul(c.matmul, c.head.flags);
    case kNpuOpRequantise:
      on(kNpuQueueVec);
      return requantise(c.vector);
    case kNpuOpMaxPool:
      on(kNpuQueueVec);
      return pool(c.pool, false);
    case kNpuOpAveragePool:
      on(kNpuQueueVec);
      return pool(c.pool, true);
    case kNpuOpAdd:
      on(kNpuQueueVec);
      return add(c.add);
    default:
      throw std::runtime_error("unknown opcode");
  }
}

void NpuInterpreter::dma(const NpuTensor& t, const NpuDma& dma, const Registers& registers,
                         bool load) {
  require(t.type == kNpuTypeInt8 && t.rank >= 1 && t.rank <= NPU_RANK, "bad tensor");
  std::vector<std::uint8_t>& memory = regions_.at(t.region);
  const std::uint32_t row = t.box[t.rank - 1];
  require(dma.row_pitch >= row, "row pitch below the row");
  std::uint64_t rows = 1;
  for (int d = 0; d < t.rank; ++d) require(t.box[d] >= 1 && t.box[d] <= 65536, "bad box");
  for (int d = 0; d + 1 < t.rank; ++d) rows *= t.box[d];
  for (std::uint64_t n = 0; n < rows; ++n) {
    for (std::uint32_t j = 0; j < row; ++j) {
      std::uint64_t rest = n;
      std::int64_t address = static_cast<std::int64_t>(t.offset + registers.at(t.address_register));
      bool inside = true;
      for (int d = t.rank - 1; d >= 0; --d) {
        const std::uint64_t index = d == t.rank - 1 ? j : rest % t.box[d];
        if (d != t.rank - 1) rest /= t.box[d];
        const std::int64_t at = dma.start[d] + static_cast<std::int64_t>(index) * t.step[d];
        inside = inside && at >= 0 && at < t.dims[d];
        address += at * t.stride[d];
      }
      std::uint8_t& byte = pad(dma.scratchpad + n * dma.row_pitch + j);
      if (!inside) {
        if (load) byte = static_cast<std::uint8_t>(t.fill);
        continue;
      }
      require(address >= 0 && static_cast<std::uint64_t>(address) < memory.size(),
              "access outside its region");
      if (load) {
        byte = memory[address];
      } else {
        memory[address] = byte;
      }
      (load ? traffic_[t.region].read : traffic_[t.region].written) += 1;
    }
  }
}

void NpuInterpreter::matmul(const NpuMatmul& x, std::uint32_t flags) {
  for (std::uint64_t i = 0; i < x.m; ++i) {
    for (std::uint64_t j = 0; j < x.n; ++j) {
      const std::uint64_t c = x.c + i * x.c_pitch + 4 * j;
      std::uint32_t sum = (flags & NPU_MATMUL_ACCUMULATE) != 0 ? pad32(c) : 0;
      for (std::uint64_t k = 0; k < x.k; ++k) {
        sum += static_cast<std::uint32_t>(pad8(x.a + i * x.a_pitch + k) *
                                          pad8(x.b + k * x.b_pitch + j));
      }
      set_pad32(c, sum);
    }
  }
}

void NpuInterpreter::requantise(const NpuVector& v) {
  for (std::uint64_t i = 0; i < v.m; ++i) {
    for (std::uint64_t j = 0; j < v.n; ++j) {
      const auto sum =
          static_cast<std::int32_t>(pad32(v.in + i * v.in_pitch + 4 * j) + pad32(v.bias + 4 * j));
      const std::uint32_t scale_bits = pad32(v.scale + 4 * j);
      float scale;
      std::memcpy(&scale, &scale_bits, 4);
      const std::int64_t y = round_half_even(static_cast<float>(sum) * scale) + v.zero_point;
      pad(v.out + i * v.out_pitch + j) =
          static_cast<std::uint8_t>(std::clamp<std::int64_t>(y, v.low, v.high));
    }
  }
}

void NpuInterpreter::pool(const NpuPool& p, bool average) {
  const std::uint32_t height = (p.height - p.kernel_height) / p.stride_height + 1;
  const std::uint32_t width = (p.width - p.kernel_width) / p.stride_width + 1;
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      for (std::uint32_t c = 0; c < p.channels; ++c) {
        std::int32_t most = -128, sum = 0;
        for (std::uint32_t ky = 0; ky < p.kernel_height; ++ky) {
          for (std::uint32_t kx = 0; kx < p.kernel_width; ++kx) {
            const std::uint32_t pixel =
                (y * p.stride_height + ky) * p.width + x * p.stride_width + kx;
            const std::int32_t value = pad8(p.in + pixel * p.pixel_pitch + c);
            most = std::max(most, value);
            sum += value;
          }
        }
        if (average) {
          most = static_cast<std::int32_t>(std::clamp<std::int64_t>(
              round_half_even(static_cast<float>(sum) * p.scale), -128, 127));
        }
        pad(p.out + (y * width + x) * p.pixel_pitch + c) = static_cast<std::uint8_t>(most);
      }
    }
  }
}

void NpuInterpreter::add(const NpuAdd& a) {
  for (std::uint32_t i = 0; i < a.count; ++i) {
    const float left = static_cast<float>(pad8(a.a + i)) * a.scale_a;
    const float right = static_cast<float>(pad8(a.b + i)) * a.scale_b;
    const float sum = left + right;
    pad(a.out + i) =
        static_cast<std::uint8_t>(std::clamp<std::int64_t>(round_half_even(sum), -128, 127));
  }
}

std::uint8_t& NpuInterpreter::pad(std::uint64_t offset) {
  require(offset < scratchpad_.size(), "scratchpad access outside it");
  return scratchpad_[offset];
}

std::uint32_t NpuInterpreter::pad32(std::uint64_t offset) {
  require(offset % 4 == 0 && offset + 4 <= scratchpad_.size(), "bad INT32 in the scratchpad");
  std::uint32_t value;
  std::memcpy(&value, scratchpad_.data() + offset, 4);
  return value;
}

void NpuInterpreter::set_pad32(std::uint64_t offset, std::uint32_t value) {
  require(offset % 4 == 0 && offset + 4 <= scratchpad_.size(), "bad INT32 in the scratchpad");
  std::memcpy(scratchpad_.data() + offset, &value, 4);
}

}  // namespace cvp::test
