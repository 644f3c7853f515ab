// SPDX-License-Identifier: Apache-2.0
//
// Host DRAM that nobody else uses: from behind the job (or the start of DRAM) up to the device
// tree's place. Never freed; mark and rewind instead.
#ifndef CVP_FIRMWARE_LIB_ARENA_H_
#define CVP_FIRMWARE_LIB_ARENA_H_

#include "lib/machine.h"

enum { kTreeBytes = 0x20000, kTreeAlign = 0x200000 };

void arena_init(const machine_t* machine);
// Zero when there is no room. `align` is a power of two.
uint64_t arena_take(uint64_t bytes, uint64_t align);
uint64_t arena_mark(void);
void arena_rewind(uint64_t mark);
// Where the first stage leaves the edited device tree.
uint64_t tree_place(const machine_t* machine);

#endif  // CVP_FIRMWARE_LIB_ARENA_H_
