// SPDX-License-Identifier: Apache-2.0
//
// Driver for the sifive,test1 finisher: ends the run with a code, marks phases.
#ifndef CVP_FIRMWARE_DRIVERS_FINISHER_H_
#define CVP_FIRMWARE_DRIVERS_FINISHER_H_

#include "mmio.h"

typedef struct {
  uintptr_t base;  // From the device tree.
} finisher_t;

// Code 0 passes, any other of 16 bits fails. Returns when the machine does not end at once.
void finisher_exit(const finisher_t* finisher, uint16_t code);

// Tells host tools that phase `number` begins. Everything before is done when it returns.
void finisher_mark(const finisher_t* finisher, uint32_t number);

#endif  // CVP_FIRMWARE_DRIVERS_FINISHER_H_
