// SPDX-License-Identifier: Apache-2.0
#include "lib/interrupts.h"

#include <stddef.h>

#include "drivers/aplic.h"
#include "drivers/clint.h"
#include "drivers/plic.h"
#include "lib/csr.h"
#include "lib/program.h"
#include "lib/trap.h"

enum { kSources = 256, kContext = 0, kHart = 0 };

static clint_t clint;
static plic_t plic;
static aplic_t aplic;
static uint32_t first_message_source;
static uint64_t ticks_per_second = 1;
static source_handler_t handlers[kSources];
static volatile uint32_t alarm;

static void on_timer(void) {
  alarm = 1;
  MUST(clint_set_deadline(&clint, kHart, UINT64_MAX));
}

static void handle(uint32_t source) {
  if (source < kSources && handlers[source] != NULL) handlers[source](source);
}

static void on_plic(void) {
  for (uint32_t source; (source = plic_claim(&plic, kContext)) != 0;) {
    handle(source);
    plic_complete(&plic, kContext, source);
  }
}

static void on_aplic(void) {
  for (uint32_t source; (source = aplic_claim(&aplic, kHart)) != 0;) handle(source);
}

void interrupts_init(const machine_t* machine) {
  clint.base = machine->clint;
  plic.base = machine->plic;
  aplic.base = machine->aplic;
  first_message_source = machine->message_source;
  ticks_per_second = machine->ticks_per_second;
  MUST(clint_set_deadline(&clint, kHart, UINT64_MAX));
  trap_on_interrupt(kMieTimer, on_timer);
  if (plic.base != 0 && plic_set_threshold(&plic, kContext, 0) == PLIC_OK) {
    trap_on_interrupt(kMieExternal, on_plic);
  }
  // An IMSIC lets the wires of the APLIC through after reset.
  if (aplic.base != 0 && aplic_deliver_direct(&aplic, kHart) == APLIC_OK) {
    trap_on_interrupt(kMieExternal, on_aplic);
  }
  trap_enable_interrupts();
}

// Messages are edges, devices have levels.
static bool on_aplic_source(uint32_t source, bool on) {
  const bool edge = first_message_source != 0 && source >= first_message_source;
  return aplic_set_mode(&aplic, source, edge ? APLIC_RISING : APLIC_HIGH) == APLIC_OK &&
         aplic_set_target(&aplic, source, kHart, 1) == APLIC_OK &&
         aplic_enable(&aplic, source, on) == APLIC_OK;
}

bool interrupts_on_source(uint32_t source, source_handler_t handler) {
  if (source >= kSources) return false;
  handlers[source] = handler;
  if (aplic.base != 0) return on_aplic_source(source, handler != NULL);
  if (plic.base == 0) return false;
  return plic_set_priority(&plic, source, 1) == PLIC_OK &&
         plic_enable(&plic, kContext, source, handler != NULL) == PLIC_OK;
}

uint64_t time_ticks(void) { return clint_time(&clint); }

uint64_t time_nanoseconds(uint64_t ticks) {
  return ticks / ticks_per_second * 1000000000 +
         ticks % ticks_per_second * 1000000000 / ticks_per_second;
}

static void set_alarm(uint64_t nanoseconds) {
  const uint64_t ticks = (nanoseconds * (ticks_per_second / 1000) + 999999) / 1000000;
  alarm = 0;
  MUST(clint_set_deadline(&clint, kHart, clint_time(&clint) + ticks));
}

void sleep_nanoseconds(uint64_t nanoseconds) {
  set_alarm(nanoseconds);
  trap_sleep_until(&alarm);
}

bool sleep_until_flag(const volatile uint32_t* flag, uint64_t nanoseconds) {
  set_alarm(nanoseconds);
  while (*flag == 0 && alarm == 0) trap_sleep_until_either(flag, &alarm);
  MUST(clint_set_deadline(&clint, kHart, UINT64_MAX));
  return *flag != 0;
}
