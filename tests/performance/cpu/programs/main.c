// SPDX-License-Identifier: Apache-2.0
#include "tests/performance/cpu/programs/program.h"

enum { kPages = 32768, kUart = 0x10000000 };  // 128 MiB.

// Levels 2, 1 and 0; gigabyte 0 (devices) and 3 (the alias for U-mode) are single leaves.
static uint64_t root[512] __attribute__((aligned(4096)));
static uint64_t middle[512] __attribute__((aligned(4096)));
static uint64_t leaves[kPages] __attribute__((aligned(4096)));

enum { kV = 1, kR = 2, kW = 4, kX = 8, kU = 16, kA = 64, kD = 128 };

static uint64_t entry(uint64_t physical, uint64_t flags) { return physical >> 12 << 10 | flags; }

// The value for satp.
uint64_t make_tables(void) {
  const uint64_t memory = 0x80000000, all = kV | kR | kW | kX | kA | kD;
  root[0] = entry(0, all);
  root[2] = entry((uint64_t)middle, kV);
  root[3] = entry(memory, all | kU);
  for (uint64_t i = 0; i < kPages / 512; ++i) middle[i] = entry((uint64_t)&leaves[512 * i], kV);
  for (uint64_t i = 0; i < kPages; ++i) leaves[i] = entry(memory + 4096 * i, all);
  return UINT64_C(8) << 60 | (uint64_t)root >> 12;
}

uint64_t* page_table_entry(uint64_t address) { return &leaves[(address - 0x80000000) >> 12]; }

// The compiler may call these.
void* memcpy(void* to, const void* from, unsigned long bytes) {
  char* t = to;
  const char* f = from;
  while (bytes-- > 0) *t++ = *f++;
  return to;
}

void* memset(void* to, int value, unsigned long bytes) {
  char* t = to;
  while (bytes-- > 0) *t++ = (char)value;
  return to;
}

int supervisor_main(void) {
  const uint64_t sum = program();
  volatile uint8_t* uart = (volatile uint8_t*)kUart;
  for (int shift = 60; shift >= 0; shift -= 4) *uart = "0123456789abcdef"[sum >> shift & 15];
  *uart = '\n';
  return 0;
}
