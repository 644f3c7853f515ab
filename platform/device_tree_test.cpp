// SPDX-License-Identifier: Apache-2.0
//
// The device tree against dtc, an independent reader and writer of the format.
#include <libfdt.h>

#include <array>
#include <cstdio>

#include "platform/command.h"
#include "platform/device_tree.h"
#include "platform/test_files.h"

using namespace cvp;

namespace {

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::array<char, 4096> buffer;
  for (std::size_t n; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    text.append(buffer.data(), n);
  }
  CHECK(::pclose(pipe) == 0);
  return text;
}

Package installed(const std::string& name, const std::vector<std::string>& overrides = {}) {
  Diagnostics diagnostics;
  const auto file = find_data("packages/" + name + ".toml");
  REQUIRE(file);
  auto package = load_package({file->string(), overrides, data_directories()}, diagnostics);
  REQUIRE(package);
  return *package;
}

std::uint64_t cells64(const void* tree, int node, const char* name, int index = 0) {
  int length = 0;
  const auto* data = static_cast<const std::uint8_t*>(fdt_getprop(tree, node, name, &length));
  REQUIRE(data);
  REQUIRE(length >= (index + 1) * 8);
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | data[index * 8 + i];
  return value;
}

}  // namespace

TEST_CASE("Device tree text and blob mean the same to dtc", "[device_tree]") {
  for (const std::string name : {"solo", "duo", "quad", "aia"}) {
    ScratchDirectory directory;
    const Package package =
        name == "aia" ? installed("duo", {"host.cpu.aia=true"}) : installed(name);
    const DtNode tree = make_device_tree(package, {"console=ttyS0", {0x9000'0000, 0x1000}});
    const auto blob = to_dtb(tree);
    directory.write("tree.dts", to_dts(tree));
    directory.write("tree.dtb", {reinterpret_cast<const char*>(blob.data()), blob.size()});
    // The names of the dies are their indices, which is no address: dtc warns of that.
    const std::string dtc = "dtc -q -s -Wno-unit_address_vs_reg ";
    const std::string back = " | " + dtc + "-I dtb -O dts";
    const std::string from_text =
        output_of(dtc + "-I dts -O dtb " + directory.path("tree.dts") + back);
    const std::string from_blob =
        output_of(dtc + "-I dtb -O dtb " + directory.path("tree.dtb") + back);
    CHECK(from_text == from_blob);
    CHECK(from_text.size() > 1000);
  }
}

// Bindings riscv,imsics and riscv,aplic of the Linux kernel.
TEST_CASE("Device tree of harts with aia has an IMSIC and an APLIC for each level",
          "[device_tree]") {
  const Package package = installed("duo", {"host.cpu.aia=true", "host.cpu.harts=3"});
  const auto blob = to_dtb(make_device_tree(package));
  const void* tree = blob.data();
  const auto cell = [&](int node, const char* name, int index = 0) {
    int length = 0;
    const auto* cells = static_cast<const fdt32_t*>(fdt_getprop(tree, node, name, &length));
    REQUIRE(length > 4 * index);
    return fdt32_ld(cells + index);
  };
  const auto at = [&](const char* path) {
    const int node = fdt_path_offset(tree, path);
    REQUIRE(node >= 0);
    return node;
  };
  CHECK(fdt_node_offset_by_compatible(tree, -1, "sifive,plic-1.0.0") < 0);
  const char* const imsics[] = {"/soc/interrupt-controller@24000000",
                                "/soc/interrupt-controller@28000000"};
  const char* const aplics[] = {"/soc/interrupt-controller@c000000",
                                "/soc/interrupt-controller@d000000"};
  for (int level = 0; level < 2; ++level) {
    const int imsic = at(imsics[level]), aplic = at(aplics[level]);
    CHECK(fdt_node_check_compatible(tree, imsic, "riscv,imsics") == 0);
    CHECK(fdt_getprop(tree, imsic, "msi-controller", nullptr) != nullptr);
    CHECK(cell(imsic, "riscv,num-ids") == 255);
    for (int hart = 0; hart < 3; ++hart) {
      const int intc =
          fdt_node_offset_by_phandle(tree, cell(imsic, "interrupts-extended", 2 * hart));
      REQUIRE(intc >= 0);
      CHECK(cell(fdt_parent_offset(tree, intc), "reg") == static_cast<std::uint32_t>(hart));
      CHECK(cell(imsic, "interrupts-extended", 2 * hart + 1) == (level == 0 ? 11 : 9));
    }
    CHECK(fdt_node_check_compatible(tree, aplic, "riscv,aplic") == 0);
    CHECK(cell(aplic, "msi-parent") == fdt_get_phandle(tree, imsic));
    CHECK(cell(aplic, "riscv,num-sources") == 223);
    CHECK(cell(aplic, "#interrupt-cells") == 2);
  }
  const std::uint32_t child = fdt_get_phandle(tree, at(aplics[1]));
  CHECK(cell(at(aplics[0]), "riscv,children") == child);
  CHECK(cell(at(aplics[0]), "riscv,delegation") == child);
  CHECK(cell(at(aplics[0]), "riscv,delegation", 1) == 1);
  CHECK(cell(at(aplics[0]), "riscv,delegation", 2) == 223);
  const int uart = at("/soc/serial@10000000"), messages = at("/soc/message-receiver@10010000");
  CHECK(cell(uart, "interrupt-parent") == child);
  CHECK(cell(uart, "interrupts") == 10);
  CHECK(cell(uart, "interrupts", 1) == 4);      // High level.
  CHECK(cell(messages, "interrupts", 1) == 1);  // Rising edge.
  CHECK(fdt_stringlist_contains(static_cast<const char*>(fdt_getprop(
                                    tree, at("/cpus/cpu@2"), "riscv,isa-extensions", nullptr)),
                                200, "ssaia"));
}

TEST_CASE("Device tree fits behind the boot code of the boot ROM", "[device_tree]") {
  const Package quad = installed("quad");
  const auto rom = quad.host().find("boot_rom")->window("map")->range.size;
  CHECK(to_dtb(make_device_tree(quad)).size() + kDeviceTreeRomOffset <= rom);
}

TEST_CASE("Device tree names every link from both ends", "[device_tree]") {
  const auto blob = to_dtb(make_device_tree(installed("quad")));
  const void* tree = blob.data();
  REQUIRE(fdt_check_header(tree) == 0);
  unsigned ports = 0;
  for (int node = fdt_node_offset_by_compatible(tree, -1, "chiplet-vp,ucie-port"); node >= 0;
       node = fdt_node_offset_by_compatible(tree, node, "chiplet-vp,ucie-port")) {
    ++ports;
  }
  CHECK(ports == 2 * 6);  // Six links: host to two dies, a ring of four.
}

TEST_CASE("Device tree gives memories and NPUs their global addresses", "[device_tree]") {
  const auto blob = to_dtb(make_device_tree(installed("duo")));
  const void* tree = blob.data();
  const int npu1 = fdt_path_offset(tree, "/die-2/npu@20000010000");
  REQUIRE(npu1 >= 0);
  CHECK(cells64(tree, npu1, "reg") == 0x200'0001'0000);
  CHECK(cells64(tree, npu1, "cvp,scratchpad") == 0x200'2000'0000);
  const int dram = fdt_path_offset(tree, "/memory@80000000");
  REQUIRE(dram >= 0);
  CHECK(cells64(tree, dram, "reg", 1) == std::uint64_t{2} << 30);
  const int cxl = fdt_path_offset(tree, "/memory@1000000000");
  REQUIRE(cxl >= 0);
  CHECK(cells64(tree, cxl, "reg", 1) == std::uint64_t{4} << 30);
  CHECK(fdt_path_offset(tree, "/chosen") >= 0);
  CHECK(fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "cvp,job", nullptr) == nullptr);
}

TEST_CASE("Device tree puts the host's devices where QEMU's virt machine has them",
          "[device_tree]") {
  const std::string random = "host.virtio6.device=rng";
  const auto blob = to_dtb(make_device_tree(installed("duo", {random})));
  const void* tree = blob.data();
  const auto source_of = [&](const char* path) {
    int length = 0;
    const int node = fdt_path_offset(tree, path);
    REQUIRE(node >= 0);
    const void* cell = fdt_getprop(tree, node, "interrupts", &length);
    REQUIRE(cell);
    return fdt32_ld(static_cast<const fdt32_t*>(cell));
  };
  CHECK(source_of("/soc/serial@10000000") == 10);
  CHECK(source_of("/soc/rtc@101000") == 11);
  CHECK(source_of("/soc/virtio@10007000") == 7);
  CHECK(fdt_path_offset(tree, "/soc/virtio@10001000") < 0);  // An empty slot.
}

TEST_CASE("Device tree says of each hart what its instruction set is", "[device_tree]") {
  Diagnostics diagnostics;
  const auto package = load_package({find_data("packages/solo.toml")->string(),
                                     {"host.cpu.isa=rv64gc_zba_svpbmt_zicbom_sv48"},
                                     data_directories()},
                                    diagnostics);
  REQUIRE(package);
  const auto blob = to_dtb(make_device_tree(*package));
  const void* tree = blob.data();
  for (const char* path : {"/cpus/cpu@0", "/cpus/cpu@1"}) {
    const int node = fdt_path_offset(tree, path);
    REQUIRE(node >= 0);
    const auto text = [&](const char* name, int index = 0) {
      const char* value = fdt_stringlist_get(tree, node, name, index, nullptr);
      return std::string(value == nullptr ? "" : value);
    };
    CHECK(text("riscv,isa") == "rv64imafdc_zicbom_zicntr_zicsr_zifencei_zihpm_zba_svpbmt");
    CHECK(text("riscv,isa-base") == "rv64i");
    const std::vector<std::string> names = {"i",     "m",      "a",      "f",     "d",
                                            "c",     "zicbom", "zicntr", "zicsr", "zifencei",
                                            "zihpm", "zba",    "svpbmt"};
    REQUIRE(fdt_stringlist_count(tree, node, "riscv,isa-extensions") ==
            static_cast<int>(names.size()));
    for (std::size_t i = 0; i < names.size(); ++i) {
      CHECK(text("riscv,isa-extensions", static_cast<int>(i)) == names[i]);
    }
    CHECK(text("mmu-type") == "riscv,sv48");
    int length = 0;
    const void* block = fdt_getprop(tree, node, "riscv,cbom-block-size", &length);
    REQUIRE(length == 4);
    CHECK(fdt32_ld(static_cast<const fdt32_t*>(block)) == 64);
    CHECK(fdt_getprop(tree, node, "riscv,cboz-block-size", nullptr) == nullptr);
    CHECK(fdt_getprop(tree, node, "riscv,cbop-block-size", nullptr) == nullptr);
  }
}

TEST_CASE("Device tree has no node for a port that is left open", "[device_tree]") {
  const auto blob = to_dtb(make_device_tree(installed("solo")));
  CHECK(fdt_node_offset_by_compatible(blob.data(), -1, "chiplet-vp,cxl-host-bridge") < 0);
  CHECK(fdt_path_offset(blob.data(), "/soc/ucie-port@12010000") < 0);
  CHECK(fdt_path_offset(blob.data(), "/soc/ucie-port@12000000") >= 0);
}
