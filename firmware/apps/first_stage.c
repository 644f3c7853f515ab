// SPDX-License-Identifier: Apache-2.0
//
// First stage, then the bare-metal inference runtime. Runs from boot SRAM on hart 0; everything it
// knows of the package it has from the device tree.
#include "apps/first_stage.h"

#include <stdio.h>
#include <string.h>

#include "drivers/finisher.h"
#include "lib/arena.h"
#include "lib/console.h"
#include "lib/interrupts.h"
#include "lib/program.h"
#include "lib/trap.h"

enum { kTreeLimit = 1 << 16 };

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

static bool asked_for(const fdt_t* fdt, const char* word) {
  const char* arguments = fdt_string(fdt, fdt_path(fdt, "/chosen"), "bootargs");
  return arguments != NULL && strstr(arguments, word) != NULL;
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
  interrupts_init(&machine);
  arena_init(&machine);

  bring_up_links(&machine);
  bring_up_hbm(&machine);
  bring_up_cxl(&machine);
  bring_up_npus(&machine);
  (void)hand_over_tree(&machine, &fdt);
  if (!asked_for(&fdt, "reach=off")) print_reach_matrix(&machine);
  if (machine.job.size == 0) {
    log_line("no job in the device tree");
    return kExitOk;
  }
  return run_inference(&machine);
}
