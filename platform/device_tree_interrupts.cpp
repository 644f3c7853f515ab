// SPDX-License-Identifier: Apache-2.0
//
// The bindings are those that Linux documents: sifive,plic-1.0.0, riscv,imsics, riscv,aplic.
#include "platform/device_tree_interrupts.h"

#include <fmt/format.h>

#include "models/aplic/aplic_regs.h"  // generated

namespace cvp::interrupt_tree {
namespace {

// Harts have 1 and on.
enum Phandle : std::uint32_t {
  kPlic = 0x100,
  kImsicMachine = 0x102,
  kImsicSupervisor,
  kAplicMachine,
  kAplicSupervisor,
};

// Interrupt numbers of a hart's own controller. [RISC-V Privileged: Machine Cause Register]
enum Interrupt : std::uint32_t {
  kMachineSoft = 3,
  kMachineTimer = 7,
  kSupervisorExternal = 9,
  kMachineExternal = 11,
};

// Second cell of an interrupt of an APLIC. [DT: interrupts, two cells]
enum Trigger : std::uint32_t { kRisingEdge = 1, kHighLevel = 4 };

std::vector<std::uint32_t> per_hart(const Die& die, std::initializer_list<Interrupt> interrupts) {
  std::vector<std::uint32_t> cells;
  for (std::uint64_t hart = 0; hart < die.first("cpu_cluster")->params["harts"].integer; ++hart) {
    for (const Interrupt interrupt : interrupts) {
      cells.insert(cells.end(), {phandle_of_hart(hart), interrupt});
    }
  }
  return cells;
}

DtNode controller(std::string_view name, std::vector<std::string> compatible, AddrRange range,
                  std::uint32_t phandle, std::uint32_t interrupt_cells) {
  DtNode node{fmt::format("{}@{:x}", name, range.base)};
  node.text("compatible", std::move(compatible)).cells64("reg", {range.base, range.size});
  node.flag("interrupt-controller");
  node.cells("#address-cells", {0}).cells("#interrupt-cells", {interrupt_cells});
  node.cells("phandle", {phandle});
  return node;
}

AddrRange window(const Die& die, const Instance& part, std::string_view key) {
  const AddrRange range = part.window(key)->range;
  return {die.base() + range.base, range.size};
}

std::uint32_t sources(const Instance& plic) {
  return static_cast<std::uint32_t>(plic.params["sources"].integer);
}

}  // namespace

std::uint32_t phandle_of_hart(std::uint64_t hart) { return static_cast<std::uint32_t>(1 + hart); }

std::vector<std::uint32_t> clint_interrupts(const Die& die) {
  return per_hart(die, {kMachineSoft, kMachineTimer});
}

DtNode plic(const Die& die, const Instance& plic) {
  DtNode node =
      controller("plic", {"sifive,plic-1.0.0", "riscv,plic0"}, window(die, plic, "map"), kPlic, 1);
  node.cells("interrupts-extended", per_hart(die, {kMachineExternal, kSupervisorExternal}));
  node.cells("riscv,ndev", {sources(plic)});
  return node;
}

std::vector<DtNode> aplic(const Die& die, const Instance& plic) {
  AplicRegs regs;
  const Addr base = window(die, plic, "map").base;
  const Addr step = regs.domain_cfg.offset(1);
  const std::uint64_t size = regs.size() - step;
  DtNode machine =
      controller("interrupt-controller", {"riscv,aplic"}, {base, size}, kAplicMachine, 2);
  machine.cells("msi-parent", {kImsicMachine}).cells("riscv,num-sources", {sources(plic)});
  machine.cells("riscv,children", {kAplicSupervisor});
  // The second is the name that software of before the binding was accepted looks for.
  for (const char* key : {"riscv,delegation", "riscv,delegate"}) {
    machine.cells(key, {kAplicSupervisor, 1, sources(plic)});
  }
  DtNode supervisor =
      controller("interrupt-controller", {"riscv,aplic"}, {base + step, size}, kAplicSupervisor, 2);
  supervisor.cells("msi-parent", {kImsicSupervisor}).cells("riscv,num-sources", {sources(plic)});
  return {std::move(machine), std::move(supervisor)};
}

std::vector<DtNode> imsic(const Die& die, const Instance& imsic) {
  const auto files = [&](std::string_view key, Phandle phandle, Interrupt interrupt) {
    DtNode node =
        controller("interrupt-controller", {"riscv,imsics"}, window(die, imsic, key), phandle, 0);
    node.flag("msi-controller").cells("#msi-cells", {0});
    node.cells("interrupts-extended", per_hart(die, {interrupt}));
    node.cells("riscv,num-ids", {static_cast<std::uint32_t>(imsic.params["identities"].integer)});
    return node;
  };
  return {files("machine", kImsicMachine, kMachineExternal),
          files("supervisor", kImsicSupervisor, kSupervisorExternal)};
}

void interrupt(const Die& die, const Wire* wire, DtNode& device) {
  if (!wire) return;
  if (!die.has_aia()) {
    device.cells("interrupt-parent", {kPlic}).cells("interrupts", {wire->index});
    return;
  }
  const Trigger trigger = wire->index >= kFirstMessageSource ? kRisingEdge : kHighLevel;
  device.cells("interrupt-parent", {kAplicSupervisor}).cells("interrupts", {wire->index, trigger});
}

}  // namespace cvp::interrupt_tree
