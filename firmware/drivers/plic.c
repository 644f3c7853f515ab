// SPDX-License-Identifier: Apache-2.0
#include "drivers/plic.h"

#include "plic_regs.h"  // generated from models/plic/plic.regs.toml

plic_status_t plic_set_priority(const plic_t* plic, uint32_t source, uint32_t priority) {
  if (source == 0 || source >= PLIC_PRIORITY_COUNT) return PLIC_ERANGE;
  mmio_write32(plic->base + PLIC_PRIORITY + PLIC_PRIORITY_STRIDE * source, priority);
  return PLIC_OK;
}

plic_status_t plic_enable(const plic_t* plic, uint32_t context, uint32_t source, int on) {
  if (source == 0 || source >= PLIC_PRIORITY_COUNT || context >= PLIC_CONTEXT_COUNT) {
    return PLIC_ERANGE;
  }
  const uintptr_t address =
      plic->base + PLIC_ENABLES_WORD + PLIC_ENABLES_STRIDE * context + source / 32 * 4;
  const uint32_t bit = UINT32_C(1) << source % 32;
  const uint32_t word = mmio_read32(address);
  mmio_write32(address, on ? word | bit : word & ~bit);
  return PLIC_OK;
}

plic_status_t plic_set_threshold(const plic_t* plic, uint32_t context, uint32_t threshold) {
  if (context >= PLIC_CONTEXT_COUNT) return PLIC_ERANGE;
  mmio_write32(plic->base + PLIC_CONTEXT_THRESHOLD + PLIC_CONTEXT_STRIDE * context, threshold);
  return PLIC_OK;
}

uint32_t plic_claim(const plic_t* plic, uint32_t context) {
  return mmio_read32(plic->base + PLIC_CONTEXT_CLAIM + PLIC_CONTEXT_STRIDE * context);
}

void plic_complete(const plic_t* plic, uint32_t context, uint32_t source) {
  mmio_write32(plic->base + PLIC_CONTEXT_CLAIM + PLIC_CONTEXT_STRIDE * context, source);
}
