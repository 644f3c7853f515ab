// SPDX-License-Identifier: Apache-2.0
//
// Driver for one end of a UCIe link. Never waits: the caller polls ucie_state().
#ifndef CVP_FIRMWARE_DRIVERS_UCIE_H_
#define CVP_FIRMWARE_DRIVERS_UCIE_H_

#include <stdbool.h>

#include "mmio.h"

typedef enum {
  UCIE_OK = 0,
  UCIE_ENODEV,  // No link block of a known version answers here.
  UCIE_EDOWN,   // The link is not up.
} ucie_status_t;

typedef struct {
  uintptr_t base;  // From the device tree.
} ucie_t;

// The states that software acts on; ucie_state_name() knows them all.
enum { UCIE_RESET = 0, UCIE_TRAINERROR = 26 };

typedef struct {
  uint8_t state;
  bool up;
  uint8_t lanes, rate;  // Negotiated; 0 while down. Rate in GT/s.
} ucie_state_t;

typedef struct {
  uint8_t lanes, rate;
  bool advanced;
} ucie_capability_t;

NODISCARD ucie_status_t ucie_probe(const ucie_t* ucie, ucie_capability_t* capability);
// Clears old errors and starts training. The other end follows.
NODISCARD ucie_status_t ucie_start(const ucie_t* ucie);
ucie_state_t ucie_state(const ucie_t* ucie);
// Lanes that a spare has replaced.
uint32_t ucie_repaired_lanes(const ucie_t* ucie);
// Why training failed, as words; `state` says where.
const char* ucie_error(const ucie_t* ucie, uint8_t* state);
const char* ucie_state_name(uint8_t state);
// Releases the die at the other end from reset.
NODISCARD ucie_status_t ucie_release_remote(const ucie_t* ucie);
bool ucie_remote_released(const ucie_t* ucie);

#endif  // CVP_FIRMWARE_DRIVERS_UCIE_H_
