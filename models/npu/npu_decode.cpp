// SPDX-License-Identifier: Apache-2.0
#include "models/npu/npu_decode.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>

namespace cvp {

namespace {

template <class Bytes>
bool all_zero(const Bytes& bytes) {
  return std::all_of(std::begin(bytes), std::end(bytes), [](auto value) { return value == 0; });
}

NpuFault reserved(std::size_t field) { return npu_fault(kNpuStatusReserved, field); }
NpuFault operand(std::size_t field) { return npu_fault(kNpuStatusOperand, field); }

bool is_register(std::uint8_t number) { return number < NPU_ADDRESS_REGISTERS; }

/// The queue that serves an opcode; -1: the sequencer; -2: unknown.
int queue_of(std::uint8_t opcode) {
  switch (opcode) {
    case kNpuOpEnd:
    case kNpuOpLoop:
    case kNpuOpEndLoop:
      return -1;
    case kNpuOpLoad:
      return kNpuQueueLd;
    case kNpuOpStore:
    case kNpuOpSync:
      return kNpuQueueSt;
    case kNpuOpMatmul:
      return kNpuQueueMm;
    case kNpuOpRequantise:
    case kNpuOpMaxPool:
    case kNpuOpAveragePool:
    case kNpuOpAdd:
      return kNpuQueueVec;
    default:
      return -2;
  }
}

NpuFault check_head(const NpuCommandHead& head, std::uint32_t semaphores) {
  const int queue = queue_of(head.opcode);
  if (queue == -2) return npu_fault(kNpuStatusOpcode, offsetof(NpuCommandHead, opcode));
  const bool sequencer = queue == -1;
  if (head.queue != (sequencer ? 0 : queue)) {
    return npu_fault(kNpuStatusOpcode, offsetof(NpuCommandHead, queue));
  }
  const std::uint16_t flags = head.opcode == kNpuOpMatmul ? NPU_MATMUL_ACCUMULATE : 0;
  if (head.flags & ~flags) return reserved(offsetof(NpuCommandHead, flags));
  if (sequencer) {
    if (!all_zero(head.wait_semaphore)) return reserved(offsetof(NpuCommandHead, wait_semaphore));
    if (!all_zero(head.post_semaphore)) return reserved(offsetof(NpuCommandHead, post_semaphore));
    if (!all_zero(head.wait_count)) return reserved(offsetof(NpuCommandHead, wait_count));
    if (!all_zero(head.post_count)) return reserved(offsetof(NpuCommandHead, post_count));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    if (head.wait_count[i] && head.wait_semaphore[i] >= semaphores) {
      return npu_fault(kNpuStatusSemaphore, offsetof(NpuCommandHead, wait_semaphore) + i);
    }
    if (head.post_count[i] && head.post_semaphore[i] >= semaphores) {
      return npu_fault(kNpuStatusSemaphore, offsetof(NpuCommandHead, post_semaphore) + i);
    }
  }
  return {};
}

NpuFault check_loop(const NpuLoop& loop) {
  if (loop.count == 0) return operand(offsetof(NpuLoop, count));
  for (std::size_t i = 0; i < NPU_LOOP_STEPS; ++i) {
    if (!is_register(loop.step_register[i])) return operand(offsetof(NpuLoop, step_register) + i);
    if (loop.step_register[i] == 0 && loop.step[i] != 0) {
      return operand(offsetof(NpuLoop, step) + 8 * i);
    }
  }
  return all_zero(loop.reserved) ? NpuFault{} : reserved(offsetof(NpuLoop, reserved));
}

/// END and END_LOOP: nothing but the opcode.
NpuFault check_bare(const NpuCommand& command) {
  std::array<std::uint8_t, sizeof(NpuCommand)> bytes;
  std::memcpy(bytes.data(), &command, sizeof command);
  const auto set = std::find_if(bytes.begin() + sizeof(NpuCommandHead), bytes.end(),
                                [](auto byte) { return byte != 0; });
  if (set == bytes.end()) return {};
  return reserved(static_cast<std::size_t>(set - bytes.begin()));
}

NpuFault check_dma(const NpuDma& dma, const std::vector<NpuTensor>& tensors) {
  if (dma.tensor >= tensors.size()) return operand(offsetof(NpuDma, tensor));
  if (!is_register(dma.scratchpad_register)) return operand(offsetof(NpuDma, scratchpad_register));
  if (dma.reserved0) return reserved(offsetof(NpuDma, reserved0));
  if (!all_zero(dma.reserved)) return reserved(offsetof(NpuDma, reserved));
  const NpuTensor& tensor = tensors[dma.tensor];
  if (const NpuFault fault = check_tensor(tensor)) return fault;
  const std::uint64_t row = std::uint64_t{tensor.box[tensor.rank - 1]} * element_bytes(tensor.type);
  if (dma.row_pitch < row) return operand(offsetof(NpuDma, row_pitch));
  return {};
}

NpuFault check_sync(const NpuSync& sync) {
  if (sync.offset % 8) return operand(offsetof(NpuSync, offset));
  if (sync.region >= NPU_REGIONS) return operand(offsetof(NpuSync, region));
  if (!is_register(sync.address_register)) return operand(offsetof(NpuSync, address_register));
  return all_zero(sync.reserved) ? NpuFault{} : reserved(offsetof(NpuSync, reserved));
}

NpuFault check_matmul(const NpuMatmul& matmul) {
  if (matmul.c % 4) return operand(offsetof(NpuMatmul, c));
  if (matmul.m == 0) return operand(offsetof(NpuMatmul, m));
  if (matmul.n == 0) return operand(offsetof(NpuMatmul, n));
  if (matmul.k == 0) return operand(offsetof(NpuMatmul, k));
  // Rows of A may overlap (windows over a line of an image); rows of C may not.
  if (matmul.c_pitch % 4 || (matmul.m > 1 && matmul.c_pitch < 4u * matmul.n)) {
    return operand(offsetof(NpuMatmul, c_pitch));
  }
  if (!is_register(matmul.a_register)) return operand(offsetof(NpuMatmul, a_register));
  if (!is_register(matmul.b_register)) return operand(offsetof(NpuMatmul, b_register));
  if (!is_register(matmul.c_register)) return operand(offsetof(NpuMatmul, c_register));
  return all_zero(matmul.reserved) ? NpuFault{} : reserved(offsetof(NpuMatmul, reserved));
}

NpuFault check_vector(const NpuVector& vector) {
  if (vector.in % 4) return operand(offsetof(NpuVector, in));
  if (vector.bias % 4) return operand(offsetof(NpuVector, bias));
  if (vector.scale % 4) return operand(offsetof(NpuVector, scale));
  if (vector.in_pitch % 4) return operand(offsetof(NpuVector, in_pitch));
  if (vector.m == 0) return operand(offsetof(NpuVector, m));
  if (vector.n == 0) return operand(offsetof(NpuVector, n));
  if (vector.m > 1 && vector.out_pitch < vector.n) return operand(offsetof(NpuVector, out_pitch));
  if (vector.low < -128 || vector.low > 255) return operand(offsetof(NpuVector, low));
  if (vector.high < vector.low || vector.high > 255) return operand(offsetof(NpuVector, high));
  if (!is_register(vector.in_register)) return operand(offsetof(NpuVector, in_register));
  if (!is_register(vector.out_register)) return operand(offsetof(NpuVector, out_register));
  return all_zero(vector.reserved) ? NpuFault{} : reserved(offsetof(NpuVector, reserved));
}

NpuFault check_pool(const NpuPool& pool) {
  if (pool.channels == 0) return operand(offsetof(NpuPool, channels));
  if (pool.kernel_height == 0 || pool.kernel_height > pool.height) {
    return operand(offsetof(NpuPool, kernel_height));
  }
  if (pool.kernel_width == 0 || pool.kernel_width > pool.width) {
    return operand(offsetof(NpuPool, kernel_width));
  }
  if (pool.stride_height == 0) return operand(offsetof(NpuPool, stride_height));
  if (pool.stride_width == 0) return operand(offsetof(NpuPool, stride_width));
  if (!is_register(pool.in_register)) return operand(offsetof(NpuPool, in_register));
  if (!is_register(pool.out_register)) return operand(offsetof(NpuPool, out_register));
  const bool average = pool.head.opcode == kNpuOpAveragePool;
  if (average ? !std::isfinite(pool.scale) : pool.scale != 0) {
    return operand(offsetof(NpuPool, scale));
  }
  if (pool.pixel_pitch < pool.channels) return operand(offsetof(NpuPool, pixel_pitch));
  if (pool.images == 0) return operand(offsetof(NpuPool, images));
  return all_zero(pool.reserved) ? NpuFault{} : reserved(offsetof(NpuPool, reserved));
}

NpuFault check_add(const NpuAdd& add) {
  if (add.count == 0) return operand(offsetof(NpuAdd, count));
  if (!std::isfinite(add.scale_a)) return operand(offsetof(NpuAdd, scale_a));
  if (!std::isfinite(add.scale_b)) return operand(offsetof(NpuAdd, scale_b));
  if (!is_register(add.a_register)) return operand(offsetof(NpuAdd, a_register));
  if (!is_register(add.b_register)) return operand(offsetof(NpuAdd, b_register));
  if (!is_register(add.out_register)) return operand(offsetof(NpuAdd, out_register));
  return all_zero(add.reserved) ? NpuFault{} : reserved(offsetof(NpuAdd, reserved));
}

NpuFault check_command(const NpuCommand& command, const NpuProgram& program) {
  if (const NpuFault fault = check_head(command.head, program.header.semaphores)) return fault;
  switch (command.head.opcode) {
    case kNpuOpLoop:
      return check_loop(command.loop);
    case kNpuOpLoad:
    case kNpuOpStore:
      return check_dma(command.dma, program.tensors);
    case kNpuOpSync:
      return check_sync(command.sync);
    case kNpuOpMatmul:
      return check_matmul(command.matmul);
    case kNpuOpRequantise:
      return check_vector(command.vector);
    case kNpuOpMaxPool:
    case kNpuOpAveragePool:
      return check_pool(command.pool);
    case kNpuOpAdd:
      return check_add(command.add);
    default:
      return check_bare(command);
  }
}

}  // namespace

std::uint32_t element_bytes(std::uint8_t type) {
  switch (type) {
    case kNpuTypeInt8:
    case kNpuTypeUint8:
      return 1;
    case kNpuTypeInt32:
    case kNpuTypeFloat32:
      return 4;
    default:
      return 0;
  }
}

NpuFault check_header(const NpuProgramHeader& header, const NpuLimits& limits) {
  using H = NpuProgramHeader;
  const auto version = [](std::size_t field) { return npu_fault(kNpuStatusVersion, field); };
  const auto geometry = [](std::size_t field) { return npu_fault(kNpuStatusGeometry, field); };
  if (header.magic != NPU_PROGRAM_MAGIC) return version(offsetof(H, magic));
  if (header.abi_major != NPU_ABI_MAJOR) return version(offsetof(H, abi_major));
  if (header.abi_minor > NPU_ABI_MINOR) return version(offsetof(H, abi_minor));
  if (header.features & ~limits.features) return version(offsetof(H, features));
  if (header.rows > limits.rows) return geometry(offsetof(H, rows));
  if (header.columns > limits.columns) return geometry(offsetof(H, columns));
  if (header.scratchpad_bytes > limits.scratchpad_bytes) {
    return geometry(offsetof(H, scratchpad_bytes));
  }
  if (header.semaphores > NPU_SEMAPHORES) return geometry(offsetof(H, semaphores));
  if (!all_zero(header.reserved)) return reserved(offsetof(H, reserved));
  if (header.command_count == 0 || header.command_count > NPU_MAX_COMMANDS) {
    return operand(offsetof(H, command_count));
  }
  if (header.tensor_count > NPU_MAX_TENSORS) return operand(offsetof(H, tensor_count));
  const auto fits = [&](std::uint32_t offset, std::uint64_t bytes) {
    return offset % 64 == 0 && offset + bytes <= header.total_bytes;
  };
  if (!fits(header.commands_offset, std::uint64_t{header.command_count} * sizeof(NpuCommand))) {
    return operand(offsetof(H, commands_offset));
  }
  if (!fits(header.tensors_offset, std::uint64_t{header.tensor_count} * sizeof(NpuTensor))) {
    return operand(offsetof(H, tensors_offset));
  }
  return {};
}

NpuFault check_tensor(const NpuTensor& tensor) {
  const auto bad = [](std::size_t field) { return npu_fault(kNpuStatusTensor, field); };
  if (element_bytes(tensor.type) == 0) return bad(offsetof(NpuTensor, type));
  if (tensor.rank < 1 || tensor.rank > NPU_RANK) return bad(offsetof(NpuTensor, rank));
  if (tensor.region >= NPU_REGIONS) return bad(offsetof(NpuTensor, region));
  if (!is_register(tensor.address_register)) return bad(offsetof(NpuTensor, address_register));
  for (std::size_t d = 0; d < NPU_RANK; ++d) {
    const bool unused = d >= tensor.rank;
    if (tensor.dims[d] == 0 || (unused && tensor.dims[d] != 1)) {
      return bad(offsetof(NpuTensor, dims) + 4 * d);
    }
    if (tensor.box[d] == 0 || tensor.box[d] > (unused ? 1u : 65536u)) {
      return bad(offsetof(NpuTensor, box) + 4 * d);
    }
    if (unused && tensor.stride[d] != 0) return bad(offsetof(NpuTensor, stride) + 8 * d);
    if (tensor.step[d] == 0) return bad(offsetof(NpuTensor, step) + 2 * d);
  }
  return all_zero(tensor.reserved) ? NpuFault{} : bad(offsetof(NpuTensor, reserved));
}

NpuFault check_commands(const NpuProgram& program) {
  std::vector<std::uint32_t> loops;
  bool ended = false;
  for (std::uint32_t index = 0; index < program.commands.size(); ++index) {
    const NpuCommand& command = program.commands[index];
    NpuFault fault = check_command(command, program);
    const std::uint8_t opcode = command.head.opcode;
    if (!fault && opcode == kNpuOpLoop) {
      if (loops.size() == NPU_LOOP_DEPTH) fault = npu_fault(kNpuStatusLoop, 0);
      loops.push_back(index);
    } else if (!fault && opcode == kNpuOpEndLoop) {
      if (loops.empty()) {
        fault = npu_fault(kNpuStatusLoop, 0);
      } else {
        loops.pop_back();
      }
    } else if (!fault && opcode == kNpuOpEnd) {
      if (!loops.empty()) fault = npu_fault(kNpuStatusLoop, 0);
      ended = true;
    }
    if (fault) {
      fault.command = index;
      return fault;
    }
  }
  if (!loops.empty()) return npu_fault(kNpuStatusLoop, 0, loops.back());
  // A program that does not end: the last command is not what it has to be.
  const auto last = static_cast<std::uint32_t>(program.commands.size() - 1);
  if (!ended) return npu_fault(kNpuStatusOpcode, 0, last);
  return {};
}

NpuOperandRegisters operand_registers(const NpuCommand& command,
                                      const std::vector<NpuTensor>& tensors) {
  switch (command.head.opcode) {
    case kNpuOpLoad:
    case kNpuOpStore:
      return {{tensors[command.dma.tensor].address_register, command.dma.scratchpad_register, 0},
              2};
    case kNpuOpSync:
      return {{command.sync.address_register, 0, 0}, 1};
    case kNpuOpMatmul:
      return {{command.matmul.a_register, command.matmul.b_register, command.matmul.c_register}, 3};
    case kNpuOpRequantise:
      return {{command.vector.in_register, command.vector.out_register, 0}, 2};
    case kNpuOpMaxPool:
    case kNpuOpAveragePool:
      return {{command.pool.in_register, command.pool.out_register, 0}, 2};
    case kNpuOpAdd:
      return {{command.add.a_register, command.add.b_register, command.add.out_register}, 3};
    default:
      return {};
  }
}

}  // namespace cvp
