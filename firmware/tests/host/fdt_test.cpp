// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <string>

#include "firmware/tests/host/tree_file.h"
#include "lib/fdt_edit.h"

namespace {

std::string string_at(const fdt_t& fdt, fdt_node_t node, const char* name) {
  const char* text = fdt_string(&fdt, node, name);
  return text ? text : "(none)";
}

// Uses every function on every node, so that a sanitizer sees any step outside the blob.
unsigned walk(const fdt_t& fdt) {
  unsigned nodes = 0;
  for (fdt_node_t node = fdt_next_node(&fdt, FDT_NONE); node != FDT_NONE && nodes < 10000;
       node = fdt_next_node(&fdt, node)) {
    ++nodes;
    std::uint64_t base, size;
    std::uint32_t cell;
    fdt_reg(&fdt, node, 0, &base, &size);
    fdt_u32(&fdt, node, "cvp,port", 0, &cell);
    fdt_u64(&fdt, node, "cvp,memory", 1, &size);
    fdt_is_compatible(&fdt, node, "chiplet-vp,hbm");
    fdt_is_enabled(&fdt, node);
    fdt_child(&fdt, node, "soc");
  }
  return nodes;
}

}  // namespace

TEST_CASE("Fdt walker finds nodes by path with and without their unit address", "[fdt]") {
  TreeFile file("duo");
  fdt_t fdt;
  REQUIRE(fdt_open(&fdt, file.data(), file.bytes));
  CHECK(std::string(fdt_name(&fdt, fdt_path(&fdt, "/soc/serial@10000000"))) == "serial@10000000");
  CHECK(fdt_path(&fdt, "/soc/serial") == fdt_path(&fdt, "/soc/serial@10000000"));
  CHECK(fdt_path(&fdt, "/soc/seria") == FDT_NONE);
  CHECK(fdt_path(&fdt, "/") == fdt_root(&fdt));
  CHECK(string_at(fdt, fdt_path(&fdt, "/chosen"), "cvp,package") == "test");
  CHECK(string_at(fdt, fdt_path(&fdt, "/chosen"), "bootargs") == "(none)");
  CHECK(walk(fdt) == 21);  // Nodes in duo.dts, counted by hand.
}

TEST_CASE("Fdt walker reads reg by the cell counts of the parent", "[fdt]") {
  TreeFile file("cells");
  fdt_t fdt;
  std::uint64_t base, size;
  REQUIRE(fdt_open(&fdt, file.data(), file.bytes));
  REQUIRE(fdt_reg(&fdt, fdt_path(&fdt, "/one@1000"), 0, &base, &size));
  CHECK(base == 0x1000);
  CHECK(size == 0x20);
  CHECK_FALSE(fdt_reg(&fdt, fdt_path(&fdt, "/one@1000"), 1, &base, &size));
  REQUIRE(fdt_reg(&fdt, fdt_path(&fdt, "/wide/pci"), 0, &base, &size));
  CHECK(base == 0x140000000);
  CHECK(size == 0x10000000);
  CHECK_FALSE(fdt_is_enabled(&fdt, fdt_path(&fdt, "/wide/pci")));
  REQUIRE(fdt_reg(&fdt, fdt_path(&fdt, "/none/leaf"), 0, &base, &size));
  CHECK(base == 7);
  CHECK(size == 0);
}

TEST_CASE("Fdt walker matches any string of a compatible list", "[fdt]") {
  TreeFile file("cells");
  fdt_t fdt;
  REQUIRE(fdt_open(&fdt, file.data(), file.bytes));
  const fdt_node_t one = fdt_path(&fdt, "/one");
  CHECK(fdt_next_compatible(&fdt, FDT_NONE, "a,one") == one);
  CHECK(fdt_next_compatible(&fdt, FDT_NONE, "b,two") == one);
  CHECK(fdt_next_compatible(&fdt, FDT_NONE, "b,tw") == FDT_NONE);
  CHECK(fdt_next_compatible(&fdt, one, "b,two") == FDT_NONE);
}

TEST_CASE("Fdt walker refuses every truncation of a tree", "[fdt]") {
  TreeFile file("cells");
  for (std::uint32_t bytes = 0; bytes < file.bytes; ++bytes) {
    // A copy of exactly that size: a sanitizer sees any byte read behind it.
    std::vector<std::uint64_t> part((bytes + 7) / 8);
    if (bytes > 0) std::memcpy(part.data(), file.data(), bytes);
    fdt_t fdt;
    CHECK_FALSE(fdt_open(&fdt, part.data(), bytes));
  }
}

TEST_CASE("Fdt walker survives a change of any byte", "[fdt]") {
  TreeFile original("cells");
  for (std::uint32_t at = 0; at < original.bytes; ++at) {
    for (const std::uint8_t value : {0x00, 0x01, 0x03, 0x7f, 0xff}) {
      TreeFile file("cells");
      file.data()[at] = value;
      fdt_t fdt;
      if (fdt_open(&fdt, file.data(), file.bytes)) CHECK(walk(fdt) < 1000);
    }
  }
}

TEST_CASE("Fdt edits keep all other nodes and properties", "[fdt]") {
  TreeFile file("duo", 4096);
  fdt_t fdt;
  REQUIRE(fdt_open(&fdt, file.data(), file.bytes));
  const auto set = [&](const char* path, const char* name, const char* value) {
    return fdt_set_string(&fdt, file.data(), file.capacity(), fdt_path(&fdt, path), name, value);
  };
  REQUIRE(set("/memory@80000000", "status", "disabled"));  // Longer than before.
  REQUIRE(set("/soc/ucie-port", "status", "disabled"));    // New, name known.
  REQUIRE(set("/chosen", "bootargs", "console=ttyS0"));    // New, name new.
  REQUIRE(set("/chosen", "cvp,package", "x"));             // Shorter.
  REQUIRE(fdt_set_reg(&fdt, file.data(), file.capacity(), fdt_path(&fdt, "/memory@1000000000"),
                      0x1000000000, 0x10000000));
  CHECK(walk(fdt) == 21);
  CHECK_FALSE(fdt_is_enabled(&fdt, fdt_path(&fdt, "/memory@80000000")));
  CHECK(fdt_is_enabled(&fdt, fdt_path(&fdt, "/memory@1000000000")));
  CHECK_FALSE(fdt_is_enabled(&fdt, fdt_path(&fdt, "/soc/ucie-port")));
  CHECK(string_at(fdt, fdt_path(&fdt, "/chosen"), "bootargs") == "console=ttyS0");
  CHECK(string_at(fdt, fdt_path(&fdt, "/chosen"), "cvp,package") == "x");
  CHECK(string_at(fdt, fdt_path(&fdt, "/chosen"), "stdout-path") == "/soc/serial@10000000");
  CHECK(string_at(fdt, fdt_path(&fdt, "/die-3"), "cvp,name") == "npu7");
  std::uint64_t base, size;
  REQUIRE(fdt_reg(&fdt, fdt_path(&fdt, "/memory@1000000000"), 0, &base, &size));
  CHECK(size == 0x10000000);
}

TEST_CASE("Fdt edits without room change nothing", "[fdt]") {
  TreeFile file("duo");
  fdt_t fdt;
  REQUIRE(fdt_open(&fdt, file.data(), file.bytes));
  const auto before = file.words;
  CHECK_FALSE(fdt_set_string(&fdt, file.data(), file.bytes, fdt_path(&fdt, "/chosen"), "bootargs",
                             "console=ttyS0"));
  CHECK(file.words == before);
}
