// SPDX-License-Identifier: Apache-2.0
#include "lib/console.h"

#include <stdarg.h>
#include <stdio.h>

#include "drivers/clint.h"
#include "drivers/uart.h"
#include "lib/interrupts.h"
#include "lib/trap.h"

char console_log[kLogBytes];
uint32_t console_log_written;

static uart_t uart;
static clint_t clint;
static uint32_t ticks_per_second;

static int put(char c, FILE* file) {
  (void)file;
  console_log[console_log_written++ % kLogBytes] = c;
  if (uart.base != 0) {
    if (c == '\n') uart_put(&uart, '\r');
    uart_put(&uart, c);
  }
  return (unsigned char)c;
}

static FILE stream = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE* const stdin = &stream;
FILE* const stdout = &stream;
FILE* const stderr = &stream;

// What has come and was not yet read: a ring, filled by the interrupt.
enum { kInputBytes = 256, kBackspace = 8, kDelete = 127 };
static volatile char input[kInputBytes];
static volatile uint32_t input_written, input_read, input_ready;
static volatile bool input_held;

bool console_init(const fdt_t* fdt) {
  uint64_t base, size;
  const char* path = fdt_string(fdt, fdt_path(fdt, "/chosen"), "stdout-path");
  fdt_node_t node = path == NULL ? FDT_NONE : fdt_path(fdt, path);
  if (node == FDT_NONE) node = fdt_next_compatible(fdt, FDT_NONE, "ns16550a");
  if (!fdt_is_compatible(fdt, node, "ns16550a")) return false;
  if (!fdt_reg(fdt, node, 0, &base, &size)) return false;
  uart.base = base;
  // What was typed before goes with the FIFO when it is switched on.
  for (int c; input_written < kInputBytes && (c = uart_get(&uart)) >= 0;) {
    input[input_written++ % kInputBytes] = (char)c;
  }
  return uart_init(&uart) == UART_OK;
}

void console_use_clock(uintptr_t clint_base, uint32_t frequency) {
  clint.base = clint_base;
  ticks_per_second = frequency;
}

uint64_t console_microseconds(void) {
  if (clint.base == 0 || ticks_per_second == 0) return 0;
  const uint64_t ticks = clint_time(&clint);
  return ticks / ticks_per_second * 1000000 + ticks % ticks_per_second * 1000000 / ticks_per_second;
}

void log_line(const char* format, ...) {
  const uint64_t now = console_microseconds();
  printf("[%5lu.%06lu] ", now / 1000000, now % 1000000);
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  put('\n', NULL);
}

// Fills the ring. What finds no room stays in the UART, which then holds back the other side, until
// next_input() has made some.
static void take_input(void) {
  int c = 0;
  while (input_written - input_read < kInputBytes && (c = uart_get(&uart)) >= 0) {
    input[input_written++ % kInputBytes] = (char)c;
  }
  input_held = c >= 0;
  if (input_held) uart_enable_interrupts(&uart, 0, 0);
  input_ready = 1;
}

static void on_uart(uint32_t source) {
  (void)source;
  take_input();
}

bool console_listen(uint32_t source) {
  if (uart.base == 0 || !interrupts_on_source(source, on_uart)) return false;
  uart_enable_interrupts(&uart, 0, 1);
  return true;
}

static char next_input(void) {
  while (input_read == input_written) {
    input_ready = 0;
    if (input_read == input_written) trap_sleep_until(&input_ready);
  }
  const char c = input[input_read++ % kInputBytes];
  if (input_held && input_written - input_read < kInputBytes / 2) {
    input_held = false;
    uart_enable_interrupts(&uart, 0, 1);
  }
  return c;
}

void console_read_line(char* line, uint32_t bytes) {
  uint32_t length = 0;
  for (;;) {
    const char c = next_input();
    if (c == '\r' || c == '\n') break;
    if (c == kBackspace || c == kDelete) {
      if (length == 0) continue;
      --length;
      printf("\b \b");
    } else if (c >= ' ' && length + 1 < bytes) {
      line[length++] = c;
      put(c, NULL);
    }
  }
  line[length] = '\0';
  put('\n', NULL);
}
