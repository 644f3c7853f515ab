// SPDX-License-Identifier: Apache-2.0
//
// A compiled program as one file: 64 bytes of ProgramFileHeader, then program, constants and side
// information (JSON: what CompiledProgram holds beside the two), each at a multiple of 64.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sw/compiler/compiler.h"
#include "sw/compiler/plan.h"

namespace cvp {

struct ProgramFileHeader {
  char magic[8];  ///< "CVPNPU1", zero-terminated.
  std::uint64_t program_offset, program_bytes;
  std::uint64_t constants_offset, constants_bytes;
  std::uint64_t side_info_offset, side_info_bytes;
  std::uint64_t reserved;
};
static_assert(sizeof(ProgramFileHeader) == 64);

std::vector<std::uint8_t> pack_program(const CompiledProgram& program);
/// Throws CompileError naming `file` when the bytes are no such file.
CompiledProgram unpack_program(const std::vector<std::uint8_t>& bytes, const std::string& file);

/// Writes a temporary file and renames it, so that `file` is whole or untouched. Throws
/// std::system_error.
void write_program_file(const CompiledProgram& program, const std::string& file);
CompiledProgram read_program_file(const std::string& file);

/// JSON object of a plan, names with units: for `stats.json` and the side information.
std::string plan_json(const RunPlan& plan);

}  // namespace cvp
