// SPDX-License-Identifier: Apache-2.0
//
// A channel counts the reads that reach it and how long they took: rows that are open answer
// sooner, where the model has rows.
#include "lib/mmio.h"
#include "tests/hbm_stacks.h"
#include "tests/htif.h"

enum { kReads = 64, kAwake = 0xffff };

static uint64_t rows_looked_at(const hbm_channel_t* channel) {
  return channel->row_hits + channel->row_misses + channel->row_conflicts;
}

// Mean latency of reads at a distance of `step`, at the channel of the first one. Each looks at a
// row, or none does.
static uint64_t latency(const hbm_t* hbm, uint32_t channels, uint64_t address, uint64_t step,
                        bool* rows) {
  static hbm_channel_t before[32], after[32];
  uint64_t reads = 0, all = 0, time = 0, looks = 0;
  for (uint32_t n = 0; n < channels; ++n) hbm_channel_counters(hbm, n, &before[n]);
  for (int i = 0; i < kReads; ++i) (void)mmio_read64(address + (uint64_t)i * step);
  for (uint32_t n = 0; n < channels; ++n) {
    hbm_channel_counters(hbm, n, &after[n]);
    const uint64_t here = after[n].reads - before[n].reads;
    EXPECT((here == 0) == (hbm_mean_read_latency(&before[n], &after[n]) == 0));
    EXPECT(after[n].bursts_read - before[n].bursts_read == here);
    reads += here;
    looks += rows_looked_at(&after[n]) - rows_looked_at(&before[n]);
    time += after[n].read_nanoseconds - before[n].read_nanoseconds;
    all += hbm_mean_read_latency(&before[n], &after[n]) * here;
  }
  EXPECT(reads == kReads);
  EXPECT(looks == 0 || looks == kReads);
  *rows = looks != 0;
  EXPECT(all <= time && time - all < kReads);  // Means are rounded down.
  return time / reads;
}

static void test(const hbm_t* hbm, const hbm_stack_t* stack) {
  hbm_geometry_t geometry;
  bool rows;
  EXPECT(hbm_probe(hbm, &geometry) == HBM_OK);
  hbm_power_down_after(hbm, kAwake);  // A stack that may sleep gives no grants: it sees all reads.
  const uint64_t same_row = latency(hbm, geometry.channels, stack->memory.base, 0, &rows);
  const uint64_t other_rows = latency(hbm, geometry.channels, stack->memory.base, 1 << 20, &rows);
  hbm_power_down_after(hbm, 0);
  EXPECT(same_row >= 10);
  EXPECT(rows ? same_row < other_rows : same_row == other_rows);
  printf("  reads of one row take %lu ns, of others %lu ns%s\n", same_row, other_rows,
         rows ? "" : ": a model without rows");
}

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  test_each_hbm(tree, "hbm_counters_test", test);
  return kExitOk;
}
