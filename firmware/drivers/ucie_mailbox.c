// SPDX-License-Identifier: Apache-2.0
//
// Registers of the other end, by the sideband mailbox.
#include "drivers/ucie_private.h"

static bool find_mailbox(const ucie_t* ucie, uintptr_t* base) {
  return ucie_find_block(ucie, UCIE_LOCATOR_BLOCK_MAILBOX, UCIE_MAILBOX_INDEX, base);
}

// `writes`: the bit of the index that says so.
static ucie_status_t start_mailbox(const ucie_t* ucie, uint32_t offset, uint32_t writes,
                                   uint32_t data) {
  if (offset > UCIE_MAILBOX_INDEX_OFFSET) return UCIE_ENOREG;
  uintptr_t mailbox;
  if (!find_mailbox(ucie, &mailbox)) return UCIE_ENODEV;
  if (mmio_read32(mailbox + UCIE_MAILBOX_STATUS) & UCIE_MAILBOX_STATUS_BUSY) return UCIE_EBUSY;
  mmio_write32(mailbox + UCIE_MAILBOX_DATA, data);
  mmio_write32(mailbox + UCIE_MAILBOX_INDEX, offset | writes);
  mmio_write32(mailbox + UCIE_MAILBOX_CONTROL, UCIE_MAILBOX_CONTROL_START);
  return UCIE_OK;
}

ucie_status_t ucie_remote_read(const ucie_t* ucie, uint32_t offset) {
  return start_mailbox(ucie, offset, 0, 0);
}

ucie_status_t ucie_remote_write(const ucie_t* ucie, uint32_t offset, uint32_t value) {
  return start_mailbox(ucie, offset, UCIE_MAILBOX_INDEX_WRITES, value);
}

ucie_status_t ucie_remote_done(const ucie_t* ucie, uint32_t* value) {
  uintptr_t mailbox;
  if (!find_mailbox(ucie, &mailbox)) return UCIE_ENODEV;
  const uint32_t word = mmio_read32(mailbox + UCIE_MAILBOX_STATUS);
  if (word & UCIE_MAILBOX_STATUS_BUSY) return UCIE_EBUSY;
  switch (ucie_field(word, UCIE_MAILBOX_STATUS_STATUS)) {
    case UCIE_MAILBOX_STATUS_STATUS_OK:
      *value = mmio_read32(mailbox + UCIE_MAILBOX_DATA);
      return UCIE_OK;
    case UCIE_MAILBOX_STATUS_STATUS_MISALIGNED:
      return UCIE_EALIGN;
    case UCIE_MAILBOX_STATUS_STATUS_REFUSED:
      return UCIE_EREFUSED;
    case UCIE_MAILBOX_STATUS_STATUS_DOWN:
      return UCIE_EDOWN;
    case UCIE_MAILBOX_STATUS_STATUS_TIMEOUT:
      return UCIE_ETIMEOUT;
    default:
      return UCIE_ENOREG;
  }
}
