// SPDX-License-Identifier: Apache-2.0
#include "lib/arena.h"

static uint64_t next, end;

static uint64_t align_up(uint64_t value, uint64_t align) { return (value + align - 1) & -align; }

// 2 MiB aligned, near the end of the first 2 GiB of DRAM, clear of the images at its start.
uint64_t tree_place(const machine_t* machine) {
  const uint64_t two_gigabytes = UINT64_C(2) << 30;
  const uint64_t usable = machine->dram.size < two_gigabytes ? machine->dram.size : two_gigabytes;
  const uint64_t place = (machine->dram.base + usable - kTreeBytes) & -(uint64_t)kTreeAlign;
  return place >= machine->dram.base ? place : 0;
}

void arena_init(const machine_t* machine) {
  const uint64_t dram_end = machine->dram.base + machine->dram.size;
  const uint64_t tree = tree_place(machine);
  next = machine->dram.base + kTreeAlign;
  end = tree != 0 ? tree : dram_end;
  if (machine->job.size != 0 && machine->job.base < end) {
    // The larger of the two gaps around the job.
    const uint64_t behind = machine->job.base + machine->job.size;
    if (machine->job.base > next && (behind > end || machine->job.base - next > end - behind)) {
      end = machine->job.base;
    } else {
      next = behind;
    }
  }
  next = align_up(next, 4096);
}

uint64_t arena_take(uint64_t bytes, uint64_t align) {
  const uint64_t place = align_up(next, align);
  if (place < next || place > end || bytes > end - place) return 0;
  next = place + bytes;
  return place;
}

uint64_t arena_mark(void) { return next; }

void arena_rewind(uint64_t mark) { next = mark; }
