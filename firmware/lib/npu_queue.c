// SPDX-License-Identifier: Apache-2.0
#include "lib/npu_queue.h"

#include <stddef.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/interrupts.h"

enum { kResetPolls = 1000 };

static npu_queue_t* queues[kMaxNpus];
static uint32_t queue_count;
static volatile uint32_t any_interrupt;

static void on_message(uint32_t source) {
  for (uint32_t i = 0; i < queue_count; ++i) {
    if (queues[i]->source != source) continue;
    queues[i]->interrupt_ticks = time_ticks();
    queues[i]->interrupts = queues[i]->interrupts + 1;
  }
  any_interrupt = 1;
}

static void listen(npu_queue_t* queue) {
  for (uint32_t i = 0; i < queue_count; ++i) {
    if (queues[i]->source == queue->source) {
      queues[i] = queue;
      return;
    }
  }
  if (queue_count < kMaxNpus) queues[queue_count++] = queue;
}

bool npu_queue_open(npu_queue_t* queue, const machine_t* machine, uint32_t die) {
  const die_t* owner = &machine->dies[die];
  memset(queue, 0, sizeof *queue);
  queue->npu.base = owner->npu;
  queue->source = machine->message_source + owner->message;
  queue->rings = (npu_rings_t){
      .submissions = arena_take(kQueueEntries * sizeof(NpuSubmission), 4096),
      .completions = arena_take(kQueueEntries * sizeof(NpuCompletion), 4096),
      .entries = kQueueEntries,
      .message_address = machine->messages,
      .message = owner->message,
  };
  if (queue->rings.submissions == 0 || queue->rings.completions == 0) return false;
  listen(queue);
  return interrupts_on_source(queue->source, on_message);
}

bool npu_queue_region(npu_queue_t* queue, uint32_t region, uint64_t base, uint64_t bytes,
                      uint32_t rights) {
  if (region >= NPU_REGIONS) return false;
  queue->regions[region].base = base;
  queue->regions[region].bytes = bytes;
  queue->regions[region].rights = rights;
  return npu_set_region(&queue->npu, region, base, bytes, rights) == NPU_OK;
}

bool npu_queue_restart(npu_queue_t* queue) {
  npu_reset(&queue->npu);
  for (int i = 0; !npu_idle(&queue->npu); ++i) {
    if (i == kResetPolls) return false;
    sleep_nanoseconds(1000);
  }
  memset((void*)queue->rings.completions, 0, queue->rings.entries * sizeof(NpuCompletion));
  queue->submitted = queue->completed = 0;
  for (uint32_t i = 0; i < NPU_REGIONS; ++i) {
    if (npu_set_region(&queue->npu, i, queue->regions[i].base, queue->regions[i].bytes,
                       queue->regions[i].rights) != NPU_OK) {
      return false;
    }
  }
  mmio_fence();
  return npu_enable(&queue->npu, &queue->rings) == NPU_OK;
}

bool npu_queue_full(const npu_queue_t* queue) {
  return queue->submitted - queue->completed >= queue->rings.entries;
}

void npu_queue_submit(npu_queue_t* queue, uint64_t tag, uint32_t region, uint64_t program_offset,
                      const uint64_t arguments[NPU_ARGUMENTS]) {
  NpuSubmission* entry =
      (NpuSubmission*)queue->rings.submissions + (queue->submitted & (queue->rings.entries - 1));
  *entry = (NpuSubmission){.tag = tag,
                           .program_offset = program_offset,
                           .program_region = region,
                           .flags = NPU_SUBMIT_INTERRUPT};
  if (arguments != NULL) memcpy(entry->argument, arguments, sizeof entry->argument);
  ++queue->submitted;
  mmio_fence();
  npu_submit(&queue->npu, queue->submitted);
}

bool npu_queue_poll(npu_queue_t* queue, NpuCompletion* completion) {
  const volatile NpuCompletion* entry = (volatile NpuCompletion*)queue->rings.completions +
                                        (queue->completed & (queue->rings.entries - 1));
  if (entry->sequence != queue->completed + 1) return false;
  mmio_fence();
  *completion = *(const NpuCompletion*)entry;
  ++queue->completed;
  npu_consume(&queue->npu, queue->completed);
  return true;
}

bool npu_queue_wait(uint64_t nanoseconds) {
  const bool came = sleep_until_flag(&any_interrupt, nanoseconds);
  any_interrupt = 0;
  return came;
}

const char* npu_status_name(uint32_t status) {
  static const char* const kNames[] = {
      [kNpuStatusOk] = "ok",
      [kNpuStatusVersion] = "version or feature",
      [kNpuStatusGeometry] = "geometry",
      [kNpuStatusReserved] = "reserved field",
      [kNpuStatusOpcode] = "opcode",
      [kNpuStatusOperand] = "operand",
      [kNpuStatusRegion] = "region",
      [kNpuStatusScratchpad] = "scratchpad",
      [kNpuStatusLoop] = "loop",
      [kNpuStatusSemaphore] = "semaphore",
      [kNpuStatusBus] = "bus error",
      [kNpuStatusPoison] = "poison",
      [kNpuStatusTensor] = "tensor",
      [kNpuStatusDeadlock] = "deadlock",
  };
  return status < sizeof kNames / sizeof kNames[0] ? kNames[status] : "unknown status";
}
