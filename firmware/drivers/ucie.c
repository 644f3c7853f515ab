// SPDX-License-Identifier: Apache-2.0
#include "drivers/ucie.h"

#include "drivers/ucie_private.h"

_Static_assert(UCIE_RESET == UCIE_STATUS_STATE_RESET, "state of the register file");
_Static_assert(UCIE_ACTIVE == UCIE_STATUS_STATE_ACTIVE, "state of the register file");
_Static_assert(UCIE_L1 == UCIE_STATUS_STATE_L1, "state of the register file");
_Static_assert(UCIE_DISABLED == UCIE_INTERFACE_RDI_DISABLED, "state of the register file");
_Static_assert(UCIE_LINKRESET == UCIE_INTERFACE_RDI_LINKRESET, "state of the register file");
_Static_assert(UCIE_LINKERROR == UCIE_INTERFACE_RDI_LINKERROR, "state of the register file");
_Static_assert(UCIE_MAILBOX_DONE == UCIE_EVENT_MAILBOX, "event of the register file");
_Static_assert(UCIE_TRAINERROR == UCIE_STATUS_STATE_TRAINERROR, "state of the register file");

enum { kDvsec = 0x23, kVendor = 0xd2de, kLinkDvsec = 0, kMostCapabilities = 16 };

static bool is_link(uintptr_t capability) {
  const uint32_t header = mmio_read32(capability + UCIE_EXTENDED_CAPABILITY);
  return ucie_field(header, UCIE_EXTENDED_CAPABILITY_ID) == kDvsec &&
         ucie_field(mmio_read32(capability + UCIE_DVSEC), UCIE_DVSEC_VENDOR) == kVendor &&
         ucie_field(mmio_read32(capability + UCIE_DVSEC_ID), UCIE_DVSEC_ID_ID) == kLinkDvsec;
}

ucie_status_t ucie_find(uintptr_t capabilities, ucie_t* ucie) {
  uint32_t offset = 0;
  for (int n = 0; n < kMostCapabilities; ++n) {
    ucie->base = capabilities + offset;
    if (is_link(ucie->base)) return UCIE_OK;
    offset = ucie_field(mmio_read32(ucie->base + UCIE_EXTENDED_CAPABILITY),
                        UCIE_EXTENDED_CAPABILITY_NEXT);
    if (offset == 0) break;
  }
  return UCIE_ENODEV;
}

bool ucie_find_block(const ucie_t* ucie, uint32_t block, uint32_t first, uintptr_t* base) {
  const uint32_t locators =
      ucie_field(mmio_read32(ucie->base + UCIE_DVSEC_ID), UCIE_DVSEC_ID_LOCATORS);
  for (uint32_t n = 0; n < locators; ++n) {
    const uint32_t word = mmio_read32(ucie->base + UCIE_LOCATOR + n * UCIE_LOCATOR_STRIDE);
    if (ucie_field(word, UCIE_LOCATOR_BLOCK) == block) {
      *base = ucie->base + ucie_field(word, UCIE_LOCATOR_OFFSET) - first;
      return true;
    }
  }
  return false;
}

ucie_status_t ucie_probe(const ucie_t* ucie, ucie_capability_t* capability) {
  if (!is_link(ucie->base)) return UCIE_ENODEV;
  const uint32_t word = mmio_read32(ucie->base + UCIE_CAPABILITY);
  capability->lanes = (uint8_t)ucie_field(word, UCIE_CAPABILITY_LANES);
  capability->rate = (uint8_t)ucie_field(word, UCIE_CAPABILITY_RATE);
  capability->modules = (uint8_t)ucie_field(word, UCIE_CAPABILITY_MODULES);
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
  switch (ucie_field(mmio_read32(ucie->base + UCIE_COMMAND), UCIE_COMMAND_RESULT)) {
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
  return (ucie_state_t){.state = (uint8_t)ucie_field(word, UCIE_STATUS_STATE),
                        .up = (word & UCIE_STATUS_UP) != 0,
                        .lanes = (uint8_t)ucie_field(word, UCIE_STATUS_LANES),
                        .rate = (uint8_t)ucie_field(word, UCIE_STATUS_RATE),
                        .modules = (uint8_t)ucie_field(word, UCIE_STATUS_MODULES)};
}

bool ucie_has_failed(const ucie_t* ucie) {
  return (mmio_read32(ucie->base + UCIE_ERROR) &
          (UCIE_ERROR_TIMEOUT | UCIE_ERROR_MISMATCH | UCIE_ERROR_LANES | UCIE_ERROR_REMOTE |
           UCIE_ERROR_INJECTED)) != 0;
}

const char* ucie_error(const ucie_t* ucie, uint8_t* state) {
  const uint32_t word = mmio_read32(ucie->base + UCIE_ERROR);
  *state = (uint8_t)ucie_field(word, UCIE_ERROR_FAILED_STATE);
  uint32_t cause = UCIE_LOG_CAUSE_NONE;
  if (word & UCIE_ERROR_INJECTED) cause = UCIE_LOG_CAUSE_INJECTED;
  if (word & UCIE_ERROR_REMOTE) cause = UCIE_LOG_CAUSE_REMOTE;
  if (word & UCIE_ERROR_TIMEOUT) cause = UCIE_LOG_CAUSE_TIMEOUT;
  if (word & UCIE_ERROR_MISMATCH) cause = UCIE_LOG_CAUSE_MISMATCH;
  if (word & UCIE_ERROR_LANES) cause = UCIE_LOG_CAUSE_PINS;
  return ucie_cause_text(cause, *state);
}

void ucie_interfaces(const ucie_t* ucie, ucie_interfaces_t* interfaces) {
  const uint32_t states = mmio_read32(ucie->base + UCIE_INTERFACE);
  const uint32_t agreed = mmio_read32(ucie->base + UCIE_AGREEMENT);
  *interfaces = (ucie_interfaces_t){
      .rdi = (uint8_t)ucie_field(states, UCIE_INTERFACE_RDI),
      .fdi = {(uint8_t)ucie_field(states, UCIE_INTERFACE_FDI0),
              (uint8_t)ucie_field(states, UCIE_INTERFACE_FDI1)},
      .agreed = (agreed & UCIE_AGREEMENT_VALID) != 0,
      .format = (uint8_t)ucie_field(agreed, UCIE_AGREEMENT_FORMAT),
      .stacks = (uint8_t)ucie_field(agreed, UCIE_AGREEMENT_STACKS),
      .receive_flits = (uint8_t)ucie_field(agreed, UCIE_AGREEMENT_RECEIVE_FLITS)};
}

bool ucie_is_active(const ucie_t* ucie) {
  const uint32_t fdi = ucie_field(mmio_read32(ucie->base + UCIE_INTERFACE), UCIE_INTERFACE_FDI0);
  return fdi == UCIE_INTERFACE_RDI_ACTIVE || fdi == UCIE_INTERFACE_RDI_ACTIVE_PMNAK;
}

ucie_status_t ucie_release_remote(const ucie_t* ucie) {
  if (!(mmio_read32(ucie->base + UCIE_STATUS) & UCIE_STATUS_UP)) return UCIE_EDOWN;
  mmio_write32(ucie->base + UCIE_SIDEBAND, UCIE_SIDEBAND_RELEASE);
  return ucie_result(ucie);
}

bool ucie_remote_released(const ucie_t* ucie) {
  return (mmio_read32(ucie->base + UCIE_REMOTE_STATUS) & UCIE_REMOTE_STATUS_RELEASED) != 0;
}

static ucie_status_t control(const ucie_t* ucie, uint32_t what) {
  mmio_write32(ucie->base + UCIE_CONTROL, what);
  return ucie_result(ucie);
}

ucie_status_t ucie_limit(const ucie_t* ucie, uint8_t lanes, uint8_t rate) {
  mmio_write32(ucie->base + UCIE_LIMIT, lanes * (UCIE_LIMIT_LANES & -UCIE_LIMIT_LANES) |
                                            rate * (UCIE_LIMIT_RATE & -UCIE_LIMIT_RATE));
  return ucie_result(ucie);
}

ucie_status_t ucie_want_parity(const ucie_t* ucie, uint8_t inserts) {
  if (inserts > 4 || inserts == 3) return UCIE_EINVAL;
  mmio_write32(ucie->base + UCIE_PARITY, inserts);
  return ucie_result(ucie);
}

void ucie_parity(const ucie_t* ucie, ucie_parity_t* parity) {
  const uint32_t word = mmio_read32(ucie->base + UCIE_PARITY);
  *parity = (ucie_parity_t){.wanted = (uint8_t)ucie_field(word, UCIE_PARITY_INSERTS),
                            .agreed = (uint8_t)ucie_field(word, UCIE_PARITY_AGREED),
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
  counts->ups = ucie_field(trainings, UCIE_TRAININGS_UP);
  counts->failures = ucie_field(trainings, UCIE_TRAININGS_FAILURES);
  counts->correctable = mmio_read32(ucie->base + UCIE_CORRECTABLE);
  mmio_write32(ucie->base + UCIE_CORRECTABLE, counts->correctable);
}

void ucie_log(const ucie_t* ucie, ucie_log_t* log, bool clear) {
  const uint32_t word = mmio_read32(ucie->base + UCIE_LOG);
  *log = (ucie_log_t){
      .valid = (word & UCIE_LOG_VALID) != 0,
      .state = (uint8_t)ucie_field(word, UCIE_LOG_STATE),
      .cause = ucie_cause_text(ucie_field(word, UCIE_LOG_CAUSE), ucie_field(word, UCIE_LOG_STATE)),
      .lanes = (uint8_t)ucie_field(word, UCIE_LOG_LANES),
      .rate = (uint8_t)ucie_field(word, UCIE_LOG_RATE),
      .nanoseconds = mmio_read64(ucie->base + UCIE_LOG_TIME)};
  if (clear) mmio_write32(ucie->base + UCIE_LOG, UCIE_LOG_VALID);
}
