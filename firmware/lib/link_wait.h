// SPDX-License-Identifier: Apache-2.0
//
// Waits for a die-to-die link. Training takes its states one after the other, microseconds each but
// for RESET; then the interfaces above the PHY come up.
#ifndef CVP_FIRMWARE_LIB_LINK_WAIT_H_
#define CVP_FIRMWARE_LIB_LINK_WAIT_H_

#include "drivers/ucie.h"

// Is told each state of training that was seen, with the time in ticks; the first one too.
typedef void (*link_seen_t)(void* argument, uint8_t state, uint64_t ticks);

// Waits until the link has come to rest: up and ACTIVE, asleep, in TRAINERROR, back in RESET after
// it, or in LinkReset or Disabled. False: not within the time. `seen` may be null.
bool link_wait(const ucie_t* ucie, uint64_t nanoseconds, link_seen_t seen, void* argument);

#endif  // CVP_FIRMWARE_LIB_LINK_WAIT_H_
