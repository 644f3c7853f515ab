// SPDX-License-Identifier: Apache-2.0
#include "lib/trap.h"

#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lib/console.h"
#include "lib/csr.h"
#include "lib/mmio.h"
#include "lib/program.h"

static jmp_buf guard;
static volatile bool guard_armed;
static trap_record_t guard_record;
static interrupt_handler_t handlers[16];

const char* trap_cause_name(uint64_t cause) {
  static const char* const kNames[] = {"instruction misaligned", "instruction access fault",
                                       "illegal instruction",    "breakpoint",
                                       "load misaligned",        "load access fault",
                                       "store misaligned",       "store access fault",
                                       "ecall from U",           "ecall from S",
                                       "exception 10",           "ecall from M",
                                       "instruction page fault", "load page fault",
                                       "exception 14",           "store page fault"};
  return cause < sizeof kNames / sizeof kNames[0] ? kNames[cause] : "unknown exception";
}

// Where the trap returns to when a guarded function has failed.
static void leave_guard(void) { longjmp(guard, 1); }

static void die(const trap_frame_t* frame, const trap_record_t* record) {
  printf("\nunexpected trap on hart %lu: %s (cause %lu)\n  epc %016lx  tval %016lx\n",
         csr_read(mhartid), trap_cause_name(record->cause), record->cause, record->epc,
         record->tval);
  for (int i = 1; i < 32; i += 4) {
    for (int j = i; j < i + 4 && j < 32; ++j) printf("  x%-2d %016lx", j, frame->x[j]);
    printf("\n");
  }
  program_exit(kExitTrap);
}

void trap_dispatch(trap_frame_t* frame) {
  const uint64_t cause = csr_read(mcause);
  if (cause >> 63) {
    const uint64_t number = cause & 15;
    if (handlers[number] != NULL) {
      handlers[number]();
    } else {
      csr_clear(mie, 1ul << number);  // Nobody wants it: it must not come back at once.
    }
    return;
  }
  const trap_record_t record = {cause, csr_read(mepc), csr_read(mtval)};
  if (!guard_armed || csr_read(mhartid) != 0) die(frame, &record);
  guard_armed = false;
  guard_record = record;
  frame->x[0] = (uintptr_t)leave_guard;
}

bool guarded(void (*fn)(void*), void* argument, trap_record_t* record) {
  jmp_buf outer;
  const bool outer_armed = guard_armed;
  memcpy(&outer, &guard, sizeof outer);
  const bool failed = setjmp(guard) != 0;
  if (!failed) {
    guard_armed = true;
    fn(argument);
  }
  guard_armed = outer_armed;
  memcpy(&guard, &outer, sizeof outer);
  if (failed && record != NULL) *record = guard_record;
  return !failed;
}

typedef struct {
  uintptr_t address;
  unsigned bytes;
  uint64_t value;
} probe_t;

static void load(void* argument) {
  probe_t* probe = argument;
  switch (probe->bytes) {
    case 1:
      probe->value = mmio_read8(probe->address);
      return;
    case 2:
      probe->value = mmio_read16(probe->address);
      return;
    case 4:
      probe->value = mmio_read32(probe->address);
      return;
    default:
      probe->value = mmio_read64(probe->address);
  }
}

static void store(void* argument) {
  const probe_t* probe = argument;
  switch (probe->bytes) {
    case 1:
      return mmio_write8(probe->address, (uint8_t)probe->value);
    case 2:
      return mmio_write16(probe->address, (uint16_t)probe->value);
    case 4:
      return mmio_write32(probe->address, (uint32_t)probe->value);
    default:
      return mmio_write64(probe->address, probe->value);
  }
}

bool probe_read(uintptr_t address, unsigned bytes, uint64_t* value) {
  probe_t probe = {address, bytes, 0};
  if (!guarded(load, &probe, NULL)) return false;
  *value = probe.value;
  return true;
}

bool probe_write(uintptr_t address, unsigned bytes, uint64_t value) {
  probe_t probe = {address, bytes, value};
  return guarded(store, &probe, NULL);
}

bool probe_read32(uintptr_t address, uint32_t* value) {
  uint64_t wide;
  if (!probe_read(address, 4, &wide)) return false;
  *value = (uint32_t)wide;
  return true;
}

bool probe_read64(uintptr_t address, uint64_t* value) { return probe_read(address, 8, value); }

bool probe_write32(uintptr_t address, uint32_t value) { return probe_write(address, 4, value); }

void trap_on_interrupt(uint64_t bit, interrupt_handler_t handler) {
  handlers[__builtin_ctzl(bit)] = handler;
  if (handler != NULL) {
    csr_set(mie, bit);
  } else {
    csr_clear(mie, bit);
  }
}

void trap_enable_interrupts(void) { csr_set(mstatus, kMstatusMie); }

void trap_sleep_until_either(const volatile uint32_t* flag, const volatile uint32_t* other) {
  for (;;) {
    // wfi wakes on a pending interrupt even while it is masked: none is lost between test and
    // sleep.
    csr_clear(mstatus, kMstatusMie);
    if (*flag != 0 || *other != 0) break;
    wait_for_interrupt();
    csr_set(mstatus, kMstatusMie);
  }
  csr_set(mstatus, kMstatusMie);
}

void trap_sleep_until(const volatile uint32_t* flag) { trap_sleep_until_either(flag, flag); }
