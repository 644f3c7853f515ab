// SPDX-License-Identifier: Apache-2.0
//
// Matrix unit: cuts a MATMUL into tiles of the MAC array, n outermost, and runs them one at a time
// with the next tile's weights loading meanwhile. No SystemC.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "models/npu/mac_array/mac_array.h"
#include "models/npu/mac_array/mac_array_session.h"
#include "models/npu/npu_sequencer.h"
#include "models/npu/npu_tensor_walk.h"

namespace cvp {

class NpuMatrix {
 public:
  explicit NpuMatrix(const MacArrayParams& params)
      : rows_(params.rows), columns_(params.columns), array_(make_mac_array(params)) {}

  static NpuFault check_operands(const NpuTask& task, std::uint64_t scratchpad_bytes);
  /// The scratchpad that B lies in.
  static NpuExtent weights_extent(const NpuTask& task);

  void start(const NpuTask& task);
  bool busy() const { return task_.has_value(); }
  const NpuTask& task() const { return *task_; }
  /// Runs the next tile on the scratchpad as it is now; its results wait for `commit`.
  TileRecord run_tile(std::span<const std::uint8_t> scratchpad, const StallPattern& stalls,
                      std::uint64_t start_cycle);
  /// The tile has ended: writes its part of C. Returns whether it was the command's last.
  bool commit(std::span<std::uint8_t> scratchpad);
  void finish() { task_.reset(); }
  void reset();
  std::uint64_t tile_rows() const { return task_->command.matmul.m; }
  const MacArray& array() const { return *array_; }

  template <class Archive>
  void serialize(Archive& archive) {
    bool busy = task_.has_value();
    NpuTask task = busy ? *task_ : NpuTask{};
    MacArrayState state = array_->state();
    archive(busy, task, tile_, c_, state);
    task_ = busy ? std::optional(task) : std::nullopt;
    array_->restore(state);
  }

 private:
  struct Tile {
    std::uint64_t n0, k0, n, k;
  };
  std::uint64_t tiles() const;
  Tile tile(std::uint64_t number) const;
  void preload(std::span<const std::uint8_t> scratchpad, std::uint64_t number);

  std::uint32_t rows_, columns_;
  std::unique_ptr<MacArray> array_;
  std::optional<NpuTask> task_;
  std::uint64_t tile_ = 0;       // The one that runs or comes next.
  std::vector<std::int32_t> c_;  // Of that tile, once it has run.
};

}  // namespace cvp
