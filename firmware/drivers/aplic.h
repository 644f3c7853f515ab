// SPDX-License-Identifier: Apache-2.0
//
// Driver for one interrupt domain of a riscv,aplic. Domains start with all sources inactive.
#ifndef CVP_FIRMWARE_DRIVERS_APLIC_H_
#define CVP_FIRMWARE_DRIVERS_APLIC_H_

#include "mmio.h"

typedef enum {
  APLIC_OK = 0,
  APLIC_ERANGE,  // No such source, hart or value.
} aplic_status_t;

typedef enum {
  APLIC_INACTIVE = 0,
  APLIC_DETACHED = 1,  // Pending by software only.
  APLIC_RISING = 4,
  APLIC_FALLING = 5,
  APLIC_HIGH = 6,
  APLIC_LOW = 7,
} aplic_mode_t;

typedef struct {
  uintptr_t base;  // Of the domain, from the device tree.
} aplic_t;

// Interrupts of the domain go to the hart over its wire; all priorities do.
NODISCARD aplic_status_t aplic_deliver_direct(const aplic_t* aplic, uint32_t hart);
// Interrupts of the domain go out as messages. Machine level says where to: to page hart of
// `machine` or `supervisor`, whose sizes are 2^hart_bits pages.
void aplic_set_message_pages(const aplic_t* root, uint64_t machine, uint64_t supervisor,
                             uint32_t hart_bits);
void aplic_deliver_messages(const aplic_t* aplic);

NODISCARD aplic_status_t aplic_set_mode(const aplic_t* aplic, uint32_t source, aplic_mode_t mode);
// The source becomes that of the domain below.
NODISCARD aplic_status_t aplic_delegate(const aplic_t* aplic, uint32_t source);
// `value`: priority 1 (highest) to 255, or the identity of the message.
NODISCARD aplic_status_t aplic_set_target(const aplic_t* aplic, uint32_t source, uint32_t hart,
                                          uint32_t value);
NODISCARD aplic_status_t aplic_enable(const aplic_t* aplic, uint32_t source, int on);
void aplic_set_pending(const aplic_t* aplic, uint32_t source);
// 0: nothing is pending.
uint32_t aplic_claim(const aplic_t* aplic, uint32_t hart);

#endif  // CVP_FIRMWARE_DRIVERS_APLIC_H_
