// SPDX-License-Identifier: Apache-2.0
//
// The device tree that later software gets: what did not train or answer is disabled, memory that
// failed its test too, CXL memory is cut to what passed.
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "apps/first_stage.h"
#include "lib/arena.h"
#include "lib/console.h"
#include "lib/fdt_edit.h"

typedef struct {
  fdt_t fdt;
  void* buffer;
  uint32_t disabled;
} edit_t;

static void disable(edit_t* edit, fdt_node_t node) {
  if (node == FDT_NONE) return;
  if (fdt_set_string(&edit->fdt, edit->buffer, kTreeBytes, node, "status", "disabled")) {
    ++edit->disabled;
  }
}

// The node of that kind whose reg begins at `base`.
static fdt_node_t node_at(const fdt_t* fdt, const char* compatible, uint64_t base) {
  fdt_node_t node = FDT_NONE;
  while ((node = fdt_next_compatible(fdt, node, compatible)) != FDT_NONE) {
    uint64_t start, size;
    if (fdt_reg(fdt, node, 0, &start, &size) && start == base) return node;
  }
  return FDT_NONE;
}

// The node of main memory that begins in `range`.
static fdt_node_t memory_node_in(const fdt_t* fdt, range_t range) {
  for (fdt_node_t node = fdt_first_child(fdt, fdt_root(fdt)); node != FDT_NONE;
       node = fdt_next_sibling(fdt, node)) {
    uint64_t start, size;
    if (strncmp(fdt_name(fdt, node), "memory@", 7) != 0) continue;
    if (fdt_reg(fdt, node, 0, &start, &size) && start - range.base < range.size) return node;
  }
  return FDT_NONE;
}

static void edit_die(edit_t* edit, const die_t* die, uint32_t index) {
  char path[16];
  snprintf(path, sizeof path, "/die-%u", index);
  if (!die->reached) {
    const fdt_node_t root = fdt_root(&edit->fdt);
    for (fdt_node_t node = fdt_first_child(&edit->fdt, root); node != FDT_NONE;
         node = fdt_next_sibling(&edit->fdt, node)) {
      if (strcmp(fdt_name(&edit->fdt, node), path + 1) == 0) {
        disable(edit, node);
        break;
      }
    }
  }
  for (int port = 0; port < kMaxPorts; ++port) {
    const link_end_t* end = &die->ports[port];
    if (end->base == 0 || end->up) continue;
    disable(edit, node_at(&edit->fdt, "chiplet-vp,ucie-port", end->base));
  }
  for (uint32_t n = 0; n < die->stack_count; ++n) {
    if (die->stacks[n].usable) continue;
    disable(edit, node_at(&edit->fdt, "chiplet-vp,hbm", die->stacks[n].base));
    disable(edit, memory_node_in(&edit->fdt, die->stacks[n].memory));
  }
  if (die->npu != 0 && !die->npu_live) {
    disable(edit, node_at(&edit->fdt, "chiplet-vp,npu", die->npu));
  }
}

static void edit_bridge(edit_t* edit, const bridge_t* bridge) {
  const fdt_node_t node = memory_node_in(&edit->fdt, bridge->window);
  if (!bridge->usable) {
    disable(edit, node_at(&edit->fdt, "chiplet-vp,cxl-host-bridge", bridge->base));
    disable(edit, memory_node_in(&edit->fdt, bridge->window));
    return;
  }
  uint64_t base, size;
  if (fdt_reg(&edit->fdt, node, 0, &base, &size) && size != bridge->memory.size) {
    (void)!fdt_set_reg(&edit->fdt, edit->buffer, kTreeBytes, node, bridge->memory.base,
                       bridge->memory.size);
  }
}

const void* hand_over_tree(const machine_t* machine, const fdt_t* fdt) {
  edit_t edit = {.buffer = (void*)tree_place(machine)};
  if (edit.buffer == NULL || !fdt_copy(fdt, edit.buffer, kTreeBytes) ||
      !fdt_open(&edit.fdt, edit.buffer, kTreeBytes)) {
    log_line("device tree: no room in DRAM for its copy");
    return NULL;
  }
  for (uint32_t i = 0; i < kMaxDies; ++i) {
    if (machine->dies[i].present) edit_die(&edit, &machine->dies[i], i);
  }
  for (uint32_t i = 0; i < machine->bridge_count; ++i) edit_bridge(&edit, &machine->bridges[i]);
  log_line("device tree: %u bytes at %p, %u nodes disabled", edit.fdt.size, edit.buffer,
           edit.disabled);
  return edit.buffer;
}
