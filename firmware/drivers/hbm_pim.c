// SPDX-License-Identifier: Apache-2.0
#include "drivers/hbm_pim.h"

#include "hbm_regs.h"  // generated from models/hbm/hbm.regs.toml

static uint64_t put(uint64_t mask, uint64_t value) { return value * (mask & -mask) & mask; }

uint32_t hbm_pim_units(const hbm_t* hbm) {
  return mmio_read32(hbm->base + HBM_PIM_CAPS) & HBM_PIM_CAPS_UNITS;
}

hbm_status_t hbm_pim_enter(const hbm_t* hbm, hbm_pim_mode_t mode) {
  if (hbm_pim_units(hbm) == 0) return HBM_EFAIL;
  for (int steps = 0; steps < 3; ++steps) {
    const uint32_t status = mmio_read32(hbm->base + HBM_PIM_STATUS);
    const uint32_t now = status & HBM_PIM_STATUS_MODE;
    if (status & HBM_PIM_STATUS_BUSY) return HBM_EBUSY;
    if (now == (uint32_t)mode) return HBM_OK;
    mmio_write32(hbm->base + HBM_PIM_MODE, now < (uint32_t)mode ? now + 1 : now - 1);
  }
  return HBM_EFAIL;
}

uint64_t hbm_pim_offset(const hbm_t* hbm, const hbm_pim_place_t* place) {
  mmio_write64(hbm->base + HBM_PIM_PLACE,
               put(HBM_PIM_PLACE_CHANNEL, place->channel) |
                   put(HBM_PIM_PLACE_PSEUDO_CHANNEL, place->pseudo_channel) |
                   put(HBM_PIM_PLACE_BANK, place->bank) | put(HBM_PIM_PLACE_COLUMN, place->column) |
                   put(HBM_PIM_PLACE_ROW, place->row));
  return mmio_read64(hbm->base + HBM_PIM_ADDRESS);
}

void hbm_pim_channels(const hbm_t* hbm, uint32_t channels) {
  mmio_write32(hbm->base + HBM_PIM_CHANNELS, channels);
}

void hbm_pim_point_even(const hbm_t* hbm, uint32_t row, uint32_t column) {
  mmio_write32(hbm->base + HBM_PIM_EVEN,
               (uint32_t)(put(HBM_PIM_EVEN_ROW, row) | put(HBM_PIM_EVEN_COLUMN, column)));
}

void hbm_pim_point_odd(const hbm_t* hbm, uint32_t row, uint32_t column) {
  mmio_write32(hbm->base + HBM_PIM_ODD,
               (uint32_t)(put(HBM_PIM_ODD_ROW, row) | put(HBM_PIM_ODD_COLUMN, column)));
}

void hbm_pim_write_odd(const hbm_t* hbm, const uint64_t burst[4]) {
  for (int i = 0; i < 4; ++i) {
    mmio_write64(hbm->base + HBM_PIM_DATA + HBM_PIM_DATA_STRIDE * i, burst[i]);
  }
  mmio_write32(hbm->base + HBM_PIM_WRITE, HBM_PIM_WRITE_ODD);
}

void hbm_pim_load(const hbm_t* hbm, const uint32_t* program, uint32_t instructions) {
  for (uint32_t i = 0; i < instructions && i < kPimCrfEntries; ++i) {
    mmio_write32(hbm->base + HBM_PIM_CRF + HBM_PIM_CRF_STRIDE * i, program[i]);
  }
}

hbm_status_t hbm_pim_start(const hbm_t* hbm) {
  const uint32_t status = mmio_read32(hbm->base + HBM_PIM_STATUS);
  if (status & HBM_PIM_STATUS_BUSY) return HBM_EBUSY;
  if ((status & HBM_PIM_STATUS_MODE) != HBM_PIM_COMPUTE) return HBM_EFAIL;
  mmio_write32(hbm->base + HBM_PIM_RUN, HBM_PIM_RUN_START);
  return HBM_OK;
}

hbm_status_t hbm_pim_progress(const hbm_t* hbm) {
  const uint32_t status = mmio_read32(hbm->base + HBM_PIM_STATUS);
  if (status & HBM_PIM_STATUS_BUSY) return HBM_EBUSY;
  return (status & HBM_PIM_STATUS_ERROR) ? HBM_EFAIL : HBM_OK;
}

void hbm_pim_counters(const hbm_t* hbm, hbm_pim_counters_t* counters) {
  *counters = (hbm_pim_counters_t){
      .commands = mmio_read64(hbm->base + HBM_PIM_COMMANDS),
      .bursts = mmio_read64(hbm->base + HBM_PIM_BURSTS),
      .activates = mmio_read64(hbm->base + HBM_PIM_ACTIVATES),
      .operations = mmio_read64(hbm->base + HBM_PIM_OPERATIONS),
      .clocks = mmio_read64(hbm->base + HBM_PIM_CLOCKS),
  };
}
