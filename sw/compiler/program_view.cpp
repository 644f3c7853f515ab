// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/program_view.h"

#include <cstring>
#include <stdexcept>

namespace cvp {
namespace {

template <class T>
void copy_part(std::span<const std::uint8_t> program, std::uint64_t offset, std::uint64_t count,
               std::vector<T>& out) {
  if (count > program.size() / sizeof(T) || offset > program.size() - count * sizeof(T)) {
    throw std::invalid_argument("NPU program: a part lies outside the file");
  }
  out.resize(count);
  std::memcpy(out.data(), program.data() + offset, count * sizeof(T));
}

}  // namespace

ProgramView::ProgramView(std::span<const std::uint8_t> program) {
  if (program.size() < sizeof header) throw std::invalid_argument("NPU program: truncated header");
  std::memcpy(&header, program.data(), sizeof header);
  if (header.magic != NPU_PROGRAM_MAGIC || header.abi_major != NPU_ABI_MAJOR) {
    throw std::invalid_argument("NPU program: wrong magic number or ABI version");
  }
  copy_part(program, header.tensors_offset, header.tensor_count, tensors);
  copy_part(program, header.commands_offset, header.command_count, commands);
}

}  // namespace cvp
