// SPDX-License-Identifier: Apache-2.0
//
// The timer interrupt comes when mtime reaches mtimecmp, not before.
#include "drivers/clint.h"
#include "lib/csr.h"
#include "tests/htif.h"

static clint_t clint;
static volatile uint32_t fired;
static volatile uint64_t fired_at;

static void on_timer(void) {
  fired_at = clint_time(&clint);
  MUST(clint_set_deadline(&clint, 0, UINT64_MAX));
  fired = fired + 1;
}

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  test_begin(tree, "timer_test");
  sleep_nanoseconds(1000);
  clint.base = machine.clint;
  trap_on_interrupt(kMieTimer, on_timer);
  for (uint64_t wait = 10; wait <= 1000; wait *= 10) {
    const uint64_t deadline = clint_time(&clint) + wait;
    fired = 0;
    EXPECT(clint_set_deadline(&clint, 0, deadline) == CLINT_OK);
    trap_sleep_until(&fired);
    EXPECT(fired == 1);
    EXPECT(fired_at >= deadline);
    // A waiting hart takes it at once; a busy host that runs QEMU may be late.
    printf("asked for %lu ticks, late by %lu\n", wait, fired_at - deadline);
  }
  return kExitOk;
}
