// SPDX-License-Identifier: Apache-2.0
#include "drivers/uart.h"

#include "uart_regs.h"  // generated from models/uart/uart.regs.toml

enum { kPattern = 0x5a };

uart_status_t uart_init(const uart_t* uart) {
  mmio_write8(uart->base + UART_SCR, kPattern);
  if (mmio_read8(uart->base + UART_SCR) != kPattern) return UART_ENODEV;
  mmio_write8(uart->base + UART_LCR, UART_LCR_WORD_LENGTH);  // Eight bits, no parity.
  mmio_write8(uart->base + UART_IER, 0);
  mmio_write8(uart->base + UART_FCR, UART_FCR_ENABLE);
  return UART_OK;
}

void uart_put(const uart_t* uart, char c) {
  while (!(mmio_read8(uart->base + UART_LSR) & UART_LSR_THRE)) {
  }
  mmio_write8(uart->base + UART_THR, (uint8_t)c);
}

int uart_get(const uart_t* uart) {
  if (!(mmio_read8(uart->base + UART_LSR) & UART_LSR_DR)) return -1;
  return mmio_read8(uart->base + UART_RBR);
}

void uart_enable_interrupts(const uart_t* uart, int transmit, int receive) {
  mmio_write8(uart->base + UART_IER,
              (uint8_t)((transmit ? UART_IER_THRE : 0) | (receive ? UART_IER_RDA : 0)));
}

uint32_t uart_interrupt_id(const uart_t* uart) { return mmio_read8(uart->base + UART_IIR); }
