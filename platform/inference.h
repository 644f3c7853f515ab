// SPDX-License-Identifier: Apache-2.0
//
// A network on a package: the job blob before the run; results, comparison with the reference and
// with the compiler's plan after it.
#pragma once

#include <nlohmann/json.hpp>

#include "platform/job_traffic.h"
#include "platform/simulation.h"
#include "sw/compiler/compiler.h"
#include "sw/compiler/dataset.h"
#include "sw/compiler/job.h"
#include "sw/reference/layer_check.h"

namespace cvp {

/// What the NPUs of a package can all run.
Geometry common_geometry(const Package& package);
/// Where the job blob lies in host DRAM; reports an error when there is no room.
AddrRange place_job(const Package& package, std::uint64_t bytes, Diagnostics& diagnostics);

class Inference {
 public:
  Inference(OnnxGraph graph, CompiledProgram program, Dataset dataset);

  const std::vector<std::uint8_t>& blob() const { return blob_; }
  const CompiledProgram& program() const { return program_; }
  const Dataset& dataset() const { return dataset_; }
  /// Notes where the counters stand at the runtime's marks.
  void watch(Simulation& simulation);
  /// After the run. False when the runtime has left no results.
  bool collect(const Simulation& simulation, Addr job);

  const JobResults& results() const { return results_; }
  /// Dequantised outputs, an image after the other.
  const std::vector<float>& outputs() const { return outputs_; }
  std::uint64_t layer_differences() const;
  bool plan_holds() const;
  /// The part of stats.json under `inference`.
  nlohmann::ordered_json to_json() const;
  /// What the user sees at the end.
  std::string summary(const nlohmann::ordered_json& stats) const;

 private:
  void check_all_layers(const Simulation& simulation);

  OnnxGraph graph_;
  CompiledProgram program_;
  Dataset dataset_;
  std::vector<std::uint8_t> blob_;
  NpuJobHeader header_{};
  JobSnapshot before_, after_;
  JobResults results_;
  JobPlan plan_;
  std::vector<JobDie> dies_;
  std::vector<LayerCheck> layers_;
  std::vector<PlanRow> traffic_;
  std::vector<float> outputs_;
  double time_s_ = 0;
  double energy_j_ = 0;  // Of that time.
};

}  // namespace cvp
