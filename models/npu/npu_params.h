// SPDX-License-Identifier: Apache-2.0
//
// Parameters and statistics of the NPU cluster. No SystemC.
#pragma once

#include <array>

#include "models/npu/mac_array/mac_array.h"
#include "models/npu/npu_abi.h"
#include "models/npu/npu_counters.h"

namespace cvp {

struct NpuParams {
  Frequency clock = 1_GHz;
  std::uint32_t rows = 16;     ///< Of the MAC array: longest dot product of a tile.
  std::uint32_t columns = 16;  ///< Of the MAC array: dot products a cycle.
  std::uint64_t scratchpad = 1_MiB;
  MacArrayParams mac_array;              ///< rows, columns and clock are taken from here above.
  std::uint32_t vector_lanes = 16;       ///< Operations a cycle; timing only.
  std::uint32_t command_cycles = 8;      ///< To start a MATMUL or vector command; timing only.
  std::uint32_t queue_depth = 16;        ///< Commands that wait in each queue.
  std::uint32_t dma_commands = 4;        ///< In flight in each of LD and ST; timing only.
  std::uint32_t max_outstanding = 64;    ///< Bursts in flight in each of LD and ST; timing only.
  std::uint32_t burst_max = 4096;        ///< Bytes; a power of two; timing only.
  std::uint32_t scratchpad_port = 64;    ///< Bytes a cycle that DMA takes from the array's rows; 0:
                                         ///< a port of its own. Timing only.
  double mac_energy_pj = 0.3;            ///< INT8 multiply, INT32 add; see README.md.
  Femtoseconds register_latency = 5_ns;  ///< Timing only.
  Femtoseconds scratchpad_latency = 5_ns;  ///< From the bus; timing only.
};

struct NpuStatistics {
  NpuCounters counters;
  std::uint64_t programs = 0, faults = 0, commands = 0, bursts = 0;
  std::array<std::uint64_t, NPU_REGIONS> region_bytes_read{}, region_bytes_written{};
  std::uint64_t tensor_bytes = 0, control_bytes = 0, message_bytes = 0;
  std::uint64_t vector_operations = 0, vector_cycles = 0;
  MacArrayStatistics mac_array;
  double energy_pj = 0;

  /// Of the array's peak, while programs ran.
  double utilisation(std::uint64_t macs_a_cycle) const {
    return counters.cycles == 0
               ? 0.0
               : static_cast<double>(counters.macs) /
                     (static_cast<double>(counters.cycles) * static_cast<double>(macs_a_cycle));
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(counters, programs, faults, commands, bursts, region_bytes_read, region_bytes_written,
            tensor_bytes, control_bytes, message_bytes, vector_operations, vector_cycles);
  }
};

}  // namespace cvp
