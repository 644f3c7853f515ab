// SPDX-License-Identifier: Apache-2.0
//
// What software can do to a link, at each port of the host: commands in the wrong state, degrade
// and restore, pins that break, damaged flits, sleep in L1 and L2, parity, the other end's
// registers read and written by the mailbox, a fatal error with its log and interrupt, and training
// anew.
#include "drivers/ucie.h"
#include "apps/first_stage.h"
#include "lib/link_wait.h"
#include "tests/htif.h"

enum { kTimeoutNs = 40000000, kStatus = 0x14, kLimit = 0x2c, kLog = 0x48, kParity = 0x6c };
enum { kWords = 64, kAsleepNs = 1000000 };

static volatile uint32_t interrupted;

static void on_message(uint32_t source) { interrupted = source; }

static ucie_state_t wait_state(const ucie_t* ucie, uint8_t state) {
  sleep_nanoseconds(2000);  // Both ends have heard of what was asked for.
  EXPECT(link_wait(ucie, kTimeoutNs, NULL, NULL));
  const ucie_state_t last = ucie_state(ucie);
  EXPECT(last.state == state);
  return last;
}

// What an access by the mailbox comes to, once it has started.
static ucie_status_t await_remote(const ucie_t* ucie, ucie_status_t status, uint32_t* value) {
  if (status != UCIE_OK) return status;
  do {
    status = ucie_remote_done(ucie, value);
  } while (status == UCIE_EBUSY);
  return status;
}

static ucie_status_t remote_read(const ucie_t* ucie, uint32_t offset, uint32_t* value) {
  return await_remote(ucie, ucie_remote_read(ucie, offset), value);
}

static ucie_status_t remote_write(const ucie_t* ucie, uint32_t offset, uint32_t value) {
  uint32_t ignored;
  return await_remote(ucie, ucie_remote_write(ucie, offset, value), &ignored);
}

static void degrade(const ucie_t* ucie, const ucie_capability_t* capability) {
  EXPECT(ucie_start(ucie) == UCIE_ESTATE);
  EXPECT(ucie_wake(ucie) == UCIE_ESTATE);
  EXPECT(ucie_limit(ucie, capability->lanes, 5) == UCIE_EINVAL);  // No such rate.
  EXPECT(ucie_retrain(ucie) == UCIE_EINVAL);
  EXPECT(ucie_limit(ucie, capability->lanes / 2, 8) == UCIE_OK);
  EXPECT(ucie_retrain(ucie) == UCIE_OK);
  const ucie_state_t state = wait_state(ucie, UCIE_ACTIVE);
  EXPECT(state.up && state.lanes == capability->lanes / 2 && state.rate == 8);
  EXPECT(ucie_limit(ucie, 0, 0) == UCIE_OK);
  printf("  degraded to x%u at %u GT/s\n", state.lanes, state.rate);
}

static void break_pins(const ucie_t* ucie, const ucie_capability_t* capability) {
  ucie_counts_t counts;
  ucie_lanes_t lanes;
  ucie_counts(ucie, &counts);
  EXPECT(ucie_break_pin(ucie, "data", 99, 0, 0) == UCIE_EINVAL);
  EXPECT(ucie_break_pin(ucie, "data", 5, 0, 0) == UCIE_OK);
  EXPECT(ucie_state(ucie).up);
  wait_state(ucie, UCIE_ACTIVE);
  EXPECT(ucie_lanes(ucie, 0, false, &lanes) == UCIE_OK);
  EXPECT(lanes.repaired == 1);
  // What was below lane 5 has moved by one, towards the first spare.
  EXPECT(ucie_lane_map(ucie, 0) == capability->lanes && ucie_lane_map(ucie, 5) == 4);
  EXPECT(ucie_lane_map(ucie, 6) == 6 && ucie_lane_map(ucie, lanes.width) == UCIE_NO_LANE);
  EXPECT(ucie_lane(ucie, 5) == UCIE_LANE_REPAIRED && ucie_lane(ucie, 6) == UCIE_LANE_USED);
  EXPECT(ucie_lanes(ucie, 0, true, &lanes) == UCIE_OK);
  EXPECT(lanes.repaired == 0);
  const uint32_t ups = counts.ups;
  ucie_counts(ucie, &counts);
  EXPECT(counts.correctable == 2 && counts.ups == ups + 1);  // A spare; one retrain.
  printf("  a lane broke and was repaired\n");
}

static void damage(const ucie_t* ucie, uint64_t far) {
  ucie_counts_t counts;
  uint32_t value;
  EXPECT(ucie_damage_flit(ucie) == UCIE_OK);
  EXPECT(probe_read32(far, &value) && probe_read32(far, &value));
  ucie_counts(ucie, &counts);
  EXPECT(counts.retries == 1 && counts.correctable == 1);
  printf("  a flit was damaged and sent again\n");
}

static void sleep_and_wake(const ucie_t* ucie, uint64_t far) {
  uint32_t value;
  EXPECT(ucie_sleep(ucie, 1) == UCIE_OK);
  EXPECT(wait_state(ucie, UCIE_L1).up);
  EXPECT(probe_read32(far, &value));  // Traffic wakes it.
  EXPECT(ucie_state(ucie).state == UCIE_ACTIVE);
  EXPECT(ucie_sleep(ucie, 1) == UCIE_OK);
  wait_state(ucie, UCIE_L1);
  EXPECT(ucie_wake(ucie) == UCIE_OK);
  wait_state(ucie, UCIE_ACTIVE);
  printf("  slept in L1 and woke\n");
}

// A die's memory answers once it is out of reset.
static void release(const ucie_t* ucie) {
  EXPECT(ucie_release_remote(ucie) == UCIE_OK);
  sleep_nanoseconds(2000);
  EXPECT(ucie_remote_released(ucie));
}

static void fill(uint64_t memory, uint32_t seed) {
  for (uint32_t n = 0; n < kWords; ++n) {
    EXPECT(probe_write32(memory + 4 * n, (seed + n) * 2654435761u));
  }
}

static void check_filled(uint64_t memory, uint32_t seed) {
  for (uint32_t n = 0; n < kWords; ++n) {
    uint32_t value;
    EXPECT(probe_read32(memory + 4 * n, &value) && value == (seed + n) * 2654435761u);
  }
}

// Down, but not failed; what the far die holds is still there afterwards, and traffic goes on.
static void sleep_deep(const ucie_t* ucie, uint64_t memory) {
  uint32_t value;
  fill(memory, 1);
  (void)ucie_take_events(ucie);
  EXPECT(ucie_sleep(ucie, 2) == UCIE_OK);
  EXPECT(!wait_state(ucie, UCIE_L2).up);
  EXPECT(ucie_take_events(ucie) == UCIE_DOWN);
  EXPECT(!probe_read32(memory, &value));
  EXPECT(remote_read(ucie, kStatus, &value) == UCIE_OK && (value & 0x1f) == UCIE_L2);
  EXPECT(ucie_wake(ucie) == UCIE_ESTATE && ucie_retrain(ucie) == UCIE_ESTATE);
  sleep_nanoseconds(kAsleepNs);
  EXPECT(ucie_state(ucie).state == UCIE_L2);
  EXPECT(ucie_start(ucie) == UCIE_OK);
  EXPECT(wait_state(ucie, UCIE_ACTIVE).up);
  EXPECT(!ucie_has_failed(ucie));
  check_filled(memory, 1);
  fill(memory, 1000);
  check_filled(memory, 1000);
  printf("  slept in L2, was trained, and lost nothing\n");
}

static void check_interfaces(const ucie_t* ucie, uint8_t rdi, uint8_t fdi) {
  ucie_interfaces_t interfaces;
  ucie_interfaces(ucie, &interfaces);
  EXPECT(interfaces.rdi == rdi && interfaces.fdi[0] == fdi);
}

static void interfaces(const ucie_t* ucie, uint64_t far) {
  ucie_interfaces_t agreed;
  uint32_t value;
  ucie_interfaces(ucie, &agreed);
  EXPECT(agreed.agreed && agreed.stacks == 1 && agreed.receive_flits > 0);
  check_interfaces(ucie, 1, 1);
  EXPECT(ucie_disable(ucie) == UCIE_OK);
  EXPECT(!wait_state(ucie, UCIE_RESET).up);
  check_interfaces(ucie, UCIE_DISABLED, UCIE_DISABLED);
  EXPECT(!ucie_has_failed(ucie));
  EXPECT(!probe_read32(far, &value));
  EXPECT(ucie_disable(ucie) == UCIE_ESTATE);
  EXPECT(ucie_start(ucie) == UCIE_OK);
  wait_state(ucie, UCIE_ACTIVE);
  EXPECT(ucie_link_reset(ucie) == UCIE_OK);
  wait_state(ucie, UCIE_RESET);
  check_interfaces(ucie, UCIE_LINKRESET, UCIE_LINKRESET);
  EXPECT(ucie_start(ucie) == UCIE_OK);
  wait_state(ucie, UCIE_ACTIVE);
  check_interfaces(ucie, 1, 1);
  EXPECT(probe_read32(far, &value));
  printf("  disabled and reset: flits %s again\n", ucie_format_name(agreed.format));
}

// `far`: the other end's registers, over the link itself.
static void mailbox(const ucie_t* ucie, uint64_t far) {
  uint32_t value = 0, status = 0;
  EXPECT(remote_read(ucie, kStatus, &status) == UCIE_OK);
  EXPECT((status & 0x1f) == UCIE_ACTIVE);
  EXPECT(remote_write(ucie, kLimit, 0x0820) == UCIE_OK);
  EXPECT(remote_read(ucie, kLimit, &value) == UCIE_OK && value == 0x0820);
  EXPECT(probe_read32(far + kLimit, &value) && value == 0x0820);
  EXPECT(remote_write(ucie, kLimit, 0) == UCIE_OK);
  EXPECT(probe_read32(far + kLimit, &value) && value == 0);
  EXPECT(remote_write(ucie, kStatus, ~status) == UCIE_OK);  // As a write here: without effect.
  EXPECT(remote_read(ucie, kStatus, &value) == UCIE_OK && value == status);
  static const struct {
    uint32_t offset;
    ucie_status_t status;
  } kWrong[] = {{0x800, UCIE_ENOREG},
                {0x1000, UCIE_ENOREG},
                {0x10000 + kLimit, UCIE_ENOREG},
                {0x15, UCIE_EALIGN},
                {~3u, UCIE_ENOREG}};
  for (unsigned n = 0; n < sizeof kWrong / sizeof kWrong[0]; ++n) {
    EXPECT(remote_read(ucie, kWrong[n].offset, &value) == kWrong[n].status);
    EXPECT(remote_write(ucie, kWrong[n].offset, 1) == kWrong[n].status);
  }
  printf("  the other end's registers answer\n");
}

static void retrain_with_parity(const ucie_t* ucie, uint8_t here, uint8_t there) {
  EXPECT(ucie_want_parity(ucie, here) == UCIE_OK);
  EXPECT(remote_write(ucie, kParity, there) == UCIE_OK);
  EXPECT(ucie_retrain(ucie) == UCIE_OK);
  (void)wait_state(ucie, UCIE_ACTIVE);
}

// Both ends have to want the same.
static void parity(const ucie_t* ucie, uint64_t memory) {
  ucie_parity_t parity;
  uint32_t there = 0;
  EXPECT(ucie_want_parity(ucie, 3) == UCIE_EINVAL);
  retrain_with_parity(ucie, 2, 0);
  ucie_parity(ucie, &parity);
  EXPECT(parity.wanted == 2 && parity.agreed == 0 && parity.refused);
  retrain_with_parity(ucie, 2, 2);
  ucie_parity(ucie, &parity);
  EXPECT(parity.agreed == 2 && !parity.refused);
  EXPECT(remote_read(ucie, kParity, &there) == UCIE_OK && there == 0x22);
  fill(memory, 77);
  check_filled(memory, 77);
  retrain_with_parity(ucie, 0, 0);
  ucie_parity(ucie, &parity);
  EXPECT(parity.agreed == 0);
  printf("  parity came and went\n");
}

static void fatal(const ucie_t* ucie, const link_end_t* end, const ucie_capability_t* capability) {
  ucie_log_t log;
  uint32_t value = 0;
  const uint32_t source = machine.message_source + end->message;
  EXPECT(interrupts_on_source(source, on_message));
  (void)ucie_take_events(ucie);
  interrupted = 0;
  ucie_interrupt_on(ucie, UCIE_TRAIN_ERROR, machine.messages, end->message);
  EXPECT(ucie_fatal_error(ucie) == UCIE_OK);
  EXPECT(sleep_until_flag(&interrupted, kTimeoutNs) && interrupted == source);
  EXPECT((ucie_take_events(ucie) & (UCIE_TRAIN_ERROR | UCIE_DOWN)) ==
         (UCIE_TRAIN_ERROR | UCIE_DOWN));
  EXPECT(ucie_has_failed(ucie));
  EXPECT(remote_read(ucie, kStatus, &value) == UCIE_EDOWN);
  ucie_log(ucie, &log, true);
  EXPECT(log.valid && log.state == UCIE_ACTIVE);
  printf("  fatal error and interrupt %u: %s\n", source, log.cause);
  ucie_log(ucie, &log, false);
  EXPECT(!log.valid);
  EXPECT(!ucie_state(ucie).up);
  EXPECT(ucie_start(ucie) == UCIE_OK);
  const ucie_state_t state = wait_state(ucie, UCIE_ACTIVE);
  EXPECT(state.lanes == capability->lanes && state.rate == capability->rate);
  // Why, in the other end's words: the end here gave up.
  EXPECT(remote_read(ucie, kLog, &value) == UCIE_OK);
  EXPECT((value & 1) == 1 && (value >> 12 & 7) == 4);
  ucie_interrupt_on(ucie, 0, 0, 0);
  printf("  trained anew: x%u at %u GT/s\n", state.lanes, state.rate);
}

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  test_begin(tree, "ucie_test");
  bring_up_links(&machine);
  for (uint8_t p = 0; p < kMaxPorts; ++p) {
    const link_end_t* end = &machine.dies[kHost].ports[p];
    if (end->base == 0) continue;
    const ucie_t ucie = {end->base};
    const die_t* peer = &machine.dies[end->peer_die];
    const uint64_t far = peer->router;
    ucie_capability_t capability;
    EXPECT(ucie_probe(&ucie, &capability) == UCIE_OK);
    printf("port d2d%u\n", p);
    break_pins(&ucie, &capability);
    damage(&ucie, far);
    mailbox(&ucie, peer->ports[end->peer_port].base);
    sleep_and_wake(&ucie, far);
    release(&ucie);
    sleep_deep(&ucie, peer->scratchpad.base);
    parity(&ucie, peer->scratchpad.base);
    interfaces(&ucie, far);
    degrade(&ucie, &capability);
    fatal(&ucie, end, &capability);
  }
  return kExitOk;
}
