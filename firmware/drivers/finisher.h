// SPDX-License-Identifier: Apache-2.0
//
// Driver for the sifive,test1 finisher: ends the run with a code.
#ifndef CVP_FIRMWARE_DRIVERS_FINISHER_H_
#define CVP_FIRMWARE_DRIVERS_FINISHER_H_

#include "mmio.h"

typedef struct {
  uintptr_t base;  // From the device tree.
} finisher_t;

// Code 0 passes, any other of 16 bits fails. Returns when the machine does not end at once.
void finisher_exit(const finisher_t* finisher, uint16_t code);

#endif  // CVP_FIRMWARE_DRIVERS_FINISHER_H_
