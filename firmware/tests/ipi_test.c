// SPDX-License-Identifier: Apache-2.0
//
// Two harts ring each other through MSIP, a thousand times.
#include "drivers/clint.h"
#include "lib/csr.h"
#include "tests/htif.h"

enum { kRounds = 1000 };

static volatile uint32_t ready, rounds;
static clint_t clint;

static void wait_for_ring(uint32_t hart) {
  while (!(csr_read(mip) & kMieSoftware)) wait_for_interrupt();
  MUST(clint_set_software(&clint, hart, 0));
  while (csr_read(mip) & kMieSoftware) {
  }
}

void secondary_main(uint64_t hart, const void* tree) {
  (void)tree;
  if (hart != 1) return;
  csr_write(mie, kMieSoftware);
  // The other hart clears .bss first: it says so by a value that .bss cannot have.
  while (ready != 0x600d) wait_for_interrupt();
  for (;;) {
    wait_for_ring(1);
    rounds = rounds + 1;
    mmio_fence();
    MUST(clint_set_software(&clint, 0, 1));
  }
}

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  test_begin(tree, "ipi_test");
  if (machine.harts < 2) return kExitOk;
  clint.base = machine.clint;
  csr_write(mie, kMieSoftware);
  csr_clear(mstatus, kMstatusMie);
  ready = 0x600d;
  mmio_fence();
  for (uint32_t i = 1; i <= kRounds; ++i) {
    EXPECT(clint_set_software(&clint, 1, 1) == CLINT_OK);
    wait_for_ring(0);
    EXPECT(rounds == i);
  }
  return kExitOk;
}
