// SPDX-License-Identifier: Apache-2.0
//
// The CXL window answers an access fault before its decoders are committed and memory afterwards;
// beyond the device's capacity it is a hole.
#include "apps/first_stage.h"
#include "tests/htif.h"

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  uint64_t value;
  test_begin(tree, "cxl_test");
  for (uint32_t i = 0; i < machine.bridge_count; ++i) {
    EXPECT(!probe_read64(machine.bridges[i].window.base, &value));
  }
  bring_up_cxl(&machine);
  for (uint32_t i = 0; i < machine.bridge_count; ++i) {
    const bridge_t* bridge = &machine.bridges[i];
    EXPECT(bridge->usable);
    EXPECT(probe_read64(bridge->window.base, &value));
    if (bridge->memory.size < bridge->window.size) {
      EXPECT(!probe_read64(bridge->window.base + bridge->memory.size, &value));
    }
  }
  return kExitOk;
}
