// SPDX-License-Identifier: Apache-2.0
//
// Walks a checked program: repeats LOOP bodies, steps the address registers, and hands out the
// queued commands in order with the values of their address registers. And the semaphore file.
// No SystemC.
#pragma once

#include <array>
#include <vector>

#include "models/npu/npu_decode.h"

namespace cvp {

/// A command on its way through a queue.
struct NpuTask {
  NpuCommand command;
  std::uint32_t index = 0;
  std::array<std::uint64_t, 3> base{};  ///< Address registers, in the order of the operands.

  NpuTask() { std::memset(static_cast<void*>(&command), 0, sizeof command); }
  const NpuCommandHead& head() const { return command.head; }

  template <class Archive>
  void serialize(Archive& archive) {
    serialize_plain(archive, command);
    archive(index, base);
  }
};

class NpuSequencer {
 public:
  void start(const std::uint64_t (&arguments)[NPU_ARGUMENTS]);
  enum class At { kCommand, kEnd, kLoop };
  /// Steps over at most `steps` LOOPs and END_LOOPs to the next queued command or to END; kLoop: it
  /// has not got there yet (a loop without commands can be long).
  At advance(const NpuProgram& program, unsigned steps);
  /// At a command: which.
  const NpuCommand& command(const NpuProgram& program) const { return program.commands[position_]; }
  NpuTask take(const NpuProgram& program);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(position_, registers_, loops_);
  }

 private:
  struct Loop {
    std::uint32_t begin = 0;  ///< The LOOP command.
    std::uint32_t rounds_left = 0;
    std::array<std::uint64_t, NPU_LOOP_STEPS> saved{};
    template <class Archive>
    void serialize(Archive& archive) {
      archive(begin, rounds_left, saved);
    }
  };
  void enter(const NpuLoop& loop);
  void leave(const NpuProgram& program);

  std::uint32_t position_ = 0;
  std::array<std::uint64_t, NPU_ADDRESS_REGISTERS> registers_{};
  std::vector<Loop> loops_;
};

class NpuSemaphores {
 public:
  void clear() { counts_.fill(0); }
  /// Subtracts what the command waits for if all of it is there.
  bool take(const NpuCommandHead& head);
  /// Adds what the command posts; a fault if a count overflows.
  NpuFault post(const NpuCommandHead& head);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(counts_);
  }

 private:
  std::array<std::uint16_t, NPU_SEMAPHORES> counts_{};
};

}  // namespace cvp
