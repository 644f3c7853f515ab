// SPDX-License-Identifier: Apache-2.0
//
// Driver for one end of a UCIe link. Never waits: the caller polls, see lib/link_wait.h.
#ifndef CVP_FIRMWARE_DRIVERS_UCIE_H_
#define CVP_FIRMWARE_DRIVERS_UCIE_H_

#include <stdbool.h>

#include "mmio.h"

typedef enum {
  UCIE_OK = 0,
  UCIE_ENODEV,    // No DVSEC of a link is here, or no locator leads to what was asked for.
  UCIE_EDOWN,     // The link, or for the mailbox its sideband, is not up.
  UCIE_ESTATE,    // Not in this state; nothing was done.
  UCIE_EINVAL,    // No such width, rate or pin, or no such parity with these flits.
  UCIE_ENOCRC,    // No flits with a CRC: functional fidelity, or raw.
  UCIE_ENOREG,    // No such register at the other end.
  UCIE_EALIGN,    // Registers are at multiples of 4.
  UCIE_EBUSY,     // Transactions are in flight, or the mailbox waits for its answer.
  UCIE_EREFUSED,  // The other end does not agree, or its register does not.
  UCIE_ETIMEOUT,  // No answer for 8 ms.
} ucie_status_t;

typedef struct {
  uintptr_t base;  // Of the link's DVSEC: that of the device tree, or what ucie_find() has found.
} ucie_t;

// The states that software acts on; ucie_state_name() knows them all.
enum { UCIE_RESET = 0, UCIE_ACTIVE = 22, UCIE_L1 = 24, UCIE_L2 = 25, UCIE_TRAINERROR = 26 };

typedef struct {
  uint8_t state;
  bool up;
  uint8_t lanes, rate;  // Negotiated, of a module; 0 while down. Rate in GT/s.
  uint8_t modules;
} ucie_state_t;

typedef struct {
  uint8_t lanes, rate, modules;
  bool advanced;
} ucie_capability_t;

// The states of an interface that software acts on; ucie_interface_name() knows them all.
enum { UCIE_LINKRESET = 9, UCIE_LINKERROR = 10, UCIE_DISABLED = 12 };

// RDI, the FDI of each stack, and what both adapters have agreed upon.
typedef struct {
  uint8_t rdi, fdi[2];
  bool agreed;
  uint8_t format, stacks, receive_flits;
} ucie_interfaces_t;

// Events, as bits.
enum {
  UCIE_UP = 1,
  UCIE_DOWN = 2,
  UCIE_TRAIN_ERROR = 4,
  UCIE_CORRECTABLE = 8,
  UCIE_UNCORRECTABLE = 16,
  UCIE_MAILBOX_DONE = 32,
};

// The first failure that was not yet cleared.
typedef struct {
  bool valid;
  uint8_t state;      // In which it happened.
  const char* cause;  // As words.
  uint8_t lanes, rate;
  uint64_t nanoseconds;  // Since the start.
} ucie_log_t;

typedef struct {
  uint64_t retries;
  uint32_t ups, failures;
  uint32_t correctable;  // Bits of the register `correctable`; reading them clears them.
} ucie_counts_t;

typedef enum { UCIE_LANE_USED, UCIE_LANE_REPAIRED, UCIE_LANE_DEAD, UCIE_LANE_UNUSED } ucie_lane_t;

typedef struct {
  uint8_t width, first, repaired;
  bool clock_repaired, valid_repaired, sideband_repaired;
} ucie_lanes_t;

const char* ucie_status_text(ucie_status_t status);
// Walks a list of extended capabilities to the link's DVSEC.
NODISCARD ucie_status_t ucie_find(uintptr_t capabilities, ucie_t* ucie);
NODISCARD ucie_status_t ucie_probe(const ucie_t* ucie, ucie_capability_t* capability);
// Starts training, and clears old errors when it does. The other end follows.
NODISCARD ucie_status_t ucie_start(const ucie_t* ucie);
ucie_state_t ucie_state(const ucie_t* ucie);
// Whether training has failed since it was started.
bool ucie_has_failed(const ucie_t* ucie);
// Why training failed, as words; `state` says where.
const char* ucie_error(const ucie_t* ucie, uint8_t* state);
const char* ucie_state_name(uint8_t state);
void ucie_interfaces(const ucie_t* ucie, ucie_interfaces_t* interfaces);
// The first stack's FDI is Active: transactions move.
bool ucie_is_active(const ucie_t* ucie);
const char* ucie_interface_name(uint8_t state);
const char* ucie_format_name(uint8_t format);
// Releases the die at the other end from reset: over a link that is up.
NODISCARD ucie_status_t ucie_release_remote(const ucie_t* ucie);
bool ucie_remote_released(const ucie_t* ucie);

typedef struct {
  uint8_t wanted, agreed;  // Inserts of 64 bytes: 0, 1, 2 or 4; here, and what both ends do.
  bool refused;            // The other end wants none, or another number.
} ucie_parity_t;

// Parity between flits, from the next training or retrain on, if the other end wants the same.
NODISCARD ucie_status_t ucie_want_parity(const ucie_t* ucie, uint8_t inserts);
void ucie_parity(const ucie_t* ucie, ucie_parity_t* parity);
// What the link may use from the next training or retrain on; 0: all that there is.
NODISCARD ucie_status_t ucie_limit(const ucie_t* ucie, uint8_t lanes, uint8_t rate);
NODISCARD ucie_status_t ucie_retrain(const ucie_t* ucie);
// To L1 or L2; whether the other end agrees shows in the state, or in ucie_result().
NODISCARD ucie_status_t ucie_sleep(const ucie_t* ucie, unsigned level);
NODISCARD ucie_status_t ucie_wake(const ucie_t* ucie);
// To LinkReset or Disabled, at both ends; ucie_start() leads out.
NODISCARD ucie_status_t ucie_link_reset(const ucie_t* ucie);
NODISCARD ucie_status_t ucie_disable(const ucie_t* ucie);
// What became of the last command.
ucie_status_t ucie_result(const ucie_t* ucie);

// Events that interrupt write `number` to `address`; none: no event.
void ucie_interrupt_on(const ucie_t* ucie, uint32_t events, uint64_t address, uint32_t number);
// The events since the last call.
uint32_t ucie_take_events(const ucie_t* ucie);
void ucie_counts(const ucie_t* ucie, ucie_counts_t* counts);
// Reads the log; `clear` makes room for the next failure.
void ucie_log(const ucie_t* ucie, ucie_log_t* log, bool clear);

// A register of the other end, over the sideband: start, then ask until it is no longer UCIE_EBUSY.
NODISCARD ucie_status_t ucie_remote_read(const ucie_t* ucie, uint32_t offset);
NODISCARD ucie_status_t ucie_remote_write(const ucie_t* ucie, uint32_t offset, uint32_t value);
NODISCARD ucie_status_t ucie_remote_done(const ucie_t* ucie, uint32_t* value);

// Lanes of a direction of a module: those that leave this end, or those that come in.
NODISCARD ucie_status_t ucie_lanes(const ucie_t* ucie, uint8_t module, bool transmit,
                                   ucie_lanes_t* lanes);
// Of the direction that ucie_lanes() named last; spares are behind the data lanes. Where there are
// no registers of lanes, none is used.
ucie_lane_t ucie_lane(const ucie_t* ucie, uint32_t lane);
// The pins beside the lanes: of one kind, numbered from 0 as in `sideband:1`.
typedef struct {
  const char* name;
  uint8_t count;
  ucie_lane_t state[2];
} ucie_pins_t;
// Of the same direction, by `kind` from 0 on. UCIE_EINVAL: there are no more.
NODISCARD ucie_status_t ucie_pins(const ucie_t* ucie, unsigned kind, ucie_pins_t* pins);
// The physical lane of a logical one, of the same direction and numbered alike; UCIE_NO_LANE: none.
enum { UCIE_NO_LANE = 0xff };
uint8_t ucie_lane_map(const ucie_t* ucie, uint32_t lane);
// Lanes that a spare has replaced, of those that come in, over all modules. Selects lanes anew.
uint32_t ucie_repaired_lanes(const ucie_t* ucie);

// Errors on demand. A pin by its name in the package file ("data", "valid"), of those that come in;
// `rate` up to which it works, 0: dead.
NODISCARD ucie_status_t ucie_break_pin(const ucie_t* ucie, const char* pin, uint8_t number,
                                       uint8_t module, uint8_t rate);
NODISCARD ucie_status_t ucie_damage_flit(const ucie_t* ucie);
NODISCARD ucie_status_t ucie_fatal_error(const ucie_t* ucie);

#endif  // CVP_FIRMWARE_DRIVERS_UCIE_H_
