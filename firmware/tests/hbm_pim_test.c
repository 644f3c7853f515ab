// SPDX-License-Identifier: Apache-2.0
//
// A matrix times a vector in FP16, by the hart and by the compute units of an HBM stack, on the
// same data: the results agree bit for bit, and time, bandwidth and energy of both are printed.
// Between them stands what moving the matrix costs the best reader there is, the DMA of the NPU
// beside the stack, from whose copy the hart gets the same results again. The first stack with
// compute units is used; without one the test fails.
#include <string.h>

#include "apps/first_stage.h"
#include "drivers/hbm_pim.h"
#include "lib/arena.h"
#include "lib/mmio.h"
#include "tests/hbm_stacks.h"
#include "tests/htif.h"
#include "tests/npu_gather.h"

// y = W x. Unit n of channel 0 has 16 rows of W: column k of them is one burst of its even bank.
// Behind the last the unit leaves its part of y. x lies in all odd banks.
enum {
  kUnits = 32,
  kColumns = 64,
  kBurst = 32,
  kRowW = 100,
  kRowX = 200,
  kColumnsInRow = 32,
  kRows = kColumns / kColumnsInRow,
  kMatrixBytes = kUnits * kColumns * kBurst,
  kRounds = 100,
  kTimeoutPolls = 10000,
};

static uint64_t burst_at[kUnits][kColumns + 1];  // Addresses; the last is y's.
static uint16_t x[kColumns];
static uint16_t expected[kUnits][kPimLanes];

typedef struct {
  uint64_t ns, access_pj, pj;
} cost_t;

static cost_t read_meters(const hbm_t* hbm) {
  return (cost_t){time_nanoseconds(time_ticks()), hbm_access_energy(hbm), hbm_energy(hbm)};
}

static cost_t less(cost_t a, cost_t b) {
  return (cost_t){a.ns - b.ns, a.access_pj - b.access_pj, a.pj - b.pj};
}

static cost_t cost_since(const hbm_t* hbm, cost_t before) { return less(read_meters(hbm), before); }

static void print_cost(const char* who, cost_t cost) {
  printf("  %s: %lu ns, %lu MB/s of W, %lu pJ for accesses, %lu pJ in all\n", who, cost.ns,
         cost.ns != 0 ? UINT64_C(1000) * kMatrixBytes / cost.ns : 0, cost.access_pj, cost.pj);
}

static uint64_t next_random(void) {
  static uint64_t state = 1;
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return state >> 33;
}

// Of either sign, 1/8 to 8, with a full significand: nearly every sum is rounded.
static uint16_t random_half(void) {
  const uint64_t r = next_random();
  return (uint16_t)((r & 1) << 15 | (12 + (r >> 1) % 6) << 10 | (r >> 10 & 0x3ff));
}

// sum + a * b, rounded after each. The firmware is built without floating point.
static uint16_t multiply_add(uint16_t sum, uint16_t a, uint16_t b) {
  uint64_t result;
  __asm__ volatile(
      ".option push\n\t"
      ".option arch, +d, +zfh\n\t"
      "fmv.h.x ft0, %1\n\t"
      "fmv.h.x ft1, %2\n\t"
      "fmv.h.x ft2, %3\n\t"
      "fmul.h ft1, ft1, ft2, rne\n\t"
      "fadd.h ft0, ft0, ft1, rne\n\t"
      "fmv.x.h %0, ft0\n\t"
      ".option pop"
      : "=r"(result)
      : "r"(sum), "r"(a), "r"(b));
  return (uint16_t)result;
}

static void enable_floating_point(void) {
  const uint64_t initial = 1 << 13;
  __asm__ volatile("csrs mstatus, %0" ::"r"(initial));
}

static void read_burst(uint64_t address, uint16_t out[kPimLanes]) {
  uint64_t words[kBurst / 8];
  for (int i = 0; i < kBurst / 8; ++i) words[i] = mmio_read64(address + 8 * i);
  memcpy(out, words, kBurst);
}

static void write_matrix(const hbm_t* hbm, uint64_t memory) {
  const uint32_t banks = 2 * kUnits / 2;  // Of a pseudo channel.
  for (uint32_t unit = 0; unit < kUnits; ++unit) {
    for (uint32_t k = 0; k <= kColumns; ++k) {
      const hbm_pim_place_t place = {.pseudo_channel = 2 * unit / banks,
                                     .bank = 2 * unit % banks,
                                     .row = kRowW + k / kColumnsInRow,
                                     .column = k % kColumnsInRow};
      const uint64_t offset = hbm_pim_offset(hbm, &place);
      EXPECT(offset != UINT64_MAX);
      burst_at[unit][k] = memory + offset;
      for (int word = 0; word < kBurst / 8 && k < kColumns; ++word) {
        uint64_t value = 0;
        for (int lane = 0; lane < 4; ++lane) value |= (uint64_t)random_half() << 16 * lane;
        mmio_write64(burst_at[unit][k] + 8 * word, value);
      }
    }
  }
  for (uint32_t k = 0; k < kColumns; ++k) x[k] = random_half();
  mmio_fence();
}

// W lies where `burst` says.
static void multiply_on_hart(uint64_t (*burst)(uint32_t unit, uint32_t k),
                             uint16_t y[kUnits][kPimLanes]) {
  uint16_t w[kPimLanes];
  for (uint32_t unit = 0; unit < kUnits; ++unit) {
    uint16_t sums[kPimLanes] = {0};  // On the stack: stores beside `tohost` go over the bus.
    for (uint32_t k = 0; k < kColumns; ++k) {
      read_burst(burst(unit, k), w);
      for (int lane = 0; lane < kPimLanes; ++lane) {
        sums[lane] = multiply_add(sums[lane], w[lane], x[k]);
      }
    }
    memcpy(y[unit], sums, sizeof sums);
  }
}

static uint64_t in_place(uint32_t unit, uint32_t k) { return burst_at[unit][k]; }

static grid_t grids[kRows];
static uint64_t copy_at;

// Where a burst is in the scratchpad's copy: its grid's runs one after the other.
static uint64_t in_copy(uint32_t unit, uint32_t k) {
  const grid_t* grid = &grids[k / kColumnsInRow];
  const uint64_t offset = burst_at[unit][k] - grid->base;
  const uint64_t outer = grid->outer_stride != 0 ? offset / grid->outer_stride : 0;
  const uint64_t rest = offset - outer * grid->outer_stride;
  const uint64_t inner = grid->inner_stride != 0 ? rest / grid->inner_stride : 0;
  return copy_at + k / kColumnsInRow * grid_bytes(grid) +
         (outer * grid->inner + inner) * grid->run_bytes + (rest - inner * grid->inner_stride);
}

static uint32_t die_of(const hbm_stack_t* stack) {
  uint32_t die = 0;
  while (stack < machine.dies[die].stacks || stack >= machine.dies[die].stacks + kMaxStacks) ++die;
  return die;
}

static void find_grids(void) {
  static uint64_t bursts[kUnits * kColumnsInRow];
  for (uint32_t row = 0; row < kRows; ++row) {
    for (uint32_t n = 0; n < kUnits * kColumnsInRow; ++n) {
      bursts[n] = burst_at[n / kColumnsInRow][row * kColumnsInRow + n % kColumnsInRow];
    }
    EXPECT(grid_of(bursts, kUnits * kColumnsInRow, kBurst, &grids[row]));
  }
}

// What it costs to bring the same bytes to the scratchpad of the NPU beside the stack, many times
// over: a submission alone takes longer.
static cost_t read_by_dma(const hbm_t* hbm, const hbm_stack_t* stack) {
  static gather_t gather;
  static uint16_t y[kUnits][kPimLanes];
  find_grids();
  EXPECT(gather_open(&gather, &machine, die_of(stack), stack->memory));
  cost_t before = read_meters(hbm);
  gather_load(&gather, grids, kRows, 1);
  const cost_t once = cost_since(hbm, before);
  before = read_meters(hbm);
  gather_load(&gather, grids, kRows, 1 + kRounds);
  cost_t cost = less(cost_since(hbm, before), once);
  cost = (cost_t){cost.ns / kRounds, cost.access_pj / kRounds, cost.pj / kRounds};
  print_cost("DMA once, with its submission", once);
  print_cost("DMA again and again", cost);
  copy_at = stack->memory.base + stack->memory.size / 2;
  gather_store(&gather, copy_at, kMatrixBytes);
  multiply_on_hart(in_copy, y);
  EXPECT(memcmp(y, expected, sizeof y) == 0);
  return cost;
}

// What a burst of x takes; some more of them, into other rows.
static void print_cost_of_x(const hbm_t* hbm) {
  const uint64_t burst[kBurst / 8] = {0};
  EXPECT(hbm_pim_enter(hbm, HBM_PIM_ALL_BANKS) == HBM_OK);
  hbm_pim_point_odd(hbm, kRowX + 1, 0);
  const uint64_t before = time_nanoseconds(time_ticks());
  for (int n = 0; n < kRounds; ++n) hbm_pim_write_odd(hbm, burst);
  const uint64_t ns = time_nanoseconds(time_ticks()) - before;
  EXPECT(hbm_pim_enter(hbm, HBM_PIM_SINGLE_BANK) == HBM_OK);
  printf("  %lu ns for %u bursts of x\n", ns, kRounds);
}

static void multiply_in_memory(const hbm_t* hbm) {
  const uint32_t program[] = {
      pim_instruction(kPimMov, kPimGrfB, kPimZero, 0),
      pim_instruction(kPimFill, kPimSrf, kPimOdd, 0),
      pim_instruction(kPimMac, kPimGrfB, kPimEven, kPimSrf) | kPimCountsUpSecond,
      pim_jump(2, kPimSrfEntries - 1),
      pim_jump(1, kColumns / kPimSrfEntries - 1),
      pim_instruction(kPimMov, kPimEven, kPimGrfB, 0),
      pim_instruction(kPimExit, 0, 0, 0),
  };
  hbm_status_t status = HBM_EBUSY;
  hbm_pim_channels(hbm, 1);
  EXPECT(hbm_pim_enter(hbm, HBM_PIM_ALL_BANKS) == HBM_OK);
  hbm_pim_point_odd(hbm, kRowX, 0);
  for (uint32_t k = 0; k < kColumns; k += kBurst / sizeof *x) {
    uint64_t burst[kBurst / 8];
    memcpy(burst, &x[k], kBurst);
    hbm_pim_write_odd(hbm, burst);
  }
  EXPECT(hbm_pim_enter(hbm, HBM_PIM_COMPUTE) == HBM_OK);
  hbm_pim_load(hbm, program, sizeof program / sizeof *program);
  hbm_pim_point_even(hbm, kRowW, 0);
  hbm_pim_point_odd(hbm, kRowX, 0);
  EXPECT(hbm_pim_start(hbm) == HBM_OK);
  for (int polls = 0; status == HBM_EBUSY && polls < kTimeoutPolls; ++polls) {
    status = hbm_pim_progress(hbm);
  }
  EXPECT(status == HBM_OK);
  EXPECT(hbm_pim_enter(hbm, HBM_PIM_SINGLE_BANK) == HBM_OK);
}

static void compare(void) {
  uint16_t y[kPimLanes];
  for (uint32_t unit = 0; unit < kUnits; ++unit) {
    read_burst(burst_at[unit][kColumns], y);
    for (int lane = 0; lane < kPimLanes; ++lane) EXPECT(y[lane] == expected[unit][lane]);
  }
  printf("  %u results agree bit for bit\n", kUnits * kPimLanes);
}

static void compare_all(const hbm_t* hbm, const hbm_stack_t* stack) {
  const uint64_t memory = stack->memory.base;
  hbm_pim_counters_t counters;
  hbm_geometry_t geometry;
  uint64_t value;
  enable_floating_point();
  write_matrix(hbm, memory);
  cost_t before = read_meters(hbm);
  multiply_on_hart(in_place, expected);
  const cost_t hart = cost_since(hbm, before);
  print_cost("hart", hart);
  const cost_t dma = read_by_dma(hbm, stack);
  before = read_meters(hbm);
  multiply_in_memory(hbm);
  const cost_t units = cost_since(hbm, before);
  print_cost("units, with x and the program", units);
  hbm_pim_counters(hbm, &counters);
  EXPECT(hbm_probe(hbm, &geometry) == HBM_OK);
  const uint64_t run_ns = counters.clocks * 4000 / geometry.megatransfers;  // HBM3: a clock is 4.
  printf("  of that the run: %lu ns for %lu commands, %lu operations\n", run_ns, counters.commands,
         counters.operations);
  EXPECT(units.ns < hart.ns / 100);
  EXPECT(run_ns < dma.ns / 2);
  EXPECT(units.access_pj < dma.access_pj / 2);
  EXPECT(dma.access_pj < hart.access_pj / 2);
  EXPECT(counters.operations == UINT64_C(2) * kUnits * kPimLanes * kColumns);
  compare();
  print_cost_of_x(hbm);
  EXPECT(hbm_pim_enter(hbm, HBM_PIM_ALL_BANKS) == HBM_OK);
  EXPECT(!probe_read64(memory, &value));
  EXPECT(hbm_pim_enter(hbm, HBM_PIM_SINGLE_BANK) == HBM_OK);
  EXPECT(probe_read64(memory, &value));
}

static bool tested;

static void test(const hbm_t* hbm, const hbm_stack_t* stack) {
  if (tested || hbm_pim_units(hbm) < kUnits) return;
  arena_init(&machine);
  bring_up_npus(&machine);
  compare_all(hbm, stack);
  tested = true;
}

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  test_each_hbm(tree, "hbm_pim_test", test);
  EXPECT(tested);  // Some stack has units.
  return kExitOk;
}
