// SPDX-License-Identifier: Apache-2.0
//
// Die-to-die links by hand. A port is `d2d0` of the host or `npu0.d2d1`; a register of another die
// answers when a link leads to it, which `link train` sees to.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/first_stage.h"
#include "apps/monitor.h"
#include "apps/monitor_lanes.h"
#include "drivers/ucie.h"
#include "lib/console.h"
#include "lib/interrupts.h"
#include "lib/link_wait.h"
#include "lib/trap.h"

enum { kStepNs = 2000, kMostNs = 40000000 };

typedef struct {
  const words_t* words;
  ucie_t ucie;
} call_t;

// What can be done at a port, by the word behind it.
typedef struct {
  const char* name;
  const char* more;  // The words that follow,
  int least, most;   // and how many.
  const char* help;
  ucie_status_t (*order)(const ucie_t* ucie);             // To the link; else:
  bool (*act)(const ucie_t* ucie, const words_t* words);  // False: they are no such words.
} link_command_t;

// Words count from `link` on.
enum { kPortWord = 1, kCommandWord = 2, kFirstWord = 3 };

static bool show_state(const ucie_t* ucie, const words_t* words) {
  (void)words;
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
  if (state.up && interfaces.agreed) printf(", flits %s", ucie_format_name(interfaces.format));
  ucie_parity_t parity;
  ucie_parity(ucie, &parity);
  if (state.up && parity.agreed != 0) printf(", parity %u", parity.agreed);
  if (state.up && parity.refused) printf(", parity refused");
  printf("\n");
  return true;
}

// Waits while the link moves, then says how it ended.
static void settle(const ucie_t* ucie) {
  uint8_t where;
  if (!link_wait(ucie, kMostNs, NULL, NULL)) printf("the link does not come to rest\n");
  (void)show_state(ucie, NULL);
  const char* error = ucie_error(ucie, &where);
  if (ucie_has_failed(ucie)) printf("failed in %s: %s\n", ucie_state_name(where), error);
}

// Whether both ends agree shows microseconds later.
static void carry_out(const ucie_t* ucie, ucie_status_t status) {
  if (status == UCIE_OK) {
    sleep_nanoseconds(kStepNs);
    status = ucie_result(ucie);
  }
  if (status != UCIE_OK) {
    printf("%s\n", ucie_status_text(status));
  } else {
    settle(ucie);
  }
}

static bool show_log(const ucie_t* ucie, const words_t* words) {
  (void)words;
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
  if (!log.valid) return true;
  printf("first failure: at %lu ns in %s, x%u at %u GT/s: %s\n", log.nanoseconds,
         ucie_state_name(log.state), log.lanes, log.rate, log.cause);
  return true;
}

static void tell(ucie_status_t status) {
  if (status != UCIE_OK) printf("%s\n", ucie_status_text(status));
}

static bool show_lanes(const ucie_t* ucie, const words_t* words) {
  (void)words;
  tell(monitor_lanes(ucie));
  return true;
}

static ucie_status_t await_remote(const ucie_t* ucie, ucie_status_t status, uint32_t* value) {
  if (status != UCIE_OK) return status;
  while ((status = ucie_remote_done(ucie, value)) == UCIE_EBUSY) sleep_nanoseconds(kStepNs);
  return status;
}

// A write is read back: what cannot be written, and what acts and then reads as zero, is no error.
static bool reach(const ucie_t* ucie, const words_t* words) {
  uint64_t offset, value = 0;
  uint32_t read = 0;
  const bool writes = words->count > kFirstWord + 1;
  if (!parse_number(words->word[kFirstWord], UINT32_MAX, &offset)) return false;
  if (writes && !parse_number(words->word[kFirstWord + 1], UINT32_MAX, &value)) return false;
  ucie_status_t status = UCIE_OK;
  if (writes) {
    status = await_remote(ucie, ucie_remote_write(ucie, (uint32_t)offset, (uint32_t)value), &read);
  }
  if (status == UCIE_OK) {
    status = await_remote(ucie, ucie_remote_read(ucie, (uint32_t)offset), &read);
  }
  if (status != UCIE_OK) {
    printf("%s\n", ucie_status_text(status));
  } else if (writes && read == value) {
    printf("ok\n");
  } else {
    printf("%s%08x\n", writes ? "written; reads " : "", read);
  }
  return true;
}

static bool break_pin(const ucie_t* ucie, const words_t* words) {
  pin_t pin;
  if (!parse_pin(words->word[kFirstWord], &pin)) return false;
  carry_out(ucie, ucie_break_pin(ucie, pin.name, pin.number, pin.module, pin.rate));
  return true;
}

static bool limit(const ucie_t* ucie, const words_t* words) {
  uint64_t lanes, rate;
  if (!parse_number(words->word[kFirstWord], UINT8_MAX, &lanes)) return false;
  if (!parse_number(words->word[kFirstWord + 1], UINT8_MAX, &rate)) return false;
  tell(ucie_limit(ucie, (uint8_t)lanes, (uint8_t)rate));
  return true;
}

static bool want_parity(const ucie_t* ucie, const words_t* words) {
  uint64_t inserts;
  if (!parse_number(words->word[kFirstWord], UINT8_MAX, &inserts)) return false;
  tell(ucie_want_parity(ucie, (uint8_t)inserts));
  return true;
}

static ucie_status_t sleep_in_l1(const ucie_t* ucie) { return ucie_sleep(ucie, 1); }
static ucie_status_t sleep_in_l2(const ucie_t* ucie) { return ucie_sleep(ucie, 2); }

static const link_command_t kCommands[] = {
    {"status", "", 0, 0, "state, width and rate", NULL, show_state},
    {"train", "", 0, 0, "from RESET, TRAINERROR or L2", ucie_start, NULL},
    {"retrain", "", 0, 0, "with the limits that are set", ucie_retrain, NULL},
    {"limit", " LANES RATE", 2, 2, "from the next training on; 0: no limit", NULL, limit},
    {"parity", " INSERTS", 1, 1, "from the next retrain on, if both ends want it", NULL,
     want_parity},
    {"l1", "", 0, 0, "sleep until traffic, or wake", sleep_in_l1, NULL},
    {"l2", "", 0, 0, "sleep until train", sleep_in_l2, NULL},
    {"wake", "", 0, 0, "from L1", ucie_wake, NULL},
    {"reset", "", 0, 0, "LinkReset at both ends", ucie_link_reset, NULL},
    {"disable", "", 0, 0, "Disabled at both ends", ucie_disable, NULL},
    {"lanes", "", 0, 0, "+ in use, r repaired, X dead, . unused; logical lanes", NULL, show_lanes},
    {"log", "", 0, 0, "counts, what was mended, the first failure", NULL, show_log},
    {"remote", " OFFSET [VALUE]", 1, 2, "a link register of the other end", NULL, reach},
    {"break", " PIN", 1, 1, "that comes in: data:3, m1.clock, data:3@16", NULL, break_pin},
    {"flit", "", 0, 0, "the next one is damaged", ucie_damage_flit, NULL},
    {"fatal", "", 0, 0, "TRAINERROR at both ends", ucie_fatal_error, NULL},
};
enum { kCommandCount = sizeof kCommands / sizeof kCommands[0] };

// Null: there is no such command.
static const link_command_t* find_command(const words_t* words) {
  if (words->count <= kCommandWord) return &kCommands[0];
  for (unsigned n = 0; n < kCommandCount; ++n) {
    if (strcmp(words->word[kCommandWord], kCommands[n].name) == 0) return &kCommands[n];
  }
  return NULL;
}

static void obey(const ucie_t* ucie, const words_t* words) {
  const link_command_t* command = find_command(words);
  const int more = words->count > kFirstWord ? words->count - kFirstWord : 0;
  if (more < command->least || more > command->most) {
    printf("usage: link PORT %s%s\n", command->name, command->more);
  } else if (command->order != NULL) {
    carry_out(ucie, command->order(ucie));
  } else if (!command->act(ucie, words)) {
    printf("usage: link PORT %s%s\n", command->name, command->more);
  }
}

static void call(void* argument) {
  call_t* call = argument;
  if (ucie_find(call->ucie.base, &call->ucie) != UCIE_OK) {
    printf("%s\n", ucie_status_text(UCIE_ENODEV));
  } else {
    obey(&call->ucie, call->words);
  }
}

static void guarded_call(call_t* what) {
  trap_record_t record;
  if (guarded(call, what, &record)) return;
  printf("%s at %#lx\n", trap_cause_name(record.cause), record.tval);
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
      call_t what = {.words = &kStatus, .ucie = {end->base}};
      guarded_call(&what);
    }
  }
}

bool monitor_link(machine_t* machine, const words_t* words) {
  if (words->count == 1) return list(machine), true;
  if (strcmp(words->word[kPortWord], "train") == 0) {
    if (words->count > kCommandWord) return printf("usage: link train\n"), true;
    return bring_up_links(machine), true;
  }
  call_t what = {.words = words, .ucie = {find_port(machine, words->word[kPortWord])}};
  if (what.ucie.base == 0) return printf("no such port; link lists them\n"), true;
  if (find_command(words) == NULL) return false;
  guarded_call(&what);
  return true;
}

void monitor_link_help(void) {
  printf("link                    list the ports and their states\n");
  printf("link train              train all links and write routes\n");
  printf("link PORT [COMMAND]     PORT is d2d0 of the host, or npu0.d2d1; COMMAND one of\n");
  for (unsigned n = 0; n < kCommandCount; ++n) {
    const link_command_t* command = &kCommands[n];
    char words[24];
    (void)snprintf(words, sizeof words, "%s%s", command->name, command->more);
    printf("  %-22s%s%s\n", words, command->help, n == 0 ? "; so without COMMAND" : "");
  }
}
