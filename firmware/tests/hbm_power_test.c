// SPDX-License-Identifier: Apache-2.0
//
// Self-refresh keeps data and closes an HBM stack, idle channels power down, heat makes it refresh
// twice as often and interrupts, and its meter of energy runs.
#include "lib/mmio.h"
#include "tests/hbm_stacks.h"
#include "tests/htif.h"

enum { kData = 0x12345678, kThreshold = 85, kTimeoutNs = 100000 };

static void self_refresh(const hbm_t* hbm, uint64_t address) {
  uint64_t value;
  hbm_sleep_t before, after;
  hbm_sleep(hbm, &before);
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
  hbm_sleep(hbm, &after);
  EXPECT(after.self_refresh_nanoseconds - before.self_refresh_nanoseconds >= 20000);
  EXPECT(probe_read64(address, &value));
  EXPECT(value == kData);
  EXPECT(asleep < awake);
  printf("  20 us: %lu pJ awake, %lu pJ in self-refresh\n", awake, asleep);
}

static void heat(const hbm_t* hbm, uint32_t source) {
  EXPECT(hbm_celsius(hbm) < kThreshold);
  EXPECT(hbm_refresh_rate(hbm) == 1);
  hbm_pretend_celsius(hbm, kThreshold);
  EXPECT(sleep_until_flag(&hbm_interrupted, kTimeoutNs));
  EXPECT(hbm_interrupted == source);
  EXPECT(hbm_take_events(hbm) == HBM_HOT);
  EXPECT(hbm_refresh_rate(hbm) == 2);
  hbm_pretend_celsius(hbm, -1);
  EXPECT(hbm_refresh_rate(hbm) == 1);
  printf("  %u degrees: refreshed twice as often\n", kThreshold);
}

// Channels fall asleep after 64 clocks, 40 ns of what the hart waits.
static void power_down(const hbm_t* hbm, uint64_t address) {
  uint64_t value;
  hbm_geometry_t geometry;
  hbm_sleep_t before, middle, after;
  EXPECT(hbm_probe(hbm, &geometry) == HBM_OK);
  hbm_sleep(hbm, &before);
  hbm_power_down_after(hbm, 64);
  sleep_nanoseconds(20000);
  hbm_sleep(hbm, &middle);
  EXPECT(middle.power_down_entries - before.power_down_entries == geometry.channels);
  const uint64_t asleep = middle.power_down_nanoseconds - before.power_down_nanoseconds;
  EXPECT(asleep > UINT64_C(19000) * geometry.channels);
  EXPECT(probe_read64(address, &value));  // Wakes its channel, which falls asleep again.
  EXPECT(value == kData);
  sleep_nanoseconds(1000);
  hbm_sleep(hbm, &after);
  EXPECT(after.power_down_entries == middle.power_down_entries + 1);
  hbm_power_down_after(hbm, 0);
  hbm_sleep(hbm, &before);
  sleep_nanoseconds(1000);
  hbm_sleep(hbm, &after);
  EXPECT(after.power_down_nanoseconds == before.power_down_nanoseconds);
  printf("  power-down: %u channels asleep, %lu ns each\n", geometry.channels,
         asleep / geometry.channels);
}

static void test(const hbm_t* hbm, const hbm_stack_t* stack) {
  const uint32_t source = hbm_listen(hbm, stack, HBM_HOT);
  self_refresh(hbm, stack->memory.base);
  power_down(hbm, stack->memory.base);
  heat(hbm, source);
  hbm_interrupt_on(hbm, 0, 0, 0);
}

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  test_each_hbm(tree, "hbm_power_test", test);
  return kExitOk;
}
