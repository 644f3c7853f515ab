// SPDX-License-Identifier: Apache-2.0
//
// Compares what NPUs left in memory with the reference, every layer of every image.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sw/compiler/compiler.h"
#include "sw/compiler/dataset.h"
#include "sw/reference/reference.h"

namespace cvp {

struct LayerCheck {
  std::string tensor;
  std::uint64_t images = 0;  ///< Compared.
  std::uint64_t values = 0;
  std::uint64_t differences = 0;  ///< Values that are not equal.
  std::string first;              ///< The first difference in words.
};

/// Reads `bytes.size()` bytes at `offset` of a region (of models/npu/job_abi.h), as the die sees it
/// that ran this image of the job.
using RegionReader = std::function<void(std::uint32_t image, std::uint32_t region,
                                        std::uint64_t offset, std::span<std::uint8_t> bytes)>;

/// One entry a layer of the program. Needs a program with `keep_layers`; without, only the
/// network's output is compared. `first_image` is the job's number of the data set's first image.
std::vector<LayerCheck> check_layers(const CompiledProgram& program, const OnnxGraph& graph,
                                     const Dataset& dataset, const RegionReader& read,
                                     std::uint32_t first_image = 0);

}  // namespace cvp
