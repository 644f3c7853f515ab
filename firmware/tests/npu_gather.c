// SPDX-License-Identifier: Apache-2.0
#include "tests/npu_gather.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/mmio.h"
#include "tests/htif.h"

enum { kProgram = 0, kMemory = 1, kProgramBytes = 4096, kCommands = 64, kTensors = 2048 };
enum { kTimeoutNs = 100000000 };

static int compare(const void* a, const void* b) {
  const uint64_t x = *(const uint64_t*)a, y = *(const uint64_t*)b;
  return x < y ? -1 : x > y;
}

// How many of the runs follow each other at the distance of the first two.
static uint32_t steps(const uint64_t* runs, uint32_t count) {
  uint32_t n = 1;
  while (n < count && runs[n] - runs[n - 1] == runs[1] - runs[0]) ++n;
  return n;
}

bool grid_of(uint64_t* blocks, uint32_t count, uint32_t bytes, grid_t* grid) {
  uint32_t runs = 0;
  qsort(blocks, count, sizeof *blocks, compare);
  grid->run_bytes = bytes;
  while (grid->run_bytes < count * bytes &&
         blocks[grid->run_bytes / bytes] == blocks[0] + grid->run_bytes) {
    grid->run_bytes += bytes;
  }
  if (count * bytes % grid->run_bytes != 0) return false;
  const uint32_t in_run = grid->run_bytes / bytes;
  for (uint32_t n = 0; n < count; ++n) {
    if (blocks[n] != blocks[n / in_run * in_run] + n % in_run * bytes) return false;
  }
  for (uint32_t n = 0; n < count; n += in_run) blocks[runs++] = blocks[n];
  grid->base = blocks[0];
  grid->inner = steps(blocks, runs);
  grid->outer = runs / grid->inner;
  grid->inner_stride = grid->inner > 1 ? blocks[1] - blocks[0] : 0;
  grid->outer_stride = grid->outer > 1 ? blocks[grid->inner] - blocks[0] : 0;
  for (uint32_t n = 0; n < runs; ++n) {
    const uint64_t expected =
        grid->base + n / grid->inner * grid->outer_stride + n % grid->inner * grid->inner_stride;
    if (blocks[n] != expected) return false;
  }
  return true;
}

uint64_t grid_bytes(const grid_t* grid) {
  return (uint64_t)grid->outer * grid->inner * grid->run_bytes;
}

bool gather_open(gather_t* gather, const machine_t* machine, uint32_t die, range_t memory) {
  gather->memory = memory;
  gather->program = (void*)arena_take(kProgramBytes, 4096);
  return gather->program != NULL && npu_queue_open(&gather->queue, machine, die) &&
         npu_queue_region(&gather->queue, kProgram, (uintptr_t)gather->program, kProgramBytes,
                          NPU_REGION_READ) &&
         npu_queue_region(&gather->queue, kMemory, memory.base, memory.size,
                          NPU_REGION_READ | NPU_REGION_WRITE) &&
         npu_queue_restart(&gather->queue);
}

static NpuProgramHeader* begin(gather_t* gather) {
  NpuProgramHeader* header = memset(gather->program, 0, kProgramBytes);
  *header = (NpuProgramHeader){.magic = NPU_PROGRAM_MAGIC,
                               .abi_major = NPU_ABI_MAJOR,
                               .abi_minor = NPU_ABI_MINOR,
                               .rows = 1,
                               .columns = 1,
                               .commands_offset = kCommands,
                               .tensors_offset = kTensors};
  return header;
}

static NpuCommand* next_command(NpuProgramHeader* header) {
  return (NpuCommand*)((char*)header + kCommands) + header->command_count++;
}

// Moves a grid from or to where the scratchpad's used part ends.
static void add_move(gather_t* gather, NpuProgramHeader* header, const grid_t* grid, bool load) {
  NpuTensor* tensor = (NpuTensor*)((char*)header + kTensors) + header->tensor_count;
  *tensor = (NpuTensor){.type = kNpuTypeInt8,
                        .rank = 3,
                        .region = kMemory,
                        .offset = grid->base - gather->memory.base,
                        .dims = {grid->outer, grid->inner, grid->run_bytes, 1, 1},
                        .box = {grid->outer, grid->inner, grid->run_bytes, 1, 1},
                        .stride = {(int64_t)grid->outer_stride, (int64_t)grid->inner_stride, 1},
                        .step = {1, 1, 1, 1, 1}};
  NpuDma* move = &next_command(header)->dma;
  move->head.opcode = load ? kNpuOpLoad : kNpuOpStore;
  move->head.queue = load ? kNpuQueueLd : kNpuQueueSt;
  move->tensor = (uint16_t)header->tensor_count++;
  move->scratchpad = header->scratchpad_bytes;
  move->row_pitch = grid->run_bytes;
  header->scratchpad_bytes += (uint32_t)grid_bytes(grid);
}

static void run(gather_t* gather, NpuProgramHeader* header) {
  NpuCompletion completion;
  next_command(header)->head.opcode = kNpuOpEnd;
  header->total_bytes = kTensors + header->tensor_count * (uint32_t)sizeof(NpuTensor);
  mmio_fence();
  npu_queue_submit(&gather->queue, 1, kProgram, 0, NULL);
  while (!npu_queue_poll(&gather->queue, &completion)) EXPECT(npu_queue_wait(kTimeoutNs));
  EXPECT(completion.status == kNpuStatusOk);
}

void gather_load(gather_t* gather, const grid_t* grids, uint32_t count, uint32_t rounds) {
  NpuProgramHeader* header = begin(gather);
  if (rounds > 0) {
    NpuLoop* loop = &next_command(header)->loop;
    loop->head.opcode = kNpuOpLoop;
    loop->count = rounds;
    for (uint32_t n = 0; n < count; ++n) add_move(gather, header, &grids[n], true);
    next_command(header)->head.opcode = kNpuOpEndLoop;
  }
  run(gather, header);
}

void gather_store(gather_t* gather, uint64_t address, uint32_t bytes) {
  NpuProgramHeader* header = begin(gather);
  const grid_t grid = {.base = address, .outer = 1, .inner = 1, .run_bytes = bytes};
  add_move(gather, header, &grid, false);
  run(gather, header);
}
