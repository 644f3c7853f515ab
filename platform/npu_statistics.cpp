// SPDX-License-Identifier: Apache-2.0
#include "platform/npu_statistics.h"

#include "models/npu/npu_cluster.h"

namespace cvp {
namespace {

using Json = nlohmann::ordered_json;

Json counters_json(const NpuCounters& counters) {
  return {{"active", counters.active},
          {"weight_stall", counters.weight_stall},
          {"weight_shift", counters.weight_shift},
          {"non_matrix", counters.non_matrix},
          {"raw_stall", counters.raw_stall},
          {"input_stall", counters.input_stall}};
}

Json npu_json(const std::string& name, const NpuCluster& npu) {
  const NpuStatistics s = npu.statistics();
  const std::uint64_t peak = std::uint64_t{npu.params().rows} * npu.params().columns;
  Json regions = Json::array();
  for (std::size_t n = 0; n < s.region_bytes_read.size(); ++n) {
    regions.push_back(
        {{"bytes_read", s.region_bytes_read[n]}, {"bytes_written", s.region_bytes_written[n]}});
  }
  return {{"name", name},
          {"cycles", s.counters.cycles},
          {"macs", s.counters.macs},
          {"utilisation", s.utilisation(peak)},
          {"counters", counters_json(s.counters)},
          {"programs", s.programs},
          {"commands", s.commands},
          {"faults", s.faults},
          {"bursts", s.bursts},
          {"tensor_bytes", s.tensor_bytes},
          {"control_bytes", s.control_bytes},
          {"message_bytes", s.message_bytes},
          {"regions", regions},
          {"tiles", s.mac_array.tiles},
          {"tiles_compared", s.mac_array.tiles_compared},
          {"tiles_different", s.mac_array.tiles_different},
          {"first_difference", s.mac_array.first_difference},
          {"vector_operations", s.vector_operations},
          {"vector_cycles", s.vector_cycles},
          {"scratchpad_bytes_read", npu.scratchpad_read().total()},
          {"scratchpad_bytes_written", npu.scratchpad_written().total()},
          {"energy_j", s.energy_pj * 1e-12}};
}

}  // namespace

nlohmann::ordered_json npu_statistics(const Platform& platform) {
  Json npus = Json::array();
  for (const auto& die : platform.dies()) {
    for (const auto& [instance, npu] : die->all<NpuCluster>()) {
      npus.push_back(npu_json(die->die().name + "." + instance->name, *npu));
    }
  }
  return npus;
}

}  // namespace cvp
