// SPDX-License-Identifier: Apache-2.0
//
// Reads what lies apart in a memory with an NPU's DMA: many bursts in flight, no hart waits.
#ifndef CVP_FIRMWARE_TESTS_NPU_GATHER_H_
#define CVP_FIRMWARE_TESTS_NPU_GATHER_H_

#include <stdbool.h>

#include "lib/npu_queue.h"

// Runs of bytes at two distances: run (i, j) begins at base + i * outer_stride + j * inner_stride.
typedef struct {
  uint64_t base;
  uint64_t outer_stride, inner_stride;
  uint32_t outer, inner, run_bytes;
} grid_t;

typedef struct {
  npu_queue_t queue;
  range_t memory;
  void* program;
} gather_t;

// The grid that `count` blocks of `bytes` make up, which it sorts; false: they make up none.
bool grid_of(uint64_t* blocks, uint32_t count, uint32_t bytes, grid_t* grid);
uint64_t grid_bytes(const grid_t* grid);

// Opens the NPU of a die, which has been brought up, on a memory. False when it refuses.
bool gather_open(gather_t* gather, const machine_t* machine, uint32_t die, range_t memory);
// Reads `count` grids into the scratchpad, one after the other, all that `rounds` times; rounds 0:
// what a submission costs by itself. Returns when the NPU has announced its end.
void gather_load(gather_t* gather, const grid_t* grids, uint32_t count, uint32_t rounds);
// Writes the first `bytes` of the scratchpad to `address` in the memory.
void gather_store(gather_t* gather, uint64_t address, uint32_t bytes);

#endif  // CVP_FIRMWARE_TESTS_NPU_GATHER_H_
