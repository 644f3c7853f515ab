// SPDX-License-Identifier: Apache-2.0
//
// Job blobs: models/npu/job_abi.h filled in, and read back after the run.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/npu/job_abi.h"
#include "sw/compiler/compiler.h"
#include "sw/compiler/dataset.h"

namespace cvp {

/// Program, constants, inputs (quantised) and labels; room for the results. Throws
/// std::invalid_argument when an image does not fit the network's input.
std::vector<std::uint8_t> build_job(const CompiledProgram& program, const Dataset& dataset);

/// The header of a blob. Throws std::invalid_argument when it is none.
NpuJobHeader job_header(std::span<const std::uint8_t> blob);

/// An image as the network's INT8 input.
std::vector<std::int8_t> quantise_image(const CompiledProgram& program,
                                        std::span<const float> image);

struct JobResults {
  NpuJobResult header{};
  bool written = false;                           ///< The runtime has put its results in.
  std::vector<std::vector<std::int8_t>> outputs;  ///< An image each, channels first.
};

/// `results` is what lies in memory from the blob's results_offset on.
JobResults read_results(const NpuJobHeader& header, std::span<const std::uint8_t> results);

/// Outputs as the model's own output type: dequantised when that is FLOAT.
std::vector<float> dequantise_output(const CompiledProgram& program,
                                     std::span<const std::int8_t> output);

/// Index of the largest output, the first one of equals.
std::uint32_t best_class(std::span<const std::int8_t> output);

}  // namespace cvp
