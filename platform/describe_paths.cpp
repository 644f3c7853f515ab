// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "platform/describe.h"
#include "platform/path.h"

namespace cvp {
namespace {

double gigabytes(Bandwidth bandwidth) { return bandwidth.bytes_per_second * 1e-9; }

std::vector<std::string> names_of(const std::vector<Path>& paths, std::string Path::*member) {
  std::vector<std::string> names;
  for (const Path& path : paths) {
    if (std::find(names.begin(), names.end(), path.*member) == names.end()) {
      names.push_back(path.*member);
    }
  }
  return names;
}

// Rows and columns as the first stage prints them.
template <class Pick>
std::string table(const std::vector<Path>& paths, const std::string& title, Pick pick) {
  const auto targets = names_of(paths, &Path::to);
  std::string out = fmt::format("\n  {}\n  {:<10}", title, "from \\ to");
  for (const std::string& to : targets) out += fmt::format("{:>12}", to);
  for (const std::string& from : names_of(paths, &Path::from)) {
    out += fmt::format("\n  {:<10}", from);
    for (const std::string& to : targets) {
      const auto path = std::find_if(paths.begin(), paths.end(), [&](const Path& each) {
        return each.from == from && each.to == to;
      });
      out +=
          path == paths.end() ? fmt::format("{:>12}", "-") : fmt::format("{:>12.3f}", pick(*path));
    }
  }
  return out + "\n";
}

}  // namespace

std::string describe_paths(const Package& package) {
  const auto paths = reach_paths(package);
  std::string out = "Paths (an NPU reads 64 bytes, a hart loads 8; nothing else is going on)\n";
  out += table(paths, "idle latency in ns",
               [](const Path& path) { return path.latency().nanoseconds(); });
  out += table(paths, "bandwidth bound in GB/s",
               [](const Path& path) { return gigabytes(path.bound().bandwidth); });
  for (const Path& path : paths) {
    out += fmt::format("\n  {} > {}: {:.3f} ns, at most {:.3f} GB/s\n", path.from, path.to,
                       path.latency().nanoseconds(), gigabytes(path.bound().bandwidth));
    for (const PathTerm& term : path.terms) {
      out += fmt::format("    {:>12.3f} ns    {}\n", term.time.nanoseconds(), term.what);
    }
    for (const PathLimit& limit : path.limits) {
      out += fmt::format("    {:>12.3f} GB/s  {}{}\n", gigabytes(limit.bandwidth), limit.what,
                         &limit == &path.bound() ? "  <- bound" : "");
    }
  }
  return out;
}

}  // namespace cvp
