// SPDX-License-Identifier: Apache-2.0
#include "apps/first_stage.h"
#include "drivers/npu.h"
#include "drivers/ucie.h"
#include "lib/console.h"
#include "lib/interrupts.h"
#include "lib/trap.h"

enum { kReleasePolls = 200, kPollNanoseconds = 500 };

typedef struct {
  ucie_t ucie;
  bool released;
  npu_t npu;
  npu_status_t status;
  npu_info_t info;
} release_t;

static void release(void* argument) {
  release_t* step = argument;
  if (ucie_release_remote(&step->ucie) != UCIE_OK) return;
  for (int i = 0; i < kReleasePolls && !step->released; ++i) {
    sleep_nanoseconds(kPollNanoseconds);
    step->released = ucie_remote_released(&step->ucie);
  }
}

static void look(void* argument) {
  release_t* step = argument;
  step->status = npu_probe(&step->npu, &step->info);
}

static bool bring_up(const machine_t* machine, uint8_t index) {
  const die_t* die = &machine->dies[index];
  uint8_t port;
  const uint8_t owner = entry_port(machine, index, &port);
  if (owner == kNoDie) return false;
  const die_t* near = &machine->dies[owner];
  release_t step = {.ucie = {near->ports[port].base}, .npu = {die->npu}};
  trap_record_t record;
  if (!guarded(release, &step, &record) || !step.released) {
    log_line("npu %s: release over %s.d2d%u not confirmed; left out", die->name, near->name, port);
    return false;
  }
  if (!guarded(look, &step, &record)) {
    log_line("npu %s: %s at %#lx; left out", die->name, trap_cause_name(record.cause), record.tval);
    return false;
  }
  if (step.status != NPU_OK) {
    log_line("npu %s: no NPU of ABI 1 answers; left out", die->name);
    return false;
  }
  log_line("npu %s: released over %s.d2d%u; ABI %u.%u, %ux%u MACs, %u KiB scratchpad, features %#x",
           die->name, near->name, port, step.info.abi_major, step.info.abi_minor, step.info.rows,
           step.info.columns, step.info.scratchpad_bytes >> 10, step.info.features);
  return true;
}

void bring_up_npus(machine_t* machine) {
  for (uint8_t i = 0; i < kMaxDies; ++i) {
    die_t* die = &machine->dies[i];
    if (die->npu != 0 && die->reached) die->npu_live = bring_up(machine, i);
  }
}
