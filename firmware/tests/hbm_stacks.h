// SPDX-License-Identifier: Apache-2.0
//
// What the tests of HBM stacks share: one function is called for each stack of the package.
#ifndef CVP_FIRMWARE_TESTS_HBM_STACKS_H_
#define CVP_FIRMWARE_TESTS_HBM_STACKS_H_

#include "drivers/hbm.h"
#include "lib/machine.h"

// Source of the stacks' last message; 0 once the test has cleared it.
extern volatile uint32_t hbm_interrupted;

// Begins the test, brings up links and memories, and calls `test` with each stack and the address
// of its memory.
void test_each_hbm(const void* tree, const char* name,
                   void (*test)(const hbm_t* hbm, const hbm_stack_t* stack));
// From now on these events of the stack set hbm_interrupted, to what is returned.
uint32_t hbm_listen(const hbm_t* hbm, const hbm_stack_t* stack, uint32_t events);

#endif  // CVP_FIRMWARE_TESTS_HBM_STACKS_H_
