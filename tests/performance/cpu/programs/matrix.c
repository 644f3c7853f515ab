// SPDX-License-Identifier: Apache-2.0
//
// Products of 96 x 96 matrices of 32-bit integers.
#include "tests/performance/cpu/programs/program.h"

enum { kSize = 96 };

static int32_t a[kSize][kSize], b[kSize][kSize], c[kSize][kSize];

uint64_t program(void) {
  uint64_t random = 42, sum = 0;
  for (int i = 0; i < kSize; ++i) {
    for (int j = 0; j < kSize; ++j) {
      a[i][j] = (int32_t)next_random(&random);
      b[i][j] = (int32_t)next_random(&random);
    }
  }
  for (int round = 0; round < 10 * ROUNDS; ++round) {
    for (int i = 0; i < kSize; ++i) {
      for (int j = 0; j < kSize; ++j) {
        uint32_t total = 0;
        for (int k = 0; k < kSize; ++k) total += (uint32_t)a[i][k] * (uint32_t)b[k][j];
        c[i][j] = (int32_t)total;
      }
    }
    for (int i = 0; i < kSize; ++i) a[i][(i + round) % kSize] ^= c[round % kSize][i];
    sum = sum * 31 + (uint32_t)c[3][7];
  }
  return sum;
}
