// SPDX-License-Identifier: Apache-2.0
//
// A monitor for the serial console: registers and memory by hand, and the die-to-die links. Nothing
// is brought up until a command says so.
#include "apps/monitor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/finisher.h"
#include "lib/console.h"
#include "lib/interrupts.h"
#include "lib/program.h"
#include "lib/trap.h"

enum { kTreeLimit = 1 << 20, kLineBytes = 128, kDumpBytes = 16, kMostDumped = 4096 };

static machine_t machine;

void program_exit(int code) {
  const finisher_t finisher = {machine.finisher};
  if (finisher.base != 0) finisher_exit(&finisher, (uint16_t)code);
  for (;;) {
    __asm__ volatile("wfi");
  }
}

bool parse_number(const char* word, uint64_t most, uint64_t* value) {
  char* end = NULL;
  if (word == NULL || *word < '0' || *word > '9') return false;
  *value = strtoull(word, &end, 0);
  return *end == '\0' && *value <= most;
}

static words_t split(char* line) {
  words_t words = {0};
  char* rest = NULL;
  for (char* word = strtok_r(line, " \t", &rest); word != NULL && words.count < kMaxWords;
       word = strtok_r(NULL, " \t", &rest)) {
    words.word[words.count++] = word;
  }
  return words;
}

// Bytes of an access by the letter behind the command, as in `md.b`; without one 4, as most
// registers want. 0: there is no such letter.
static unsigned width_of(const char* letter) {
  if (*letter == '\0') return 4;
  if (letter[0] != '.' || letter[1] == '\0' || letter[2] != '\0') return 0;
  switch (letter[1]) {
    case 'b':
      return 1;
    case 'w':
      return 2;
    case 'l':
      return 4;
    case 'q':
      return 8;
    default:
      return 0;
  }
}

// Stops where nothing answers.
static bool dump(const words_t* words, unsigned width) {
  uint64_t address, bytes = 64;
  if (width == 0 || words->count > 3) return false;
  if (!parse_number(words->word[1], UINT64_MAX, &address) || address % width != 0) return false;
  if (words->count > 2 && !parse_number(words->word[2], kMostDumped, &bytes)) return false;
  for (uint64_t at = 0; at < bytes; at += width) {
    uint64_t value;
    if (at % kDumpBytes == 0) printf("%s%012lx:", at == 0 ? "" : "\n", address + at);
    if (!probe_read(address + at, width, &value)) {
      printf(" access fault\n");
      return true;
    }
    printf(" %0*lx", (int)(2 * width), value);
  }
  printf("\n");
  return true;
}

static bool store(const words_t* words, unsigned width) {
  uint64_t address, value;
  if (width == 0 || words->count > 3) return false;
  if (!parse_number(words->word[1], UINT64_MAX, &address) || address % width != 0) return false;
  if (!parse_number(words->word[2], UINT64_MAX >> (64 - 8 * width), &value)) return false;
  if (!probe_write(address, width, value)) printf("access fault at %#lx\n", address);
  return true;
}

static bool help(const words_t* words) {
  if (words->count > 1) return false;
  printf("md ADDRESS [BYTES]      show words of memory or registers, of 32 bits\n");
  printf("mw ADDRESS VALUE        write one; md.b .w .l .q, mw.b ...: of 8, 16, 32, 64 bits\n");
  monitor_link_help();
  printf("exit [CODE]             end the run\n");
  return true;
}

static bool leave(const words_t* words) {
  uint64_t code = 0;
  if (words->count > 2) return false;
  if (words->count > 1 && !parse_number(words->word[1], UINT8_MAX, &code)) return false;
  program_exit((int)code);
}

static bool obey(const words_t* words) {
  const char* command = words->word[0];
  if (strcmp(command, "help") == 0) return help(words);
  if (strncmp(command, "md", 2) == 0) return dump(words, width_of(command + 2));
  if (strncmp(command, "mw", 2) == 0) return store(words, width_of(command + 2));
  if (strcmp(command, "link") == 0) return monitor_link(&machine, words);
  if (strcmp(command, "exit") == 0) return leave(words);
  return false;
}

int program_main(uint64_t hart, const void* tree) {
  fdt_t fdt;
  uint32_t source = 0;
  (void)hart;
  if (!fdt_open(&fdt, tree, kTreeLimit)) program_exit(kExitNoTree);
  (void)console_init(&fdt);
  if (!machine_read(&machine, &fdt)) program_exit(kExitNoTree);
  console_use_clock(machine.clint, machine.ticks_per_second);
  interrupts_init(&machine);
  const fdt_node_t uart = fdt_next_compatible(&fdt, FDT_NONE, "ns16550a");
  if (!fdt_u32(&fdt, uart, "interrupts", 0, &source) || !console_listen(source)) {
    printf("monitor: no console that can be read\n");
    program_exit(kExitFailed);
  }
  printf("\nchiplet-vp monitor; type help\n");
  for (;;) {
    char line[kLineBytes];
    printf("cvp> ");
    console_read_line(line, sizeof line);
    const words_t words = split(line);
    if (words.count > 0 && !obey(&words)) printf("what? type help\n");
  }
}
