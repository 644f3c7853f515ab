// SPDX-License-Identifier: Apache-2.0
//
// States, formats, causes and what the driver returns, as words.
#include "drivers/ucie_private.h"

// A mismatch in training is one of the PHYs, later one of the adapters.
const char* ucie_cause_text(uint32_t cause, uint32_t state) {
  if (cause == UCIE_LOG_CAUSE_MISMATCH && state == UCIE_STATUS_STATE_MBINIT_PARAM) {
    return "the packages of the ends differ";
  }
  static const char* const kCauses[] = {
      [UCIE_LOG_CAUSE_NONE] = "no error reported",
      [UCIE_LOG_CAUSE_TIMEOUT] = "no answer for 8 ms",
      [UCIE_LOG_CAUSE_MISMATCH] = "the ends differ in protocol, or have no flit format in common",
      [UCIE_LOG_CAUSE_PINS] = "more pins are broken than can be repaired",
      [UCIE_LOG_CAUSE_REMOTE] = "the other end gave up",
      [UCIE_LOG_CAUSE_INJECTED] = "a fatal error was injected",
  };
  return cause < sizeof kCauses / sizeof kCauses[0] ? kCauses[cause] : "unknown cause";
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

const char* ucie_interface_name(uint8_t state) {
  switch (state) {
    case UCIE_INTERFACE_RDI_RESET:
      return "Reset";
    case UCIE_INTERFACE_RDI_ACTIVE:
      return "Active";
    case UCIE_INTERFACE_RDI_ACTIVE_PMNAK:
      return "Active.PMNAK";
    case UCIE_INTERFACE_RDI_L1:
      return "L1";
    case UCIE_INTERFACE_RDI_L2:
      return "L2";
    case UCIE_INTERFACE_RDI_LINKRESET:
      return "LinkReset";
    case UCIE_INTERFACE_RDI_LINKERROR:
      return "LinkError";
    case UCIE_INTERFACE_RDI_RETRAIN:
      return "Retrain";
    case UCIE_INTERFACE_RDI_DISABLED:
      return "Disabled";
    default:
      return "unknown state";
  }
}

const char* ucie_format_name(uint8_t format) {
  static const char* const kNames[] = {
      [UCIE_CAPABILITY_FORMAT_RAW] = "raw",
      [UCIE_CAPABILITY_FORMAT_FLIT_68] = "68",
      [UCIE_CAPABILITY_FORMAT_FLIT_256] = "256",
      [UCIE_CAPABILITY_FORMAT_FLIT_256_LATOPT] = "256-latopt",
      [UCIE_CAPABILITY_FORMAT_FLIT_256_LATOPT_OPT] = "256-latopt-opt",
  };
  return format < sizeof kNames / sizeof kNames[0] ? kNames[format] : "unknown format";
}

const char* ucie_status_text(ucie_status_t status) {
  static const char* const kTexts[] = {
      [UCIE_OK] = "ok",
      [UCIE_ENODEV] = "no link block answers",
      [UCIE_EDOWN] = "the link is down",
      [UCIE_ESTATE] = "not in this state",
      [UCIE_EINVAL] = "no such width, rate, pin or parity",
      [UCIE_ENOCRC] = "this link has no flits with a CRC",
      [UCIE_ENOREG] = "no such register",
      [UCIE_EALIGN] = "not a multiple of 4",
      [UCIE_EBUSY] = "busy",
      [UCIE_EREFUSED] = "the other end refused",
      [UCIE_ETIMEOUT] = "no answer for 8 ms",
  };
  return kTexts[status];
}
