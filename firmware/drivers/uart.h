// SPDX-License-Identifier: Apache-2.0
//
// Driver for an ns16550a UART. Polling; safe to call before interrupts are set up.
#ifndef CVP_FIRMWARE_DRIVERS_UART_H_
#define CVP_FIRMWARE_DRIVERS_UART_H_

#include "mmio.h"

typedef enum {
  UART_OK = 0,
  UART_ENODEV,  // The scratch register does not keep what was written.
} uart_status_t;

typedef struct {
  uintptr_t base;  // From the device tree.
} uart_t;

// 8N1, FIFO on, interrupts off.
NODISCARD uart_status_t uart_init(const uart_t* uart);
void uart_put(const uart_t* uart, char c);
// Next received byte, or -1.
int uart_get(const uart_t* uart);
void uart_enable_interrupts(const uart_t* uart, int transmit, int receive);
// What asks for an interrupt: UART_IIR value, bit 0 set when nothing does.
uint32_t uart_interrupt_id(const uart_t* uart);

#endif  // CVP_FIRMWARE_DRIVERS_UART_H_
