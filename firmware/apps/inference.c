// SPDX-License-Identifier: Apache-2.0
//
// Bare-metal inference runtime: hands a compiled job (models/npu/job_abi.h) out to all live NPU
// dies and sleeps until their completion messages come.
//
// In a die's own HBM, from its first byte: program, constants, layers, each at a multiple of 64
// KiB. The input lies at the start of the first CXL memory, else in host DRAM; outputs in host
// DRAM.
#include <stdio.h>
#include <string.h>

#include "apps/first_stage.h"
#include "drivers/finisher.h"
#include "lib/arena.h"
#include "lib/console.h"
#include "lib/interrupts.h"
#include "lib/npu_queue.h"
#include "lib/program.h"
#include "lib/trap.h"
#include "models/npu/job_abi.h"

enum { kPartAlign = 0x10000, kTimeoutMs = 2000 };

typedef struct {
  const die_t* die;
  uint32_t index;
  npu_queue_t queue;
  uint32_t first_run, end_run;  // Its share.
  uint32_t next_run;            // To be submitted.
  uint32_t done, failed;
  uint64_t end_ticks;
  npu_counters_t before;
} worker_t;

typedef struct {
  const machine_t* machine;
  NpuJobHeader* header;
  uint64_t input, output;
  uint32_t runs;
  uint64_t layer_region_bytes;
  const char* failure;
  uint64_t start_ticks;
} job_t;

static worker_t workers[kMaxNpus];
static uint32_t worker_count;

static uint64_t align_up(uint64_t value) {
  return (value + kPartAlign - 1) & -(uint64_t)kPartAlign;
}

static bool part_inside(const NpuJobHeader* header, uint64_t offset, uint64_t bytes) {
  return offset % 64 == 0 && offset <= header->total_bytes && bytes <= header->total_bytes - offset;
}

// Null when the blob is a job that this runtime understands.
static const char* check_header(const machine_t* machine, const NpuJobHeader* header) {
  if (machine->job.size < sizeof *header) return "shorter than its header";
  if (header->magic != NPU_JOB_MAGIC) return "no job magic";
  if (header->version != NPU_JOB_VERSION) return "another version of the job format";
  if (header->total_bytes > machine->job.size) return "truncated";
  if (header->batch == 0 || header->images == 0) return "no images";
  const uint64_t runs = (header->images + (uint64_t)header->batch - 1) / header->batch;
  if (!part_inside(header, header->program_offset, header->program_bytes) ||
      !part_inside(header, header->constants_offset, header->constants_bytes) ||
      !part_inside(header, header->inputs_offset, header->inputs_bytes) ||
      !part_inside(header, header->labels_offset, header->labels_bytes) ||
      !part_inside(header, header->results_offset, header->results_bytes)) {
    return "a part lies outside the blob";
  }
  if (header->inputs_bytes < runs * header->batch * header->input_bytes) return "too few inputs";
  if (header->labels_bytes != 0 && header->labels_bytes < header->images) return "too few labels";
  if (header->results_bytes < sizeof(NpuJobResult) + header->images * header->output_bytes) {
    return "no room for the results";
  }
  const NpuProgramHeader* program =
      (const NpuProgramHeader*)(machine->job.base + header->program_offset);
  if (header->program_bytes < sizeof *program || program->magic != NPU_PROGRAM_MAGIC ||
      program->total_bytes > header->program_bytes) {
    return "no NPU program";
  }
  return program->abi_major == NPU_ABI_MAJOR ? NULL : "program of another ABI version";
}

// Loads what the die needs and opens its queue; null, or what is missing.
static const char* prepare_worker(const job_t* job, worker_t* worker) {
  const NpuJobHeader* header = job->header;
  const hbm_stack_t* stack = &worker->die->stacks[0];
  const uint64_t blob = (uintptr_t)header;
  const uint64_t program = stack->memory.base;
  const uint64_t constants = program + align_up(header->program_bytes);
  const uint64_t layers = constants + align_up(header->constants_bytes);
  const uint64_t end = layers + align_up(job->layer_region_bytes);
  if (end - program > stack->memory.size) return "its HBM is too small";
  memcpy((void*)program, (const void*)(blob + header->program_offset), header->program_bytes);
  memcpy((void*)constants, (const void*)(blob + header->constants_offset), header->constants_bytes);
  if (!npu_queue_open(&worker->queue, job->machine, worker->index)) return "no room for its rings";
  npu_queue_t* queue = &worker->queue;
  const uint64_t images = (uint64_t)job->runs * header->batch;
  const bool set =
      npu_queue_region(queue, NPU_JOB_REGION_PROGRAM, program, header->program_bytes,
                       NPU_REGION_READ) &&
      npu_queue_region(queue, NPU_JOB_REGION_CONSTANTS, constants, header->constants_bytes,
                       NPU_REGION_READ) &&
      npu_queue_region(queue, NPU_JOB_REGION_INPUT, job->input, header->inputs_bytes,
                       NPU_REGION_READ) &&
      npu_queue_region(queue, NPU_JOB_REGION_OUTPUT, job->output, images * header->output_bytes,
                       NPU_REGION_READ | NPU_REGION_WRITE) &&
      npu_queue_region(queue, NPU_JOB_REGION_LAYERS, layers, job->layer_region_bytes,
                       NPU_REGION_READ | NPU_REGION_WRITE) &&
      npu_queue_restart(queue);
  worker->before = npu_counters(&queue->npu);
  return set ? NULL : "its context does not start";
}

typedef struct {
  const job_t* job;
  worker_t* worker;
  const char* failure;
} preparation_t;

static void prepare_guarded(void* argument) {
  preparation_t* preparation = argument;
  preparation->failure = prepare_worker(preparation->job, preparation->worker);
}

static void find_workers(const job_t* job) {
  worker_count = 0;
  for (uint32_t i = 0; i < kMaxDies; ++i) {
    const die_t* die = &job->machine->dies[i];
    if (!die->npu_live) continue;
    worker_t* worker = &workers[worker_count];
    *worker = (worker_t){.die = die, .index = i};
    preparation_t preparation = {.job = job, .worker = worker};
    trap_record_t record;
    if (die->stack_count == 0 || !die->stacks[0].usable) {
      preparation.failure = "it has no usable HBM";
    } else if (!guarded(prepare_guarded, &preparation, &record)) {
      preparation.failure = trap_cause_name(record.cause);
    }
    if (preparation.failure != NULL) {
      log_line("infer %s: left out, %s", die->name, preparation.failure);
    } else {
      ++worker_count;
    }
  }
}

// Static, contiguous shares; see job_abi.h.
static void share_out(const job_t* job) {
  for (uint32_t j = 0; j < worker_count; ++j) {
    worker_t* worker = &workers[j];
    worker->first_run = worker->next_run = (uint32_t)((uint64_t)j * job->runs / worker_count);
    worker->end_run = (uint32_t)((uint64_t)(j + 1) * job->runs / worker_count);
    if (worker->end_run == worker->first_run) {
      log_line("infer %s: no run for it", worker->die->name);
    } else {
      log_line("infer %s: runs %u to %u, %u images each", worker->die->name, worker->first_run,
               worker->end_run - 1, job->header->batch);
    }
  }
}

static void submit(const job_t* job, worker_t* worker) {
  const NpuJobHeader* header = job->header;
  while (worker->next_run < worker->end_run && !npu_queue_full(&worker->queue)) {
    const uint64_t first = (uint64_t)worker->next_run * header->batch;
    const uint64_t arguments[NPU_ARGUMENTS] = {
        first * header->input_bytes, first * header->output_bytes, first * header->layer_bytes, 0};
    npu_queue_submit(&worker->queue, worker->next_run, NPU_JOB_REGION_PROGRAM, 0, arguments);
    ++worker->next_run;
  }
}

// A failed run has stopped the context: those behind it are submitted again after a reset.
static void take_failure(worker_t* worker, const NpuCompletion* completion) {
  log_line("infer %s: run %lu FAILED: %s at command %u, field %u, address %#lx", worker->die->name,
           completion->tag, npu_status_name(completion->status), completion->command,
           completion->field, completion->address);
  ++worker->failed;
  worker->next_run = (uint32_t)completion->tag + 1;
  if (!npu_queue_restart(&worker->queue)) {
    log_line("infer %s: its context does not restart", worker->die->name);
    worker->failed += worker->end_run - worker->next_run;
    worker->next_run = worker->end_run;
  }
}

static void take_completions(const job_t* job, worker_t* worker) {
  NpuCompletion completion;
  while (npu_queue_poll(&worker->queue, &completion)) {
    ++worker->done;
    if (completion.status != kNpuStatusOk) take_failure(worker, &completion);
    submit(job, worker);
  }
  worker->end_ticks = worker->queue.interrupt_ticks;
}

static bool finished(const worker_t* worker) {
  return worker->next_run == worker->end_run && worker->queue.submitted == worker->queue.completed;
}

// False when an NPU falls silent.
static bool run_all(const job_t* job) {
  for (uint32_t j = 0; j < worker_count; ++j) submit(job, &workers[j]);
  for (;;) {
    bool all = true;
    for (uint32_t j = 0; j < worker_count; ++j) {
      take_completions(job, &workers[j]);
      all = all && finished(&workers[j]);
    }
    if (all) return true;
    if (!npu_queue_wait(UINT64_C(1000000) * kTimeoutMs)) break;
  }
  for (uint32_t j = 0; j < worker_count; ++j) {
    if (finished(&workers[j])) continue;
    workers[j].failed += workers[j].end_run - workers[j].first_run - workers[j].done;
    log_line("infer %s: silent for %u ms, %u runs done", workers[j].die->name, kTimeoutMs,
             workers[j].done);
  }
  return false;
}

// The first of the largest outputs.
static uint32_t answer(const job_t* job, uint32_t image) {
  const NpuJobHeader* header = job->header;
  const uint64_t at = job->output + image * header->output_bytes;
  const bool words = header->output_bytes == 4ul * header->classes;
  uint32_t best = 0;
  for (uint32_t i = 1; i < header->classes; ++i) {
    const bool larger = words ? ((const int32_t*)at)[i] > ((const int32_t*)at)[best]
                              : ((const int8_t*)at)[i] > ((const int8_t*)at)[best];
    if (larger) best = i;
  }
  return best;
}

static uint32_t count_correct(const job_t* job) {
  const NpuJobHeader* header = job->header;
  const uint8_t* labels = (const uint8_t*)header + header->labels_offset;
  uint32_t correct = 0;
  if (header->classes == 0 || header->labels_bytes == 0) return 0;
  for (uint32_t image = 0; image < header->images; ++image) {
    correct += answer(job, image) == labels[image];
  }
  return correct;
}

static void print_worker(const job_t* job, const worker_t* worker) {
  if (worker->end_run == worker->first_run) return;
  const uint64_t us = time_nanoseconds(worker->end_ticks - job->start_ticks) / 1000;
  const npu_counters_t after = npu_counters(&worker->queue.npu);
  const uint64_t cycles = after.cycles - worker->before.cycles;
  const uint64_t active = after.active - worker->before.active;
  const uint64_t permille = cycles == 0 ? 0 : active * 1000 / cycles;
  log_line("infer %s: %u runs, %u failed, %lu us, %lu MACs, array active %lu.%lu %% of %lu cycles",
           worker->die->name, worker->done, worker->failed, us, after.macs - worker->before.macs,
           permille / 10, permille % 10, cycles);
}

// Writes NpuJobResult and the outputs where the job wants them; the exit code.
static int report(const job_t* job, uint64_t end_ticks) {
  const NpuJobHeader* header = job->header;
  NpuJobResult* result = (NpuJobResult*)((char*)header + header->results_offset);
  *result = (NpuJobResult){.dies = worker_count,
                           .correct = count_correct(job),
                           .start_ticks = job->start_ticks,
                           .end_ticks = end_ticks};
  for (uint32_t j = 0; j < worker_count; ++j) {
    result->die_mask |= 1ul << workers[j].index;
    result->failed_runs += workers[j].failed;
    print_worker(job, &workers[j]);
  }
  result->status = result->failed_runs != 0;
  memcpy(result + 1, (const void*)job->output, header->images * header->output_bytes);
  mmio_fence();
  result->magic = NPU_JOB_MAGIC;
  const uint64_t us = time_nanoseconds(end_ticks - job->start_ticks) / 1000;
  log_line("infer: %u images in %lu us of simulated time on %u die%s, %u runs failed",
           header->images, us, worker_count, worker_count == 1 ? "" : "s",
           (uint32_t)result->failed_runs);
  if (header->labels_bytes != 0 && header->classes != 0) {
    const uint32_t permille = result->correct * 1000 / header->images;
    log_line("infer: accuracy %u of %u = %u.%u %%", result->correct, header->images, permille / 10,
             permille % 10);
  }
  return result->status == 0 ? kExitOk : kExitFailed;
}

// Where the inputs are to lie: CXL memory, else host DRAM.
static uint64_t place_inputs(const job_t* job) {
  for (uint32_t i = 0; i < job->machine->bridge_count; ++i) {
    const bridge_t* bridge = &job->machine->bridges[i];
    if (bridge->usable && bridge->memory.size >= job->header->inputs_bytes) {
      log_line("infer: inputs in CXL memory at %#lx", bridge->memory.base);
      return bridge->memory.base;
    }
  }
  const uint64_t place = arena_take(job->header->inputs_bytes, 4096);
  log_line("infer: inputs in host DRAM at %#lx", place);
  return place;
}

static void load_job(void* argument) {
  job_t* job = argument;
  NpuJobHeader* header = (NpuJobHeader*)job->machine->job.base;
  job->header = header;
  job->failure = check_header(job->machine, header);
  if (job->failure != NULL) return;
  job->runs = (header->images + header->batch - 1) / header->batch;
  const uint64_t images = (uint64_t)job->runs * header->batch;
  const uint64_t scratch_end = header->scratch_offset + header->scratch_bytes;
  job->layer_region_bytes = images * header->layer_bytes;
  if (scratch_end > job->layer_region_bytes) job->layer_region_bytes = scratch_end;
  log_line(
      "infer: job %.40s: %u images in %u runs of %u; program %lu B, constants %lu B, "
      "inputs %lu B",
      header->name, header->images, job->runs, header->batch, header->program_bytes,
      header->constants_bytes, header->inputs_bytes);
  job->input = place_inputs(job);
  job->output = arena_take(images * header->output_bytes, 4096);
  if (job->input == 0 || job->output == 0) {
    job->failure = "host DRAM has no room for its buffers";
    return;
  }
  memcpy((void*)job->input, (const char*)header + header->inputs_offset, header->inputs_bytes);
  memset((void*)job->output, 0, images * header->output_bytes);
}

// Host tools count bytes and energy between marks.
static void mark(const machine_t* machine, uint32_t number) {
  const finisher_t finisher = {machine->finisher};
  if (finisher.base != 0) finisher_mark(&finisher, number);
}

int run_inference(const machine_t* machine) {
  static job_t job;
  trap_record_t record;
  mark(machine, NPU_JOB_MARK_START);
  job.machine = machine;
  if (!guarded(load_job, &job, &record)) job.failure = trap_cause_name(record.cause);
  if (job.failure != NULL) {
    log_line("infer: job at %#lx refused: %s", machine->job.base, job.failure);
    return kExitFailed;
  }
  find_workers(&job);
  if (worker_count == 0) {
    log_line("infer: no NPU die is left to run the job");
    return kExitFailed;
  }
  share_out(&job);
  mark(machine, NPU_JOB_MARK_RUN);
  job.start_ticks = time_ticks();
  (void)run_all(&job);
  const uint64_t end_ticks = time_ticks();
  mark(machine, NPU_JOB_MARK_END);
  return report(&job, end_ticks);
}
