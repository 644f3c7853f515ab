// SPDX-License-Identifier: Apache-2.0
//
// What the device tree says about the package, and what the first stage has found out since. The
// upper bits of an address name the die: whose register a node describes follows from its `reg`.
#ifndef CVP_FIRMWARE_LIB_MACHINE_H_
#define CVP_FIRMWARE_LIB_MACHINE_H_

#include <stdbool.h>
#include <stdint.h>

#include "lib/fdt.h"
#include "lib/routes.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { kMaxStacks = 8, kMaxBridges = 4, kMaxNpus = kMaxDies, kDieShift = 40, kNameBytes = 24 };

typedef struct {
  uint64_t base, size;
} range_t;

typedef struct {
  uint64_t base;  // 0: no such port.
  uint8_t peer_die, peer_port;
  bool tried, up;
  uint8_t lanes, rate;
  uint32_t message;  // Number that its interrupts write.
} link_end_t;

typedef struct {
  uint64_t base;
  range_t memory;
  uint32_t message;  // Number that its interrupts write.
  bool usable;
} hbm_stack_t;

typedef struct {
  bool present;
  bool reached;  // Its registers answer.
  char name[kNameBytes];
  uint64_t router;
  link_end_t ports[kMaxPorts];
  hbm_stack_t stacks[kMaxStacks];
  uint32_t stack_count;
  uint64_t npu;  // 0: none.
  range_t scratchpad;
  uint32_t message;  // Number that its completion interrupt writes.
  bool npu_live;
} die_t;

typedef struct {
  uint64_t base;  // Component registers.
  range_t window, ecam, mmio;
  uint32_t bus;
  bool usable;
  range_t memory;  // What of the window answers.
} bridge_t;

typedef struct {
  uint64_t clint, plic, finisher, messages;  // 0: none.
  uint64_t aplic;                            // Its machine-level domain; 0: none.
  uint32_t ticks_per_second;
  uint32_t harts;
  range_t dram;
  range_t job;              // Size 0: none.
  uint32_t message_source;  // PLIC or APLIC source of message 0.
  die_t dies[kMaxDies];
  bridge_t bridges[kMaxBridges];
  uint32_t bridge_count;
} machine_t;

// False when the tree lacks what no boot can do without: DRAM, CLINT, time base.
bool machine_read(machine_t* machine, const fdt_t* fdt);

#ifdef __cplusplus
}
#endif

#endif  // CVP_FIRMWARE_LIB_MACHINE_H_
