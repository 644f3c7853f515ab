// SPDX-License-Identifier: Apache-2.0
//
// The real-time clock goes on with the machine's time, and its alarm arrives through the PLIC.
#include "drivers/rtc.h"
#include "tests/htif.h"

enum { kYear2020 = 1577836800, kNanosecondsPerSecond = 1000000000, kTick = 100 };

static rtc_t rtc;
static volatile uint32_t rang;

static void on_alarm(uint32_t source) {
  (void)source;
  rtc_acknowledge(&rtc);
  rang = rang + 1;
}

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  fdt_t fdt;
  uint64_t base, size;
  uint32_t source;
  test_begin(tree, "rtc_test");
  EXPECT(fdt_open(&fdt, tree, 1 << 20));
  const fdt_node_t node = fdt_next_compatible(&fdt, FDT_NONE, "google,goldfish-rtc");
  EXPECT(fdt_reg(&fdt, node, 0, &base, &size));
  EXPECT(fdt_u32(&fdt, node, "interrupts", 0, &source));
  rtc.base = base;
  const uint64_t start = rtc_time(&rtc);
  EXPECT(start / kNanosecondsPerSecond > kYear2020);
  // The timer counts ticks of 100 ns, and this clock nanoseconds. A sleep ends when 500 more ticks
  // have begun, but the one in which it began had begun up to a tick before: it lasts longer than
  // 499 ticks, and no closer bound holds.
  sleep_nanoseconds(500 * kTick);
  EXPECT(rtc_time(&rtc) > start + 499 * kTick);

  EXPECT(interrupts_on_source(source, on_alarm));
  for (uint64_t wait = 1000; wait <= 1000000; wait *= 10) {
    rang = 0;
    const uint64_t alarm = rtc_time(&rtc) + wait;
    rtc_set_alarm(&rtc, alarm);
    EXPECT(sleep_until_flag(&rang, 100000000));
    EXPECT(rtc_time(&rtc) >= alarm);
    EXPECT(rang == 1);
  }
  printf("rang\n");
  return kExitOk;
}
