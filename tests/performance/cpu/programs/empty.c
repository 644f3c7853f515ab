// SPDX-License-Identifier: Apache-2.0
//
// Nothing: what starting and ending cost.
#include "tests/performance/cpu/programs/program.h"

uint64_t program(void) { return 0; }
