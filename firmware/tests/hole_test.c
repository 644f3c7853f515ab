// SPDX-License-Identifier: Apache-2.0
//
// A load or store that nothing answers is an access fault that names its address.
#include "lib/mmio.h"
#include "tests/htif.h"

enum { kHole = 0x00200000 };  // Between the test finisher and the CLINT.

static void load(void* argument) { (void)mmio_read32((uintptr_t)argument); }
static void store(void* argument) { mmio_write32((uintptr_t)argument, 1); }

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  trap_record_t record = {0};
  test_begin(tree, "hole_test");
  EXPECT(!guarded(load, (void*)kHole, &record));
  EXPECT(record.cause == kTrapLoadAccess);
  EXPECT(record.tval == kHole);
  EXPECT(!guarded(store, (void*)kHole, &record));
  EXPECT(record.cause == kTrapStoreAccess);
  EXPECT(record.tval == kHole);
  uint32_t value;
  EXPECT(probe_read32(machine.dram.base, &value));
  EXPECT(!probe_read32(kHole, &value));
  return kExitOk;
}
