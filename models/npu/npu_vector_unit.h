// SPDX-License-Identifier: Apache-2.0
//
// Vector unit: requantisation, pooling and element-wise addition as npu_abi.h defines them, on the
// scratchpad. Pure functions. No SystemC.
//
// Arithmetic is FP32, rounded half to even once an operation; conversions to integers round half to
// even after clamping to +-2^31, and a NaN (from data that is none of a scale) becomes 0.
#pragma once

#include <span>

#include "models/npu/npu_sequencer.h"

namespace cvp {

/// round_half_even(value) in 64 bits.
std::int64_t round_half_even(float value);
/// One element of REQUANTISE.
std::int64_t requantise(std::int32_t sum, std::int32_t bias, float scale, std::int32_t zero_point,
                        std::int32_t low, std::int32_t high);

/// kNpuStatusScratchpad unless all operands lie in `scratchpad`.
NpuFault check_vector_operands(const NpuTask& task, std::uint64_t scratchpad_bytes);
/// Executes a checked command.
void execute_vector(const NpuTask& task, std::span<std::uint8_t> scratchpad);
/// Operations, each taking one lane for one cycle: elements, for pools times their window.
std::uint64_t vector_operations(const NpuTask& task);

}  // namespace cvp
