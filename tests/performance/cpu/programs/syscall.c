// SPDX-License-Identifier: Apache-2.0
//
// System calls from U-mode, with a little work between them.
#include "tests/performance/cpu/programs/program.h"

static uint64_t call(uint64_t a, uint64_t b) {
  register uint64_t a0 __asm__("a0") = a;
  register uint64_t a1 __asm__("a1") = b;
  register uint64_t a7 __asm__("a7") = 0;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a7) : "memory");
  return a0;
}

static uint64_t user(void) {
  uint64_t random = 5, sum = 0;
  for (uint64_t i = 0; i < UINT64_C(400000) * ROUNDS; ++i) {
    for (int work = 0; work < 4; ++work) sum ^= next_random(&random);
    sum = call(sum, i);
  }
  return sum;
}

uint64_t program(void) { return run_user(user); }
