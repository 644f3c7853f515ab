// SPDX-License-Identifier: Apache-2.0
//
// Driver for the controller of one HBM stack. Never waits: the caller polls hbm_progress().
#ifndef CVP_FIRMWARE_DRIVERS_HBM_H_
#define CVP_FIRMWARE_DRIVERS_HBM_H_

#include "mmio.h"

typedef enum {
  HBM_OK = 0,
  HBM_ENODEV,  // No HBM controller answers here.
  HBM_EBUSY,   // The command still runs.
  HBM_EFAIL,   // At least one channel did not train.
} hbm_status_t;

typedef struct {
  uintptr_t base;  // From the device tree.
} hbm_t;

typedef struct {
  uint32_t channels, pseudo_channels;
  uint64_t bytes;
  uint32_t megatransfers;
  uint32_t read_latency, write_latency;  // Clocks.
} hbm_geometry_t;

NODISCARD hbm_status_t hbm_probe(const hbm_t* hbm, hbm_geometry_t* geometry);
// Writes the mode registers that the geometry asks for and sends them to all channels.
NODISCARD hbm_status_t hbm_send_modes(const hbm_t* hbm, const hbm_geometry_t* geometry);
NODISCARD hbm_status_t hbm_train(const hbm_t* hbm);
// HBM_OK when the last command has ended well.
NODISCARD hbm_status_t hbm_progress(const hbm_t* hbm);
// Bit n: channel n.
uint32_t hbm_trained(const hbm_t* hbm);
uint32_t hbm_failed(const hbm_t* hbm);
// The memory answers.
int hbm_ready(const hbm_t* hbm);

#endif  // CVP_FIRMWARE_DRIVERS_HBM_H_
