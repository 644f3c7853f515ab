// SPDX-License-Identifier: Apache-2.0
//
// What the files of the driver of links share.
#ifndef CVP_FIRMWARE_DRIVERS_UCIE_PRIVATE_H_
#define CVP_FIRMWARE_DRIVERS_UCIE_PRIVATE_H_

#include "drivers/ucie.h"
#include "ucie_regs.h"  // generated from models/ucie/ucie.regs.toml

static inline uint32_t ucie_field(uint32_t word, uint32_t mask) {
  return (word & mask) / (mask & -mask);
}

// What to add to the offsets of a further block's registers, of which `first` is the first; false:
// no locator leads there.
bool ucie_find_block(const ucie_t* ucie, uint32_t block, uint32_t first, uintptr_t* base);
// A cause of the log as words; `state`: in which the link failed.
const char* ucie_cause_text(uint32_t cause, uint32_t state);

#endif  // CVP_FIRMWARE_DRIVERS_UCIE_PRIVATE_H_
