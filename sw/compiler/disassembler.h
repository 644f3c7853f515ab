// SPDX-License-Identifier: Apache-2.0
//
// A program as text: one command a line, indented by loops, and the tensors they name.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace cvp {

/// Throws std::invalid_argument when the bytes are no program.
std::string disassemble(std::span<const std::uint8_t> program);

}  // namespace cvp
