// SPDX-License-Identifier: Apache-2.0
//
// Where the harts' interrupt files take messages, from the device tree.
#ifndef CVP_FIRMWARE_TESTS_IMSIC_FILES_H_
#define CVP_FIRMWARE_TESTS_IMSIC_FILES_H_

#include "lib/fdt.h"
#include "tests/htif.h"

// Number of the hart's interrupt that a file of a level raises. [PRIV: Machine Cause Register]
enum { kSupervisorFiles = 9, kMachineFiles = 11 };

// Hart 0's page, those of the others follow; 0 without an IMSIC.
static inline uintptr_t imsic_files(const fdt_t* fdt, uint32_t level) {
  fdt_node_t node = FDT_NONE;
  while ((node = fdt_next_compatible(fdt, node, "riscv,imsics")) != FDT_NONE) {
    uint64_t base, size;
    uint32_t interrupt;
    EXPECT(fdt_reg(fdt, node, 0, &base, &size));
    EXPECT(fdt_u32(fdt, node, "interrupts-extended", 1, &interrupt));
    if (interrupt == level) return base;
  }
  return 0;
}

#endif  // CVP_FIRMWARE_TESTS_IMSIC_FILES_H_
