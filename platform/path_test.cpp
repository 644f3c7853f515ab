// SPDX-License-Identifier: Apache-2.0
//
// Path sums against numbers added up by hand from the parameters in the package files.
#include "platform/path.h"

#include "platform/command.h"
#include "platform/describe.h"
#include "platform/test_files.h"

using namespace cvp;

namespace {

Package load(const std::string& file, std::vector<std::string> overrides = {}) {
  Diagnostics diagnostics;
  auto package = load_package({file, std::move(overrides), data_directories()}, diagnostics);
  for (const ConfigError& error : diagnostics.errors()) FAIL_CHECK(format_error(error));
  REQUIRE(package);
  return *package;
}

Package installed(const std::string& name, std::vector<std::string> overrides = {}) {
  const auto file = find_data("packages/" + name + ".toml");
  REQUIRE(file);
  return load(file->string(), std::move(overrides));
}

const Path* find_path(const std::vector<Path>& paths, const std::string& from,
                      const std::string& to) {
  for (const Path& path : paths) {
    if (path.from == from && path.to == to) return &path;
  }
  return nullptr;
}

void check_path(const std::vector<Path>& paths, const std::string& from, const std::string& to,
                double nanoseconds, double gigabytes) {
  INFO(from << " > " << to);
  const Path* path = find_path(paths, from, to);
  REQUIRE(path);
  CHECK(path->latency().nanoseconds() == Approx(nanoseconds).epsilon(1e-9));
  CHECK(path->bound().bandwidth.bytes_per_second == Approx(gigabytes * 1e9).epsilon(1e-9));
}

}  // namespace

TEST_CASE("Paths of duo are the sums that its parameters give", "[path]") {
  const auto paths = reach_paths(installed("duo"));
  CHECK(paths.size() == 12);
  // One instruction at 2 GHz; its memory is cached.
  check_path(paths, "hart0", "host DRAM", 0.5, 8 / 0.5);
  // 4 hops, 2.125 + 40 there, 79, 85, 4.25 + 40 back = 254.375, in whole clocks 254.5.
  check_path(paths, "hart0", "cxl0", 0.5 + 254.5, 8 / 255.0);
  // 4 + 6 + 4 hops and link, 34.375 bank closed = 48.375, in whole clocks 48.5.
  check_path(paths, "hart0", "npu1 HBM", 0.5 + 48.5, 8 / 49.0);
  // 4 + 6 + 4, 60, 64 B at 51.2 GB/s.
  check_path(paths, "npu0", "host DRAM", 14 + 60 + 1.25, 51.2);
  // x8 at 32 GT/s: 32 GB/s, 64 of 68 B are slots, 64 of 72 B of slots are data.
  check_path(paths, "npu0", "cxl0", 14 + 42.125 + 79 + 85 + 44.25, 32.0 * 64 / 68 * 64 / 72);
  // 4 ns are 12.8 half clocks, the slot after them is the 14th; CL 20 + 2 clocks; one more clock
  // for the second 32 bytes: 60 half clocks of 0.3125 ns. 1.6 GHz / 2 x 32 B x 32.
  check_path(paths, "npu0", "npu0 HBM", 60 * 0.3125, 819.2);
  // 14 ns are 44.8 half clocks: 46 + 44 + 2. 256 GB/s x 240 / 256.
  check_path(paths, "npu0", "npu1 HBM", 92 * 0.3125, 240);
}

TEST_CASE("Paths of quad lead through the neighbour that the first stage takes", "[path]") {
  const Package quad = installed("quad");
  const auto paths = reach_paths(quad);
  check_path(paths, "npu2", "host DRAM", 24 + 60 + 1.25, 51.2);
  // 24 ns are 76.8 half clocks: 78 + 44 + 2.
  check_path(paths, "npu0", "npu2 HBM", 124 * 0.3125, 240);
  CHECK(route_port(quad, *quad.find_die("npu0"), *quad.find_die("npu2")) == 1u);
  CHECK(route_port(quad, *quad.find_die("host"), *quad.find_die("npu3")) == 0u);
}

TEST_CASE("Paths avoid a link that is dead or has too many broken lanes", "[path]") {
  const std::string broken = "0,1,2,32,33,34";
  for (const std::string& fault :
       {std::string("host-npu1.fault=dead"), "host-npu1.broken_lanes=" + broken,
        std::string("host-npu1.faults=d0.valid,d0.valid_spare")}) {
    const auto paths = reach_paths(installed("duo", {fault}));
    check_path(paths, "npu1", "host DRAM", 24 + 60 + 1.25, 51.2);
  }
  // Three broken lanes of one group leave x32: 128 GB/s, 4 ns one way.
  const auto paths = reach_paths(installed("duo", {"host-npu1.broken_lanes=0,1,2"}));
  check_path(paths, "npu1", "host DRAM", 4 + 8 + 4 + 60 + 1.25, 51.2);
  // Three lanes that work up to 16 GT/s: 128 GB/s too.
  check_path(reach_paths(installed("duo", {"host-npu1.faults=data:0@16,data:1@16,data:2@16"})),
             "npu1", "host DRAM", 4 + 8 + 4 + 60 + 1.25, 51.2);
  // x64, but at 4 GT/s the link is the bound.
  check_path(reach_paths(installed("duo", {"host-npu1.rate=4 GT/s"})), "npu1", "host DRAM",
             8 + 2 * (2 + 8) + 60 + 1.25, 30);
}

TEST_CASE("Paths take what both ends of a link have, and none where they differ", "[path]") {
  // x32 at 16 GT/s: 64 GB/s, 4 ns for a flit.
  const auto slow = reach_paths(installed("duo", {"npu0.d2d0.lanes=32", "host.d2d0.rate=16 GT/s"}));
  check_path(slow, "npu0", "host DRAM", 8 + 2 * (2 + 4) + 60 + 1.25, 51.2);
  // Around by the other die, as when the link is dead.
  const auto around =
      reach_paths(installed("duo", {"npu0.d2d0.package=standard", "npu0.d2d0.lanes=16"}));
  check_path(around, "npu0", "host DRAM", 24 + 60 + 1.25, 51.2);
}

TEST_CASE("Paths end where no link works", "[path]") {
  const auto paths = reach_paths(installed("solo", {"host-npu0.fault=dead"}));
  CHECK(find_path(paths, "npu0", "host DRAM") == nullptr);
  CHECK(find_path(paths, "npu0", "npu0 HBM") != nullptr);
  CHECK(find_path(paths, "hart0", "npu0 HBM") == nullptr);
}

TEST_CASE("Paths count the flits and the wire of a standard package", "[path]") {
  ScratchDirectory directory;
  std::string npu = kSmallNpu, package = kSmallPackage;
  npu +=
      "[npu]\ntype = \"npu_cluster\"\nmem = \"noc\"\n"
      "regs = { bus = \"noc\", base = 0x1_0000, size = 0x1_0000 }\n"
      "scratchpad = { bus = \"noc\", base = 0x2000_0000 }\n";
  SmallPackage::edit(package, "rate = \"16 GT/s\"",
                     "rate = \"16 GT/s\", format = \"68\", reach = \"10 mm\"");
  directory.write("host.toml", kSmallHost);
  directory.write("npu.toml", npu);
  const auto paths = reach_paths(load(directory.write("small.toml", package)));
  // x16 at 16 GT/s: 32 GB/s, 68 B in 2.125 ns, 66 ps of wire; 16 + 64 B are two flits. DRAM 40 ns.
  check_path(paths, "npu0", "host DRAM", 8 + 2 * 4.191 + 2.125 + 40 + 1.25, 32.0 * 64 / 68);
}

TEST_CASE("Paths are described with each term and the bound", "[path]") {
  const std::string text = describe_paths(installed("duo"));
  CHECK(text.find("npu0 > npu1 HBM: 28.750 ns, at most 240.000 GB/s") != std::string::npos);
  CHECK(text.find("3.000 ns    npu0-npu1: 2 ns + 256 B at 256 GB/s, there") != std::string::npos);
  CHECK(text.find("240.000 GB/s  npu0-npu1 payload, 240 of 256 B  <- bound") != std::string::npos);
}
