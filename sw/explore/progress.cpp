// SPDX-License-Identifier: Apache-2.0
#include "sw/explore/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cvp {
namespace {

std::size_t terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string progress_line(std::size_t ended, std::size_t points, double elapsed_s,
                          const std::set<std::string>& running, std::size_t columns) {
  std::string line = fmt::format("[{}/{}] {:.0f} s", ended, points, elapsed_s);
  if (ended > 0 && ended < points) {
    const double each = elapsed_s / static_cast<double>(ended);
    line += fmt::format(", about {:.0f} s left", each * static_cast<double>(points - ended));
  }
  if (!running.empty()) line += fmt::format(", running {}", fmt::join(running, " "));
  if (line.size() >= columns && columns > 4) line = line.substr(0, columns - 4) + "...";
  return line;
}

double Progress::elapsed_s() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since_).count();
}

void Progress::start(const std::string& point) {
  running_.insert(point);
  draw();
}

void Progress::end(const std::string& point, double wall_s, const std::string& problem) {
  running_.erase(point);
  ++ended_;
  if (!terminal_ || !problem.empty()) {
    say(fmt::format("[{}/{}] {}: {}{:.1f} s", ended_, points_, point,
                    problem.empty() ? "" : "FAILED, " + problem + ", ", wall_s));
  }
  draw();
}

void Progress::say(const std::string& line) {
  clear();
  std::fprintf(stderr, "%s\n", line.c_str());
  draw();
}

void Progress::draw() {
  if (!terminal_) return;
  const auto line = progress_line(ended_, points_, elapsed_s(), running_, terminal_columns());
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
}

void Progress::clear() {
  if (!terminal_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
}

}  // namespace cvp
