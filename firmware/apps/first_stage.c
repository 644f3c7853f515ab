// SPDX-License-Identifier: Apache-2.0
//
// First stage, then an operating system's firmware or the bare-metal inference runtime. Runs from
// boot SRAM on hart 0; everything it knows of the package it has from the device tree.
#include "apps/first_stage.h"

#include <stdio.h>
#include <string.h>

#include "drivers/finisher.h"
#include "lib/arena.h"
#include "lib/console.h"
#include "lib/interrupts.h"
#include "lib/program.h"
#include "lib/trap.h"

enum { kTreeLimit = 1 << 20 };

static machine_t machine;

void program_exit(int code) {
  const finisher_t finisher = {machine.finisher};
  printf("\n");
  log_line("end of run, code %d", code);
  if (finisher.base != 0) finisher_exit(&finisher, (uint16_t)code);
  for (;;) {
    __asm__ volatile("wfi");
  }
}

static void print_banner(const fdt_t* fdt, const void* tree) {
  const char* package = fdt_string(fdt, fdt_path(fdt, "/chosen"), "cvp,package");
  uint32_t dies = 0, npus = 0;
  for (int i = 0; i < kMaxDies; ++i) {
    dies += machine.dies[i].present;
    npus += machine.dies[i].npu != 0;
  }
  printf("\nchiplet-vp first stage\n\n");
  log_line("package %s: %u dies, %u NPUs, %u harts, %u CXL host bridges",
           package == NULL ? "?" : package, dies, npus, machine.harts, machine.bridge_count);
  log_line("device tree at %p, %u bytes; DRAM %lu MiB at %#lx; time base %u Hz", tree, fdt->size,
           machine.dram.size >> 20, machine.dram.base, machine.ticks_per_second);
  if (machine.harts > 1) {
    log_line("hart 0 runs; the boot ROM has parked %u other%s", machine.harts - 1,
             machine.harts > 2 ? "s" : "");
  }
}

// What the user asked for by bootargs, words apart by blanks.
typedef struct {
  bool reach;
} requests_t;

static bool is_word(const char* word, size_t length, const char* expected) {
  return length == strlen(expected) && memcmp(word, expected, length) == 0;
}

static requests_t read_requests(const fdt_t* fdt) {
  requests_t requests = {.reach = true};
  const char* word = fdt_string(fdt, fdt_path(fdt, "/chosen"), "bootargs");
  while (word != NULL && *word != '\0') {
    const size_t length = strcspn(word, " ");
    if (is_word(word, length, "reach=off")) {
      requests.reach = false;
    } else if (is_word(word, length, "reach=on")) {
      requests.reach = true;
    } else if (length > 0) {
      log_line("bootargs: \"%.*s\" ignored; expected reach=on or reach=off", (int)length, word);
    }
    word += length + (word[length] == ' ');
  }
  return requests;
}

int program_main(uint64_t hart, const void* tree) {
  fdt_t fdt;
  (void)hart;
  if (!fdt_open(&fdt, tree, kTreeLimit)) program_exit(kExitNoTree);
  const bool found = machine_read(&machine, &fdt);
  (void)console_init(&fdt);
  console_use_clock(machine.clint, machine.ticks_per_second);
  print_banner(&fdt, tree);
  if (!found) {
    log_line("device tree lacks DRAM, CLINT or time base");
    return kExitNoTree;
  }
  const bool hands_over = next_stage_read(&fdt);
  // With a next stage the arguments are the kernel's, and DRAM holds its images.
  const requests_t requests = hands_over ? (requests_t){0} : read_requests(&fdt);
  interrupts_init(&machine);
  arena_init(&machine);

  bring_up_links(&machine);
  bring_up_hbm(&machine);
  bring_up_cxl(&machine);
  bring_up_npus(&machine);
  const void* edited = hand_over_tree(&machine, &fdt);
  if (hands_over && edited == NULL) return kExitNoTree;
  if (hands_over) next_stage_enter(&machine, edited);
  if (requests.reach) print_reach_matrix(&machine);
  if (machine.job.size == 0) {
    log_line("no job in the device tree");
    return kExitOk;
  }
  return run_inference(&machine);
}
