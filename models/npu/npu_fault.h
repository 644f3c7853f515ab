// SPDX-License-Identifier: Apache-2.0
//
// What stops a context, as its completion reports it; and how plain ABI structures are saved.
// No SystemC.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "models/npu/npu_abi.h"

namespace cvp {

struct NpuFault {
  std::uint16_t status = kNpuStatusOk;
  std::uint16_t field = 0;    ///< Byte offset in the command, header or tensor.
  std::uint32_t command = 0;  ///< Index in the program.
  std::uint64_t address = 0;  ///< Offset in its region of a failing access.

  explicit operator bool() const { return status != kNpuStatusOk; }
  bool operator==(const NpuFault&) const = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(status, field, command, address);
  }
};

inline NpuFault npu_fault(NpuStatus status, std::size_t field, std::uint32_t command = 0,
                          std::uint64_t address = 0) {
  return {static_cast<std::uint16_t>(status), static_cast<std::uint16_t>(field), command, address};
}

/// Saves or loads a structure of npu_abi.h as its bytes.
template <class Archive, class Plain>
void serialize_plain(Archive& archive, Plain& plain) {
  std::array<std::uint8_t, sizeof(Plain)> bytes;
  std::memcpy(bytes.data(), &plain, sizeof(Plain));
  archive(bytes);
  std::memcpy(&plain, bytes.data(), sizeof(Plain));
}

}  // namespace cvp
