// SPDX-License-Identifier: Apache-2.0
#include "drivers/hbm.h"

#include "hbm_regs.h"  // generated from models/hbm/hbm.regs.toml

enum { kId = 0x314d4248, kModeWriteLatency = 1, kModeReadLatency = 2 };

static uint32_t field(uint32_t word, uint32_t mask) { return (word & mask) / (mask & -mask); }

hbm_status_t hbm_probe(const hbm_t* hbm, hbm_geometry_t* geometry) {
  if (mmio_read32(hbm->base + HBM_ID) != kId) return HBM_ENODEV;
  const uint32_t counts = mmio_read32(hbm->base + HBM_GEOMETRY);
  const uint32_t timing = mmio_read32(hbm->base + HBM_TIMING);
  *geometry = (hbm_geometry_t){
      .channels = field(counts, HBM_GEOMETRY_CHANNELS),
      .pseudo_channels = field(counts, HBM_GEOMETRY_PSEUDO_CHANNELS),
      .bytes = mmio_read64(hbm->base + HBM_CAPACITY),
      .megatransfers = mmio_read32(hbm->base + HBM_RATE),
      .read_latency = field(timing, HBM_TIMING_READ_LATENCY),
      .write_latency = field(timing, HBM_TIMING_WRITE_LATENCY),
  };
  return HBM_OK;
}

static hbm_status_t command(const hbm_t* hbm, uint32_t bit) {
  if (mmio_read32(hbm->base + HBM_STATUS) & HBM_STATUS_BUSY) return HBM_EBUSY;
  mmio_write32(hbm->base + HBM_CTRL, bit);
  return HBM_OK;
}

hbm_status_t hbm_send_modes(const hbm_t* hbm, const hbm_geometry_t* geometry) {
  mmio_write32(hbm->base + HBM_MODE + HBM_MODE_STRIDE * kModeWriteLatency, geometry->write_latency);
  mmio_write32(hbm->base + HBM_MODE + HBM_MODE_STRIDE * kModeReadLatency, geometry->read_latency);
  return command(hbm, HBM_CTRL_SEND_MRS);
}

hbm_status_t hbm_train(const hbm_t* hbm) { return command(hbm, HBM_CTRL_START_TRAINING); }

hbm_status_t hbm_progress(const hbm_t* hbm) {
  const uint32_t status = mmio_read32(hbm->base + HBM_STATUS);
  if (status & HBM_STATUS_BUSY) return HBM_EBUSY;
  return (status & HBM_STATUS_TRAINING_FAILED) ? HBM_EFAIL : HBM_OK;
}

uint32_t hbm_trained(const hbm_t* hbm) { return mmio_read32(hbm->base + HBM_TRAINED); }

uint32_t hbm_failed(const hbm_t* hbm) { return mmio_read32(hbm->base + HBM_FAILED); }

int hbm_ready(const hbm_t* hbm) {
  return (mmio_read32(hbm->base + HBM_STATUS) & HBM_STATUS_READY) != 0;
}

_Static_assert(HBM_CORRECTED == HBM_IRQ_STATUS_CORRECTED, "events are bits of IRQ_STATUS");
_Static_assert(HBM_HOT == HBM_IRQ_STATUS_HOT, "events are bits of IRQ_STATUS");
_Static_assert(HBM_UNCORRECTED == HBM_IRQ_STATUS_UNCORRECTED, "events are bits of IRQ_STATUS");

void hbm_interrupt_on(const hbm_t* hbm, uint32_t events, uint64_t address, uint32_t message) {
  mmio_write64(hbm->base + HBM_MESSAGE_ADDRESS, address);
  mmio_write32(hbm->base + HBM_MESSAGE_DATA, message);
  mmio_write32(hbm->base + HBM_IRQ_ENABLE, events);
}

uint32_t hbm_take_events(const hbm_t* hbm) {
  const uint32_t events = mmio_read32(hbm->base + HBM_IRQ_STATUS);
  mmio_write32(hbm->base + HBM_IRQ_STATUS, events);
  return events;
}

void hbm_correction(const hbm_t* hbm, bool controller, bool on_die) {
  mmio_write32(hbm->base + HBM_ECC_CTRL,
               (controller ? HBM_ECC_CTRL_ENABLE : 0) | (on_die ? HBM_ECC_CTRL_ON_DIE : 0));
}

void hbm_corrected_threshold(const hbm_t* hbm, uint16_t words) {
  mmio_write32(hbm->base + HBM_ECC_THRESHOLD, words);
}

void hbm_error_counts(const hbm_t* hbm, hbm_error_counts_t* counts) {
  *counts = (hbm_error_counts_t){
      .corrected = mmio_read64(hbm->base + HBM_ECC_CORRECTED),
      .uncorrected = mmio_read64(hbm->base + HBM_ECC_UNCORRECTED),
      .on_die_corrected = mmio_read64(hbm->base + HBM_ECC_ON_DIE_CORRECTED),
      .poison_read = mmio_read64(hbm->base + HBM_ECC_POISON_READ),
  };
}

// Both logs have the same fields.
static hbm_error_place_t place_of(uint64_t offset, uint32_t info) {
  return (hbm_error_place_t){
      .offset = offset,
      .channel = field(info, HBM_UNCORRECTED_INFO_CHANNEL),
      .pseudo_channel = field(info, HBM_UNCORRECTED_INFO_PSEUDO_CHANNEL),
      .bank = field(info, HBM_UNCORRECTED_INFO_BANK),
      .syndrome = field(info, HBM_UNCORRECTED_INFO_SYNDROME),
      .more = (info & HBM_UNCORRECTED_INFO_MORE) != 0,
  };
}

void hbm_corrected_place(const hbm_t* hbm, hbm_error_place_t* place) {
  *place = place_of(mmio_read64(hbm->base + HBM_CORRECTED_ADDRESS),
                    mmio_read32(hbm->base + HBM_CORRECTED_INFO));
}

void hbm_uncorrected_place(const hbm_t* hbm, hbm_error_place_t* place) {
  *place = place_of(mmio_read64(hbm->base + HBM_UNCORRECTED_ADDRESS),
                    mmio_read32(hbm->base + HBM_UNCORRECTED_INFO));
}

static void inject(const hbm_t* hbm, uint64_t offset, uint32_t what) {
  mmio_write64(hbm->base + HBM_INJECT_ADDRESS, offset);
  mmio_write32(hbm->base + HBM_INJECT, what);
}

void hbm_inject_one(const hbm_t* hbm, uint64_t offset, unsigned bit) {
  inject(hbm, offset, HBM_INJECT_ONE | (bit & HBM_INJECT_BIT));
}

void hbm_inject_two(const hbm_t* hbm, uint64_t offset, unsigned bit, unsigned second_bit) {
  const uint32_t second = second_bit * (HBM_INJECT_SECOND_BIT & -HBM_INJECT_SECOND_BIT);
  inject(hbm, offset, HBM_INJECT_TWO | (bit & HBM_INJECT_BIT) | (second & HBM_INJECT_SECOND_BIT));
}

void hbm_inject_by_rate(const hbm_t* hbm, uint32_t one_in, uint32_t two_in, uint64_t seed) {
  mmio_write64(hbm->base + HBM_INJECT_SEED, seed);
  mmio_write32(hbm->base + HBM_INJECT_ONE_IN, one_in);
  mmio_write32(hbm->base + HBM_INJECT_TWO_IN, two_in);
}

void hbm_scrub(const hbm_t* hbm, uint32_t nanoseconds) {
  mmio_write32(hbm->base + HBM_SCRUB_CTRL, 0);
  if (nanoseconds == 0) return;
  mmio_write32(hbm->base + HBM_SCRUB_INTERVAL, nanoseconds);
  mmio_write32(hbm->base + HBM_SCRUB_CTRL, HBM_SCRUB_CTRL_ENABLE);
}

void hbm_self_refresh(const hbm_t* hbm, bool on) {
  mmio_write32(hbm->base + HBM_POWER_CTRL, on ? HBM_POWER_CTRL_SELF_REFRESH : 0);
}

void hbm_power_down_after(const hbm_t* hbm, uint16_t clocks) {
  if (clocks != 0) mmio_write32(hbm->base + HBM_POWER_IDLE, clocks);
  mmio_write32(hbm->base + HBM_POWER_CTRL, clocks != 0 ? HBM_POWER_CTRL_AUTO_POWER_DOWN : 0);
}

void hbm_sleep(const hbm_t* hbm, hbm_sleep_t* sleep) {
  *sleep = (hbm_sleep_t){
      .power_down_entries = mmio_read64(hbm->base + HBM_POWER_DOWN_ENTRIES),
      .power_down_nanoseconds = mmio_read64(hbm->base + HBM_POWER_DOWN_TIME),
      .self_refresh_nanoseconds = mmio_read64(hbm->base + HBM_SELF_REFRESH_TIME),
  };
}

uint32_t hbm_celsius(const hbm_t* hbm) {
  return field(mmio_read32(hbm->base + HBM_TEMPERATURE), HBM_TEMPERATURE_CELSIUS);
}

void hbm_pretend_celsius(const hbm_t* hbm, int celsius) {
  const uint32_t value = (uint32_t)celsius & HBM_TEMPERATURE_TEST_CELSIUS;
  mmio_write32(hbm->base + HBM_TEMPERATURE_TEST,
               celsius < 0 ? 0 : value | HBM_TEMPERATURE_TEST_ENABLE);
}

uint32_t hbm_refresh_rate(const hbm_t* hbm) {
  return field(mmio_read32(hbm->base + HBM_REFRESH_RATE), HBM_REFRESH_RATE_TIMES);
}

void hbm_channel_counters(const hbm_t* hbm, uint32_t channel, hbm_channel_t* counters) {
  const uintptr_t base = hbm->base + HBM_CHANNEL_STRIDE * channel;
  *counters = (hbm_channel_t){
      .bursts_read = mmio_read64(base + HBM_CHANNEL_BURSTS_READ),
      .bursts_written = mmio_read64(base + HBM_CHANNEL_BURSTS_WRITTEN),
      .row_hits = mmio_read64(base + HBM_CHANNEL_ROW_HITS),
      .row_misses = mmio_read64(base + HBM_CHANNEL_ROW_MISSES),
      .row_conflicts = mmio_read64(base + HBM_CHANNEL_ROW_CONFLICTS),
      .refreshes = mmio_read64(base + HBM_CHANNEL_REFRESHES),
      .reads = mmio_read64(base + HBM_CHANNEL_READS),
      .read_nanoseconds = mmio_read64(base + HBM_CHANNEL_READ_TIME),
  };
}

uint64_t hbm_mean_read_latency(const hbm_channel_t* before, const hbm_channel_t* after) {
  const uint64_t reads = after->reads - before->reads;
  return reads == 0 ? 0 : (after->read_nanoseconds - before->read_nanoseconds) / reads;
}

uint64_t hbm_energy(const hbm_t* hbm) { return mmio_read64(hbm->base + HBM_ENERGY); }

uint64_t hbm_access_energy(const hbm_t* hbm) { return mmio_read64(hbm->base + HBM_ENERGY_ACCESS); }
