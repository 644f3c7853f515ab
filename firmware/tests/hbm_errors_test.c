// SPDX-License-Identifier: Apache-2.0
//
// Wrong bits in an HBM stack: one is corrected and logged, two are an access fault and an
// interrupt, the patrol heals what can be healed, errors come by rate, and other memory never
// notices.
#include "lib/mmio.h"
#include "tests/hbm_stacks.h"
#include "tests/htif.h"

enum { kWord = 0x4000, kData = 0x5a5a1234, kTimeoutNs = 100000, kBurst = 32, kReads = 64 };

static uint64_t expect_data(uint64_t address) {
  uint64_t value = 0;
  EXPECT(probe_read64(address, &value));
  EXPECT(value == kData);
  return value;
}

static void one_bit(const hbm_t* hbm, uint64_t address) {
  hbm_error_counts_t counts;
  hbm_error_place_t place;
  mmio_write64(address, kData);
  hbm_inject_one(hbm, kWord, 5);
  expect_data(address);  // Corrected by the die: the controller does not see it.
  hbm_error_counts(hbm, &counts);
  EXPECT(counts.on_die_corrected == 1 && counts.corrected == 0);

  hbm_correction(hbm, true, false);
  expect_data(address);
  hbm_error_counts(hbm, &counts);
  EXPECT(counts.corrected == 1 && counts.uncorrected == 0);
  hbm_corrected_place(hbm, &place);
  EXPECT(place.offset == kWord);
  EXPECT(hbm_take_events(hbm) == HBM_CORRECTED);
  hbm_correction(hbm, true, true);
  printf("  one bit: corrected in channel %u, bank %u\n", place.channel, place.bank);
}

static void two_bits(const hbm_t* hbm, uint64_t address, uint32_t source) {
  hbm_error_place_t place;
  uint64_t value;
  hbm_interrupted = 0;
  mmio_write64(address, kData);
  hbm_inject_two(hbm, kWord, 5, 66);
  EXPECT(!probe_read64(address, &value));
  EXPECT(sleep_until_flag(&hbm_interrupted, kTimeoutNs));
  EXPECT(hbm_interrupted == source);
  hbm_uncorrected_place(hbm, &place);
  EXPECT(place.offset == kWord);
  EXPECT(hbm_take_events(hbm) == HBM_UNCORRECTED);
  EXPECT(hbm_take_events(hbm) == 0);
  EXPECT(probe_read64(address + 8, &value));  // Its neighbour is good.
  mmio_write64(address, kData);
  expect_data(address);
  printf("  two bits: access fault and interrupt %u\n", source);
}

// Bursts from the start of the memory up to the word are read in 512 steps of 50 ns.
static void patrol(const hbm_t* hbm) {
  hbm_error_counts_t before, after;
  hbm_error_counts(hbm, &before);
  hbm_inject_one(hbm, kWord, 63);
  hbm_scrub(hbm, 50);
  sleep_nanoseconds(60 * (kWord / 32));
  hbm_error_counts(hbm, &after);
  EXPECT(after.on_die_corrected == before.on_die_corrected + 1);
  hbm_scrub(hbm, 0);
  printf("  patrol: healed\n");
}

static void fill(uint64_t address) {
  for (int word = 0; word < kReads * kBurst / 8; ++word) mmio_write64(address + 8 * word, kData);
}

// Reads `kReads` good bursts while errors come by rate; how many of them the die had to correct.
static uint64_t corrected_at_rate(const hbm_t* hbm, uint64_t address, uint32_t one_in,
                                  uint64_t seed) {
  hbm_error_counts_t before, after;
  fill(address);
  hbm_error_counts(hbm, &before);
  hbm_inject_by_rate(hbm, one_in, 0, seed);
  for (int n = 0; n < kReads; ++n) expect_data(address + kBurst * n);
  hbm_inject_by_rate(hbm, 0, 0, 0);
  hbm_error_counts(hbm, &after);
  EXPECT(after.corrected == before.corrected && after.uncorrected == before.uncorrected);
  return after.on_die_corrected - before.on_die_corrected;
}

static void by_rate(const hbm_t* hbm, uint64_t address) {
  hbm_error_counts_t before, after;
  uint64_t value;
  EXPECT(corrected_at_rate(hbm, address, 0, 1) == 0);
  const uint64_t some = corrected_at_rate(hbm, address, 4, 1);
  EXPECT(some > 0 && some < kReads);
  EXPECT(corrected_at_rate(hbm, address, 4, 1) == some);

  hbm_error_counts(hbm, &before);
  hbm_inject_by_rate(hbm, 0, 1, 1);
  (void)probe_read64(address, &value);  // Another word of the burst may be the wrong one.
  hbm_inject_by_rate(hbm, 0, 0, 0);
  for (int word = 0; word < kBurst / 8; ++word) (void)probe_read64(address + 8 * word, &value);
  hbm_error_counts(hbm, &after);
  EXPECT(after.uncorrected > before.uncorrected);
  EXPECT(hbm_take_events(hbm) == HBM_UNCORRECTED);
  fill(address);
  printf("  by rate: %lu of %u bursts corrected\n", some, kReads);
}

static void test(const hbm_t* hbm, const hbm_stack_t* stack) {
  const uint32_t source = hbm_listen(hbm, stack, HBM_UNCORRECTED);
  one_bit(hbm, stack->memory.base + kWord);
  two_bits(hbm, stack->memory.base + kWord, source);
  patrol(hbm);
  by_rate(hbm, stack->memory.base + kWord);
  hbm_interrupt_on(hbm, 0, 0, 0);
}

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  test_each_hbm(tree, "hbm_errors_test", test);
  return kExitOk;
}
