// SPDX-License-Identifier: Apache-2.0
#include "models/npu/npu_sequencer.h"

#include <cstddef>

namespace cvp {

void NpuSequencer::start(const std::uint64_t (&arguments)[NPU_ARGUMENTS]) {
  position_ = 0;
  registers_.fill(0);
  loops_.clear();
  for (std::size_t i = 0; i < NPU_ARGUMENTS; ++i) registers_[i + 1] = arguments[i];
}

NpuSequencer::At NpuSequencer::advance(const NpuProgram& program, unsigned steps) {
  for (;;) {
    const NpuCommand& command = program.commands[position_];
    if (command.head.opcode == kNpuOpEnd) return At::kEnd;
    const bool loop = command.head.opcode == kNpuOpLoop;
    if (!loop && command.head.opcode != kNpuOpEndLoop) return At::kCommand;
    if (steps-- == 0) return At::kLoop;
    if (loop) {
      enter(command.loop);
    } else {
      leave(program);
    }
  }
}

NpuTask NpuSequencer::take(const NpuProgram& program) {
  NpuTask task;
  task.command = program.commands[position_];
  task.index = position_++;
  const NpuOperandRegisters operands = operand_registers(task.command, program.tensors);
  for (std::size_t i = 0; i < operands.count; ++i) task.base[i] = registers_[operands.number[i]];
  return task;
}

void NpuSequencer::enter(const NpuLoop& loop) {
  Loop entry{position_++, loop.count, {}};
  for (std::size_t i = 0; i < NPU_LOOP_STEPS; ++i)
    entry.saved[i] = registers_[loop.step_register[i]];
  loops_.push_back(entry);
}

void NpuSequencer::leave(const NpuProgram& program) {
  Loop& entry = loops_.back();
  const NpuLoop& loop = program.commands[entry.begin].loop;
  if (--entry.rounds_left > 0) {
    for (std::size_t i = 0; i < NPU_LOOP_STEPS; ++i) {
      registers_[loop.step_register[i]] += static_cast<std::uint64_t>(loop.step[i]);
    }
    position_ = entry.begin + 1;
    return;
  }
  // Backwards, so that a register named twice gets back its value from before the loop.
  for (std::size_t i = NPU_LOOP_STEPS; i-- > 0;) registers_[loop.step_register[i]] = entry.saved[i];
  loops_.pop_back();
  ++position_;
}

bool NpuSemaphores::take(const NpuCommandHead& head) {
  auto counts = counts_;
  for (std::size_t i = 0; i < 2; ++i) {
    if (head.wait_count[i] == 0) continue;
    std::uint16_t& count = counts[head.wait_semaphore[i]];
    if (count < head.wait_count[i]) return false;
    count = static_cast<std::uint16_t>(count - head.wait_count[i]);
  }
  counts_ = counts;
  return true;
}

NpuFault NpuSemaphores::post(const NpuCommandHead& head) {
  auto counts = counts_;
  for (std::size_t i = 0; i < 2; ++i) {
    if (head.post_count[i] == 0) continue;
    const unsigned sum = counts[head.post_semaphore[i]] + unsigned{head.post_count[i]};
    if (sum > 0xffff) {
      return npu_fault(kNpuStatusSemaphore, offsetof(NpuCommandHead, post_count) + 2 * i);
    }
    counts[head.post_semaphore[i]] = static_cast<std::uint16_t>(sum);
  }
  counts_ = counts;
  return {};
}

}  // namespace cvp
