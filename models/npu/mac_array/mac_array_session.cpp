// SPDX-License-Identifier: Apache-2.0
#include "models/npu/mac_array/mac_array_session.h"

#include "models/core/report.h"

namespace cvp {

ArrayInputs ArraySurroundings::drive(const StallPattern& stalls) {
  if (!weight_beats_.empty() && !stalls.stalls(cycle_, kStallWeight)) weight_offered_ = true;
  if (rows_left_ > 0 && !stalls.stalls(cycle_, kStallRow)) row_offered_ = true;
  return {.weight_valid = weight_offered_,
          .weight_last = weight_offered_ && weight_beats_.front() == 1,
          .row_valid = row_offered_,
          .row_last = row_offered_ && rows_left_ == 1,
          .result_ready = !stalls.stalls(cycle_, kStallResult)};
}

void ArraySurroundings::sample(std::uint8_t handshakes) {
  const auto transfer = [handshakes](std::uint8_t pair) { return (handshakes & pair) == pair; };
  if (transfer(kWeightValid | kWeightReady)) {
    weight_offered_ = false;
    if (--weight_beats_.front() == 0) weight_beats_.erase(weight_beats_.begin());
  }
  if (transfer(kRowValid | kRowReady)) row_offered_ = false, --rows_left_;
  if (transfer(kResultValid | kResultReady) && results_left_ > 0) --results_left_;
  ++cycle_;
}

void ArraySurroundings::skip(std::uint64_t weight_beats) {
  while (weight_beats > 0 && !weight_beats_.empty()) {
    const auto taken = std::min<std::uint64_t>(weight_beats, weight_beats_.front());
    weight_beats -= taken;
    weight_beats_.front() -= static_cast<std::uint32_t>(taken);
    if (weight_beats_.front() == 0) weight_beats_.erase(weight_beats_.begin());
  }
  // Without stalls a weight is offered as soon as there is one; it stays offered.
  weight_offered_ = false;
  rows_left_ = results_left_ = 0;
}

std::uint8_t ArrayControl::step(const ArrayInputs& in) {
  const bool result_free = !result_valid_ || in.result_ready;
  const bool operand_free = !operand_valid_ || result_free;
  const bool weight_ready = !spare_full_ && (!(operand_valid_ && operand_in_spare_) || result_free);
  const bool row_ready = active_valid_ && operand_free;
  const auto handshakes = static_cast<std::uint8_t>(
      (in.weight_valid ? kWeightValid : 0) | (weight_ready ? kWeightReady : 0) |
      (in.row_valid ? kRowValid : 0) | (row_ready ? kRowReady : 0) |
      (result_valid_ ? kResultValid : 0) | (in.result_ready ? kResultReady : 0) |
      (result_valid_ && result_last_ ? kResultLast : 0));

  const bool row_fire = in.row_valid && row_ready;
  const bool swap = spare_full_ && (!active_valid_ || (row_fire && in.row_last));

  if (result_free) result_valid_ = operand_valid_, result_last_ = operand_last_;
  if (operand_free) {
    operand_valid_ = row_fire;
    operand_last_ = row_fire && in.row_last;
    operand_in_spare_ = false;
  }
  if (swap) {
    // What the row in stage 1 multiplies with is now the bank to be refilled.
    operand_in_spare_ = operand_valid_;
    active_valid_ = true;
    spare_full_ = false;
  } else {
    if (row_fire && in.row_last) active_valid_ = false;
    if (in.weight_valid && weight_ready && in.weight_last) spare_full_ = true;
  }
  return handshakes;
}

void WeightQueue::push(const TileWeights& next) {
  CVP_CHECK(weights_.size() < 2, "weights of two jobs are waiting already");
  CVP_CHECK(next.k >= 1 && next.k <= rows_ && next.n >= 1 && next.n <= columns_, "weights of ",
            next.k, " x ", next.n, " for an array of ", rows_, " x ", columns_);
  CVP_CHECK(next.b.size() == next.k * next.n, "weights of the wrong size");
  weights_.push_back({next.k, next.n, {next.b.begin(), next.b.end()}});
}

const PendingWeights& WeightQueue::front_for(const TileJob& job) const {
  CVP_CHECK(!weights_.empty(), "a job without preloaded weights");
  CVP_CHECK(job.m >= 1 && job.k == weights_.front().k && job.n == weights_.front().n,
            "a job whose shape is not that of its weights");
  CVP_CHECK(job.a.size() == job.m * job.k && job.c.size() == job.m * job.n,
            "a job with operands of the wrong size");
  return weights_.front();
}

void multiply(const TileJob& job, const PendingWeights& weights) {
  // Unsigned, because sums wrap.
  std::uint32_t sums[64];
  for (std::size_t m = 0; m < job.m; ++m) {
    std::int32_t* const c = &job.c[m * job.n];
    for (std::size_t base = 0; base < job.n; base += std::size(sums)) {
      const std::size_t columns = std::min(job.n - base, std::size(sums));
      for (std::size_t n = 0; n < columns; ++n) sums[n] = static_cast<std::uint32_t>(c[base + n]);
      for (std::size_t k = 0; k < job.k; ++k) {
        const std::int8_t a = job.a[m * job.k + k];
        const std::int8_t* const b = &weights.b[k * job.n + base];
        for (std::size_t n = 0; n < columns; ++n) sums[n] += static_cast<std::uint32_t>(a * b[n]);
      }
      for (std::size_t n = 0; n < columns; ++n) c[base + n] = static_cast<std::int32_t>(sums[n]);
    }
  }
}

void RecordBuilder::add(std::uint8_t handshakes) {
  ++record_.cycles;
  if ((handshakes & (kRowValid | kRowReady)) == (kRowValid | kRowReady)) started_ = true;
  if (!started_ && !(handshakes & kRowReady)) ++record_.weight_shift;
  if (keep_) record_.handshakes.push_back(handshakes);
}

TileRecord RecordBuilder::finish(std::uint64_t rows) {
  const auto working = rows + TileRecord::kPipelineCycles + record_.weight_shift;
  CVP_CHECK(record_.cycles >= working, "a tile faster than the array: ", record_.cycles);
  record_.stalled = record_.cycles - working;
  return std::move(record_);
}

}  // namespace cvp
