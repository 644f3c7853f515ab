// SPDX-License-Identifier: Apache-2.0
//
// What an operating system gets of the package's memories, as NUMA nodes: host DRAM is node 0, with
// all harts; CXL memory node 1; then one node for the HBM of each die. An NPU keeps the lower part
// of its stacks, for programs and tensors. No SystemC.
//
// A kernel may be built for four nodes (Debian's is, and one more makes it drop all of them), so
// that dies share the nodes that are left. On Sv39 it maps 128 GiB from the start of DRAM; what
// lies above is not offered.
#pragma once

#include <string>
#include <vector>

#include "platform/package.h"

namespace cvp {

struct OsMemory {
  std::string name;     ///< As in statistics: `host.dram`, `expander0`, `npu0.hbm0`.
  std::string die;      ///< On which it is, or behind whose port.
  unsigned node = 0;    ///< Of NUMA.
  AddrRange offered;    ///< To the operating system; size 0: nothing.
  AddrRange kept;       ///< For the NPU; size 0: nothing.
  AddrRange unreached;  ///< Would be offered, but lies above what the harts' translation reaches.
};

struct OsMemoryMap {
  std::vector<OsMemory> memories;  ///< Host DRAM, CXL memory, HBM by die.
  /// Between nodes, 10 within one: 1 more for each 10 ns that a hart's load takes.
  std::vector<std::vector<unsigned>> distances;

  bool has_memory(unsigned node) const;
};

OsMemoryMap os_memory(const Package& package);

/// Nodes with their memories and distances, and what is kept, shared or left out.
std::string describe_numa(const Package& package);

}  // namespace cvp
