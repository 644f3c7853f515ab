// SPDX-License-Identifier: Apache-2.0
//
// Copies, lengths, comparisons and searches, byte by byte, as a C library without tricks does them.
#include "tests/performance/cpu/programs/program.h"

enum { kLines = 64, kLine = 96 };

static char text[kLines][kLine], copy[kLines][kLine];

static uint64_t length(const char* s) {
  const char* end = s;
  while (*end != '\0') ++end;
  return (uint64_t)(end - s);
}

static int compare(const char* a, const char* b) {
  while (*a != '\0' && *a == *b) ++a, ++b;
  return (uint8_t)*a - (uint8_t)*b;
}

static const char* find(const char* s, const char* what) {
  for (; *s != '\0'; ++s) {
    const char *a = s, *b = what;
    while (*b != '\0' && *a == *b) ++a, ++b;
    if (*b == '\0') return s;
  }
  return 0;
}

static void copy_string(char* to, const char* from) {
  while ((*to++ = *from++) != '\0') {
  }
}

uint64_t program(void) {
  uint64_t random = 88172645463325252u, sum = 0;
  for (int line = 0; line < kLines; ++line) {
    const int used = 40 + (int)(next_random(&random) % 50);
    for (int i = 0; i < used; ++i) text[line][i] = (char)('a' + next_random(&random) % 4);
  }
  for (uint64_t round = 0; round < 150 * ROUNDS; ++round) {
    for (int line = 0; line < kLines; ++line) {
      copy_string(copy[line], text[(line + 1) % kLines]);
      sum += length(copy[line]) + (uint64_t)compare(copy[line], text[(line + 1) % kLines]);
      sum += (uint64_t)compare(text[line], copy[line]);
      const char* found = find(copy[line], "abca");
      sum = sum * 31 + (found != 0 ? (uint64_t)(found - copy[line]) : 99);
    }
    text[round % kLines][3] = (char)('a' + sum % 4);
  }
  return sum;
}
