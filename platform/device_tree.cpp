// SPDX-License-Identifier: Apache-2.0
//
// Which nodes a package has. Parts of the host die are under /soc, those of die i under /die-i with
// global 64-bit addresses; a port that is left open has no node, because it is not built.
#include "platform/device_tree.h"

#include <fmt/format.h>

#include "models/cpu/isa.h"
#include "models/hbm/hbm.h"
#include "platform/device_tree_interrupts.h"
#include "platform/os_memory.h"

namespace cvp {
namespace {

// Phandles: one number space, harts first.
constexpr std::uint32_t kPhandleTest = 0x101;

AddrRange global(const Die& die, const MapWindow& window) {
  return {die.base() + window.range.base, window.range.size};
}

std::string at(std::string_view name, Addr address) {
  return fmt::format("{}@{:x}", name, address);
}

class TreeBuilder {
 public:
  TreeBuilder(const Package& package, const DeviceTreeOptions& options)
      : package_(package), options_(options), memories_(os_memory(package)) {}

  DtNode build() {
    DtNode root;
    root.cells("#address-cells", {2}).cells("#size-cells", {2});
    root.text("compatible", {"chiplet-vp"});
    root.text("model", {"chiplet-vp," + package_.name});
    root.add(chosen());
    add_memories(root);
    root.add(distance_map());
    root.add(cpus());
    const Die& host = package_.host();
    DtNode soc{"soc"};
    soc.cells("#address-cells", {2}).cells("#size-cells", {2});
    soc.text("compatible", {"simple-bus"}).flag("ranges");
    for (const Instance& instance : host.instances) add_part(host, instance, soc);
    root.add(std::move(soc));
    add_power(root);
    for (const Die& die : package_.dies) {
      if (die.index != 0) root.add(remote_die(die));
    }
    return root;
  }

 private:
  DtNode chosen() {
    DtNode node{"chosen"};
    if (const Instance* uart = package_.host().first("uart")) {
      node.text("stdout-path", {"/soc/" + at("serial", uart->window("map")->range.base)});
    }
    if (!options_.bootargs.empty()) node.text("bootargs", {options_.bootargs});
    node.text("cvp,package", {package_.name});
    if (options_.job.size > 0) node.cells64("cvp,job", {options_.job.base, options_.job.size});
    if (options_.os) add_hand_over(*options_.os, node);
    return node;
  }

  // [DT: /chosen Node]
  static void add_hand_over(const OsHandOver& os, DtNode& node) {
    if (os.initrd.size > 0) {
      node.cells64("linux,initrd-start", {os.initrd.base});
      node.cells64("linux,initrd-end", {os.initrd.end()});
    }
    // The same in every run: a kernel that starts alike runs alike.
    node.cells("rng-seed", {0x243f'6a88, 0x85a3'08d3, 0x1319'8a2e, 0x0370'7344,  // Digits of pi.
                            0xa409'3822, 0x299f'31d0, 0x082e'fa98, 0xec4e'6c89});
    node.cells64("cvp,bios", {os.bios}).cells64("cvp,kernel", {os.kernel});
  }

  // [DT: /memory node, /reserved-memory Node; LINUX: Documentation/devicetree/bindings/numa.txt]
  void add_memories(DtNode& root) const {
    DtNode reserved{"reserved-memory"};
    reserved.cells("#address-cells", {2}).cells("#size-cells", {2}).flag("ranges");
    for (const OsMemory& memory : memories_.memories) {
      if (memory.kept.size > 0) {
        DtNode& kept = reserved.add({at("npu", memory.kept.base)});
        kept.cells64("reg", {memory.kept.base, memory.kept.size}).flag("no-map");
      }
      if (memory.offered.size == 0) continue;
      DtNode& node = root.add({at("memory", memory.offered.base)});
      node.text("device_type", {"memory"});
      node.cells64("reg", {memory.offered.base, memory.offered.size});
      node.cells("numa-node-id", {memory.node}).text("status", {"okay"});
    }
    if (!reserved.children.empty()) root.add(std::move(reserved));
  }

  DtNode distance_map() const {
    std::vector<std::uint32_t> cells;
    const auto nodes = static_cast<unsigned>(memories_.distances.size());
    for (unsigned from = 0; from < nodes; ++from) {
      for (unsigned to = 0; to < nodes; ++to) {
        if (!memories_.has_memory(from) || !memories_.has_memory(to)) continue;
        cells.insert(cells.end(), {from, to, memories_.distances[from][to]});
      }
    }
    DtNode node{"distance-map"};
    node.text("compatible", {"numa-distance-map-v1"}).cells("distance-matrix", std::move(cells));
    return node;
  }

  DtNode cpus() {
    const Instance* cluster = package_.host().first("cpu_cluster");
    const Instance* clint = package_.host().first("clint");
    DtNode node{"cpus"};
    node.cells("#address-cells", {1}).cells("#size-cells", {0});
    const std::uint64_t timebase = clint ? clint->params["timebase"].integer : 0;
    node.cells("timebase-frequency", {static_cast<std::uint32_t>(timebase)});
    for (std::uint64_t hart = 0; hart < cluster->params["harts"].integer; ++hart) {
      DtNode& cpu = node.add({at("cpu", hart)});
      cpu.text("device_type", {"cpu"}).cells("reg", {static_cast<std::uint32_t>(hart)});
      cpu.text("status", {"okay"}).text("compatible", {"riscv"}).cells("numa-node-id", {0});
      add_isa(Isa::checked(cluster->params["isa"].text), cpu);
      DtNode& intc = cpu.add({"interrupt-controller"});
      intc.cells("#address-cells", {0}).cells("#interrupt-cells", {1}).flag("interrupt-controller");
      intc.text("compatible", {"riscv,cpu-intc"});
      intc.cells("phandle", {interrupt_tree::phandle_of_hart(hart)});
    }
    return node;
  }

  /// In the old form, which every firmware reads, and the new one.
  void add_isa(const Isa& isa, DtNode& cpu) const {
    std::string text = isa.text();
    std::vector<std::string> names = isa.names();
    if (package_.host().has_aia()) {
      text += "_smaia_ssaia";
      names.insert(names.end(), {"smaia", "ssaia"});
    }
    cpu.text("riscv,isa", {std::move(text)}).text("riscv,isa-base", {"rv64i"});
    cpu.text("riscv,isa-extensions", std::move(names)).text("mmu-type", {isa.mmu_type()});
    const auto block = [&](Extension extension, const char* property) {
      if (isa.has(extension)) cpu.cells(property, {Isa::kBlockBytes});
    };
    block(Extension::kZicbom, "riscv,cbom-block-size");
    block(Extension::kZicbop, "riscv,cbop-block-size");
    block(Extension::kZicboz, "riscv,cboz-block-size");
  }

  DtNode node_of(const Die& die, const Instance& instance, std::string_view name,
                 std::vector<std::string> compatible, std::string_view window) const {
    const AddrRange range = global(die, *instance.window(window));
    DtNode node{at(name, range.base)};
    node.text("compatible", std::move(compatible)).cells64("reg", {range.base, range.size});
    return node;
  }

  void add_part(const Die& die, const Instance& part, DtNode& parent) const {
    const std::string& type = part.type->type;
    if (!part.connected) return;
    if (type == "finisher") {
      parent.add(node_of(die, part, "test", {"sifive,test1", "sifive,test0", "syscon"}, "map"))
          .cells("phandle", {kPhandleTest});
    } else if (type == "clint") {
      parent.add(node_of(die, part, "clint", {"sifive,clint0", "riscv,clint0"}, "map"))
          .cells("interrupts-extended", interrupt_tree::clint_interrupts(die));
    } else if (type == "plic" && !die.has_aia()) {
      parent.add(interrupt_tree::plic(die, part));
    } else if (type == "plic") {
      for (DtNode& node : interrupt_tree::aplic(die, part)) parent.add(std::move(node));
    } else if (type == "imsic") {
      for (DtNode& node : interrupt_tree::imsic(die, part)) parent.add(std::move(node));
    } else if (type == "uart") {
      DtNode& node = parent.add(node_of(die, part, "serial", {"ns16550a"}, "map"));
      node.cells("clock-frequency", {static_cast<std::uint32_t>(part.params["clock"].integer)});
      interrupt_tree::interrupt(die, part.wire("irq"), node);
    } else if (type == "rtc") {
      interrupt_tree::interrupt(
          die, part.wire("irq"),
          parent.add(node_of(die, part, "rtc", {"google,goldfish-rtc"}, "map")));
    } else if (type == "virtio") {
      if (part.params["device"].text == "none") return;
      interrupt_tree::interrupt(die, part.wire("irq"),
                                parent.add(node_of(die, part, "virtio", {"virtio,mmio"}, "map")));
    } else if (type == "message_receiver") {
      DtNode& node = parent.add(
          node_of(die, part, "message-receiver", {"chiplet-vp,message-receiver"}, "map"));
      interrupt_tree::interrupt(die, part.wire("source"), node);
    } else if (type == "crossbar") {
      parent.add(node_of(die, part, "router", {"chiplet-vp,router"}, "map"))
          .cells("cvp,die-index", {die.index});
    } else if (type == "ram" && part.window("map")->range.base < 0x8000'0000) {
      parent.add(node_of(die, part, "sram", {"mmio-sram"}, "map"));
    } else {
      add_package_part(die, part, parent);
    }
  }

  void add_package_part(const Die& die, const Instance& part, DtNode& parent) const {
    const std::string& type = part.type->type;
    const auto range = [&](std::string_view key) {
      const AddrRange window = global(die, *part.window(key));
      return std::vector<std::uint64_t>{window.base, window.size};
    };
    if (type == "ucie_port") {
      const PortName& peer = *package_.peer(die.name, part.name);
      const Die& other = *package_.find_die(peer.die);
      DtNode& node = parent.add(node_of(die, part, "ucie-port", {"chiplet-vp,ucie-port"}, "regs"));
      node.cells("cvp,port", {die.port_number(part.name)});
      node.cells("cvp,peer-die", {other.index});
      node.cells("cvp,peer-port", {other.port_number(peer.port)});
      node.cells("cvp,message", {package_.message_number(die, part)});
    } else if (type == "npu_cluster") {
      DtNode& node = parent.add(node_of(die, part, "npu", {"chiplet-vp,npu"}, "regs"));
      node.cells64("cvp,scratchpad", range("scratchpad"));
      node.cells("cvp,message", {package_.message_number(die, part)});
    } else if (type == "hbm_stack") {
      const HbmTiming timing = part.params.make<HbmParams>().timing();
      DtNode& node = parent.add(node_of(die, part, "hbm", {"chiplet-vp,hbm"}, "regs"));
      node.cells64("cvp,memory", range("mem"));
      node.cells("cvp,channels", {timing.geometry.channels});
      node.cells("cvp,message", {package_.message_number(die, part)});
    } else if (type == "cxl_root_port") {
      DtNode& node =
          parent.add(node_of(die, part, "cxl-host-bridge", {"chiplet-vp,cxl-host-bridge"}, "regs"));
      node.cells64("cvp,window", range("window")).cells64("cvp,ecam", range("ecam"));
      node.cells64("cvp,mmio", range("mmio")).cells("cvp,bus", {0});
    }
  }

  DtNode remote_die(const Die& die) const {
    DtNode node{fmt::format("die-{}", die.index)};
    node.text("compatible", {"chiplet-vp,die"});
    node.cells("#address-cells", {2}).cells("#size-cells", {2}).flag("ranges");
    node.cells("cvp,die-index", {die.index}).text("cvp,name", {die.name});
    for (const Instance& instance : die.instances) add_part(die, instance, node);
    return node;
  }

  void add_power(DtNode& root) const {
    if (!package_.host().first("finisher")) return;
    const auto add = [&](const char* name, const char* compatible, std::uint32_t value) {
      DtNode& node = root.add({name});
      node.text("compatible", {compatible}).cells("regmap", {kPhandleTest});
      node.cells("offset", {0}).cells("value", {value});
    };
    add("poweroff", "syscon-poweroff", 0x5555);
    add("reboot", "syscon-reboot", 0x7777);
  }

  const Package& package_;
  const DeviceTreeOptions& options_;
  const OsMemoryMap memories_;
};

}  // namespace

DtNode make_device_tree(const Package& package, const DeviceTreeOptions& options) {
  return TreeBuilder(package, options).build();
}

}  // namespace cvp
