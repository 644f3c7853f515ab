// SPDX-License-Identifier: Apache-2.0
//
// Quicksort with insertion sort for short runs, on 64 Ki random 64-bit keys.
#include "tests/performance/cpu/programs/program.h"

enum { kKeys = 1 << 16, kShort = 12 };

static uint64_t keys[kKeys];

static void sort(uint64_t* first, uint64_t* last) {
  while (last - first > kShort) {
    const uint64_t pivot = first[(last - first) / 2];
    uint64_t *low = first, *high = last;
    while (low <= high) {
      while (*low < pivot) ++low;
      while (*high > pivot) --high;
      if (low > high) break;
      const uint64_t other = *low;
      *low++ = *high;
      *high-- = other;
    }
    sort(first, high);
    first = low;
  }
  for (uint64_t* at = first + 1; at <= last; ++at) {
    const uint64_t key = *at;
    uint64_t* to = at;
    for (; to > first && to[-1] > key; --to) *to = to[-1];
    *to = key;
  }
}

uint64_t program(void) {
  uint64_t random = 1234567, sum = 0;
  for (int round = 0; round < 4 * ROUNDS; ++round) {
    for (int i = 0; i < kKeys; ++i) keys[i] = next_random(&random);
    sort(keys, keys + kKeys - 1);
    for (int i = 1; i < kKeys; ++i) sum += keys[i - 1] <= keys[i] ? keys[i] >> 32 : 1;
  }
  return sum;
}
