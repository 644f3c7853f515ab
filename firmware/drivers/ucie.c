// SPDX-License-Identifier: Apache-2.0
#include "drivers/ucie.h"

#include "ucie_regs.h"  // generated from models/ucie/ucie.regs.toml

_Static_assert(UCIE_RESET == UCIE_STATUS_STATE_RESET, "state of the register file");
_Static_assert(UCIE_TRAINERROR == UCIE_STATUS_STATE_TRAINERROR, "state of the register file");

enum { kMagic = 0x4355, kVersion = 1 };

static uint32_t field(uint32_t word, uint32_t mask) { return (word & mask) / (mask & -mask); }

ucie_status_t ucie_probe(const ucie_t* ucie, ucie_capability_t* capability) {
  const uint32_t id = mmio_read32(ucie->base + UCIE_ID);
  if (field(id, UCIE_ID_MAGIC) != kMagic || field(id, UCIE_ID_VERSION) != kVersion) {
    return UCIE_ENODEV;
  }
  const uint32_t word = mmio_read32(ucie->base + UCIE_CAPABILITY);
  capability->lanes = (uint8_t)field(word, UCIE_CAPABILITY_LANES);
  capability->rate = (uint8_t)field(word, UCIE_CAPABILITY_RATE);
  capability->advanced = (word & UCIE_CAPABILITY_ADVANCED) != 0;
  return UCIE_OK;
}

ucie_status_t ucie_start(const ucie_t* ucie) {
  if (field(mmio_read32(ucie->base + UCIE_ID), UCIE_ID_MAGIC) != kMagic) return UCIE_ENODEV;
  mmio_write32(ucie->base + UCIE_ERROR, mmio_read32(ucie->base + UCIE_ERROR));
  mmio_write32(ucie->base + UCIE_CONTROL, UCIE_CONTROL_START);
  return UCIE_OK;
}

ucie_state_t ucie_state(const ucie_t* ucie) {
  const uint32_t word = mmio_read32(ucie->base + UCIE_STATUS);
  return (ucie_state_t){.state = (uint8_t)field(word, UCIE_STATUS_STATE),
                        .up = (word & UCIE_STATUS_UP) != 0,
                        .lanes = (uint8_t)field(word, UCIE_STATUS_LANES),
                        .rate = (uint8_t)field(word, UCIE_STATUS_RATE)};
}

uint32_t ucie_repaired_lanes(const ucie_t* ucie) {
  return field(mmio_read32(ucie->base + UCIE_LANE_MAP), UCIE_LANE_MAP_REPAIRED);
}

const char* ucie_error(const ucie_t* ucie, uint8_t* state) {
  const uint32_t word = mmio_read32(ucie->base + UCIE_ERROR);
  *state = (uint8_t)field(word, UCIE_ERROR_FAILED_STATE);
  if (word & UCIE_ERROR_LANES) return "too many broken lanes";
  if (word & UCIE_ERROR_MISMATCH) return "package or flit format differs";
  if (word & UCIE_ERROR_TIMEOUT) return "no answer for 8 ms";
  if (word & UCIE_ERROR_REMOTE) return "the other end gave up";
  return "no error reported";
}

const char* ucie_state_name(uint8_t state) {
  static const char* const kNames[] = {
      [UCIE_STATUS_STATE_RESET] = "RESET",
      [UCIE_STATUS_STATE_SBINIT] = "SBINIT",
      [UCIE_STATUS_STATE_MBINIT_PARAM] = "MBINIT.PARAM",
      [UCIE_STATUS_STATE_MBINIT_CAL] = "MBINIT.CAL",
      [UCIE_STATUS_STATE_MBINIT_REPAIRCLK] = "MBINIT.REPAIRCLK",
      [UCIE_STATUS_STATE_MBINIT_REPAIRVAL] = "MBINIT.REPAIRVAL",
      [UCIE_STATUS_STATE_MBINIT_REVERSALMB] = "MBINIT.REVERSALMB",
      [UCIE_STATUS_STATE_MBINIT_REPAIRMB] = "MBINIT.REPAIRMB",
      [UCIE_STATUS_STATE_MBTRAIN_VALVREF] = "MBTRAIN.VALVREF",
      [UCIE_STATUS_STATE_MBTRAIN_DATAVREF] = "MBTRAIN.DATAVREF",
      [UCIE_STATUS_STATE_MBTRAIN_SPEEDIDLE] = "MBTRAIN.SPEEDIDLE",
      [UCIE_STATUS_STATE_MBTRAIN_TXSELFCAL] = "MBTRAIN.TXSELFCAL",
      [UCIE_STATUS_STATE_MBTRAIN_RXCLKCAL] = "MBTRAIN.RXCLKCAL",
      [UCIE_STATUS_STATE_MBTRAIN_VALTRAINCENTER] = "MBTRAIN.VALTRAINCENTER",
      [UCIE_STATUS_STATE_MBTRAIN_VALTRAINVREF] = "MBTRAIN.VALTRAINVREF",
      [UCIE_STATUS_STATE_MBTRAIN_DATATRAINCENTER1] = "MBTRAIN.DATATRAINCENTER1",
      [UCIE_STATUS_STATE_MBTRAIN_DATATRAINVREF] = "MBTRAIN.DATATRAINVREF",
      [UCIE_STATUS_STATE_MBTRAIN_RXDESKEW] = "MBTRAIN.RXDESKEW",
      [UCIE_STATUS_STATE_MBTRAIN_DATATRAINCENTER2] = "MBTRAIN.DATATRAINCENTER2",
      [UCIE_STATUS_STATE_MBTRAIN_LINKSPEED] = "MBTRAIN.LINKSPEED",
      [UCIE_STATUS_STATE_MBTRAIN_REPAIR] = "MBTRAIN.REPAIR",
      [UCIE_STATUS_STATE_LINKINIT] = "LINKINIT",
      [UCIE_STATUS_STATE_ACTIVE] = "ACTIVE",
      [UCIE_STATUS_STATE_PHYRETRAIN] = "PHYRETRAIN",
      [UCIE_STATUS_STATE_L1] = "L1",
      [UCIE_STATUS_STATE_L2] = "L2",
      [UCIE_STATUS_STATE_TRAINERROR] = "TRAINERROR",
  };
  return state < sizeof kNames / sizeof kNames[0] ? kNames[state] : "unknown state";
}

ucie_status_t ucie_release_remote(const ucie_t* ucie) {
  if (!(mmio_read32(ucie->base + UCIE_STATUS) & UCIE_STATUS_UP)) return UCIE_EDOWN;
  mmio_write32(ucie->base + UCIE_SIDEBAND, UCIE_SIDEBAND_RELEASE);
  return UCIE_OK;
}

bool ucie_remote_released(const ucie_t* ucie) {
  return (mmio_read32(ucie->base + UCIE_REMOTE_STATUS) & UCIE_REMOTE_STATUS_RELEASED) != 0;
}
