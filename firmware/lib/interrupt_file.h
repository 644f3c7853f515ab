// SPDX-License-Identifier: Apache-2.0
//
// The hart's own interrupt files, through its registers. Numbers, because assemblers that know the
// names are young. [AIA: CSRs for external interrupts via an IMSIC]
#ifndef CVP_FIRMWARE_LIB_INTERRUPT_FILE_H_
#define CVP_FIRMWARE_LIB_INTERRUPT_FILE_H_

#include "lib/csr.h"

#define CSR_MISELECT 0x350
#define CSR_MIREG 0x351
#define CSR_MTOPEI 0x35c
#define CSR_SISELECT 0x150
#define CSR_SIREG 0x151
#define CSR_STOPEI 0x15c
#define CSR_MTOPI 0xfb0
#define CSR_STOPI 0xdb0

#define csr_read_number(number) csr_read_number_(number)
#define csr_read_number_(number) csr_read(number)
#define csr_write_number(number, value) csr_write_number_(number, value)
#define csr_write_number_(number, value) csr_write(number, value)
// Reads and writes zero at once.
#define csr_take_number(number) csr_take_number_(number)
#define csr_take_number_(number)                                     \
  ({                                                                 \
    uint64_t csr_value;                                              \
    __asm__ volatile("csrrw %0, " #number ", x0" : "=r"(csr_value)); \
    csr_value;                                                       \
  })

enum {
  kEidelivery = 0x70,
  kEithreshold = 0x72,
  kEip0 = 0x80,
  kEie0 = 0xc0,
  kDeliveryOff = 0,
  kDeliveryFile = 1,
  kDeliveryWires = 0x40000000,
};

static inline void machine_file_write(uint64_t select, uint64_t value) {
  csr_write_number(CSR_MISELECT, select);
  csr_write_number(CSR_MIREG, value);
}
static inline uint64_t machine_file_read(uint64_t select) {
  csr_write_number(CSR_MISELECT, select);
  return csr_read_number(CSR_MIREG);
}
static inline void supervisor_file_write(uint64_t select, uint64_t value) {
  csr_write_number(CSR_SISELECT, select);
  csr_write_number(CSR_SIREG, value);
}
// The identity of the interrupt that is claimed; 0: none.
static inline uint32_t machine_file_claim(void) {
  return (uint32_t)(csr_take_number(CSR_MTOPEI) >> 16);
}
static inline uint32_t supervisor_file_claim(void) {
  return (uint32_t)(csr_take_number(CSR_STOPEI) >> 16);
}

#endif  // CVP_FIRMWARE_LIB_INTERRUPT_FILE_H_
