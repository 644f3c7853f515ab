// SPDX-License-Identifier: Apache-2.0
//
// How far a sweep is, on standard error: one line written over and over on a terminal, else one
// line for each point that has ended. No SystemC.
#pragma once

#include <chrono>
#include <set>
#include <string>

namespace cvp {

class Progress {
 public:
  Progress(std::size_t points, bool terminal) : points_(points), terminal_(terminal) {}

  void start(const std::string& point);
  void end(const std::string& point, double wall_s, const std::string& problem);
  /// A line that stays.
  void say(const std::string& line);
  void draw();
  void clear();

 private:
  double elapsed_s() const;

  const std::size_t points_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  std::size_t ended_ = 0;
  std::set<std::string> running_;
};

/// `running`, cut so that the line fits `columns`; how long the rest may take once one has ended.
std::string progress_line(std::size_t ended, std::size_t points, double elapsed_s,
                          const std::set<std::string>& running, std::size_t columns);

}  // namespace cvp
