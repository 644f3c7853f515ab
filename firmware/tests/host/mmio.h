// SPDX-License-Identifier: Apache-2.0
//
// Takes the place of lib/mmio.h in host tests: every access goes to the test.
#ifndef CVP_FIRMWARE_TESTS_HOST_MMIO_H_
#define CVP_FIRMWARE_TESTS_HOST_MMIO_H_

#include <stdint.h>

#define NODISCARD __attribute__((warn_unused_result))

#ifdef __cplusplus
extern "C" {
#endif

uint64_t mock_read(uintptr_t address, unsigned bytes);
void mock_write(uintptr_t address, uint64_t value, unsigned bytes);

static inline uint8_t mmio_read8(uintptr_t address) { return (uint8_t)mock_read(address, 1); }
static inline uint16_t mmio_read16(uintptr_t address) { return (uint16_t)mock_read(address, 2); }
static inline uint32_t mmio_read32(uintptr_t address) { return (uint32_t)mock_read(address, 4); }
static inline uint64_t mmio_read64(uintptr_t address) { return mock_read(address, 8); }
static inline void mmio_write8(uintptr_t address, uint8_t value) { mock_write(address, value, 1); }
static inline void mmio_write16(uintptr_t address, uint16_t value) {
  mock_write(address, value, 2);
}
static inline void mmio_write32(uintptr_t address, uint32_t value) {
  mock_write(address, value, 4);
}
static inline void mmio_write64(uintptr_t address, uint64_t value) {
  mock_write(address, value, 8);
}
static inline void mmio_fence(void) {}

#ifdef __cplusplus
}
#endif

#endif  // CVP_FIRMWARE_TESTS_HOST_MMIO_H_
