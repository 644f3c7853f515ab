// SPDX-License-Identifier: Apache-2.0
//
// Drives a Verilated MAC array as a MacArray. Dut is the Verilated class; Runtime names what is
// Verilator's own: Context, Wave, and enter(Context&), which makes a context the thread's current
// one (Verilator 5.006 looks there when a model is destroyed). Only *_rtl.cpp files, which see the
// Verilated headers, instantiate this. The clock runs only while a tile is in flight.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>

#include "models/core/report.h"
#include "models/npu/mac_array/mac_array_models.h"

namespace cvp {

template <class Dut, class Runtime>
class MacArrayRtlSession : public MacArray {
 public:
  explicit MacArrayRtlSession(const MacArrayParams& params)
      : params_(params),
        period_(Clock(params.clock).at(1).value),
        queue_(params),
        dut_(std::make_unique<Dut>(&context_)) {
    context_.fatalOnError(false);  // A failed assertion ends in CVP_CHECK below.
    if (!params.wave.empty()) {
      context_.traceEverOn(true);
      wave_ = std::make_unique<typename Runtime::Wave>();
      dut_->trace(wave_.get(), 1);
      wave_->open(params.wave.c_str());
    }
    reset();
  }

  ~MacArrayRtlSession() override {
    Runtime::enter(context_);
    if (wave_) wave_->close();
    dut_->final();
    dut_.reset();
  }

  void preload(const TileWeights& next) override {
    queue_.push(next);
    surroundings_.add_weights(static_cast<std::uint32_t>(next.k));
  }

  TileRecord run(const TileJob& job, const StallPattern& stalls) override {
    queue_.front_for(job);
    Runtime::enter(context_);
    surroundings_.start(job.m);
    results_ = 0;
    wave_cycle_ = std::max(wave_cycle_, job.start_cycle);
    RecordBuilder builder(params_.record);
    const std::uint64_t limit = 16 + 4 * (job.m + 2 * params_.rows) + stalls.cycles.size();
    while (!surroundings_.done()) {
      CVP_CHECK(surroundings_.cycle() < limit, "the Verilated array hangs");
      builder.add(clock(surroundings_.drive(stalls), &job));
    }
    queue_.pop();
    TileRecord record = builder.finish(job.m);
    ++statistics_.tiles;
    statistics_.cycles += record.cycles;
    statistics_.macs += job.m * job.n * job.k;
    return record;
  }

  void reset() override {
    Runtime::enter(context_);
    queue_.clear();
    surroundings_ = {};
    mirror_ = {};
    dut_->rst_ni = 0;
    dut_->clk_i = 0;
    dut_->weight_valid_i = dut_->row_valid_i = dut_->result_ready_i = 0;
    dut_->eval();
    dut_->rst_ni = 1;
    dut_->eval();
  }

  MacArrayState state() const override {
    return {surroundings_, mirror_, queue_.all(), statistics_};
  }

  // Drives the weights that were in the banks into them again.
  void restore(const MacArrayState& state) override {
    reset();
    queue_.set(state.weights);
    for (const auto& weights : state.weights) {
      surroundings_.add_weights(static_cast<std::uint32_t>(weights.k));
    }
    const auto left = [](const ArraySurroundings& surroundings) {
      std::uint64_t sum = 0;
      for (const auto beats : surroundings.weight_beats()) sum += beats;
      return sum;
    };
    while (left(surroundings_) > left(state.surroundings)) clock(surroundings_.drive({}), nullptr);
    if (state.control.active_valid() && !mirror_.active_valid()) clock({}, nullptr);
    surroundings_ = state.surroundings;
    statistics_ = state.statistics;
  }

 private:
  // One cycle: inputs settle, handshakes are read, the clock rises.
  std::uint8_t clock(const ArrayInputs& inputs, const TileJob* job) {
    drive(inputs, job);
    dut_->clk_i = 0;
    dut_->eval();
    dump(0);
    const auto handshakes = static_cast<std::uint8_t>(
        (inputs.weight_valid ? kWeightValid : 0) | (dut_->weight_ready_o ? kWeightReady : 0) |
        (inputs.row_valid ? kRowValid : 0) | (dut_->row_ready_o ? kRowReady : 0) |
        (dut_->result_valid_o ? kResultValid : 0) | (inputs.result_ready ? kResultReady : 0) |
        (dut_->result_valid_o && dut_->result_last_o ? kResultLast : 0));
    if ((handshakes & kResultValid) && inputs.result_ready) take_result(job);
    dut_->clk_i = 1;
    dut_->eval();
    dump(period_ / 2);
    ++wave_cycle_;
    CVP_CHECK(!context_.gotError(), "an assertion of the Verilated MAC array failed");
    surroundings_.sample(handshakes);
    mirror_.step(inputs);
    return handshakes;
  }

  void drive(const ArrayInputs& inputs, const TileJob* job) {
    dut_->weight_valid_i = inputs.weight_valid;
    dut_->row_valid_i = inputs.row_valid;
    dut_->result_ready_i = inputs.result_ready;
    if (inputs.weight_valid) {
      const auto& beats = surroundings_.weight_beats();
      // Tiles whose weights are incomplete are the last ones of the queue.
      const PendingWeights& tile = queue_.all()[queue_.all().size() - beats.size()];
      dut_->weight_last_i = inputs.weight_last;
      fill(dut_->weight_i, &tile.b[(tile.k - beats.front()) * tile.n], tile.n);
    }
    if (inputs.row_valid) {
      const std::uint64_t row = job->m - surroundings_.rows_left();
      dut_->row_last_i = inputs.row_last;
      fill(dut_->row_i, &job->a[row * job->k], job->k);
      fill(dut_->acc_i, &job->c[row * job->n], job->n * sizeof(std::int32_t));
    }
  }

  void take_result(const TileJob* job) {
    if (!job || results_ >= job->m) return;
    std::memcpy(&job->c[results_++ * job->n], &dut_->result_o, job->n * sizeof(std::int32_t));
  }

  // A port of the Verilated class is an integer or an array of them, little-endian either way.
  template <class Port>
  static void fill(Port& port, const void* data, std::size_t bytes) {
    std::memset(static_cast<void*>(&port), 0, sizeof port);
    std::memcpy(static_cast<void*>(&port), data, bytes);
  }

  void dump(std::uint64_t offset) {
    if (wave_ && in_wave()) wave_->dump(wave_cycle_ * period_ + offset);
  }

  // The weights of a tile may load while the tile before it still runs.
  bool in_wave() const {
    if (statistics_.tiles == params_.wave_tile) return true;
    const bool own_weights_loaded = surroundings_.weight_beats().size() < queue_.all().size();
    return statistics_.tiles + 1 == params_.wave_tile && own_weights_loaded;
  }

  const MacArrayParams params_;
  const std::uint64_t period_;
  WeightQueue queue_;
  ArraySurroundings surroundings_;
  ArrayControl mirror_;  // Which bank holds what, for state().
  std::uint64_t results_ = 0;
  std::uint64_t wave_cycle_ = 0;
  typename Runtime::Context context_;
  std::unique_ptr<Dut> dut_;
  std::unique_ptr<typename Runtime::Wave> wave_;
};

}  // namespace cvp
