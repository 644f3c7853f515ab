// SPDX-License-Identifier: Apache-2.0
//
// From the first stage to an operating system's firmware, as OpenSBI wants to be entered: every
// hart in machine mode with a0 = hart, a1 = device tree, a2 = fw_dynamic_info.
#include <stddef.h>

#include "apps/first_stage.h"
#include "drivers/clint.h"
#include "lib/console.h"
#include "lib/csr.h"
#include "lib/program.h"

// [OPENSBI: Firmware with Dynamic Information]
typedef struct {
  uint64_t magic, version, next_address, next_mode, options, boot_hart;
} fw_dynamic_info_t;

enum { kInfoMagic = 0x4942534f, kInfoVersion = 2, kSupervisor = 1 };

static uint64_t bios;
static const void* next_tree;
static fw_dynamic_info_t info;
static volatile uint64_t open;  // Other harts may go.

__attribute__((noreturn)) static void jump(uint64_t hart) {
  csr_clear(mstatus, kMstatusMie);
  csr_write(mie, 0);
  register uint64_t a0 __asm__("a0") = hart;
  register uint64_t a1 __asm__("a1") = (uint64_t)next_tree;
  register uint64_t a2 __asm__("a2") = (uint64_t)&info;
  __asm__ volatile("fence.i; jr %0" ::"r"(bios), "r"(a0), "r"(a1), "r"(a2) : "memory");
  __builtin_unreachable();
}

bool next_stage_read(const fdt_t* fdt) {
  const fdt_node_t chosen = fdt_path(fdt, "/chosen");
  if (!fdt_u64(fdt, chosen, "cvp,bios", 0, &bios)) return false;
  info =
      (fw_dynamic_info_t){.magic = kInfoMagic, .version = kInfoVersion, .next_mode = kSupervisor};
  if (!fdt_u64(fdt, chosen, "cvp,kernel", 0, &info.next_address)) info.next_address = 0;
  return true;
}

// Where the boot ROM sends the parked harts when their MSIP comes.
void secondary_main(uint64_t hart, const void* tree) {
  (void)tree;
  if (open != 0) jump(hart);
}

void next_stage_enter(const machine_t* machine, const void* tree) {
  const clint_t clint = {machine->clint};
  log_line("firmware at %#lx, kernel at %#lx: entered by %u hart%s", bios, info.next_address,
           machine->harts, machine->harts == 1 ? "" : "s");
  next_tree = tree;
  open = 1;
  mmio_fence();
  for (uint32_t hart = 1; hart < machine->harts; ++hart) {
    MUST(clint_set_software(&clint, hart, 1));
  }
  MUST(clint_set_deadline(&clint, kHost, UINT64_MAX));
  jump(0);
}
