// SPDX-License-Identifier: Apache-2.0
#include "lib/machine.h"

#include <catch2/catch.hpp>

#include "firmware/tests/host/tree_file.h"

extern "C" {
#include "lib/arena.h"
}

namespace {
machine_t read_duo() {
  TreeFile file("duo");
  fdt_t fdt;
  machine_t machine;
  REQUIRE(fdt_open(&fdt, file.data(), file.bytes));
  REQUIRE(machine_read(&machine, &fdt));
  return machine;
}
}  // namespace

TEST_CASE("Machine takes everything from the device tree", "[machine]") {
  const machine_t machine = read_duo();
  CHECK(machine.clint == 0x2000000);
  CHECK(machine.plic == 0xc000000);
  CHECK(machine.finisher == 0x100000);
  CHECK(machine.messages == 0x10010000);
  CHECK(machine.message_source == 96);
  CHECK(machine.harts == 2);
  CHECK(machine.dram.base == 0x80000000);  // Not the CXL window's memory node.
  CHECK(machine.job.base == 0x90000000);
  CHECK(machine.dies[0].router == 0x13000000);
  CHECK(machine.dies[0].ports[0].peer_die == 3);
  REQUIRE(machine.dies[3].present);
  CHECK_FALSE(machine.dies[1].present);
  CHECK(std::string(machine.dies[3].name) == "npu7");
  CHECK(machine.dies[3].npu == 0x30000010000);
  CHECK(machine.dies[3].message == 5);
  CHECK(machine.dies[3].ports[1].base == 0x30010010000);
  CHECK(machine.dies[3].stacks[0].memory.size == 0x400000000);
  CHECK(machine.dies[3].stacks[0].message == 6);
  REQUIRE(machine.bridge_count == 1);
  CHECK(machine.bridges[0].window.base == 0x1000000000);
}

TEST_CASE("Arena keeps clear of the job and of the device tree's place", "[machine]") {
  const machine_t machine = read_duo();
  arena_init(&machine);
  const std::uint64_t place = arena_take(1 << 24, 4096);
  CHECK(place >= machine.job.base + machine.job.size);
  CHECK(place + (1 << 24) <= tree_place(&machine));
  CHECK(tree_place(&machine) % 0x200000 == 0);
  CHECK(tree_place(&machine) < 0x100000000);
  CHECK(arena_take(UINT64_C(1) << 40, 4096) == 0);
  arena_rewind(place);
  CHECK(arena_take(64, 64) == place);
}
