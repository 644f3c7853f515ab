// SPDX-License-Identifier: Apache-2.0
//
// Arrays of float32 in NumPy's .npy format, version 1.0.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "platform/diagnostics.h"

namespace cvp {

struct NpyArray {
  std::vector<std::size_t> shape;
  std::vector<float> values;  ///< C order.
};

std::string to_npy(const std::vector<std::size_t>& shape, std::span<const float> values);
/// float32 or float64, little-endian, C order; empty after an error.
std::optional<NpyArray> read_npy(const std::string& file, const std::string& option,
                                 Diagnostics& diagnostics);

}  // namespace cvp
