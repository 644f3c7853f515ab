// SPDX-License-Identifier: Apache-2.0
//
// External interrupts of hart 0 in machine mode, by a PLIC or by the wires of an APLIC, and
// sleeping for a while.
#ifndef CVP_FIRMWARE_LIB_INTERRUPTS_H_
#define CVP_FIRMWARE_LIB_INTERRUPTS_H_

#include <stdbool.h>

#include "lib/machine.h"

typedef void (*source_handler_t)(uint32_t source);

void interrupts_init(const machine_t* machine);
// The handler runs between claim and complete. False: no such source, or no interrupt controller.
bool interrupts_on_source(uint32_t source, source_handler_t handler);

uint64_t time_ticks(void);
uint64_t time_nanoseconds(uint64_t ticks);
// Sleeps in wfi until the timer says that this many nanoseconds are over.
void sleep_nanoseconds(uint64_t nanoseconds);
// Sleeps until *flag is not zero or that time is over; false: it is over.
bool sleep_until_flag(const volatile uint32_t* flag, uint64_t nanoseconds);

#endif  // CVP_FIRMWARE_LIB_INTERRUPTS_H_
