// SPDX-License-Identifier: Apache-2.0
#include "lib/machine.h"

#include <string.h>

static bool range_property(const fdt_t* fdt, fdt_node_t node, const char* name, range_t* range) {
  return fdt_u64(fdt, node, name, 0, &range->base) && fdt_u64(fdt, node, name, 1, &range->size);
}

static uint64_t base_of(const fdt_t* fdt, const char* compatible) {
  uint64_t base, size;
  const fdt_node_t node = fdt_next_compatible(fdt, FDT_NONE, compatible);
  return fdt_reg(fdt, node, 0, &base, &size) ? base : 0;
}

// The die whose part answers at `address`; null beyond the largest index.
static die_t* die_at(machine_t* machine, uint64_t address) {
  const uint64_t index = address >> kDieShift;
  if (index >= kMaxDies) return NULL;
  machine->dies[index].present = true;
  return &machine->dies[index];
}

typedef void (*visit_t)(machine_t* machine, const fdt_t* fdt, fdt_node_t node, die_t* die,
                        uint64_t base);

// Calls `visit` for every enabled node of that kind that belongs to a die.
static void for_each(machine_t* machine, const fdt_t* fdt, const char* compatible, visit_t visit) {
  fdt_node_t node = FDT_NONE;
  while ((node = fdt_next_compatible(fdt, node, compatible)) != FDT_NONE) {
    uint64_t base, size;
    if (!fdt_is_enabled(fdt, node) || !fdt_reg(fdt, node, 0, &base, &size)) continue;
    die_t* die = die_at(machine, base);
    if (die != NULL) visit(machine, fdt, node, die, base);
  }
}

static void add_router(machine_t* machine, const fdt_t* fdt, fdt_node_t node, die_t* die,
                       uint64_t base) {
  (void)machine, (void)fdt, (void)node;
  die->router = base;
}

static void add_port(machine_t* machine, const fdt_t* fdt, fdt_node_t node, die_t* die,
                     uint64_t base) {
  uint32_t port, peer_die, peer_port, message = 0;
  (void)machine;
  if (!fdt_u32(fdt, node, "cvp,port", 0, &port) || port >= kMaxPorts) return;
  if (!fdt_u32(fdt, node, "cvp,peer-die", 0, &peer_die) || peer_die >= kMaxDies) return;
  if (!fdt_u32(fdt, node, "cvp,peer-port", 0, &peer_port) || peer_port >= kMaxPorts) return;
  (void)fdt_u32(fdt, node, "cvp,message", 0, &message);
  die->ports[port] = (link_end_t){.base = base,
                                  .peer_die = (uint8_t)peer_die,
                                  .peer_port = (uint8_t)peer_port,
                                  .message = message};
}

static void add_stack(machine_t* machine, const fdt_t* fdt, fdt_node_t node, die_t* die,
                      uint64_t base) {
  hbm_stack_t stack = {.base = base};
  (void)machine;
  if (die->stack_count == kMaxStacks) return;
  if (!range_property(fdt, node, "cvp,memory", &stack.memory)) return;
  if (!fdt_u32(fdt, node, "cvp,message", 0, &stack.message)) return;
  die->stacks[die->stack_count++] = stack;
}

static void add_npu(machine_t* machine, const fdt_t* fdt, fdt_node_t node, die_t* die,
                    uint64_t base) {
  (void)machine;
  if (!range_property(fdt, node, "cvp,scratchpad", &die->scratchpad)) return;
  if (!fdt_u32(fdt, node, "cvp,message", 0, &die->message)) return;
  die->npu = base;
}

static void add_bridge(machine_t* machine, const fdt_t* fdt, fdt_node_t node, die_t* die,
                       uint64_t base) {
  (void)die;
  if (machine->bridge_count == kMaxBridges) return;
  bridge_t* bridge = &machine->bridges[machine->bridge_count];
  *bridge = (bridge_t){.base = base};
  if (!range_property(fdt, node, "cvp,window", &bridge->window)) return;
  if (!range_property(fdt, node, "cvp,ecam", &bridge->ecam)) return;
  if (!range_property(fdt, node, "cvp,mmio", &bridge->mmio)) return;
  if (!fdt_u32(fdt, node, "cvp,bus", 0, &bridge->bus)) bridge->bus = 0;
  ++machine->bridge_count;
}

static void name_die(const fdt_t* fdt, fdt_node_t node, die_t* die, uint32_t index) {
  const char* label = fdt_string(fdt, node, "label");
  if (label == NULL) label = fdt_string(fdt, node, "cvp,name");
  if (label == NULL && index == 0) label = "host";
  if (label != NULL) {
    strncpy(die->name, label, kNameBytes - 1);
    return;
  }
  memcpy(die->name, "die", 3);
  if (index >= 10) die->name[3] = (char)('0' + index / 10);
  die->name[index >= 10 ? 4 : 3] = (char)('0' + index % 10);
}

static void name_dies(machine_t* machine, const fdt_t* fdt) {
  fdt_node_t node = FDT_NONE;
  while ((node = fdt_next_node(fdt, node)) != FDT_NONE) {
    uint32_t index;
    if (strncmp(fdt_name(fdt, node), "die-", 4) != 0) continue;
    if (fdt_u32(fdt, node, "cvp,die-index", 0, &index) && index < kMaxDies) {
      name_die(fdt, node, &machine->dies[index], index);
    }
  }
  for (uint32_t i = 0; i < kMaxDies; ++i) {
    if (machine->dies[i].name[0] == 0) name_die(fdt, FDT_NONE, &machine->dies[i], i);
  }
}

static void read_harts(machine_t* machine, const fdt_t* fdt) {
  const fdt_node_t cpus = fdt_path(fdt, "/cpus");
  if (!fdt_u32(fdt, cpus, "timebase-frequency", 0, &machine->ticks_per_second)) {
    machine->ticks_per_second = 0;
  }
  for (fdt_node_t cpu = fdt_first_child(fdt, cpus); cpu != FDT_NONE;
       cpu = fdt_next_sibling(fdt, cpu)) {
    machine->harts += strncmp(fdt_name(fdt, cpu), "cpu@", 4) == 0;
  }
}

// The memory node of die 0 that begins lowest above 2 GiB is host DRAM: other memory nodes of low
// addresses are CXL windows, and those lie above.
static void read_dram(machine_t* machine, const fdt_t* fdt) {
  const fdt_node_t root = fdt_root(fdt);
  for (fdt_node_t node = fdt_first_child(fdt, root); node != FDT_NONE;
       node = fdt_next_sibling(fdt, node)) {
    range_t range;
    if (strncmp(fdt_name(fdt, node), "memory@", 7) != 0) continue;
    if (!fdt_reg(fdt, node, 0, &range.base, &range.size) || range.base >> kDieShift != 0) continue;
    if (machine->dram.size == 0 || range.base < machine->dram.base) machine->dram = range;
  }
}

// The domain that has others below it is at machine level.
static uint64_t root_domain(const fdt_t* fdt) {
  fdt_node_t node = FDT_NONE;
  while ((node = fdt_next_compatible(fdt, node, "riscv,aplic")) != FDT_NONE) {
    uint64_t base, size;
    uint32_t child;
    if (!fdt_u32(fdt, node, "riscv,children", 0, &child)) continue;
    if (fdt_reg(fdt, node, 0, &base, &size)) return base;
  }
  return 0;
}

bool machine_read(machine_t* machine, const fdt_t* fdt) {
  memset(machine, 0, sizeof *machine);
  machine->dies[0].present = true;
  machine->dies[0].reached = true;
  machine->clint = base_of(fdt, "riscv,clint0");
  machine->plic = base_of(fdt, "riscv,plic0");
  if (machine->plic == 0) machine->plic = base_of(fdt, "sifive,plic-1.0.0");
  machine->aplic = root_domain(fdt);
  machine->finisher = base_of(fdt, "sifive,test0");
  if (machine->finisher == 0) machine->finisher = base_of(fdt, "sifive,test1");
  const fdt_node_t messages = fdt_next_compatible(fdt, FDT_NONE, "chiplet-vp,message-receiver");
  machine->messages = base_of(fdt, "chiplet-vp,message-receiver");
  if (!fdt_u32(fdt, messages, "interrupts", 0, &machine->message_source)) {
    machine->message_source = 96;  // Architecture: message n raises source 96 + n.
  }
  read_harts(machine, fdt);
  read_dram(machine, fdt);
  if (!range_property(fdt, fdt_path(fdt, "/chosen"), "cvp,job", &machine->job)) {
    machine->job.size = 0;
  }
  for_each(machine, fdt, "chiplet-vp,router", add_router);
  for_each(machine, fdt, "chiplet-vp,ucie-port", add_port);
  for_each(machine, fdt, "chiplet-vp,hbm", add_stack);
  for_each(machine, fdt, "chiplet-vp,npu", add_npu);
  for_each(machine, fdt, "chiplet-vp,cxl-host-bridge", add_bridge);
  name_dies(machine, fdt);
  return machine->clint != 0 && machine->ticks_per_second != 0 && machine->dram.size != 0;
}
