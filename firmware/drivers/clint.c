// SPDX-License-Identifier: Apache-2.0
#include "drivers/clint.h"

#include "clint_regs.h"  // generated from models/clint/clint.regs.toml

uint64_t clint_time(const clint_t* clint) { return mmio_read64(clint->base + CLINT_MTIME); }

clint_status_t clint_set_deadline(const clint_t* clint, uint32_t hart, uint64_t ticks) {
  if (hart >= CLINT_MTIMECMP_COUNT) return CLINT_ERANGE;
  mmio_write64(clint->base + CLINT_MTIMECMP + CLINT_MTIMECMP_STRIDE * hart, ticks);
  return CLINT_OK;
}

clint_status_t clint_set_software(const clint_t* clint, uint32_t hart, uint32_t pending) {
  if (hart >= CLINT_MSIP_COUNT) return CLINT_ERANGE;
  mmio_write32(clint->base + CLINT_MSIP + CLINT_MSIP_STRIDE * hart, pending != 0);
  return CLINT_OK;
}
