// SPDX-License-Identifier: Apache-2.0
//
// The parts of a program in bytes, copied out and aligned.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/npu/npu_abi.h"

namespace cvp {

struct ProgramView {
  NpuProgramHeader header{};
  std::vector<NpuTensor> tensors;
  std::vector<NpuCommand> commands;

  /// Throws std::invalid_argument when the bytes are no program.
  explicit ProgramView(std::span<const std::uint8_t> program);
};

}  // namespace cvp
