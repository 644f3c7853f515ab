// SPDX-License-Identifier: Apache-2.0
//
// One NPU die as a queue of submissions: rings in host DRAM, doorbells, completions announced by an
// interrupt message. The applications share it.
#ifndef CVP_FIRMWARE_LIB_NPU_QUEUE_H_
#define CVP_FIRMWARE_LIB_NPU_QUEUE_H_

#include "drivers/npu.h"
#include "lib/machine.h"
#include "models/npu/npu_abi.h"

enum { kQueueEntries = 32 };

typedef struct {
  npu_t npu;
  npu_rings_t rings;
  uint32_t source;  // PLIC source of its completion message.
  uint32_t submitted, completed;
  volatile uint32_t interrupts;
  volatile uint64_t interrupt_ticks;  // When the last one came.
  struct {
    uint64_t base, bytes;
    uint32_t rights;
  } regions[NPU_REGIONS];
} npu_queue_t;

// Sets the queue up: rings, interrupt. False when there is no memory or the NPU refuses.
bool npu_queue_open(npu_queue_t* queue, const machine_t* machine, uint32_t die);
bool npu_queue_region(npu_queue_t* queue, uint32_t region, uint64_t base, uint64_t bytes,
                      uint32_t rights);
// Resets the context, writes the regions again and enables it: after opening and after a failure.
bool npu_queue_restart(npu_queue_t* queue);
bool npu_queue_full(const npu_queue_t* queue);
// With an interrupt at its completion.
void npu_queue_submit(npu_queue_t* queue, uint64_t tag, uint32_t region, uint64_t program_offset,
                      const uint64_t arguments[NPU_ARGUMENTS]);
// Takes the next completion if there is one.
bool npu_queue_poll(npu_queue_t* queue, NpuCompletion* completion);
// Sleeps until any queue's interrupt has come; false after that time without one.
bool npu_queue_wait(uint64_t nanoseconds);
const char* npu_status_name(uint32_t status);

#endif  // CVP_FIRMWARE_LIB_NPU_QUEUE_H_
