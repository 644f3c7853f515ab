// SPDX-License-Identifier: Apache-2.0
//
// Console and boot log. printf() goes to the UART of /chosen/stdout-path; log_line() puts the time
// since reset before its text, as "[   0.001234] ", and keeps a copy of everything in memory.
#ifndef CVP_FIRMWARE_LIB_CONSOLE_H_
#define CVP_FIRMWARE_LIB_CONSOLE_H_

#include <stdbool.h>
#include <stdint.h>

#include "lib/fdt.h"

// False when the tree names no 16550; then printf() only fills the log.
bool console_init(const fdt_t* fdt);
// Where log_line takes its time from: mtime, and its ticks a second.
void console_use_clock(uintptr_t clint_base, uint32_t ticks_per_second);
uint64_t console_microseconds(void);

// Received bytes, by interrupt: `source` is that of the UART. False: no UART, or no such interrupt.
bool console_listen(uint32_t source);
// Sleeps until a line has been typed; shows it as it comes, and takes back by backspace. Without
// its end, and cut at bytes - 1.
void console_read_line(char* line, uint32_t bytes);

__attribute__((format(printf, 1, 2))) void log_line(const char* format, ...);

enum { kLogBytes = 65536 };
extern char console_log[kLogBytes];  // The last of it, as a ring.
extern uint32_t console_log_written;

#endif  // CVP_FIRMWARE_LIB_CONSOLE_H_
