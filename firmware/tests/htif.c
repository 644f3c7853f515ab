// SPDX-License-Identifier: Apache-2.0
#include "tests/htif.h"

#include "drivers/finisher.h"

machine_t machine;

// One line of its own: the other words of it may be polled by who runs the program.
__attribute__((section(".htif"), aligned(64))) volatile uint64_t tohost;
__attribute__((section(".htif"), aligned(64))) volatile uint64_t fromhost;

void program_exit(int code) {
  tohost = (uint64_t)(uint32_t)code << 1 | 1;
  mmio_fence();
  const finisher_t finisher = {machine.finisher};
  if (finisher.base != 0) finisher_exit(&finisher, (uint16_t)code);
  for (;;) {
  }
}

void test_begin(const void* tree, const char* name) {
  fdt_t fdt;
  if (!fdt_open(&fdt, tree, 1 << 20)) program_exit(kExitNoTree);
  (void)console_init(&fdt);
  const bool found = machine_read(&machine, &fdt);
  printf("%s\n", name);
  if (!found) program_exit(kExitNoTree);
  console_use_clock(machine.clint, machine.ticks_per_second);
  interrupts_init(&machine);
}
