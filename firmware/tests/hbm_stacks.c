// SPDX-License-Identifier: Apache-2.0
#include "tests/hbm_stacks.h"

#include "apps/first_stage.h"
#include "tests/htif.h"

volatile uint32_t hbm_interrupted;

static void on_message(uint32_t source) { hbm_interrupted = source; }

void test_each_hbm(const void* tree, const char* name,
                   void (*test)(const hbm_t* hbm, const hbm_stack_t* stack)) {
  test_begin(tree, name);
  bring_up_links(&machine);
  bring_up_hbm(&machine);
  for (int d = 0; d < kMaxDies; ++d) {
    for (uint32_t n = 0; n < machine.dies[d].stack_count; ++n) {
      const hbm_stack_t* stack = &machine.dies[d].stacks[n];
      const hbm_t hbm = {stack->base};
      EXPECT(stack->usable);
      test(&hbm, stack);
    }
  }
}

uint32_t hbm_listen(const hbm_t* hbm, const hbm_stack_t* stack, uint32_t events) {
  const uint32_t source = machine.message_source + stack->message;
  EXPECT(interrupts_on_source(source, on_message));
  hbm_interrupted = 0;
  hbm_interrupt_on(hbm, events, machine.messages, stack->message);
  return source;
}
