// SPDX-License-Identifier: Apache-2.0
//
// Runs a plan: a directory and a process for each point, then collects. No SystemC.
#pragma once

#include "sw/explore/plan.h"
#include "sw/explore/results.h"

namespace cvp {

struct ExploreOptions {
  std::string program;    ///< Runs `infer`.
  std::string directory;  ///< Exists.
  unsigned jobs = 1;
  bool resume = false;
  bool terminal = false;  ///< Progress as one line that is written over.
};

/// Empty when the user interrupted it. Problems of points are in the results; throws
/// std::system_error when the directory cannot be written.
std::optional<SweepResults> explore(const Plan& plan, const ExploreOptions& options);

/// True when the point's directory holds the complete result of exactly this plan.
bool is_complete(const std::filesystem::path& directory, const PlannedPoint& point);

/// A file that appears whole or not at all.
void write_file(const std::filesystem::path& file, const std::string& content);

}  // namespace cvp
