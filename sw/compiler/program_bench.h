// SPDX-License-Identifier: Apache-2.0
//
// Test only: compiles, runs on the interpreter, compares every layer with the reference.
#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "sw/compiler/job.h"
#include "sw/compiler/npu_interpreter.h"
#include "sw/reference/layer_check.h"

namespace cvp::test {

/// All runs of a job on one die; `seed` chooses the order in which its queues move.
class ProgramBench {
 public:
  ProgramBench(const CompiledProgram& program, const Dataset& dataset, unsigned seed)
      : program_(program), interpreter_(program.geometry.scratchpad_bytes) {
    const std::vector<std::uint8_t> blob = build_job(program, dataset);
    header_ = job_header(blob);
    const auto part = [&](std::uint64_t offset, std::uint64_t bytes) {
      const auto begin = blob.begin() + static_cast<std::ptrdiff_t>(offset);
      return std::vector<std::uint8_t>(begin, begin + static_cast<std::ptrdiff_t>(bytes));
    };
    runs_ = (header_.images + header_.batch - 1) / header_.batch;
    const std::uint64_t images = std::uint64_t{runs_} * header_.batch;
    interpreter_.region(NPU_JOB_REGION_CONSTANTS) =
        part(header_.constants_offset, header_.constants_bytes);
    interpreter_.region(NPU_JOB_REGION_INPUT) = part(header_.inputs_offset, header_.inputs_bytes);
    interpreter_.region(NPU_JOB_REGION_OUTPUT).resize(images * header_.output_bytes);
    // Memory holds anything before a program writes it.
    interpreter_.region(NPU_JOB_REGION_LAYERS)
        .assign(header_.scratch_offset + header_.scratch_bytes, 0x5a);
    const ProgramView view(part(header_.program_offset, header_.program_bytes));
    for (std::uint64_t run = 0; run < runs_; ++run) {
      const std::uint64_t first = run * header_.batch;
      interpreter_.run(view,
                       {first * header_.input_bytes, first * header_.output_bytes,
                        first * header_.layer_bytes, 0},
                       seed + static_cast<unsigned>(run));
    }
  }

  const NpuJobHeader& header() const { return header_; }
  std::uint32_t runs() const { return runs_; }
  NpuInterpreter& interpreter() { return interpreter_; }

  RegionReader reader() {
    return [this](std::uint32_t, std::uint32_t region, std::uint64_t offset,
                  std::span<std::uint8_t> bytes) {
      REQUIRE(offset + bytes.size() <= interpreter_.region(static_cast<int>(region)).size());
      std::memcpy(bytes.data(), interpreter_.region(static_cast<int>(region)).data() + offset,
                  bytes.size());
    };
  }

  /// Values that differ from the reference's, over all layers.
  std::uint64_t differences(const OnnxGraph& graph, const Dataset& dataset) {
    std::uint64_t sum = 0;
    for (const LayerCheck& check : check_layers(program_, graph, dataset, reader())) {
      INFO(check.tensor << ": " << check.first);
      CHECK(check.differences == 0);
      sum += check.differences;
    }
    return sum;
  }

  /// The interpreter counted what the plan says.
  void check_traffic() {
    const RunPlan plan = plan_job(program_, header_.images, 1).total;
    for (int r = 0; r < NPU_REGIONS; ++r) {
      INFO("region " << r);
      CHECK(interpreter_.traffic()[r] == plan.regions[r]);
    }
  }

 private:
  const CompiledProgram& program_;
  NpuInterpreter interpreter_;
  NpuJobHeader header_{};
  std::uint32_t runs_ = 0;
};

}  // namespace cvp::test
