// SPDX-License-Identifier: Apache-2.0
//
// What bare-metal tests share. A test ends through `tohost` as under Spike (value 1: passed), and,
// for QEMU, which has no such thing, through the finisher of the low map.
#ifndef CVP_FIRMWARE_TESTS_HTIF_H_
#define CVP_FIRMWARE_TESTS_HTIF_H_

#include <stdio.h>

#include "lib/console.h"
#include "lib/interrupts.h"
#include "lib/machine.h"
#include "lib/program.h"
#include "lib/trap.h"

extern machine_t machine;

// Console, machine and interrupts from the tree; ends the test when there is none.
void test_begin(const void* tree, const char* name);

#define EXPECT(condition)                                             \
  do {                                                                \
    if (!(condition)) {                                               \
      printf("%s:%d: expected %s\n", __FILE__, __LINE__, #condition); \
      program_exit(kExitFailed);                                      \
    }                                                                 \
  } while (0)

#endif  // CVP_FIRMWARE_TESTS_HTIF_H_
