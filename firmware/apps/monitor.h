// SPDX-License-Identifier: Apache-2.0
//
// The bare-metal monitor: a line from the console, cut into words, is a command.
#ifndef CVP_FIRMWARE_APPS_MONITOR_H_
#define CVP_FIRMWARE_APPS_MONITOR_H_

#include <stdbool.h>
#include <stdint.h>

#include "lib/machine.h"

enum { kMaxWords = 8 };

typedef struct {
  int count;
  const char* word[kMaxWords + 1];  // Null behind the last.
} words_t;

// A whole word as a number, decimal or 0x; false: it is none, or above `most`.
bool parse_number(const char* word, uint64_t most, uint64_t* value);

// `link ...`. False: the words say nothing that it knows.
bool monitor_link(machine_t* machine, const words_t* words);
void monitor_link_help(void);

#endif  // CVP_FIRMWARE_APPS_MONITOR_H_
