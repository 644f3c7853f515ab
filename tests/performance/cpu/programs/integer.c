// SPDX-License-Identifier: Apache-2.0
//
// A sieve, Collatz sequences and a bitwise CRC-32: branches, shifts, multiplications, divisions.
#include "tests/performance/cpu/programs/program.h"

enum { kSieve = 1 << 14 };

static uint8_t composite[kSieve];

static uint64_t primes(void) {
  uint64_t count = 0;
  for (uint32_t i = 0; i < kSieve; ++i) composite[i] = 0;
  for (uint32_t i = 2; i < kSieve; ++i) {
    if (composite[i]) continue;
    ++count;
    for (uint32_t j = i * i; j < kSieve; j += i) composite[j] = 1;
  }
  return count;
}

static uint64_t collatz(uint64_t seed) {
  uint64_t steps = 0;
  for (uint64_t start = seed; start < seed + 100; ++start) {
    for (uint64_t n = start; n != 1; ++steps) n = n & 1 ? 3 * n + 1 : n / 2;
  }
  return steps;
}

static uint32_t crc(uint64_t seed) {
  uint32_t state = ~0u;
  for (int byte = 0; byte < 512; ++byte) {
    state ^= (uint8_t)next_random(&seed);
    for (int bit = 0; bit < 8; ++bit) state = state >> 1 ^ (state & 1 ? 0xedb88320u : 0);
  }
  return ~state;
}

uint64_t program(void) {
  uint64_t sum = 0;
  for (uint64_t round = 1; round <= 25 * ROUNDS; ++round) {
    sum += primes() * 31 + collatz(round * 977) + crc(round);
    sum = sum * 6364136223846793005u + sum / (round + 7) + sum % (round + 11);
  }
  return sum;
}
