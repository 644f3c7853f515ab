// SPDX-License-Identifier: Apache-2.0
//
// An HBM stack answers an access fault before it is trained, and keeps data afterwards.
#include "apps/first_stage.h"
#include "tests/htif.h"

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  uint64_t value;
  test_begin(tree, "hbm_test");
  bring_up_links(&machine);
  for (int d = 0; d < kMaxDies; ++d) {
    for (uint32_t n = 0; n < machine.dies[d].stack_count; ++n) {
      EXPECT(!probe_read64(machine.dies[d].stacks[n].memory.base, &value));
    }
  }
  bring_up_hbm(&machine);
  for (int d = 0; d < kMaxDies; ++d) {
    for (uint32_t n = 0; n < machine.dies[d].stack_count; ++n) {
      const hbm_stack_t* stack = &machine.dies[d].stacks[n];
      EXPECT(stack->usable);
      EXPECT(probe_read64(stack->memory.base, &value));
    }
  }
  return kExitOk;
}
