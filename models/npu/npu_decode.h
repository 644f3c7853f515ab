// SPDX-License-Identifier: Apache-2.0
//
// Checks programs before anything of them runs: header, loops, every command and the tensors it
// names. What depends on address registers or data is checked when the command runs. No SystemC.
#pragma once

#include <span>
#include <vector>

#include "models/npu/npu_fault.h"

namespace cvp {

/// What a cluster offers a program.
struct NpuLimits {
  std::uint32_t rows = 16, columns = 16;
  std::uint32_t scratchpad_bytes = 0;
  std::uint32_t features = 0;
};

/// A program as fetched.
struct NpuProgram {
  NpuProgramHeader header{};
  std::vector<NpuTensor> tensors;
  std::vector<NpuCommand> commands;

  template <class Archive>
  void serialize(Archive& archive) {
    serialize_plain(archive, header);
    std::uint64_t tensor_count = tensors.size(), command_count = commands.size();
    archive(tensor_count, command_count);
    tensors.resize(tensor_count);
    commands.resize(command_count);
    for (NpuTensor& tensor : tensors) serialize_plain(archive, tensor);
    for (NpuCommand& command : commands) serialize_plain(archive, command);
  }
};

/// Bytes of an element; 0 for an unknown type.
std::uint32_t element_bytes(std::uint8_t type);

NpuFault check_header(const NpuProgramHeader& header, const NpuLimits& limits);
NpuFault check_tensor(const NpuTensor& tensor);
/// The first fault in the order of the commands.
NpuFault check_commands(const NpuProgram& program);

/// A command's address registers in the order of its operands, and how many there are.
struct NpuOperandRegisters {
  std::array<std::uint8_t, 3> number{};
  std::size_t count = 0;
};
NpuOperandRegisters operand_registers(const NpuCommand& command,
                                      const std::vector<NpuTensor>& tensors);

}  // namespace cvp
