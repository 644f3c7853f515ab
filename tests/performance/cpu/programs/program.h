// SPDX-License-Identifier: Apache-2.0
//
// A benchmark program is one function; main.c runs it and prints what it gave, so that two machines
// can be seen to have done the same work. ROUNDS comes from the command line of the compiler.
#ifndef CVP_TESTS_PERFORMANCE_CPU_PROGRAM_H_
#define CVP_TESTS_PERFORMANCE_CPU_PROGRAM_H_

#include <stdint.h>

// A checksum of the work. Runs in S-mode under Sv39 with pages of 4 KiB.
uint64_t program(void);

// Runs `function` in U-mode; what it gave.
uint64_t run_user(uint64_t (*function)(void));

// Sv39 tables as the program may change them: the leaf of a page of memory's first 128 MiB.
uint64_t* page_table_entry(uint64_t address);

static inline uint64_t next_random(uint64_t* state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

#endif  // CVP_TESTS_PERFORMANCE_CPU_PROGRAM_H_
