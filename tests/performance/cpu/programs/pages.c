// SPDX-License-Identifier: Apache-2.0
//
// Page tables that change: a window's page moves, its translation is fenced, it is read and
// written; now and then all translations are fenced, and satp is written with another address
// space.
#include "tests/performance/cpu/programs/program.h"

enum { kWindow = 16, kFrames = 64 };

static uint64_t window[kWindow][512] __attribute__((aligned(4096)));
static uint64_t frames[kFrames][512] __attribute__((aligned(4096)));

uint64_t program(void) {
  uint64_t random = 3, sum = 0, satp;
  __asm__ volatile("csrr %0, satp" : "=r"(satp));
  for (uint64_t i = 0; i < UINT64_C(200000) * ROUNDS; ++i) {
    const uint64_t number = next_random(&random);
    volatile uint64_t* page = window[number % kWindow];
    const uint64_t frame = (uint64_t)frames[number / kWindow % kFrames];
    *page_table_entry((uint64_t)page) = frame >> 12 << 10 | 0xcf;
    __asm__ volatile("sfence.vma %0, zero" ::"r"(page) : "memory");
    for (int word = 0; word < 16; ++word) page[word] += number + (uint64_t)word;
    sum += page[number >> 60];
    if (i % 64 == 63) __asm__ volatile("sfence.vma" ::: "memory");
    if (i % 16 == 15) {
      __asm__ volatile("csrw satp, %0" ::"r"(satp | (i / 16 % 4) << 44) : "memory");
      __asm__ volatile("sfence.vma" ::: "memory");
    }
  }
  return sum;
}
