// SPDX-License-Identifier: Apache-2.0
#include "drivers/rtc.h"

#include "rtc_regs.h"  // generated from models/rtc/rtc.regs.toml

uint64_t rtc_time(const rtc_t* rtc) {
  const uint64_t low = mmio_read32(rtc->base + RTC_TIME_LOW);  // First: it latches the high half.
  return (uint64_t)mmio_read32(rtc->base + RTC_TIME_HIGH) << 32 | low;
}

void rtc_set_alarm(const rtc_t* rtc, uint64_t time) {
  mmio_write32(rtc->base + RTC_IRQ_ENABLED, RTC_IRQ_ENABLED_ENABLED);
  mmio_write32(rtc->base + RTC_ALARM_HIGH, (uint32_t)(time >> 32));
  mmio_write32(rtc->base + RTC_ALARM_LOW, (uint32_t)time);  // Last: it sets the alarm.
}

void rtc_acknowledge(const rtc_t* rtc) { mmio_write32(rtc->base + RTC_CLEAR_INTERRUPT, 1); }
