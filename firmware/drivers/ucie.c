// SPDX-License-Identifier: Apache-2.0
#include "drivers/ucie.h"

#include <string.h>

#include "ucie_regs.h"  // generated from models/ucie/ucie.regs.toml

_Static_assert(UCIE_RESET == UCIE_STATUS_STATE_RESET, "state of the register file");
_Static_assert(UCIE_ACTIVE == UCIE_STATUS_STATE_ACTIVE, "state of the register file");
_Static_assert(UCIE_L1 == UCIE_STATUS_STATE_L1, "state of the register file");
_Static_assert(UCIE_DISABLED == UCIE_INTERFACE_RDI_DISABLED, "state of the register file");
_Static_assert(UCIE_LINKRESET == UCIE_INTERFACE_RDI_LINKRESET, "state of the register file");
_Static_assert(UCIE_LINKERROR == UCIE_INTERFACE_RDI_LINKERROR, "state of the register file");
_Static_assert(UCIE_MAILBOX_DONE == UCIE_EVENT_MAILBOX, "event of the register file");
_Static_assert(UCIE_TRAINERROR == UCIE_STATUS_STATE_TRAINERROR, "state of the register file");

enum { kDvsec = 0x23, kVendor = 0xd2de, kLinkDvsec = 0, kMostCapabilities = 16 };

static uint32_t field(uint32_t word, uint32_t mask) { return (word & mask) / (mask & -mask); }

static bool is_link(uintptr_t capability) {
  const uint32_t header = mmio_read32(capability + UCIE_EXTENDED_CAPABILITY);
  return field(header, UCIE_EXTENDED_CAPABILITY_ID) == kDvsec &&
         field(mmio_read32(capability + UCIE_DVSEC), UCIE_DVSEC_VENDOR) == kVendor &&
         field(mmio_read32(capability + UCIE_DVSEC_ID), UCIE_DVSEC_ID_ID) == kLinkDvsec;
}

ucie_status_t ucie_find(uintptr_t capabilities, ucie_t* ucie) {
  uint32_t offset = 0;
  for (int n = 0; n < kMostCapabilities; ++n) {
    ucie->base = capabilities + offset;
    if (is_link(ucie->base)) return UCIE_OK;
    offset =
        field(mmio_read32(ucie->base + UCIE_EXTENDED_CAPABILITY), UCIE_EXTENDED_CAPABILITY_NEXT);
    if (offset == 0) break;
  }
  return UCIE_ENODEV;
}

// What to add to the offsets of a further block's registers, of which `first` is the first; false:
// no locator leads there.
static bool find_block(const ucie_t* ucie, uint32_t block, uint32_t first, uintptr_t* base) {
  const uint32_t locators = field(mmio_read32(ucie->base + UCIE_DVSEC_ID), UCIE_DVSEC_ID_LOCATORS);
  for (uint32_t n = 0; n < locators; ++n) {
    const uint32_t word = mmio_read32(ucie->base + UCIE_LOCATOR + n * UCIE_LOCATOR_STRIDE);
    if (field(word, UCIE_LOCATOR_BLOCK) == block) {
      *base = ucie->base + field(word, UCIE_LOCATOR_OFFSET) - first;
      return true;
    }
  }
  return false;
}

static bool find_mailbox(const ucie_t* ucie, uintptr_t* base) {
  return find_block(ucie, UCIE_LOCATOR_BLOCK_MAILBOX, UCIE_MAILBOX_INDEX, base);
}

static bool find_lanes(const ucie_t* ucie, uintptr_t* base) {
  return find_block(ucie, UCIE_LOCATOR_BLOCK_LANES, UCIE_LANE_SELECT, base);
}

ucie_status_t ucie_probe(const ucie_t* ucie, ucie_capability_t* capability) {
  if (!is_link(ucie->base)) return UCIE_ENODEV;
  const uint32_t word = mmio_read32(ucie->base + UCIE_CAPABILITY);
  capability->lanes = (uint8_t)field(word, UCIE_CAPABILITY_LANES);
  capability->rate = (uint8_t)field(word, UCIE_CAPABILITY_RATE);
  capability->modules = (uint8_t)field(word, UCIE_CAPABILITY_MODULES);
  capability->advanced = (word & UCIE_CAPABILITY_ADVANCED) != 0;
  return UCIE_OK;
}

ucie_status_t ucie_start(const ucie_t* ucie) {
  if (!is_link(ucie->base)) return UCIE_ENODEV;
  mmio_write32(ucie->base + UCIE_CONTROL, UCIE_CONTROL_START);
  const ucie_status_t status = ucie_result(ucie);
  if (status == UCIE_OK) {
    mmio_write32(ucie->base + UCIE_ERROR, mmio_read32(ucie->base + UCIE_ERROR));
  }
  return status;
}

ucie_status_t ucie_result(const ucie_t* ucie) {
  switch (field(mmio_read32(ucie->base + UCIE_COMMAND), UCIE_COMMAND_RESULT)) {
    case UCIE_COMMAND_RESULT_ACCEPTED:
      return UCIE_OK;
    case UCIE_COMMAND_RESULT_BAD_VALUE:
      return UCIE_EINVAL;
    case UCIE_COMMAND_RESULT_BUSY:
      return UCIE_EBUSY;
    case UCIE_COMMAND_RESULT_REFUSED:
      return UCIE_EREFUSED;
    default:
      return UCIE_ESTATE;
  }
}

ucie_state_t ucie_state(const ucie_t* ucie) {
  const uint32_t word = mmio_read32(ucie->base + UCIE_STATUS);
  return (ucie_state_t){.state = (uint8_t)field(word, UCIE_STATUS_STATE),
                        .up = (word & UCIE_STATUS_UP) != 0,
                        .lanes = (uint8_t)field(word, UCIE_STATUS_LANES),
                        .rate = (uint8_t)field(word, UCIE_STATUS_RATE),
                        .modules = (uint8_t)field(word, UCIE_STATUS_MODULES)};
}

uint32_t ucie_repaired_lanes(const ucie_t* ucie) {
  return field(mmio_read32(ucie->base + UCIE_LANE_MAP), UCIE_LANE_MAP_REPAIRED);
}

bool ucie_has_failed(const ucie_t* ucie) {
  return (mmio_read32(ucie->base + UCIE_ERROR) &
          (UCIE_ERROR_TIMEOUT | UCIE_ERROR_MISMATCH | UCIE_ERROR_LANES | UCIE_ERROR_REMOTE |
           UCIE_ERROR_INJECTED)) != 0;
}

// A mismatch in training is one of the PHYs, later one of the adapters.
static const char* cause_text(uint32_t cause, uint32_t state) {
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

const char* ucie_error(const ucie_t* ucie, uint8_t* state) {
  const uint32_t word = mmio_read32(ucie->base + UCIE_ERROR);
  *state = (uint8_t)field(word, UCIE_ERROR_FAILED_STATE);
  uint32_t cause = UCIE_LOG_CAUSE_NONE;
  if (word & UCIE_ERROR_INJECTED) cause = UCIE_LOG_CAUSE_INJECTED;
  if (word & UCIE_ERROR_REMOTE) cause = UCIE_LOG_CAUSE_REMOTE;
  if (word & UCIE_ERROR_TIMEOUT) cause = UCIE_LOG_CAUSE_TIMEOUT;
  if (word & UCIE_ERROR_MISMATCH) cause = UCIE_LOG_CAUSE_MISMATCH;
  if (word & UCIE_ERROR_LANES) cause = UCIE_LOG_CAUSE_PINS;
  return cause_text(cause, *state);
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

void ucie_interfaces(const ucie_t* ucie, ucie_interfaces_t* interfaces) {
  const uint32_t states = mmio_read32(ucie->base + UCIE_INTERFACE);
  const uint32_t agreed = mmio_read32(ucie->base + UCIE_AGREEMENT);
  *interfaces =
      (ucie_interfaces_t){.rdi = (uint8_t)field(states, UCIE_INTERFACE_RDI),
                          .fdi = {(uint8_t)field(states, UCIE_INTERFACE_FDI0),
                                  (uint8_t)field(states, UCIE_INTERFACE_FDI1)},
                          .agreed = (agreed & UCIE_AGREEMENT_VALID) != 0,
                          .format = (uint8_t)field(agreed, UCIE_AGREEMENT_FORMAT),
                          .stacks = (uint8_t)field(agreed, UCIE_AGREEMENT_STACKS),
                          .receive_flits = (uint8_t)field(agreed, UCIE_AGREEMENT_RECEIVE_FLITS)};
}

bool ucie_is_active(const ucie_t* ucie) {
  const uint32_t fdi = field(mmio_read32(ucie->base + UCIE_INTERFACE), UCIE_INTERFACE_FDI0);
  return fdi == UCIE_INTERFACE_RDI_ACTIVE || fdi == UCIE_INTERFACE_RDI_ACTIVE_PMNAK;
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

ucie_status_t ucie_release_remote(const ucie_t* ucie) {
  if (!(mmio_read32(ucie->base + UCIE_STATUS) & UCIE_STATUS_UP)) return UCIE_EDOWN;
  mmio_write32(ucie->base + UCIE_SIDEBAND, UCIE_SIDEBAND_RELEASE);
  return UCIE_OK;
}

bool ucie_remote_released(const ucie_t* ucie) {
  return (mmio_read32(ucie->base + UCIE_REMOTE_STATUS) & UCIE_REMOTE_STATUS_RELEASED) != 0;
}

static ucie_status_t control(const ucie_t* ucie, uint32_t what) {
  mmio_write32(ucie->base + UCIE_CONTROL, what);
  return ucie_result(ucie);
}

void ucie_limit(const ucie_t* ucie, uint8_t lanes, uint8_t rate) {
  mmio_write32(ucie->base + UCIE_LIMIT, lanes * (UCIE_LIMIT_LANES & -UCIE_LIMIT_LANES) |
                                            rate * (UCIE_LIMIT_RATE & -UCIE_LIMIT_RATE));
}

ucie_status_t ucie_want_parity(const ucie_t* ucie, uint8_t inserts) {
  if (inserts > 4 || inserts == 3) return UCIE_EINVAL;
  mmio_write32(ucie->base + UCIE_PARITY, inserts);
  return UCIE_OK;
}

void ucie_parity(const ucie_t* ucie, ucie_parity_t* parity) {
  const uint32_t word = mmio_read32(ucie->base + UCIE_PARITY);
  *parity = (ucie_parity_t){.wanted = (uint8_t)field(word, UCIE_PARITY_INSERTS),
                            .agreed = (uint8_t)field(word, UCIE_PARITY_AGREED),
                            .refused = (word & UCIE_PARITY_REFUSED) != 0};
}

ucie_status_t ucie_retrain(const ucie_t* ucie) { return control(ucie, UCIE_CONTROL_RETRAIN); }

ucie_status_t ucie_sleep(const ucie_t* ucie, unsigned level) {
  if (level != 1 && level != 2) return UCIE_EINVAL;
  return control(ucie, level == 1 ? UCIE_CONTROL_SLEEP_L1 : UCIE_CONTROL_SLEEP_L2);
}

ucie_status_t ucie_wake(const ucie_t* ucie) { return control(ucie, UCIE_CONTROL_WAKE); }

ucie_status_t ucie_link_reset(const ucie_t* ucie) { return control(ucie, UCIE_CONTROL_LINK_RESET); }

ucie_status_t ucie_disable(const ucie_t* ucie) { return control(ucie, UCIE_CONTROL_DISABLE); }

void ucie_interrupt_on(const ucie_t* ucie, uint32_t events, uint64_t address, uint32_t number) {
  mmio_write32(ucie->base + UCIE_EVENT_ENABLE, 0);
  mmio_write64(ucie->base + UCIE_MESSAGE_ADDRESS, address);
  mmio_write32(ucie->base + UCIE_MESSAGE_DATA, number);
  mmio_write32(ucie->base + UCIE_EVENT_ENABLE, events);
}

uint32_t ucie_take_events(const ucie_t* ucie) {
  const uint32_t events = mmio_read32(ucie->base + UCIE_EVENT);
  mmio_write32(ucie->base + UCIE_EVENT, events);
  return events;
}

void ucie_counts(const ucie_t* ucie, ucie_counts_t* counts) {
  const uint32_t trainings = mmio_read32(ucie->base + UCIE_TRAININGS);
  counts->retries = mmio_read64(ucie->base + UCIE_RETRIES);
  counts->ups = field(trainings, UCIE_TRAININGS_UP);
  counts->failures = field(trainings, UCIE_TRAININGS_FAILURES);
  counts->correctable = mmio_read32(ucie->base + UCIE_CORRECTABLE);
  mmio_write32(ucie->base + UCIE_CORRECTABLE, counts->correctable);
}

void ucie_log(const ucie_t* ucie, ucie_log_t* log, bool clear) {
  const uint32_t word = mmio_read32(ucie->base + UCIE_LOG);
  *log = (ucie_log_t){.valid = (word & UCIE_LOG_VALID) != 0,
                      .state = (uint8_t)field(word, UCIE_LOG_STATE),
                      .cause = cause_text(field(word, UCIE_LOG_CAUSE), field(word, UCIE_LOG_STATE)),
                      .lanes = (uint8_t)field(word, UCIE_LOG_LANES),
                      .rate = (uint8_t)field(word, UCIE_LOG_RATE),
                      .nanoseconds = mmio_read64(ucie->base + UCIE_LOG_TIME)};
  if (clear) mmio_write32(ucie->base + UCIE_LOG, UCIE_LOG_VALID);
}

// `writes`: the bit of the index that says so.
static ucie_status_t start_mailbox(const ucie_t* ucie, uint32_t offset, uint32_t writes,
                                   uint32_t data) {
  if (offset > UCIE_MAILBOX_INDEX_OFFSET) return UCIE_ENOREG;
  uintptr_t mailbox;
  if (!find_mailbox(ucie, &mailbox)) return UCIE_ENODEV;
  if (mmio_read32(mailbox + UCIE_MAILBOX_STATUS) & UCIE_MAILBOX_STATUS_BUSY) return UCIE_EBUSY;
  mmio_write32(mailbox + UCIE_MAILBOX_DATA, data);
  mmio_write32(mailbox + UCIE_MAILBOX_INDEX, offset | writes);
  mmio_write32(mailbox + UCIE_MAILBOX_CONTROL, UCIE_MAILBOX_CONTROL_START);
  return UCIE_OK;
}

ucie_status_t ucie_remote_read(const ucie_t* ucie, uint32_t offset) {
  return start_mailbox(ucie, offset, 0, 0);
}

ucie_status_t ucie_remote_write(const ucie_t* ucie, uint32_t offset, uint32_t value) {
  return start_mailbox(ucie, offset, UCIE_MAILBOX_INDEX_WRITES, value);
}

ucie_status_t ucie_remote_done(const ucie_t* ucie, uint32_t* value) {
  uintptr_t mailbox;
  if (!find_mailbox(ucie, &mailbox)) return UCIE_ENODEV;
  const uint32_t word = mmio_read32(mailbox + UCIE_MAILBOX_STATUS);
  if (word & UCIE_MAILBOX_STATUS_BUSY) return UCIE_EBUSY;
  switch (field(word, UCIE_MAILBOX_STATUS_STATUS)) {
    case UCIE_MAILBOX_STATUS_STATUS_OK:
      *value = mmio_read32(mailbox + UCIE_MAILBOX_DATA);
      return UCIE_OK;
    case UCIE_MAILBOX_STATUS_STATUS_MISALIGNED:
      return UCIE_EALIGN;
    case UCIE_MAILBOX_STATUS_STATUS_REFUSED:
      return UCIE_EREFUSED;
    case UCIE_MAILBOX_STATUS_STATUS_DOWN:
      return UCIE_EDOWN;
    case UCIE_MAILBOX_STATUS_STATUS_TIMEOUT:
      return UCIE_ETIMEOUT;
    default:
      return UCIE_ENOREG;
  }
}

ucie_status_t ucie_lanes(const ucie_t* ucie, uint8_t module, bool transmit, ucie_lanes_t* lanes) {
  uintptr_t block;
  if (!find_lanes(ucie, &block)) return UCIE_ENODEV;
  mmio_write32(block + UCIE_LANE_SELECT,
               module * (UCIE_LANE_SELECT_MODULE & -UCIE_LANE_SELECT_MODULE) |
                   (transmit ? UCIE_LANE_SELECT_TRANSMIT : 0));
  const uint32_t word = mmio_read32(block + UCIE_LANE_STATUS);
  *lanes = (ucie_lanes_t){.width = (uint8_t)field(word, UCIE_LANE_STATUS_WIDTH),
                          .first = (uint8_t)field(word, UCIE_LANE_STATUS_FIRST),
                          .repaired = (uint8_t)field(word, UCIE_LANE_STATUS_REPAIRED),
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

ucie_status_t ucie_damage_flit(const ucie_t* ucie) { return inject(ucie, UCIE_INJECT_FLIT); }

ucie_status_t ucie_fatal_error(const ucie_t* ucie) { return inject(ucie, UCIE_INJECT_FATAL); }
