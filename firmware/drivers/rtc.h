// SPDX-License-Identifier: Apache-2.0
//
// Driver for a goldfish real-time clock. Times are nanoseconds since 1970-01-01T00:00:00Z.
#ifndef CVP_FIRMWARE_DRIVERS_RTC_H_
#define CVP_FIRMWARE_DRIVERS_RTC_H_

#include "mmio.h"

typedef struct {
  uintptr_t base;  // From the device tree.
} rtc_t;

uint64_t rtc_time(const rtc_t* rtc);
// Interrupts once, at that time or at once if it is over.
void rtc_set_alarm(const rtc_t* rtc, uint64_t time);
// Lowers the interrupt; the next alarm raises it again.
void rtc_acknowledge(const rtc_t* rtc);

#endif  // CVP_FIRMWARE_DRIVERS_RTC_H_
