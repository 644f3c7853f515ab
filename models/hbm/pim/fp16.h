// SPDX-License-Identifier: Apache-2.0
//
// IEEE 754 binary16 as bits: subnormals kept, round to nearest even, NaN is 0x7e00. That is what
// fadd.h and fmul.h of a RISC-V hart give. No SystemC.
#pragma once

#include <cstdint>

namespace cvp {

using Half = std::uint16_t;

float half_to_float(Half value);
/// Rounds once.
Half half_of(float value);

// A float holds any product of two halves exactly, and a sum with 24 bits of at least 2 x 11 + 2:
// rounding twice is then the same as once. [FIGUEROA: When Is Double Rounding Innocuous?]
inline Half half_mul(Half a, Half b) { return half_of(half_to_float(a) * half_to_float(b)); }
inline Half half_add(Half a, Half b) { return half_of(half_to_float(a) + half_to_float(b)); }

}  // namespace cvp
