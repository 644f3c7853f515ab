// SPDX-License-Identifier: Apache-2.0
//
// Self-refresh keeps data and closes an HBM stack, heat makes it refresh twice as often and
// interrupts, and its meter of energy runs.
#include "apps/first_stage.h"
#include "drivers/hbm.h"
#include "lib/mmio.h"
#include "tests/htif.h"

enum { kData = 0x12345678, kThreshold = 85, kTimeoutNs = 100000 };

static volatile uint32_t interrupted;

static void on_message(uint32_t source) { interrupted = source; }

static void self_refresh(const hbm_t* hbm, uint64_t address) {
  uint64_t value;
  mmio_write64(address, kData);
  const uint64_t begin = hbm_energy(hbm);
  sleep_nanoseconds(20000);
  const uint64_t awake = hbm_energy(hbm) - begin;
  hbm_self_refresh(hbm, true);
  EXPECT(!probe_read64(address, &value));
  const uint64_t middle = hbm_energy(hbm);
  sleep_nanoseconds(20000);
  const uint64_t asleep = hbm_energy(hbm) - middle;
  hbm_self_refresh(hbm, false);
  EXPECT(probe_read64(address, &value));
  EXPECT(value == kData);
  EXPECT(asleep < awake);
  printf("  20 us: %lu pJ awake, %lu pJ in self-refresh\n", awake, asleep);
}

static void heat(const hbm_t* hbm, uint32_t source) {
  interrupted = 0;
  EXPECT(hbm_celsius(hbm) < kThreshold);
  EXPECT(hbm_refresh_rate(hbm) == 1);
  hbm_pretend_celsius(hbm, kThreshold);
  EXPECT(sleep_until_flag(&interrupted, kTimeoutNs));
  EXPECT(interrupted == source);
  EXPECT(hbm_take_events(hbm) == HBM_HOT);
  EXPECT(hbm_refresh_rate(hbm) == 2);
  hbm_pretend_celsius(hbm, -1);
  EXPECT(hbm_refresh_rate(hbm) == 1);
  printf("  %u degrees: refreshed twice as often\n", kThreshold);
}

static void power_down(const hbm_t* hbm, uint64_t address) {
  uint64_t value;
  hbm_power_down_after(hbm, 64);
  sleep_nanoseconds(1000);
  EXPECT(probe_read64(address, &value));
  EXPECT(value == kData);
  hbm_power_down_after(hbm, 0);
}

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  test_begin(tree, "hbm_power_test");
  bring_up_links(&machine);
  bring_up_hbm(&machine);
  for (int d = 0; d < kMaxDies; ++d) {
    for (uint32_t n = 0; n < machine.dies[d].stack_count; ++n) {
      const hbm_stack_t* stack = &machine.dies[d].stacks[n];
      const hbm_t hbm = {stack->base};
      const uint32_t source = machine.message_source + stack->message;
      EXPECT(interrupts_on_source(source, on_message));
      hbm_interrupt_on(&hbm, HBM_HOT, machine.messages, stack->message);
      self_refresh(&hbm, stack->memory.base);
      power_down(&hbm, stack->memory.base);
      heat(&hbm, source);
    }
  }
  return kExitOk;
}
