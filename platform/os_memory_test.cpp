// SPDX-License-Identifier: Apache-2.0
//
// What an operating system gets of the installed packages' memories.
#include "platform/os_memory.h"
#include "platform/command.h"
#include "platform/test_files.h"

using namespace cvp;

namespace {

constexpr std::uint64_t kGiB = 1 << 30;
const std::string kSv39 = "host.cpu.isa=rv64gc", kSv57 = "host.cpu.isa=rv64gc_sv57";

OsMemoryMap map_of(const std::string& name, std::vector<std::string> overrides) {
  Diagnostics diagnostics;
  const auto package = load_package(
      {find_data("packages/" + name + ".toml")->string(), std::move(overrides), data_directories()},
      diagnostics);
  REQUIRE(package);
  return os_memory(*package);
}

const OsMemory& memory(const OsMemoryMap& map, const std::string& name) {
  for (const OsMemory& each : map.memories) {
    if (each.name == name) return each;
  }
  FAIL("no memory " << name);
  return map.memories.front();
}

}  // namespace

TEST_CASE("OS memory: DRAM is node 0, CXL memory node 1, each die's HBM one more", "[os_memory]") {
  const OsMemoryMap map = map_of("duo", {kSv57});
  CHECK(map.distances.size() == 4);
  CHECK(memory(map, "host.dram").node == 0);
  CHECK(memory(map, "expander0").node == 1);
  CHECK(memory(map, "npu0.hbm0").node == 2);
  CHECK(memory(map, "npu1.hbm0").node == 3);
  CHECK(memory(map, "host.dram").offered == AddrRange{0x8000'0000, 2 * kGiB});
  CHECK(memory(map, "expander0").offered == AddrRange{0x10'0000'0000, 4 * kGiB});
}

TEST_CASE("OS memory: an NPU keeps the lower half of its stacks", "[os_memory]") {
  const OsMemoryMap map = map_of("duo", {kSv57});
  CHECK(memory(map, "npu1.hbm0").kept == AddrRange{0x210'0000'0000, 8 * kGiB});
  CHECK(memory(map, "npu1.hbm0").offered == AddrRange{0x212'0000'0000, 8 * kGiB});
}

TEST_CASE("OS memory: os_share says how much of a stack, in whole megapages", "[os_memory]") {
  const auto share = [](const char* percent) {
    return map_of("duo", {kSv57, std::string("npu0.hbm0.os_share=") + percent});
  };
  CHECK(memory(share("0 %"), "npu0.hbm0").offered.size == 0);
  CHECK(memory(share("0 %"), "npu0.hbm0").kept == AddrRange{0x110'0000'0000, 16 * kGiB});
  CHECK_FALSE(share("0 %").has_memory(2));
  CHECK(share("0 %").has_memory(3));
  CHECK(memory(share("100 %"), "npu0.hbm0").kept.size == 0);
  CHECK(memory(share("100 %"), "npu0.hbm0").offered == AddrRange{0x110'0000'0000, 16 * kGiB});
  const OsMemoryMap third = share("33 %");
  const OsMemory& stack = memory(third, "npu0.hbm0");
  CHECK(stack.kept.size % (2 << 20) == 0);
  CHECK(stack.kept.end() == stack.offered.base);
  CHECK(stack.offered.end() == 0x114'0000'0000);
  CHECK(static_cast<double>(stack.offered.size) == Approx(0.33 * 16 * kGiB).epsilon(0.001));
}

TEST_CASE("OS memory: four nodes at most, neighbouring dies share", "[os_memory]") {
  const OsMemoryMap map = map_of("quad", {kSv57});
  CHECK(map.distances.size() == 4);
  CHECK(memory(map, "npu0.hbm0").node == 2);
  CHECK(memory(map, "npu1.hbm0").node == 2);
  CHECK(memory(map, "npu2.hbm0").node == 3);
  CHECK(memory(map, "npu3.hbm0").node == 3);
}

TEST_CASE("OS memory: Sv39 reaches 128 GiB from the start of DRAM", "[os_memory]") {
  const OsMemoryMap map = map_of("duo", {kSv39});
  CHECK(memory(map, "expander0").unreached.size == 0);
  CHECK(memory(map, "npu0.hbm0").offered.size == 0);
  CHECK(memory(map, "npu0.hbm0").unreached == AddrRange{0x112'0000'0000, 8 * kGiB});
  CHECK_FALSE(map.has_memory(2));
}

TEST_CASE("OS memory: distances follow from what a load takes", "[os_memory]") {
  const OsMemoryMap map = map_of("duo", {kSv57});
  // 255 ns and 49 ns, as describe's paths say.
  CHECK(map.distances[0] == std::vector<unsigned>{10, 35, 14, 14});
  CHECK(map.distances[1] == std::vector<unsigned>{35, 10, 39, 39});
  CHECK(map.distances[2] == std::vector<unsigned>{14, 39, 10, 18});
  CHECK(map.distances[3] == std::vector<unsigned>{14, 39, 18, 10});
}
