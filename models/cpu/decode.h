// SPDX-License-Identifier: Apache-2.0
//
// The decoder: one instruction in, one Instruction out. No state, no SystemC.
#pragma once

#include <cstdint>

#include "models/cpu/isa.h"
#include "models/cpu/op.h"

namespace cvp {

/// Length in bytes of the instruction that begins with this half-word.
constexpr unsigned instruction_length(std::uint32_t bits) { return (bits & 3) == 3 ? 4 : 2; }

/// Decodes 16 or 32 bits; an encoding that `isa` has not gives kind illegal with the raw bits.
Instruction decode(std::uint32_t bits, const Isa& isa);

/// The 32-bit instruction that a 16-bit one stands for, 0 when it is reserved.
std::uint32_t expand_compressed(std::uint16_t bits);

/// The kind that does what both do, one after the other; illegal if there is none.
OpKind pair_of(OpKind first, OpKind second);

/// Whether nothing of the same block can follow.
bool ends_block(OpKind kind);

}  // namespace cvp
