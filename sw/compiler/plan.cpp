// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/plan.h"

#include <stdexcept>

#include "sw/compiler/program_view.h"

namespace cvp {
namespace {

std::uint64_t element_bytes(std::uint8_t type) {
  return type == kNpuTypeInt8 || type == kNpuTypeUint8 ? 1 : 4;
}

std::uint64_t bytes_inside(const NpuTensor& tensor, const std::int32_t* start) {
  std::uint64_t elements = 1;
  for (int d = 0; d < tensor.rank; ++d) {
    std::uint64_t inside = 0;
    for (std::uint32_t j = 0; j < tensor.box[d]; ++j) {
      const std::int64_t at = std::int64_t{start[d]} + std::int64_t{j} * tensor.step[d];
      inside += at >= 0 && at < std::int64_t{tensor.dims[d]};
    }
    elements *= inside;
  }
  return elements * element_bytes(tensor.type);
}

std::uint64_t ceil_divide(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

/// Adds `times` executions of a command.
void count(RunPlan& plan, const ProgramView& program, const NpuCommand& command,
           std::uint64_t times) {
  plan.commands += times;
  switch (command.head.opcode) {
    case kNpuOpLoad:
    case kNpuOpStore: {
      const NpuTensor& tensor = program.tensors.at(command.dma.tensor);
      const std::uint64_t bytes = times * bytes_inside(tensor, command.dma.start);
      const bool load = command.head.opcode == kNpuOpLoad;
      RegionBytes& region = plan.regions.at(tensor.region);
      (load ? region.read : region.written) += bytes;
      (load ? plan.loads : plan.stores) += times;
      break;
    }
    case kNpuOpMatmul: {
      const NpuMatmul& m = command.matmul;
      const std::uint64_t tiles =
          ceil_divide(m.k, program.header.rows) * ceil_divide(m.n, program.header.columns);
      plan.tiles += times * tiles;
      plan.array_cycles += times * tiles * m.m;
      plan.array_macs += times * m.m * m.n * m.k;
      break;
    }
    default:
      break;
  }
}

void add(RunPlan& sum, const RunPlan& plan, std::uint64_t times) {
  for (int r = 0; r < NPU_REGIONS; ++r) {
    sum.regions[r].read += times * plan.regions[r].read;
    sum.regions[r].written += times * plan.regions[r].written;
  }
  sum.commands += times * plan.commands;
  sum.loads += times * plan.loads;
  sum.stores += times * plan.stores;
  sum.tiles += times * plan.tiles;
  sum.array_macs += times * plan.array_macs;
  sum.useful_macs += times * plan.useful_macs;
  sum.array_cycles += times * plan.array_cycles;
}

}  // namespace

RunPlan plan_run(const CompiledProgram& compiled) {
  const ProgramView program(compiled.program);
  RunPlan plan;
  std::vector<std::uint64_t> times = {1};
  for (const NpuCommand& command : program.commands) {
    switch (command.head.opcode) {
      case kNpuOpEnd:
        break;
      case kNpuOpLoop:
        times.push_back(times.back() * command.loop.count);
        break;
      case kNpuOpEndLoop:
        times.pop_back();
        break;
      default:
        count(plan, program, command, times.back());
    }
  }
  for (const LayerInfo& layer : compiled.layers) plan.useful_macs += layer.macs * compiled.batch;
  return plan;
}

JobPlan plan_job(const CompiledProgram& program, std::uint32_t images, std::uint32_t dies) {
  if (dies == 0) throw std::invalid_argument("a job needs at least one die");
  const RunPlan run = plan_run(program);
  JobPlan job;
  job.images = images;
  job.runs = (images + program.batch - 1) / program.batch;
  for (std::uint64_t j = 0; j < dies; ++j) {
    DiePlan die;
    die.first_run = static_cast<std::uint32_t>(j * job.runs / dies);
    die.runs = static_cast<std::uint32_t>((j + 1) * job.runs / dies) - die.first_run;
    add(die.total, run, die.runs);
    job.dies.push_back(die);
  }
  add(job.total, run, job.runs);
  return job;
}

}  // namespace cvp
