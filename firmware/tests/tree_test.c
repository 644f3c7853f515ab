// SPDX-License-Identifier: Apache-2.0
//
// The tree that is handed over says of every link, HBM stack, NPU and memory whether it works, and
// is otherwise the one that came. Also run on packages with faults.
#include <string.h>

#include "apps/first_stage.h"
#include "lib/arena.h"
#include "tests/htif.h"

static fdt_t before, after;

static void expect_enabled(const char* compatible, uint64_t base, bool enabled) {
  uint64_t start, size;
  fdt_node_t node = FDT_NONE;
  while ((node = fdt_next_compatible(&after, node, compatible)) != FDT_NONE) {
    if (!fdt_reg(&after, node, 0, &start, &size) || start != base) continue;
    if (fdt_is_enabled(&after, node) != enabled) printf("%s\n", fdt_name(&after, node));
    EXPECT(fdt_is_enabled(&after, node) == enabled);
    return;
  }
  EXPECT(!"a node with this base");
}

// The memory of `range` up to its end is an operating system's. Of a stack, what lies below is the
// NPU's own; of other memories it is the `whole`.
static void expect_memory(range_t range, bool enabled, bool whole) {
  const fdt_node_t root = fdt_root(&after);
  for (fdt_node_t node = fdt_first_child(&after, root); node != FDT_NONE;
       node = fdt_next_sibling(&after, node)) {
    uint64_t start, size;
    if (strncmp(fdt_name(&after, node), "memory@", 7) != 0) continue;
    EXPECT(fdt_reg(&after, node, 0, &start, &size));
    if (start - range.base >= range.size) continue;
    EXPECT(start == range.base || !whole);
    EXPECT(fdt_is_enabled(&after, node) == enabled);
    if (enabled) EXPECT(start + size == range.base + range.size);
    return;
  }
  EXPECT(!"a memory node in this range");
}

static void check_die(const die_t* die) {
  for (int port = 0; port < kMaxPorts; ++port) {
    const link_end_t* end = &die->ports[port];
    if (end->base != 0) expect_enabled("chiplet-vp,ucie-port", end->base, end->up);
  }
  for (uint32_t n = 0; n < die->stack_count; ++n) {
    const hbm_stack_t* stack = &die->stacks[n];
    expect_enabled("chiplet-vp,hbm", stack->base, stack->usable);
    expect_memory(stack->memory, stack->usable, false);
  }
  if (die->npu != 0) expect_enabled("chiplet-vp,npu", die->npu, die->npu_live);
}

static uint32_t count_nodes(const fdt_t* fdt) {
  uint32_t count = 0;
  for (fdt_node_t node = fdt_next_node(fdt, FDT_NONE); node != FDT_NONE;
       node = fdt_next_node(fdt, node)) {
    ++count;
  }
  return count;
}

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  test_begin(tree, "tree_test");
  EXPECT(fdt_open(&before, tree, 1 << 16));
  arena_init(&machine);
  bring_up_links(&machine);
  bring_up_hbm(&machine);
  bring_up_cxl(&machine);
  bring_up_npus(&machine);
  const void* copy = hand_over_tree(&machine, &before);
  EXPECT(copy != NULL && (uintptr_t)copy % 0x200000 == 0);
  EXPECT(fdt_open(&after, copy, kTreeBytes));
  EXPECT(count_nodes(&after) == count_nodes(&before));
  for (int d = 0; d < kMaxDies; ++d) check_die(&machine.dies[d]);
  expect_memory(machine.dram, true, true);
  for (uint32_t i = 0; i < machine.bridge_count; ++i) {
    const bridge_t* bridge = &machine.bridges[i];
    expect_enabled("chiplet-vp,cxl-host-bridge", bridge->base, bridge->usable);
    expect_memory(bridge->usable ? bridge->memory : bridge->window, bridge->usable, true);
  }
  return kExitOk;
}
