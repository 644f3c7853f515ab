// SPDX-License-Identifier: Apache-2.0
//
// Driver for the compute units of an HBM stack (drivers/hbm.h brings it up). Programs are those of
// models/hbm/pim_abi.h. Never waits: the caller polls hbm_pim_progress().
#ifndef CVP_FIRMWARE_DRIVERS_HBM_PIM_H_
#define CVP_FIRMWARE_DRIVERS_HBM_PIM_H_

#include "drivers/hbm.h"
#include "models/hbm/pim_abi.h"

// Outside the first nobody reaches the memory.
typedef enum {
  HBM_PIM_SINGLE_BANK = 0,
  HBM_PIM_ALL_BANKS = 1,
  HBM_PIM_COMPUTE = 2,
} hbm_pim_mode_t;

typedef struct {
  uint32_t channel, pseudo_channel;
  uint32_t bank;  // Of the pseudo channel; unit n is between 2n (even) and 2n + 1 (odd).
  uint32_t row, column;
} hbm_pim_place_t;

typedef struct {
  uint64_t commands, bursts, activates, operations, clocks;
} hbm_pim_counters_t;

// Units of a channel; 0: a stack without.
uint32_t hbm_pim_units(const hbm_t* hbm);
// Steps through the modes until there. HBM_EBUSY: a run is under way; HBM_EFAIL: no such stack.
NODISCARD hbm_status_t hbm_pim_enter(const hbm_t* hbm, hbm_pim_mode_t mode);
// Offset in the memory of a burst; all ones: there is no such place.
uint64_t hbm_pim_offset(const hbm_t* hbm, const hbm_pim_place_t* place);
// Which channels take part. Bit n: channel n.
void hbm_pim_channels(const hbm_t* hbm, uint32_t channels);
// The next burst of the even, and of the odd banks.
void hbm_pim_point_even(const hbm_t* hbm, uint32_t row, uint32_t column);
void hbm_pim_point_odd(const hbm_t* hbm, uint32_t row, uint32_t column);
// In all-banks mode: the same 32 bytes into all odd banks, at their pointer.
void hbm_pim_write_odd(const hbm_t* hbm, const uint64_t burst[4]);
void hbm_pim_load(const hbm_t* hbm, const uint32_t* program, uint32_t instructions);
// In compute mode.
NODISCARD hbm_status_t hbm_pim_start(const hbm_t* hbm);
// HBM_OK when the run has ended well.
NODISCARD hbm_status_t hbm_pim_progress(const hbm_t* hbm);
void hbm_pim_counters(const hbm_t* hbm, hbm_pim_counters_t* counters);

#endif  // CVP_FIRMWARE_DRIVERS_HBM_PIM_H_
