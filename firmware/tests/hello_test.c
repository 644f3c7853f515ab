// SPDX-License-Identifier: Apache-2.0
//
// A bare ELF runs, prints and ends.
#include "tests/htif.h"

int program_main(uint64_t hart, const void* tree) {
  test_begin(tree, "hello_test");
  EXPECT(hart == 0);
  printf("hello from hart %lu of %u\n", hart, machine.harts);
  return kExitOk;
}
