// SPDX-License-Identifier: Apache-2.0
//
// Where the matrix unit's cycles go, after Table 3 of [TPU]: every cycle in which a program runs
// is in exactly one class, so that the classes sum to the cycles. No SystemC.
#pragma once

#include <cstdint>

namespace cvp {

struct NpuCounters {
  std::uint64_t cycles = 0;        ///< A program runs.
  std::uint64_t active = 0;        ///< The array takes or works on rows.
  std::uint64_t weight_stall = 0;  ///< Waits for a LOAD of weights.
  std::uint64_t weight_shift = 0;  ///< Weights are shifted in and nothing hides it.
  std::uint64_t non_matrix = 0;    ///< No MATMUL to run.
  std::uint64_t raw_stall = 0;     ///< Waits for the vector unit, a store or an earlier MATMUL.
  std::uint64_t input_stall = 0;   ///< Waits for a LOAD of data, or for the scratchpad.
  std::uint64_t macs = 0;          ///< Useful ones; not a class of cycles.

  std::uint64_t sum() const {
    return active + weight_stall + weight_shift + non_matrix + raw_stall + input_stall;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(cycles, active, weight_stall, weight_shift, non_matrix, raw_stall, input_stall, macs);
  }
};

}  // namespace cvp
