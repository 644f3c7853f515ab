// SPDX-License-Identifier: Apache-2.0
//
// The two sides of the MAC array's handshakes without its data: what the surroundings drive, the
// same for every implementation, and how the array answers, which the RTL is compared with.
// No SystemC.
#pragma once

#include <cstdint>
#include <vector>

#include "models/npu/mac_array/mac_array.h"

namespace cvp {

/// Inputs of the array in one cycle.
struct ArrayInputs {
  bool weight_valid = false, weight_last = false;
  bool row_valid = false, row_last = false;
  bool result_ready = false;
};

/// The surroundings: offer weights and rows and take results, held up by a stall pattern.
class ArraySurroundings {
 public:
  void add_weights(std::uint32_t beats) { weight_beats_.push_back(beats); }
  void start(std::uint64_t rows) { rows_left_ = results_left_ = rows, cycle_ = 0; }
  ArrayInputs drive(const StallPattern& stalls);
  /// Advances by what was transferred in this cycle.
  void sample(std::uint8_t handshakes);
  bool done() const { return results_left_ == 0; }
  std::uint64_t cycle() const { return cycle_; }
  std::uint64_t rows_left() const { return rows_left_; }

  /// Beats that are still to go of each tile whose weights are not complete in the array.
  const std::vector<std::uint32_t>& weight_beats() const { return weight_beats_; }
  /// Takes `beats` of weights and all rows and results at once: the closed form's shortcut.
  void skip(std::uint64_t weight_beats);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(weight_beats_, rows_left_, results_left_, cycle_, weight_offered_, row_offered_);
  }

 private:
  std::vector<std::uint32_t> weight_beats_;
  std::uint64_t rows_left_ = 0, results_left_ = 0, cycle_ = 0;
  bool weight_offered_ = false, row_offered_ = false;
};

/// The array's control: two weight banks and two pipeline stages, as in rtl/mac_array.
class ArrayControl {
 public:
  /// One clock cycle: the handshakes in it; afterwards the state of the next one.
  std::uint8_t step(const ArrayInputs& inputs);

  bool active_valid() const { return active_valid_; }
  bool spare_full() const { return spare_full_; }
  void set_banks(bool active_valid, bool spare_full) {
    active_valid_ = active_valid, spare_full_ = spare_full;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(active_valid_, spare_full_, operand_valid_, operand_last_, operand_in_spare_,
            result_valid_, result_last_);
  }

 private:
  bool active_valid_ = false, spare_full_ = false;
  bool operand_valid_ = false, operand_last_ = false, operand_in_spare_ = false;
  bool result_valid_ = false, result_last_ = false;
};

/// Weights that were preloaded and not yet used.
struct PendingWeights {
  std::uint64_t k = 0, n = 0;
  std::vector<std::int8_t> b;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(k, n, b);
  }
};

struct MacArrayState {
  ArraySurroundings surroundings;
  ArrayControl control;
  std::vector<PendingWeights> weights;
  MacArrayStatistics statistics;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(surroundings, control, weights, statistics);
  }
};

/// What every implementation checks and keeps of the preloaded weights.
class WeightQueue {
 public:
  explicit WeightQueue(const MacArrayParams& params)
      : rows_(params.rows), columns_(params.columns) {}
  void push(const TileWeights& next);
  /// Checks that `job` fits the array and the weights in front.
  const PendingWeights& front_for(const TileJob& job) const;
  void pop() { weights_.erase(weights_.begin()); }
  void clear() { weights_.clear(); }
  const std::vector<PendingWeights>& all() const { return weights_; }
  void set(const std::vector<PendingWeights>& weights) { weights_ = weights; }

 private:
  std::uint32_t rows_, columns_;
  std::vector<PendingWeights> weights_;
};

/// C += A x B.
void multiply(const TileJob& job, const PendingWeights& weights);

/// Gathers a TileRecord from handshakes.
class RecordBuilder {
 public:
  explicit RecordBuilder(bool keep) : keep_(keep) {}
  void add(std::uint8_t handshakes);
  TileRecord finish(std::uint64_t rows);

 private:
  bool keep_;
  bool started_ = false;
  TileRecord record_;
};

}  // namespace cvp
