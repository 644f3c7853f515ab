// SPDX-License-Identifier: Apache-2.0
//
// Control and status registers of the hart.
#ifndef CVP_FIRMWARE_LIB_CSR_H_
#define CVP_FIRMWARE_LIB_CSR_H_

#include <stdint.h>

#define csr_read(name)                                     \
  ({                                                       \
    uint64_t csr_value;                                    \
    __asm__ volatile("csrr %0, " #name : "=r"(csr_value)); \
    csr_value;                                             \
  })
#define csr_write(name, value) __asm__ volatile("csrw " #name ", %0" ::"rK"(value) : "memory")
#define csr_set(name, bits) __asm__ volatile("csrs " #name ", %0" ::"rK"(bits) : "memory")
#define csr_clear(name, bits) __asm__ volatile("csrc " #name ", %0" ::"rK"(bits) : "memory")

enum {
  kMstatusMie = 1 << 3,
  kMieSoftware = 1 << 3,
  kMieTimer = 1 << 7,
  kMieExternal = 1 << 11,
};

static inline void wait_for_interrupt(void) { __asm__ volatile("wfi" ::: "memory"); }

#endif  // CVP_FIRMWARE_LIB_CSR_H_
