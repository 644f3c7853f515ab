// SPDX-License-Identifier: Apache-2.0
//
// Driver for a die's router: which die-to-die port leads to which die.
#ifndef CVP_FIRMWARE_DRIVERS_NOC_H_
#define CVP_FIRMWARE_DRIVERS_NOC_H_

#include "mmio.h"

typedef enum {
  NOC_OK = 0,
  NOC_ERANGE,   // No such die or port.
  NOC_EVERIFY,  // The register did not keep what was written.
} noc_status_t;

typedef struct {
  uintptr_t base;  // From the device tree.
} noc_t;

uint32_t noc_die_index(const noc_t* noc);
uint32_t noc_ports(const noc_t* noc);
NODISCARD noc_status_t noc_set_route(const noc_t* noc, uint32_t die, uint32_t port);
NODISCARD noc_status_t noc_clear_route(const noc_t* noc, uint32_t die);

#endif  // CVP_FIRMWARE_DRIVERS_NOC_H_
