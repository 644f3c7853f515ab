// SPDX-License-Identifier: Apache-2.0
//
// Die-to-die links by hand. A port is `d2d0` of the host or `npu0.d2d1`; a register of another die
// answers when a link leads to it, which `link train` sees to.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/first_stage.h"
#include "apps/monitor.h"
#include "drivers/ucie.h"
#include "lib/console.h"
#include "lib/interrupts.h"
#include "lib/link_wait.h"
#include "lib/trap.h"

enum { kStepNs = 2000, kMostNs = 40000000, kLanesALine = 32 };

typedef struct {
  const machine_t* machine;
  const words_t* words;
  ucie_t ucie;
  bool known;  // The words said something.
} call_t;

static const char* status_text(ucie_status_t status) {
  static const char* const kTexts[] = {
      [UCIE_OK] = "ok",
      [UCIE_ENODEV] = "no link block answers",
      [UCIE_EDOWN] = "the link is down",
      [UCIE_ESTATE] = "not in this state",
      [UCIE_EINVAL] = "no such width, rate or pin",
      [UCIE_ENOREG] = "no such register",
      [UCIE_EALIGN] = "not a multiple of 4",
      [UCIE_EBUSY] = "busy",
      [UCIE_EREFUSED] = "the other end refused",
      [UCIE_ETIMEOUT] = "no answer for 8 ms",
  };
  return kTexts[status];
}

static void show_state(const ucie_t* ucie) {
  const ucie_state_t state = ucie_state(ucie);
  printf("%s%s", ucie_state_name(state.state), state.up ? ", up" : "");
  if (state.up) printf(", %u x x%u at %u GT/s", state.modules, state.lanes, state.rate);
  ucie_interfaces_t interfaces;
  ucie_interfaces(ucie, &interfaces);
  printf("; RDI %s, FDI %s", ucie_interface_name(interfaces.rdi),
         ucie_interface_name(interfaces.fdi[0]));
  if (interfaces.agreed && interfaces.stacks > 1) {
    printf(" and %s", ucie_interface_name(interfaces.fdi[1]));
  }
  if (interfaces.agreed) printf(", flits %s", ucie_format_name(interfaces.format));
  printf("\n");
}

// Waits while the link moves, then says how it ended.
static void settle(const ucie_t* ucie) {
  uint8_t where;
  if (!link_wait(ucie, kMostNs, NULL, NULL)) printf("the link does not come to rest\n");
  show_state(ucie);
  const char* error = ucie_error(ucie, &where);
  if (ucie_has_failed(ucie)) printf("failed in %s: %s\n", ucie_state_name(where), error);
}

static void done(const ucie_t* ucie, ucie_status_t status) {
  if (status != UCIE_OK) {
    printf("%s\n", status_text(status));
  } else {
    settle(ucie);
  }
}

static void show_log(const ucie_t* ucie) {
  static const char* const kMended[] = {"retries", "repaired pins", "half width", "lower rate",
                                        "fewer modules"};
  ucie_counts_t counts;
  ucie_log_t log;
  ucie_counts(ucie, &counts);
  ucie_log(ucie, &log, true);
  printf("up %u times, failed %u times, %lu retries\n", counts.ups, counts.failures,
         counts.retries);
  for (uint32_t bit = 0; bit < sizeof kMended / sizeof kMended[0]; ++bit) {
    if (counts.correctable >> bit & 1) printf("mended since last asked: %s\n", kMended[bit]);
  }
  if (!log.valid) return;
  printf("first failure: at %lu ns in %s, x%u at %u GT/s: %s\n", log.nanoseconds,
         ucie_state_name(log.state), log.lanes, log.rate, log.cause);
}

static void show_lanes(const ucie_t* ucie) {
  static const char kLetters[] = {'+', 'r', 'X', '.'};
  ucie_capability_t capability;
  if (ucie_probe(ucie, &capability) != UCIE_OK) return;
  const uint32_t spares = capability.advanced ? capability.lanes / 16 : 0;
  for (uint8_t module = 0; module < capability.modules; ++module) {
    for (int transmit = 0; transmit < 2; ++transmit) {
      ucie_lanes_t lanes;
      ucie_lanes(ucie, module, transmit != 0, &lanes);
      printf("module %u %s: x%u from lane %u, %u repaired%s%s%s\n", module,
             transmit ? "transmit" : "receive", lanes.width, lanes.first, lanes.repaired,
             lanes.clock_repaired ? ", clock repaired" : "",
             lanes.valid_repaired ? ", valid repaired" : "",
             lanes.sideband_repaired ? ", sideband repaired" : "");
      for (uint32_t lane = 0; lane < capability.lanes + spares; ++lane) {
        if (lane == capability.lanes) printf(" spares ");
        if (lane > 0 && lane < capability.lanes && lane % kLanesALine == 0) printf("\n");
        putchar(kLetters[ucie_lane(ucie, lane)]);
      }
      printf("\n");
    }
  }
}

// remote OFFSET [VALUE]
static bool reach(const ucie_t* ucie, const words_t* words) {
  uint64_t offset, value = 0;
  uint32_t read = 0;
  const bool writes = words->count > 4;
  if (!parse_number(words->word[3], UINT32_MAX, &offset)) return false;
  if (writes && !parse_number(words->word[4], UINT32_MAX, &value)) return false;
  ucie_status_t status = writes ? ucie_remote_write(ucie, (uint32_t)offset, (uint32_t)value)
                                : ucie_remote_read(ucie, (uint32_t)offset);
  if (status == UCIE_OK) {
    while ((status = ucie_remote_done(ucie, &read)) == UCIE_EBUSY) sleep_nanoseconds(kStepNs);
  }
  if (status != UCIE_OK || writes) {
    printf("%s\n", status_text(status));
  } else {
    printf("%08x\n", read);
  }
  return true;
}

// break PIN [NUMBER [MODULE [RATE]]]
static bool break_pin(const ucie_t* ucie, const words_t* words) {
  uint64_t numbers[3] = {0};
  if (words->count < 4) return false;
  for (int n = 0; n < words->count - 4 && n < 3; ++n) {
    if (!parse_number(words->word[4 + n], UINT8_MAX, &numbers[n])) return false;
  }
  done(ucie, ucie_break_pin(ucie, words->word[3], (uint8_t)numbers[0], (uint8_t)numbers[1],
                            (uint8_t)numbers[2]));
  return true;
}

static bool limit(const ucie_t* ucie, const words_t* words) {
  uint64_t lanes, rate;
  if (!parse_number(words->word[3], UINT8_MAX, &lanes)) return false;
  if (!parse_number(words->word[4], UINT8_MAX, &rate)) return false;
  ucie_limit(ucie, (uint8_t)lanes, (uint8_t)rate);
  return true;
}

static bool sleep_in(const ucie_t* ucie, unsigned level) {
  const ucie_status_t status = ucie_sleep(ucie, level);
  if (status == UCIE_OK) sleep_nanoseconds(kStepNs);
  const ucie_status_t answer = ucie_result(ucie);
  done(ucie, status == UCIE_OK ? answer : status);
  return true;
}

// Both ends have agreed microseconds later.
static bool take_down(const ucie_t* ucie, ucie_status_t status) {
  if (status == UCIE_OK) sleep_nanoseconds(kStepNs);
  done(ucie, status);
  return true;
}

static bool obey(const ucie_t* ucie, const words_t* words) {
  const char* command = words->count > 2 ? words->word[2] : "status";
  if (strcmp(command, "status") == 0) return show_state(ucie), true;
  if (strcmp(command, "train") == 0) return done(ucie, ucie_start(ucie)), true;
  if (strcmp(command, "retrain") == 0) return done(ucie, ucie_retrain(ucie)), true;
  if (strcmp(command, "wake") == 0) return done(ucie, ucie_wake(ucie)), true;
  if (strcmp(command, "reset") == 0) return take_down(ucie, ucie_link_reset(ucie));
  if (strcmp(command, "disable") == 0) return take_down(ucie, ucie_disable(ucie));
  if (strcmp(command, "l1") == 0) return sleep_in(ucie, 1);
  if (strcmp(command, "l2") == 0) return sleep_in(ucie, 2);
  if (strcmp(command, "limit") == 0) return limit(ucie, words);
  if (strcmp(command, "log") == 0) return show_log(ucie), true;
  if (strcmp(command, "lanes") == 0) return show_lanes(ucie), true;
  if (strcmp(command, "remote") == 0) return reach(ucie, words);
  if (strcmp(command, "break") == 0) return break_pin(ucie, words);
  if (strcmp(command, "flit") == 0) return done(ucie, ucie_damage_flit(ucie)), true;
  if (strcmp(command, "fatal") == 0) return done(ucie, ucie_fatal_error(ucie)), true;
  return false;
}

static void call(void* argument) {
  call_t* call = argument;
  call->known = true;
  if (ucie_find(call->ucie.base, &call->ucie) != UCIE_OK) {
    printf("%s\n", status_text(UCIE_ENODEV));
  } else {
    call->known = obey(&call->ucie, call->words);
  }
}

static bool guarded_call(call_t* what) {
  trap_record_t record;
  if (guarded(call, what, &record)) return what->known;
  printf("%s at %#lx\n", trap_cause_name(record.cause), record.tval);
  return true;
}

// Base address of `d2d0` or `npu0.d2d0`; 0: there is no such port.
static uint64_t find_port(const machine_t* machine, const char* name) {
  char text[kNameBytes + 8];
  for (int d = 0; d < kMaxDies; ++d) {
    const die_t* die = &machine->dies[d];
    for (unsigned p = 0; p < kMaxPorts; ++p) {
      if (die->ports[p].base == 0) continue;
      (void)snprintf(text, sizeof text, "%s.d2d%u", die->name, p);
      if (strcmp(name, text) == 0) return die->ports[p].base;
      if (d == kHost && strcmp(name, strchr(text, '.') + 1) == 0) return die->ports[p].base;
    }
  }
  return 0;
}

static void list(const machine_t* machine) {
  static const words_t kStatus = {2, {"link", "", NULL}};
  for (int d = 0; d < kMaxDies; ++d) {
    const die_t* die = &machine->dies[d];
    for (unsigned p = 0; p < kMaxPorts; ++p) {
      const link_end_t* end = &die->ports[p];
      if (end->base == 0) continue;
      printf("%s.d2d%u > %s.d2d%u: ", die->name, p, machine->dies[end->peer_die].name,
             end->peer_port);
      call_t what = {.machine = machine, .words = &kStatus, .ucie = {end->base}};
      (void)guarded_call(&what);
    }
  }
}

bool monitor_link(machine_t* machine, const words_t* words) {
  if (words->count == 1) return list(machine), true;
  if (strcmp(words->word[1], "train") == 0) return bring_up_links(machine), true;
  call_t what = {.machine = machine, .words = words};
  what.ucie.base = find_port(machine, words->word[1]);
  if (what.ucie.base != 0) return guarded_call(&what);
  printf("no such port; link lists them\n");
  return true;
}

void monitor_link_help(void) {
  printf("link                    list the ports and their states\n");
  printf("link train              train all links and write routes\n");
  printf("link PORT [status]      state, width and rate\n");
  printf("link PORT train | retrain | l1 | l2 | wake | reset | disable\n");
  printf("link PORT limit LANES RATE   from the next training on; 0: no limit\n");
  printf("link PORT lanes         + in use, r repaired, X dead, . unused\n");
  printf("link PORT log           counts, what was mended, the first failure\n");
  printf("link PORT remote OFFSET [VALUE]   a link register of the other end\n");
  printf("link PORT break PIN [NUMBER [MODULE [RATE]]] | flit | fatal\n");
}
