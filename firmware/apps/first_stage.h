// SPDX-License-Identifier: Apache-2.0
//
// The steps of the first stage, in the order in which they run. Each reports what it finds, marks
// in the machine what works, and leaves out what does not.
#ifndef CVP_FIRMWARE_APPS_FIRST_STAGE_H_
#define CVP_FIRMWARE_APPS_FIRST_STAGE_H_

#include "lib/machine.h"

enum { kHost = 0 };

// Trains every link that can be reached, breadth first from the host, and writes all routes.
void bring_up_links(machine_t* machine);
// The port nearest to the host that leads into `die`: its owner, or kNoDie.
uint8_t entry_port(const machine_t* machine, uint8_t die, uint8_t* port);

void bring_up_hbm(machine_t* machine);
void bring_up_cxl(machine_t* machine);
// Releases the dies over the sideband and looks at their NPUs.
void bring_up_npus(machine_t* machine);

// Writes and reads patterns over [base, base + bytes), 8 bytes every `step`; false at the first
// difference or access fault, which is reported.
bool memory_test(const char* what, uint64_t base, uint64_t bytes, uint64_t step);

// Copies the tree to RAM and edits it; null when there is no room.
const void* hand_over_tree(const machine_t* machine, const fdt_t* fdt);

// Whether an operating system's firmware is to follow; enters it on all harts.
bool next_stage_read(const fdt_t* fdt);
__attribute__((noreturn)) void next_stage_enter(const machine_t* machine, const void* tree);

void print_reach_matrix(const machine_t* machine);
// Runs the job; the exit code of the run.
int run_inference(const machine_t* machine);

#endif  // CVP_FIRMWARE_APPS_FIRST_STAGE_H_
