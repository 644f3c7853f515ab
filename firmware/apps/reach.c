// SPDX-License-Identifier: Apache-2.0
//
// Reach matrix: idle latency and bandwidth from each initiator to each memory.
//
// A hart has one load in flight: its latency comes from loads that depend on each other, its
// bandwidth from a stream of 8-byte loads. An NPU's latency is the slope between two programs that
// differ by kLoads dependent loads, in cycles that the NPU counts itself, so that what a submission
// costs drops out; the quickest of several runs is the one that met no refresh. Its bandwidth is a
// copy of 16 MiB into the scratchpad, less the time of an empty program.
#include <stdio.h>
#include <string.h>

#include "apps/first_stage.h"
#include "apps/reach_npu.h"
#include "lib/arena.h"
#include "lib/console.h"
#include "lib/interrupts.h"
#include "lib/mmio.h"
#include "lib/npu_queue.h"
#include "lib/trap.h"

enum {
  kMaxTargets = 24,
  kChainLinks = 64,
  kUnrolled = 512,  // Loads in the body of a loop, so that the loop itself does not count.
  kRounds = 8,      // Of the loop, or of the stream's bytes; kManyRounds where memory is quick.
  kManyRounds = 256,
  kGoodTicks = 400,
  kStreamBytes = 8192,
  kLoads = 16,  // A chain fits between two refreshes.
  kTries = 12,
  kRefreshNanoseconds = 5000,  // Longer than from one refresh to the next: rows are closed again.
  kTryNanoseconds = 350,       // Every try falls elsewhere between two refreshes.
  kCopyBytes = 16 << 20,
  kCopies = 2,  // With all NPUs at once.
  kTimeoutMs = 200,
};

typedef struct {
  char name[kNameBytes + 8];
  uint64_t base;
} target_t;

// Picoseconds a load; megabytes (10^6) a second. 0: could not be measured.
typedef struct {
  uint64_t latency, alone, together;
} cell_t;

typedef struct {
  char name[kNameBytes];
  uint32_t die;
  npu_queue_t queue;
  void* program;
  uint32_t scratchpad_bytes, kilohertz;
  uint64_t empty_ns;
  uint64_t start_ticks;
  uint32_t copies;
  cell_t cells[kMaxTargets];
} npu_row_t;

static target_t targets[kMaxTargets];
static uint32_t target_count;
static npu_row_t rows[kMaxNpus];
static uint32_t row_count;
static cell_t hart_row[kMaxTargets];

static void add_target(const char* name, const char* suffix, uint64_t base) {
  if (target_count == kMaxTargets || base == 0) return;
  target_t* target = &targets[target_count++];
  snprintf(target->name, sizeof target->name, "%s%s", name, suffix);
  target->base = base;
}

static void find_targets(const machine_t* machine) {
  target_count = 0;
  add_target("host DRAM", "", arena_take(kCopyBytes, 4096));
  for (uint32_t i = 0; i < machine->bridge_count; ++i) {
    char name[8];
    snprintf(name, sizeof name, "cxl%u", i);
    const bridge_t* bridge = &machine->bridges[i];
    if (bridge->usable && bridge->memory.size >= kCopyBytes)
      add_target(name, "", bridge->memory.base);
  }
  for (uint32_t i = 0; i < kMaxDies; ++i) {
    const die_t* die = &machine->dies[i];
    if (die->stack_count == 0 || !die->stacks[0].usable) continue;
    if (die->stacks[0].memory.size >= kCopyBytes)
      add_target(die->name, " HBM", die->stacks[0].memory.base);
  }
}

// ------------------------------------------------------------------------------------- the hart

typedef struct {
  uint64_t base;
  uint32_t rounds;
  uint64_t ticks;
} hart_test_t;

static void chase(void* argument) {
  hart_test_t* test = argument;
  volatile uint64_t* links = (volatile uint64_t*)test->base;
  for (uint64_t i = 0; i < kChainLinks; ++i) {
    links[8 * i] = (uintptr_t)&links[8 * ((i + 1) % kChainLinks)];
  }
  mmio_fence();
  uintptr_t at = test->base;
  const uint32_t rounds = test->rounds;  // In a register: this stack lies in slower memory.
  const uint64_t start = time_ticks();
  for (uint32_t round = 0; round < rounds; ++round) {
    __asm__ volatile(".rept 512\n ld %0, 0(%0)\n .endr" : "+r"(at)::"memory");
  }
  test->ticks = time_ticks() - start;
}

static void stream(void* argument) {
  hart_test_t* test = argument;
  const uintptr_t base = test->base, end = base + kStreamBytes;
  const uint32_t rounds = test->rounds;
  const uint64_t start = time_ticks();
  for (uint32_t round = 0; round < rounds; ++round) {
    for (uintptr_t at = base; at < end; at += 2048) {
      __asm__ volatile(
          ".set offset, 0\n .rept 256\n ld zero, offset(%0)\n .set offset, offset + 8\n .endr" ::
              "r"(at)
          : "memory");
    }
  }
  test->ticks = time_ticks() - start;
}

// Long enough for the timer's resolution.
static bool run_on_hart(void (*body)(void*), hart_test_t* test) {
  test->rounds = kRounds;
  if (!guarded(body, test, NULL)) return false;
  if (test->ticks >= kGoodTicks) return true;
  test->rounds = kManyRounds;
  return guarded(body, test, NULL) && test->ticks > 0;
}

static void measure_hart(const target_t* target, cell_t* cell) {
  hart_test_t test = {.base = target->base};
  if (run_on_hart(chase, &test)) {
    cell->latency = time_nanoseconds(test.ticks) * 1000 / (kUnrolled * test.rounds);
  }
  if (run_on_hart(stream, &test)) {
    cell->alone = (uint64_t)kStreamBytes * test.rounds * 1000 / time_nanoseconds(test.ticks);
  }
}

// ------------------------------------------------------------------------------------- the NPUs

static bool open_rows(const machine_t* machine) {
  row_count = 0;
  for (uint32_t i = 0; i < kMaxDies && row_count < kMaxNpus; ++i) {
    const die_t* die = &machine->dies[i];
    if (!die->npu_live) continue;
    npu_row_t* row = &rows[row_count];
    memset(row, 0, sizeof *row);
    memcpy(row->name, die->name, kNameBytes);
    row->die = i;
    npu_info_t info;
    row->program = (void*)arena_take(kReachProgramBytes, 4096);
    if (row->program == NULL || !npu_queue_open(&row->queue, machine, i)) return false;
    if (npu_probe(&row->queue.npu, &info) != NPU_OK) continue;
    row->scratchpad_bytes = info.scratchpad_bytes;
    row->kilohertz = info.kilohertz;
    ++row_count;
  }
  return true;
}

static bool prepare(npu_row_t* row, uint64_t target) {
  npu_queue_t* queue = &row->queue;
  return npu_queue_region(queue, kReachProgram, (uintptr_t)row->program, kReachProgramBytes,
                          NPU_REGION_READ) &&
         npu_queue_region(queue, kReachTarget, target, kCopyBytes, NPU_REGION_READ) &&
         npu_queue_restart(queue);
}

static void start(npu_row_t* row) {
  row->queue.interrupts = 0;
  row->start_ticks = time_ticks();
  npu_queue_submit(&row->queue, 1, kReachProgram, 0, NULL);
}

static bool wait_for_any(const npu_row_t* row) {
  if (npu_queue_wait(UINT64_C(1000000) * kTimeoutMs)) return true;
  log_line("reach %s: no completion within %u ms", row->name, kTimeoutMs);
  return false;
}

static bool take_completion(npu_row_t* row) {
  NpuCompletion completion;
  if (!npu_queue_poll(&row->queue, &completion)) return false;
  if (completion.status == kNpuStatusOk) return true;
  log_line("reach %s: %s at command %u, field %u, address %#lx", row->name,
           npu_status_name(completion.status), completion.command, completion.field,
           completion.address);
  return false;
}

// Nanoseconds from the doorbell to the interrupt; 0 when the program failed.
static uint64_t finish(npu_row_t* row) {
  while (row->queue.interrupts == 0) {
    if (!wait_for_any(row)) return 0;
  }
  if (!take_completion(row)) return 0;
  return time_nanoseconds(row->queue.interrupt_ticks - row->start_ticks);
}

static uint64_t run_alone(npu_row_t* row) {
  mmio_fence();
  start(row);
  return finish(row);
}

static uint64_t megabytes_per_second(const npu_row_t* row, uint64_t bytes, uint64_t nanoseconds) {
  return nanoseconds > row->empty_ns ? bytes * 1000 / (nanoseconds - row->empty_ns) : 0;
}

// Cycles of the NPU's clock in the quickest run; 0 when one failed.
static uint64_t fewest_cycles(npu_row_t* row) {
  uint64_t fewest = 0;
  for (uint32_t i = 0; i < kTries; ++i) {
    sleep_nanoseconds(kRefreshNanoseconds + i * kTryNanoseconds);
    const uint64_t before = npu_counters(&row->queue.npu).cycles;
    if (run_alone(row) == 0) return 0;
    const uint64_t cycles = npu_counters(&row->queue.npu).cycles - before;
    if (i == 0 || cycles < fewest) fewest = cycles;
  }
  return fewest;
}

static void measure_npu_alone(npu_row_t* row, uint32_t target) {
  cell_t* cell = &row->cells[target];
  if (!prepare(row, targets[target].base)) return;
  write_empty_program(row->program);
  row->empty_ns = run_alone(row);
  if (row->empty_ns == 0) return;
  write_latency_program(row->program, 0);
  const uint64_t one = fewest_cycles(row);
  write_latency_program(row->program, kLoads);
  const uint64_t many = fewest_cycles(row);
  if (one == 0 || many <= one) return;
  cell->latency = (many - one) * UINT64_C(1000000000) / row->kilohertz / kLoads;
  const uint64_t bytes = write_copy_program(row->program, kCopyBytes, row->scratchpad_bytes);
  cell->alone = megabytes_per_second(row, bytes, run_alone(row));
}

static bool next_copy(npu_row_t* row, uint32_t* left) {
  if (!take_completion(row)) return false;
  if (++row->copies == kCopies) --*left;
  if (*left > 0) start(row);
  return true;
}

// Lets a copy that still runs end, so that whatever follows finds the NPU and its links idle.
static void drain(npu_row_t* row) {
  while (row->queue.completed != row->queue.submitted) {
    if (row->queue.interrupts == 0) {
      if (!wait_for_any(row)) return;
    } else if (!take_completion(row)) {
      return;
    }
  }
}

// Each NPU copies again and again until the slowest has done kCopies. What counts is whole copies
// in that one time for all, so that rates add up to no more than what is shared can carry.
static void measure_npus_together(uint32_t target) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < row_count; ++i) {
    if (!prepare(&rows[i], targets[target].base)) return;
    bytes = write_copy_program(rows[i].program, kCopyBytes, rows[i].scratchpad_bytes);
    rows[i].copies = 0;
  }
  mmio_fence();
  const uint64_t begin = time_ticks();
  for (uint32_t i = 0; i < row_count; ++i) start(&rows[i]);
  uint32_t left = row_count;
  while (left > 0) {
    if (!wait_for_any(&rows[0])) return;
    for (uint32_t i = 0; i < row_count && left > 0; ++i) {
      if (rows[i].queue.interrupts == 0) continue;
      if (!next_copy(&rows[i], &left)) return;
    }
  }
  const uint64_t nanoseconds = time_nanoseconds(time_ticks() - begin);
  for (uint32_t i = 0; i < row_count; ++i) {
    rows[i].cells[target].together = rows[i].copies * bytes * 1000 / nanoseconds;
  }
  for (uint32_t i = 0; i < row_count; ++i) drain(&rows[i]);
}

// ------------------------------------------------------------------------------------ the table

typedef uint64_t (*pick_t)(const cell_t* cell);
static uint64_t latency_of(const cell_t* cell) { return cell->latency; }
static uint64_t alone_of(const cell_t* cell) { return cell->alone; }
static uint64_t together_of(const cell_t* cell) { return cell->together; }

static void print_row(const char* name, const cell_t* cells, pick_t pick) {
  printf("  %-10s", name);
  for (uint32_t t = 0; t < target_count; ++t) {
    const uint64_t value = pick(&cells[t]);
    if (value == 0) {
      printf("%12s", "-");
    } else {
      printf("%8lu.%03lu", value / 1000, value % 1000);
    }
  }
  printf("\n");
}

static void print_table(const char* title, pick_t pick, bool with_hart) {
  printf("\n  %s\n  %-10s", title, "from \\ to");
  for (uint32_t t = 0; t < target_count; ++t) printf("%12s", targets[t].name);
  printf("\n");
  if (with_hart) print_row("hart0", hart_row, pick);
  for (uint32_t i = 0; i < row_count; ++i) print_row(rows[i].name, rows[i].cells, pick);
}

void print_reach_matrix(const machine_t* machine) {
  const uint64_t mark = arena_mark();
  find_targets(machine);
  log_line("reach matrix: NPU rows with %u MiB copies into the scratchpad", kCopyBytes >> 20);
  memset(hart_row, 0, sizeof hart_row);
  for (uint32_t t = 0; t < target_count; ++t) measure_hart(&targets[t], &hart_row[t]);
  if (!open_rows(machine)) log_line("reach matrix: no room for rings");
  for (uint32_t i = 0; i < row_count; ++i) {
    for (uint32_t t = 0; t < target_count; ++t) measure_npu_alone(&rows[i], t);
  }
  for (uint32_t t = 0; t < target_count; ++t) measure_npus_together(t);
  print_table("idle latency in ns", latency_of, true);
  print_table("bandwidth in GB/s, one at a time", alone_of, true);
  if (row_count > 1) print_table("bandwidth in GB/s, all NPUs at once", together_of, false);
  printf("\n");
  log_line("reach matrix: done");
  arena_rewind(mark);
}
