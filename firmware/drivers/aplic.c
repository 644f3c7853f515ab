// SPDX-License-Identifier: Apache-2.0
#include "drivers/aplic.h"

#include <stdbool.h>

#include "aplic_regs.h"  // generated from models/aplic/aplic.regs.toml

enum { kPageShift = 12, kMaxHartIndex = 0x3fff };

static bool is_source(uint32_t source) {
  return source >= 1 && source <= APLIC_DOMAIN_SOURCECFG_COUNT;
}

aplic_status_t aplic_deliver_direct(const aplic_t* aplic, uint32_t hart) {
  if (hart >= APLIC_DOMAIN_IDELIVERY_COUNT) return APLIC_ERANGE;
  const uintptr_t idc = aplic->base + APLIC_DOMAIN_IDELIVERY_STRIDE * hart;
  mmio_write32(idc + APLIC_DOMAIN_ITHRESHOLD, 0);
  mmio_write32(idc + APLIC_DOMAIN_IDELIVERY, APLIC_DOMAIN_IDELIVERY_ENABLE);
  mmio_write32(aplic->base + APLIC_DOMAIN_CFG, APLIC_DOMAIN_CFG_IE);
  return APLIC_OK;
}

void aplic_set_message_pages(const aplic_t* root, uint64_t machine, uint64_t supervisor,
                             uint32_t hart_bits) {
  mmio_write32(root->base + APLIC_MMSIADDRCFG, (uint32_t)(machine >> kPageShift));
  mmio_write32(root->base + APLIC_SMSIADDRCFG, (uint32_t)(supervisor >> kPageShift));
  mmio_write32(root->base + APLIC_SMSIADDRCFGH, (uint32_t)(supervisor >> kPageShift >> 32));
  mmio_write32(root->base + APLIC_MMSIADDRCFGH, (uint32_t)(machine >> kPageShift >> 32) |
                                                    hart_bits << APLIC_MMSIADDRCFGH_LHXW_SHIFT);
}

void aplic_deliver_messages(const aplic_t* aplic) {
  mmio_write32(aplic->base + APLIC_DOMAIN_CFG, APLIC_DOMAIN_CFG_IE | APLIC_DOMAIN_CFG_DM);
}

aplic_status_t aplic_set_mode(const aplic_t* aplic, uint32_t source, aplic_mode_t mode) {
  if (!is_source(source)) return APLIC_ERANGE;
  mmio_write32(aplic->base + APLIC_DOMAIN_SOURCECFG + 4 * (source - 1), (uint32_t)mode);
  return APLIC_OK;
}

aplic_status_t aplic_delegate(const aplic_t* aplic, uint32_t source) {
  if (!is_source(source)) return APLIC_ERANGE;
  mmio_write32(aplic->base + APLIC_DOMAIN_SOURCECFG + 4 * (source - 1),
               APLIC_DOMAIN_SOURCECFG_DELEGATE);
  return APLIC_OK;
}

aplic_status_t aplic_set_target(const aplic_t* aplic, uint32_t source, uint32_t hart,
                                uint32_t value) {
  if (!is_source(source) || hart > kMaxHartIndex || value > APLIC_DOMAIN_TARGET_VALUE) {
    return APLIC_ERANGE;
  }
  mmio_write32(aplic->base + APLIC_DOMAIN_TARGET + 4 * (source - 1),
               hart << APLIC_DOMAIN_TARGET_HART_SHIFT | value);
  return APLIC_OK;
}

aplic_status_t aplic_enable(const aplic_t* aplic, uint32_t source, int on) {
  if (!is_source(source)) return APLIC_ERANGE;
  mmio_write32(aplic->base + (on ? APLIC_DOMAIN_SETIENUM : APLIC_DOMAIN_CLRIENUM), source);
  return APLIC_OK;
}

void aplic_set_pending(const aplic_t* aplic, uint32_t source) {
  mmio_write32(aplic->base + APLIC_DOMAIN_SETIPNUM, source);
}

uint32_t aplic_claim(const aplic_t* aplic, uint32_t hart) {
  return mmio_read32(aplic->base + APLIC_DOMAIN_CLAIMI + APLIC_DOMAIN_CLAIMI_STRIDE * hart) >> 16;
}
