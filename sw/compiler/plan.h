// SPDX-License-Identifier: Apache-2.0
//
// What a program will move and compute, counted from its commands before anything runs.
//
// Bytes of a LOAD or STORE are the elements of its box that lie inside the tensor: padding moves
// nothing. They are the payload of tensor traffic; fetches of program and rings are control traffic
// and not in the plan. The simulator's counters are compared with it, exactly.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/npu/npu_abi.h"
#include "sw/compiler/compiler.h"

namespace cvp {

struct RegionBytes {
  std::uint64_t read = 0, written = 0;
  bool operator==(const RegionBytes&) const = default;
};

struct RunPlan {
  std::array<RegionBytes, NPU_REGIONS> regions{};
  std::uint64_t commands = 0;  ///< Executed, LOOP and END not counted.
  std::uint64_t loads = 0, stores = 0;
  std::uint64_t tiles = 0;         ///< Of the MAC array.
  std::uint64_t array_macs = 0;    ///< m * n * k of all MATMULs.
  std::uint64_t useful_macs = 0;   ///< What the network asks for.
  std::uint64_t array_cycles = 0;  ///< Rows streamed: m a tile; a lower bound of the array's time.
};

struct DiePlan {
  std::uint32_t first_run = 0, runs = 0;
  RunPlan total;  ///< Of all its runs.
};

/// A job on D dies; shares as models/npu/job_abi.h fixes them.
struct JobPlan {
  std::uint32_t images = 0, runs = 0;
  std::vector<DiePlan> dies;
  RunPlan total;
};

RunPlan plan_run(const CompiledProgram& program);
JobPlan plan_job(const CompiledProgram& program, std::uint32_t images, std::uint32_t dies);

}  // namespace cvp
