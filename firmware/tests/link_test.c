// SPDX-License-Identifier: Apache-2.0
//
// Every link of the package trains through its registers; both ends then agree on width and rate,
// and a die that no link leads to answers with an access fault.
#include "apps/first_stage.h"
#include "drivers/noc.h"
#include "drivers/ucie.h"
#include "tests/htif.h"

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  test_begin(tree, "link_test");
  for (uint8_t d = 1; d < kMaxDies; ++d) {
    uint32_t value;
    if (machine.dies[d].present) EXPECT(!probe_read32(machine.dies[d].router, &value));
  }
  bring_up_links(&machine);
  for (uint8_t d = 0; d < kMaxDies; ++d) {
    const die_t* die = &machine.dies[d];
    if (!die->present) continue;
    EXPECT(die->reached);
    const noc_t router = {die->router};
    EXPECT(noc_die_index(&router) == d);
    for (uint8_t p = 0; p < kMaxPorts; ++p) {
      if (die->ports[p].base == 0) continue;
      const ucie_t ucie = {die->ports[p].base};
      const ucie_state_t state = ucie_state(&ucie);
      EXPECT(state.up);
      EXPECT(state.lanes == die->ports[p].lanes && state.rate == die->ports[p].rate);
    }
  }
  uint32_t value;
  EXPECT(!probe_read32((uint64_t)(kMaxDies - 1) << kDieShift, &value));
  return kExitOk;
}
