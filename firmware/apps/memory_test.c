// SPDX-License-Identifier: Apache-2.0
#include "apps/first_stage.h"
#include "lib/console.h"
#include "lib/mmio.h"
#include "lib/trap.h"

typedef struct {
  uint64_t base, bytes, step;
  bool equal;
  uint64_t address, expected, found;
} test_t;

// Differs in every address bit, so that two addresses that alias are found.
static uint64_t pattern(uint64_t address) {
  return (address ^ address >> 31) * UINT64_C(0x9e3779b97f4a7c15);
}

static void run(void* argument) {
  test_t* test = argument;
  test->equal = true;
  for (int inverse = 0; inverse < 2; ++inverse) {
    for (uint64_t at = 0; at < test->bytes; at += test->step) {
      const uint64_t value = pattern(test->base + at);
      mmio_write64(test->base + at, inverse ? ~value : value);
    }
    for (uint64_t at = 0; at < test->bytes; at += test->step) {
      test->address = test->base + at;
      test->expected = inverse ? ~pattern(test->address) : pattern(test->address);
      test->found = mmio_read64(test->address);
      if (test->found != test->expected) {
        test->equal = false;
        return;
      }
    }
  }
}

bool memory_test(const char* what, uint64_t base, uint64_t bytes, uint64_t step) {
  test_t test = {.base = base, .bytes = bytes, .step = step};
  trap_record_t record;
  if (!guarded(run, &test, &record)) {
    log_line("%s: memory test: %s at %#lx", what, trap_cause_name(record.cause), record.tval);
    return false;
  }
  if (!test.equal) {
    log_line("%s: memory test: %#lx holds %#lx, expected %#lx", what, test.address, test.found,
             test.expected);
  }
  return test.equal;
}
