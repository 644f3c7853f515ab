// SPDX-License-Identifier: Apache-2.0
//
// A random cycle through 4 MiB, one pointer in each 64 bytes: every step another page.
#include "tests/performance/cpu/programs/program.h"

enum { kBytes = 4 << 20, kStride = 64, kCells = kBytes / kStride };

static struct {
  uint64_t next;
  uint64_t rest[kStride / 8 - 1];
} cells[kCells] __attribute__((aligned(4096)));

uint64_t program(void) {
  uint64_t random = 7;
  for (uint64_t i = 0; i < kCells; ++i) cells[i].next = i;
  for (uint64_t i = kCells - 1; i > 0; --i) {  // Sattolo's shuffle: one cycle.
    const uint64_t j = next_random(&random) % i, other = cells[i].next;
    cells[i].next = cells[j].next;
    cells[j].next = other;
  }
  uint64_t at = 0, sum = 0;
  for (uint64_t step = 0; step < UINT64_C(4000000) * ROUNDS; ++step) {
    at = cells[at].next;
    sum += at;
  }
  return sum;
}
