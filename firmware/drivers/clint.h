// SPDX-License-Identifier: Apache-2.0
//
// Driver for the CLINT: machine time, timer and software interrupts.
#ifndef CVP_FIRMWARE_DRIVERS_CLINT_H_
#define CVP_FIRMWARE_DRIVERS_CLINT_H_

#include "mmio.h"

typedef enum {
  CLINT_OK = 0,
  CLINT_ERANGE,  // No such hart.
} clint_status_t;

typedef struct {
  uintptr_t base;  // From the device tree.
} clint_t;

uint64_t clint_time(const clint_t* clint);
// The hart's timer interrupt is pending from `ticks` on; UINT64_MAX: never.
NODISCARD clint_status_t clint_set_deadline(const clint_t* clint, uint32_t hart, uint64_t ticks);
NODISCARD clint_status_t clint_set_software(const clint_t* clint, uint32_t hart, uint32_t pending);

#endif  // CVP_FIRMWARE_DRIVERS_CLINT_H_
