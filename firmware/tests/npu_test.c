// SPDX-License-Identifier: Apache-2.0
//
// Malformed programs get the completion that npu_abi.h promises and stop their context; after a
// reset it works again, and other dies never notice. NPU registers fault before the release.
#include <string.h>

#include "apps/first_stage.h"
#include "apps/reach_npu.h"
#include "lib/arena.h"
#include "lib/mmio.h"
#include "lib/npu_queue.h"
#include "tests/htif.h"

enum { kTimeoutNs = 10000000, kCommands = 64, kTargetBytes = 65536 };

static npu_queue_t queues[2];
static void* program;

static NpuCompletion run(npu_queue_t* queue) {
  NpuCompletion completion;
  mmio_fence();
  npu_queue_submit(queue, 42, kReachProgram, 0, NULL);
  while (!npu_queue_poll(queue, &completion)) EXPECT(npu_queue_wait(kTimeoutNs));
  EXPECT(completion.tag == 42);
  return completion;
}

static void expect_failure(npu_queue_t* queue, uint32_t status, uint32_t command) {
  const NpuCompletion completion = run(queue);
  printf("  %s at command %u, field %u\n", npu_status_name(completion.status), completion.command,
         completion.field);
  EXPECT(completion.status == status);
  EXPECT(completion.command == command);
  EXPECT(npu_stopped(&queue->npu));
  EXPECT(npu_queue_restart(queue));
}

static NpuCommand* command(int index) { return (NpuCommand*)((char*)program + kCommands) + index; }

static void open_queue(npu_queue_t* queue, uint32_t die) {
  EXPECT(npu_queue_open(queue, &machine, die));
  EXPECT(npu_queue_region(queue, kReachProgram, (uintptr_t)program, kReachProgramBytes,
                          NPU_REGION_READ));
  EXPECT(npu_queue_region(queue, kReachTarget, arena_take(kTargetBytes, 4096), kTargetBytes,
                          NPU_REGION_READ));
  EXPECT(npu_queue_restart(queue));
}

static void malformed(npu_queue_t* queue) {
  write_empty_program(program);
  ((NpuProgramHeader*)program)->magic = 0;
  expect_failure(queue, kNpuStatusVersion, 0);

  write_empty_program(program);
  ((NpuProgramHeader*)program)->rows = 60000;
  expect_failure(queue, kNpuStatusGeometry, 0);

  write_empty_program(program);
  ((NpuProgramHeader*)program)->reserved[0] = 1;
  expect_failure(queue, kNpuStatusReserved, 0);

  write_latency_program(program, 0);
  command(0)->head.opcode = 0xee;
  expect_failure(queue, kNpuStatusOpcode, 0);

  write_latency_program(program, 3);
  command(2)->dma.reserved[0] = 1;
  expect_failure(queue, kNpuStatusReserved, 2);

  write_latency_program(program, 0);
  ((NpuTensor*)((char*)program + 1024))->offset = kTargetBytes;  // Behind the region.
  expect_failure(queue, kNpuStatusRegion, 0);

  write_latency_program(program, 0);
  command(0)->dma.head.wait_count[0] = 1;  // Nobody posts.
  expect_failure(queue, kNpuStatusDeadlock, 0);
}

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  uint32_t count = 0, value;
  test_begin(tree, "npu_test");
  arena_init(&machine);
  bring_up_links(&machine);
  for (uint32_t d = 1; d < kMaxDies; ++d) {
    if (machine.dies[d].npu != 0) EXPECT(!probe_read32(machine.dies[d].npu, &value));
  }
  bring_up_npus(&machine);
  program = (void*)arena_take(kReachProgramBytes, 4096);
  EXPECT(program != NULL);
  for (uint32_t d = 1; d < kMaxDies && count < 2; ++d) {
    if (machine.dies[d].npu_live) open_queue(&queues[count++], d);
  }
  EXPECT(count > 0);
  write_latency_program(program, 3);
  EXPECT(run(&queues[0]).status == kNpuStatusOk);
  malformed(&queues[0]);
  write_latency_program(program, 3);
  for (uint32_t i = 0; i < count; ++i) EXPECT(run(&queues[i]).status == kNpuStatusOk);
  return kExitOk;
}
