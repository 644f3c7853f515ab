// SPDX-License-Identifier: Apache-2.0
//
// NPU programs that measure reach, written by the firmware itself.
#ifndef CVP_FIRMWARE_APPS_REACH_NPU_H_
#define CVP_FIRMWARE_APPS_REACH_NPU_H_

#include <stdbool.h>
#include <stdint.h>

// Region numbers of these programs: the program itself, and what is read.
enum { kReachProgram = 0, kReachTarget = 1, kReachProgramBytes = 4096 };

// Does nothing: what a submission costs by itself.
void write_empty_program(void* buffer);
// `count` loads of one 64-byte box, each waiting for the one before; and one load before those.
void write_latency_program(void* buffer, uint32_t count);
// Reads `bytes` in boxes of half the scratchpad; returns the bytes that it really reads.
uint64_t write_copy_program(void* buffer, uint64_t bytes, uint32_t scratchpad_bytes);

#endif  // CVP_FIRMWARE_APPS_REACH_NPU_H_
