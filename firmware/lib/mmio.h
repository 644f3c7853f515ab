// SPDX-License-Identifier: Apache-2.0
//
// Access to device registers. Host unit tests put tests/mock/mmio.h in this file's place.
#ifndef CVP_FIRMWARE_LIB_MMIO_H_
#define CVP_FIRMWARE_LIB_MMIO_H_

#include <stdint.h>

#define NODISCARD __attribute__((warn_unused_result))

static inline uint8_t mmio_read8(uintptr_t address) { return *(volatile uint8_t*)address; }
static inline uint16_t mmio_read16(uintptr_t address) { return *(volatile uint16_t*)address; }
static inline uint32_t mmio_read32(uintptr_t address) { return *(volatile uint32_t*)address; }
static inline uint64_t mmio_read64(uintptr_t address) { return *(volatile uint64_t*)address; }
static inline void mmio_write8(uintptr_t address, uint8_t value) {
  *(volatile uint8_t*)address = value;
}
static inline void mmio_write16(uintptr_t address, uint16_t value) {
  *(volatile uint16_t*)address = value;
}
static inline void mmio_write32(uintptr_t address, uint32_t value) {
  *(volatile uint32_t*)address = value;
}
static inline void mmio_write64(uintptr_t address, uint64_t value) {
  *(volatile uint64_t*)address = value;
}

// Orders memory before a doorbell, and a status register before the memory it speaks of.
static inline void mmio_fence(void) { __asm__ volatile("fence iorw, iorw" ::: "memory"); }

#endif  // CVP_FIRMWARE_LIB_MMIO_H_
