// SPDX-License-Identifier: Apache-2.0
//
// Paths of a package from each initiator to each memory, in closed form from its parameters: idle
// latency as a sum of terms, bandwidth as the smallest of the limits on the way. Nothing is
// simulated; the first stage's reach matrix measures the same cells. No SystemC.
//
// A hart does one 8-byte load at a time: an instruction and the latency of its memory grant. An
// NPU's DMA reads 64 bytes from a row that is open, after a read that ended a path ago.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/package.h"

namespace cvp {

struct PathTerm {
  std::string what;  ///< With the parameters that it follows from.
  Femtoseconds time;
};

/// What one part on the way lets through, of the data that is read.
struct PathLimit {
  std::string what;
  Bandwidth bandwidth;
};

struct Path {
  std::string from, to;  ///< As the first stage names them: `npu0`, `npu1 HBM`.
  std::vector<PathTerm> terms;
  std::vector<PathLimit> limits;

  Femtoseconds latency() const;
  /// The smallest limit; of equal ones the first.
  const PathLimit& bound() const;
};

/// Initiators (the first hart, then NPUs by die) times memories (host DRAM, CXL, HBM by die). Pairs
/// that no working route joins are left out.
std::vector<Path> reach_paths(const Package& package);

/// Number of the port of `from` that leads to `to` on a shortest path, or nothing. Of equal ones
/// the lowest port wins, as in the first stage.
std::optional<unsigned> route_port(const Package& package, const Die& from, const Die& to);

}  // namespace cvp
