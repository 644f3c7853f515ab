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
