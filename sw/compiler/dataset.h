// SPDX-License-Identifier: Apache-2.0
//
// Images for a network, with or without labels, from a CSV file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/core/input_file.h"
#include "sw/compiler/compile_error.h"

namespace cvp {

struct Dataset {
  std::vector<std::vector<float>> images;  ///< In the order of the network's input.
  std::vector<std::uint8_t> labels;        ///< As many, or none.

  /// The last `count` images, or all when there are fewer.
  Dataset last(std::size_t count) const;
};

/// One image a line: `values` finite numbers, then the label if there is one more: an integer below
/// `classes`; 0: the network does not classify. Plain or gzip, at most `max_bytes` of text. Throws
/// CompileError naming file and line.
Dataset read_csv(const std::string& file, std::size_t values, std::uint32_t classes = 0,
                 std::uint64_t max_bytes = kMaxInputBytes);

}  // namespace cvp
