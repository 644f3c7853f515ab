// SPDX-License-Identifier: Apache-2.0
//
// Runs child processes, a few at a time. No SystemC.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace cvp {

struct ProcessJob {
  std::vector<std::string> command;  ///< Program first.
  std::string log;                   ///< File for its standard output and error.
};

struct ProcessEnd {
  int exit_code = -1;  ///< As a shell would say it: 128 + signal.
  double wall_s = 0;
};

struct PoolEvents {
  std::function<void(std::size_t job)> started;
  std::function<void(std::size_t job, const ProcessEnd&)> ended;
  std::function<void()> tick;  ///< A few times a second.
};

/// Runs all jobs in order, at most `parallel` at once. False when SIGINT or SIGTERM came: the
/// children were then ended, and no event came for those that had not ended by themselves.
/// Children also end when this process does, however it does.
bool run_processes(const std::vector<ProcessJob>& jobs, unsigned parallel,
                   const PoolEvents& events);

/// Last `count` lines of a file that are not empty.
std::vector<std::string> last_lines(const std::string& file, std::size_t count);

}  // namespace cvp
