// SPDX-License-Identifier: Apache-2.0
//
// Tensor bytes that a job moves: what the compiler's plan says for every link and memory, what the
// models have counted, and whether the two are equal.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "models/npu/npu_abi.h"
#include "models/npu/npu_counters.h"
#include "platform/platform.h"
#include "sw/compiler/plan.h"

namespace cvp {

/// A die that took part, as its registers say after the run.
struct JobDie {
  const DieModule* die = nullptr;
  std::string npu;  ///< Instance.
  std::array<Addr, NPU_REGIONS> region_base{};
};

/// `npu0.hbm0 read`, `host.d2d0 > npu0.d2d0` and so on: tensor bytes so far.
using TensorBytes = std::map<std::string, std::uint64_t>;

struct JobSnapshot {
  TensorBytes bytes;
  std::map<std::string, NpuCounters> npus;  ///< By die name.
  double energy_j = 0;                      ///< Of links, memories and NPUs so far.
  Femtoseconds time;
};

JobSnapshot take_snapshot(const Platform& platform);

/// Base addresses of an NPU's regions, read from its registers without time.
JobDie job_die(const DieModule& die);

struct PlanRow {
  std::string what;
  std::uint64_t planned = 0, counted = 0;
  bool operator==(const PlanRow&) const = default;
};

/// One row for every link direction and memory that the plan or the models say something of.
std::vector<PlanRow> compare_with_plan(const Platform& platform, const JobPlan& plan,
                                       const std::vector<JobDie>& dies, const JobSnapshot& before,
                                       const JobSnapshot& after);

}  // namespace cvp
