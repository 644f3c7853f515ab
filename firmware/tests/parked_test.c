// SPDX-License-Identifier: Apache-2.0
//
// The boot ROM keeps hart 1 until its MSIP and then sends it the way of hart 0. Entered through the
// boot ROM, in the first stage's place.
#include "drivers/clint.h"
#include "lib/mmio.h"
#include "tests/htif.h"

enum { kWaitNs = 1000000 };

// Outside .bss, which hart 0 clears.
__attribute__((section(".data"))) static volatile uint32_t arrivals = 0;
static volatile uint64_t arrived_hart;
static const void* volatile arrived_tree;

void secondary_main(uint64_t hart, const void* tree) {
  arrived_hart = hart;
  arrived_tree = tree;
  mmio_fence();
  arrivals = arrivals + 1;
}

int program_main(uint64_t hart, const void* tree) {
  EXPECT(hart == 0);
  test_begin(tree, "parked_test");
  EXPECT(machine.harts == 2);
  sleep_nanoseconds(kWaitNs);
  EXPECT(arrivals == 0);
  const clint_t clint = {machine.clint};
  EXPECT(clint_set_software(&clint, 1, 1) == CLINT_OK);
  sleep_nanoseconds(kWaitNs);
  EXPECT(arrivals == 1);
  EXPECT(arrived_hart == 1 && arrived_tree == tree);
  EXPECT(mmio_read32(machine.clint + 4) == 0);  // The ROM has taken its MSIP back.
  return kExitOk;
}
