// SPDX-License-Identifier: Apache-2.0
#include "drivers/finisher.h"

#include "finisher_regs.h"  // generated from models/finisher/finisher.regs.toml

enum { kPass = 0x5555, kFail = 0x3333 };

void finisher_exit(const finisher_t* finisher, uint16_t code) {
  mmio_write32(finisher->base + FINISHER_FINISH, code == 0 ? kPass : (uint32_t)code << 16 | kFail);
}

void finisher_mark(const finisher_t* finisher, uint32_t number) {
  mmio_fence();
  mmio_write32(finisher->base + FINISHER_MARK, number);
  mmio_fence();
}
