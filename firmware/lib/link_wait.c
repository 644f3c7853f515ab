// SPDX-License-Identifier: Apache-2.0
#include "lib/link_wait.h"

#include "lib/interrupts.h"

enum { kResetPollNanoseconds = 1000, kSpinNanoseconds = 30000, kSilentPollNanoseconds = 20000 };

static bool rests(const ucie_t* ucie, const ucie_state_t* state) {
  ucie_interfaces_t interfaces;
  switch (state->state) {
    case UCIE_ACTIVE:  // The interfaces follow, after a retrain too.
      return state->up && ucie_is_active(ucie);
    case UCIE_L1:
    case UCIE_L2:
    case UCIE_TRAINERROR:
      return true;
    case UCIE_RESET:
      if (ucie_has_failed(ucie)) return true;
      ucie_interfaces(ucie, &interfaces);
      return interfaces.rdi == UCIE_LINKRESET || interfaces.rdi == UCIE_DISABLED;
    default:
      return false;
  }
}

// Spins while the states change, sleeps in RESET (milliseconds, and the next state is to be seen
// too) and when the other end is silent.
static void pause(uint8_t state, uint64_t since) {
  if (state == UCIE_RESET) {
    sleep_nanoseconds(kResetPollNanoseconds);
  } else if (time_nanoseconds(time_ticks() - since) > kSpinNanoseconds) {
    sleep_nanoseconds(kSilentPollNanoseconds);
  }
}

bool link_wait(const ucie_t* ucie, uint64_t nanoseconds, link_seen_t seen, void* argument) {
  const uint64_t begin = time_ticks();
  uint64_t since = begin;
  int before = -1;
  for (;;) {
    const ucie_state_t state = ucie_state(ucie);
    if (state.state != before) {
      since = time_ticks();
      if (seen != NULL) seen(argument, state.state, since);
      before = state.state;
    }
    if (rests(ucie, &state)) return true;
    if (time_nanoseconds(time_ticks() - begin) > nanoseconds) return false;
    pause(state.state, since);
  }
}
