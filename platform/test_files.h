// SPDX-License-Identifier: Apache-2.0
//
// A small package for tests, and what is wrong with an edited one.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "platform/package.h"
#include "tests/harness/scratch_directory.h"

namespace cvp {

/// Every error of loading `source`, one a line, without the directory's name.
inline std::string errors_of(const PackageSource& source) {
  Diagnostics diagnostics;
  const auto package = load_package(source, diagnostics);
  CHECK(package.has_value() == diagnostics.ok());
  std::string text;
  for (const ConfigError& error : diagnostics.errors()) text += format_error(error) + "\n";
  const std::string directory = std::filesystem::path(source.file).parent_path().string() + "/";
  for (auto at = text.find(directory); at != std::string::npos; at = text.find(directory)) {
    text.erase(at, directory.size());
  }
  return text;
}

/// One host die with one port and one other die, small enough to read in a test.
inline const char* const kSmallHost = R"(schema = 1
die = "host"
[noc]
type = "crossbar"
map = { bus = "noc", base = 0x1300_0000, size = 0x1000 }
[cpu]
type = "cpu_cluster"
params = { harts = 2 }
mem = "noc"
[plic]
type = "plic"
map = { bus = "noc", base = 0x0c00_0000, size = 0x0400_0000 }
harts = "cpu"
[uart0]
type = "uart"
map = { bus = "noc", base = 0x1000_0000, size = 0x1000 }
irq = "plic.source[10]"
[dram]
type = "ram"
params = { size = "1 MiB" }
map = { bus = "noc", base = 0x8000_0000 }
[d2d0]
type = "ucie_port"
bus = "noc"
regs = { bus = "noc", base = 0x1200_0000, size = 0x1_0000 }
[clint]
type = "clint"
map = { bus = "noc", base = 0x0200_0000, size = 0x1_0000 }
harts = "cpu"
)";

inline const char* const kSmallNpu = R"(schema = 1
die = "npu"
[noc]
type = "crossbar"
map = { bus = "noc", base = 0, size = 0x1_0000 }
[hbm0]
type = "hbm_stack"
regs = { bus = "noc", base = 0x2_0000, size = 0x1_0000 }
mem = { bus = "noc", base = 0x10_0000_0000 }
[d2d0]
type = "ucie_port"
bus = "noc"
regs = { bus = "noc", base = 0x1000_0000, size = 0x1_0000 }
)";

inline const char* const kSmallPackage = R"(schema = 1
package = "small"
dies = [
  { name = "host", index = 0, file = "host.toml" },
  { name = "npu0", index = 1, file = "npu.toml" },
]
links = [
  { type = "ucie", ends = ["host.d2d0", "npu0.d2d0"], lanes = 16, package = "standard", rate = "16 GT/s" },
]
)";

struct SmallPackage {
  std::string host = kSmallHost, npu = kSmallNpu, package = kSmallPackage;
  std::vector<std::string> overrides = {};

  /// Replaces the only occurrence of `from` in one of the three texts.
  static void edit(std::string& text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
  }
  std::string errors() const {
    ScratchDirectory directory;
    directory.write("host.toml", host);
    directory.write("npu.toml", npu);
    return errors_of({directory.write("small.toml", package), overrides, {}});
  }
};

}  // namespace cvp
