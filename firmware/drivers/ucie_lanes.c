// SPDX-License-Identifier: Apache-2.0
//
// Lanes, and errors on demand.
#include <string.h>

#include "drivers/ucie_private.h"

static bool find_lanes(const ucie_t* ucie, uintptr_t* base) {
  return ucie_find_block(ucie, UCIE_LOCATOR_BLOCK_LANES, UCIE_LANE_SELECT, base);
}

ucie_status_t ucie_lanes(const ucie_t* ucie, uint8_t module, bool transmit, ucie_lanes_t* lanes) {
  uintptr_t block;
  if (!find_lanes(ucie, &block)) return UCIE_ENODEV;
  mmio_write32(block + UCIE_LANE_SELECT,
               module * (UCIE_LANE_SELECT_MODULE & -UCIE_LANE_SELECT_MODULE) |
                   (transmit ? UCIE_LANE_SELECT_TRANSMIT : 0));
  const uint32_t word = mmio_read32(block + UCIE_LANE_STATUS);
  *lanes = (ucie_lanes_t){.width = (uint8_t)ucie_field(word, UCIE_LANE_STATUS_WIDTH),
                          .first = (uint8_t)ucie_field(word, UCIE_LANE_STATUS_FIRST),
                          .repaired = (uint8_t)ucie_field(word, UCIE_LANE_STATUS_REPAIRED),
                          .clock_repaired = (word & UCIE_LANE_STATUS_CLOCK) != 0,
                          .valid_repaired = (word & UCIE_LANE_STATUS_VALID) != 0,
                          .sideband_repaired = (word & UCIE_LANE_STATUS_SIDEBAND) != 0};
  return UCIE_OK;
}

ucie_lane_t ucie_lane(const ucie_t* ucie, uint32_t lane) {
  uintptr_t block;
  if (lane / 16 >= UCIE_LANE_STATE_COUNT || !find_lanes(ucie, &block)) return UCIE_LANE_UNUSED;
  const uint32_t word = mmio_read32(block + UCIE_LANE_STATE + lane / 16 * UCIE_LANE_STATE_STRIDE);
  return (ucie_lane_t)(word >> lane % 16 * 2 & 3);
}

ucie_status_t ucie_pins(const ucie_t* ucie, unsigned kind, ucie_pins_t* pins) {
  static const struct {
    const char* name;
    uint8_t count, shift;  // Of the first; the next one lies above.
  } kKinds[] = {{"clock", 2, UCIE_PIN_STATE_CLOCK0_SHIFT},
                {"track", 1, UCIE_PIN_STATE_TRACK_SHIFT},
                {"clock_spare", 1, UCIE_PIN_STATE_CLOCK_SPARE_SHIFT},
                {"valid", 1, UCIE_PIN_STATE_VALID_SHIFT},
                {"valid_spare", 1, UCIE_PIN_STATE_VALID_SPARE_SHIFT},
                {"sideband", 2, UCIE_PIN_STATE_SIDEBAND_CLOCK_SHIFT},
                {"sideband_spare", 2, UCIE_PIN_STATE_SIDEBAND_CLOCK_SPARE_SHIFT}};
  uintptr_t block;
  if (kind >= sizeof kKinds / sizeof kKinds[0]) return UCIE_EINVAL;
  if (!find_lanes(ucie, &block)) return UCIE_ENODEV;
  const uint32_t word = mmio_read32(block + UCIE_PIN_STATE) >> kKinds[kind].shift;
  *pins = (ucie_pins_t){.name = kKinds[kind].name,
                        .count = kKinds[kind].count,
                        .state = {(ucie_lane_t)(word & 3), (ucie_lane_t)(word >> 2 & 3)}};
  return UCIE_OK;
}

uint8_t ucie_lane_map(const ucie_t* ucie, uint32_t lane) {
  uintptr_t block;
  if (lane / 4 >= UCIE_LANE_MAP_COUNT || !find_lanes(ucie, &block)) return UCIE_NO_LANE;
  const uint32_t word = mmio_read32(block + UCIE_LANE_MAP + lane / 4 * UCIE_LANE_MAP_STRIDE);
  return (uint8_t)(word >> lane % 4 * 8);
}

uint32_t ucie_repaired_lanes(const ucie_t* ucie) {
  ucie_capability_t capability;
  uint32_t repaired = 0;
  if (ucie_probe(ucie, &capability) != UCIE_OK) return 0;
  for (uint8_t module = 0; module < capability.modules; ++module) {
    ucie_lanes_t lanes;
    if (ucie_lanes(ucie, module, false, &lanes) == UCIE_OK) repaired += lanes.repaired;
  }
  return repaired;
}

static ucie_status_t inject(const ucie_t* ucie, uint32_t what) {
  uintptr_t block;
  if (!find_lanes(ucie, &block)) return UCIE_ENODEV;
  mmio_write32(block + UCIE_INJECT, what);
  return ucie_result(ucie);
}

ucie_status_t ucie_break_pin(const ucie_t* ucie, const char* pin, uint8_t number, uint8_t module,
                             uint8_t rate) {
  static const char* const kPins[] = {
      [UCIE_BROKEN_PIN_KIND_DATA] = "data",
      [UCIE_BROKEN_PIN_KIND_DATA_SPARE] = "data_spare",
      [UCIE_BROKEN_PIN_KIND_CLOCK] = "clock",
      [UCIE_BROKEN_PIN_KIND_TRACK] = "track",
      [UCIE_BROKEN_PIN_KIND_CLOCK_SPARE] = "clock_spare",
      [UCIE_BROKEN_PIN_KIND_VALID] = "valid",
      [UCIE_BROKEN_PIN_KIND_VALID_SPARE] = "valid_spare",
      [UCIE_BROKEN_PIN_KIND_SIDEBAND] = "sideband",
      [UCIE_BROKEN_PIN_KIND_SIDEBAND_SPARE] = "sideband_spare",
  };
  const uint32_t kinds = sizeof kPins / sizeof kPins[0];
  uint32_t kind = 0;
  while (kind < kinds && strcmp(kPins[kind], pin) != 0) ++kind;
  if (kind == kinds || number > 63 || module > 3) return UCIE_EINVAL;
  uintptr_t block;
  if (!find_lanes(ucie, &block)) return UCIE_ENODEV;
  mmio_write32(block + UCIE_BROKEN_PIN,
               kind | number * (UCIE_BROKEN_PIN_NUMBER & -UCIE_BROKEN_PIN_NUMBER) |
                   module * (UCIE_BROKEN_PIN_MODULE & -UCIE_BROKEN_PIN_MODULE) |
                   rate * (UCIE_BROKEN_PIN_RATE & -UCIE_BROKEN_PIN_RATE));
  return inject(ucie, UCIE_INJECT_PIN);
}

ucie_status_t ucie_damage_flit(const ucie_t* ucie) {
  const ucie_status_t status = inject(ucie, UCIE_INJECT_FLIT);
  return status == UCIE_EINVAL ? UCIE_ENOCRC : status;
}

ucie_status_t ucie_fatal_error(const ucie_t* ucie) { return inject(ucie, UCIE_INJECT_FATAL); }
