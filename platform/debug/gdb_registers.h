// SPDX-License-Identifier: Apache-2.0
//
// A hart's registers as GDB numbers and describes them: x, pc, f, CSRs that are there, privilege.
// No SystemC. [GDB: RISC-V Features]
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "models/cpu/hart.h"

namespace cvp::gdb_registers {

/// Registers of the `g` packet: x0 to x31, pc, f0 to f31.
inline constexpr unsigned kGeneral = 65;

/// The target description, an XML document.
std::string description(const Hart& hart);
/// As the protocol has it: bytes in the order of memory, in hexadecimal; nothing if there is none.
std::optional<std::string> read(const Hart& hart, std::uint64_t number);
/// False if there is none, it cannot be written, or `text` has another size.
bool write(Hart& hart, std::uint64_t number, std::string_view text);

}  // namespace cvp::gdb_registers
