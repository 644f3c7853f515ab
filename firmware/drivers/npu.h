// SPDX-License-Identifier: Apache-2.0
//
// Driver for an NPU cluster, context 0. Rings and programs are models/npu/npu_abi.h's; this driver
// fills the registers and rings the doorbell. Never waits.
#ifndef CVP_FIRMWARE_DRIVERS_NPU_H_
#define CVP_FIRMWARE_DRIVERS_NPU_H_

#include "mmio.h"

typedef enum {
  NPU_OK = 0,
  NPU_ENODEV,    // No NPU answers here.
  NPU_EVERSION,  // It speaks another ABI than ours.
  NPU_ERANGE,    // No such region, or a ring size that is no power of two.
  NPU_EBUSY,     // The context is not idle.
} npu_status_t;

typedef struct {
  uintptr_t base;  // From the device tree.
} npu_t;

typedef struct {
  uint32_t abi_major, abi_minor;
  uint32_t features;
  uint32_t rows, columns;
  uint32_t scratchpad_bytes;
  uint32_t kilohertz;
} npu_info_t;

typedef struct {
  uint64_t submissions;  // Address of `entries` NpuSubmission.
  uint64_t completions;  // Address of `entries` NpuCompletion.
  uint32_t entries;      // A power of two, for both.
  uint64_t message_address;
  uint32_t message;
} npu_rings_t;

NODISCARD npu_status_t npu_probe(const npu_t* npu, npu_info_t* info);
NODISCARD npu_status_t npu_set_region(const npu_t* npu, uint32_t region, uint64_t base,
                                      uint64_t bytes, uint32_t rights);
// Starts a reset of the context: drops all work, clears error and indices. Over when npu_idle().
void npu_reset(const npu_t* npu);
int npu_idle(const npu_t* npu);
// Sets the rings and enables the context.
NODISCARD npu_status_t npu_enable(const npu_t* npu, const npu_rings_t* rings);
// Entries up to tail - 1 are ready to run.
void npu_submit(const npu_t* npu, uint32_t tail);
// Completions written so far, as a free-running count.
uint32_t npu_completed(const npu_t* npu);
// Completions up to head - 1 have been read.
void npu_consume(const npu_t* npu, uint32_t head);
// A failing command has stopped the context.
int npu_stopped(const npu_t* npu);

// Since reset, in cycles of the cluster's clock. The six in the middle sum to `cycles`.
typedef struct {
  uint64_t cycles;
  uint64_t active, weight_stall, weight_shift, non_matrix, raw_stall, input_stall;
  uint64_t macs;
} npu_counters_t;
npu_counters_t npu_counters(const npu_t* npu);

#endif  // CVP_FIRMWARE_DRIVERS_NPU_H_
