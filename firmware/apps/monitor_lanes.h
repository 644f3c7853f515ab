// SPDX-License-Identifier: Apache-2.0
//
// Lanes on the monitor's console, named as package files name them.
#ifndef CVP_FIRMWARE_APPS_MONITOR_LANES_H_
#define CVP_FIRMWARE_APPS_MONITOR_LANES_H_

#include "drivers/ucie.h"

typedef struct {
  char name[16];  // `data`, `valid_spare`, ...
  uint8_t number, module, rate;
} pin_t;

// `[m<module>.]<pin>[:<number>][@<rate>]`. False: it is no such word.
bool parse_pin(const char* word, pin_t* pin);
// Shows the state of every lane, and which logical ones they carry.
NODISCARD ucie_status_t monitor_lanes(const ucie_t* ucie);

#endif  // CVP_FIRMWARE_APPS_MONITOR_LANES_H_
