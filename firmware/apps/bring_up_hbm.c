// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "apps/first_stage.h"
#include "drivers/hbm.h"
#include "lib/console.h"
#include "lib/interrupts.h"
#include "lib/trap.h"

// Consecutive kilobytes spread over all channels whatever the address map; a few rows of each
// follow from covering the first kRowsBytes a channel, and the stack's last part. The step is a
// burst, since the lowest address bit above it may choose the pseudo channel.
enum { kRowsBytes = 4096, kTimeoutUs = 100000, kStep = 32 };

typedef struct {
  hbm_t hbm;
  hbm_geometry_t geometry;
  hbm_status_t status;
  uint32_t trained, failed;
  int ready;
  const char* step;
} init_t;

static hbm_status_t wait(const hbm_t* hbm) {
  hbm_status_t status = HBM_EBUSY;
  for (int us = 0; us < kTimeoutUs; us += 2) {
    status = hbm_progress(hbm);
    if (status != HBM_EBUSY) break;
    sleep_nanoseconds(2000);
  }
  return status;
}

static void initialise(void* argument) {
  init_t* init = argument;
  const hbm_t* hbm = &init->hbm;
  init->step = "probe";
  init->status = hbm_probe(hbm, &init->geometry);
  if (init->status != HBM_OK) return;
  if (!hbm_ready(hbm)) {
    init->step = "mode registers";
    init->status = hbm_send_modes(hbm, &init->geometry);
    if (init->status == HBM_OK) init->status = wait(hbm);
    if (init->status != HBM_OK) return;
    init->step = "training";
    init->status = hbm_train(hbm);
    if (init->status == HBM_OK) init->status = wait(hbm);
  }
  init->trained = hbm_trained(hbm);
  init->failed = hbm_failed(hbm);
  init->ready = hbm_ready(hbm);
}

static bool bring_up_stack(hbm_stack_t* stack, const char* name) {
  init_t init = {.hbm = {stack->base}};
  trap_record_t record;
  if (!guarded(initialise, &init, &record)) {
    log_line("%s: %s at %#lx during %s; left out", name, trap_cause_name(record.cause), record.tval,
             init.step);
    return false;
  }
  const hbm_geometry_t* geometry = &init.geometry;
  if (init.status != HBM_OK || !init.ready) {
    log_line("%s: FAILED in %s, channels that failed %#x; left out", name, init.step, init.failed);
    return false;
  }
  log_line("%s: %lu GiB, %u channels x %u pseudo channels at %u MT/s", name, geometry->bytes >> 30,
           geometry->channels, geometry->pseudo_channels, geometry->megatransfers);
  log_line("  mode registers: CL %u, CWL %u; trained channels %#x", geometry->read_latency,
           geometry->write_latency, init.trained);
  if (stack->memory.size > geometry->bytes) stack->memory.size = geometry->bytes;
  const uint64_t rows = (uint64_t)kRowsBytes * geometry->channels;
  const uint64_t last = stack->memory.base + stack->memory.size - rows;
  if (!memory_test(name, stack->memory.base, rows, kStep)) return false;
  if (!memory_test(name, last, rows, kStep)) return false;
  log_line("  memory test: %lu KiB at each end passed", rows >> 10);
  return true;
}

void bring_up_hbm(machine_t* machine) {
  for (int i = 0; i < kMaxDies; ++i) {
    die_t* die = &machine->dies[i];
    if (!die->reached) continue;
    for (uint32_t n = 0; n < die->stack_count; ++n) {
      char name[40];
      snprintf(name, sizeof name, "hbm %s.hbm%u", die->name, n);
      die->stacks[n].usable = bring_up_stack(&die->stacks[n], name);
    }
  }
}
