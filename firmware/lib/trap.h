// SPDX-License-Identifier: Apache-2.0
//
// Traps. An unexpected exception prints what happened and ends the run; inside guarded() it ends
// only the guarded function. Interrupts go to the handler that asked for them.
#ifndef CVP_FIRMWARE_LIB_TRAP_H_
#define CVP_FIRMWARE_LIB_TRAP_H_

#include <stdbool.h>
#include <stdint.h>

// As boot/start.S lays it out: x[0] holds the pc, x[2] the interrupted stack pointer.
typedef struct {
  uint64_t x[32];
  uint64_t reserved[2];
} trap_frame_t;

typedef struct {
  uint64_t cause, epc, tval;
} trap_record_t;

enum {
  kTrapLoadAccess = 5,
  kTrapStoreAccess = 7,
};

typedef void (*interrupt_handler_t)(void);

// Calls fn(argument). False when an exception ended it; `record` then says which. May nest; hart 0
// only.
bool guarded(void (*fn)(void*), void* argument, trap_record_t* record);

// Single loads and stores of 1, 2, 4 or 8 bytes that may go nowhere; false when they trapped.
bool probe_read(uintptr_t address, unsigned bytes, uint64_t* value);
bool probe_write(uintptr_t address, unsigned bytes, uint64_t value);
bool probe_read32(uintptr_t address, uint32_t* value);
bool probe_read64(uintptr_t address, uint64_t* value);
bool probe_write32(uintptr_t address, uint32_t value);

// `bit` is one of kMie*: sets the handler and enables that interrupt. Null disables it.
void trap_on_interrupt(uint64_t bit, interrupt_handler_t handler);
void trap_enable_interrupts(void);
// Sleeps until *flag is not zero; an interrupt handler sets it.
void trap_sleep_until(const volatile uint32_t* flag);
void trap_sleep_until_either(const volatile uint32_t* flag, const volatile uint32_t* other);
const char* trap_cause_name(uint64_t cause);

void trap_dispatch(trap_frame_t* frame);

#endif  // CVP_FIRMWARE_LIB_TRAP_H_
