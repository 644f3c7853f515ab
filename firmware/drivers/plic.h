// SPDX-License-Identifier: Apache-2.0
//
// Driver for a sifive,plic-1.0.0 interrupt controller. Context 2h is hart h in machine mode.
#ifndef CVP_FIRMWARE_DRIVERS_PLIC_H_
#define CVP_FIRMWARE_DRIVERS_PLIC_H_

#include "mmio.h"

typedef enum {
  PLIC_OK = 0,
  PLIC_ERANGE,  // No such source or context.
} plic_status_t;

typedef struct {
  uintptr_t base;  // From the device tree.
} plic_t;

NODISCARD plic_status_t plic_set_priority(const plic_t* plic, uint32_t source, uint32_t priority);
NODISCARD plic_status_t plic_enable(const plic_t* plic, uint32_t context, uint32_t source, int on);
NODISCARD plic_status_t plic_set_threshold(const plic_t* plic, uint32_t context,
                                           uint32_t threshold);
// 0: nothing is pending.
uint32_t plic_claim(const plic_t* plic, uint32_t context);
void plic_complete(const plic_t* plic, uint32_t context, uint32_t source);

#endif  // CVP_FIRMWARE_DRIVERS_PLIC_H_
