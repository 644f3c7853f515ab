// SPDX-License-Identifier: Apache-2.0
//
// A write that the CXL device does not support comes back as an interrupt: error message, the root
// port's error registers, MSI-X, the IMSIC of hart 0. Without an IMSIC there is nothing to test.
#include "apps/first_stage.h"
#include "drivers/cxl.h"
#include "lib/interrupt_file.h"
#include "tests/imsic_files.h"

enum { kIdentity = 50, kPortBar = 0x2000000, kBehindBar = 0x80000 };

static volatile uint32_t claimed;

static void on_external(void) { claimed = machine_file_claim(); }

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  fdt_t fdt;
  test_begin(tree, "msix_test");
  EXPECT(fdt_open(&fdt, tree, 1 << 20));
  const uint64_t files = imsic_files(&fdt, kMachineFiles);
  if (files == 0) return kExitOk;
  bring_up_cxl(&machine);
  EXPECT(machine.bridge_count == 1);
  const bridge_t* bridge = &machine.bridges[0];
  const cxl_function_t port = cxl_function(bridge->ecam.base, 0, 0, 0);
  const cxl_function_t device = cxl_function(bridge->ecam.base, 1, 0, 0);
  const uint64_t bar = mmio_read32(device.base + 0x10) & ~0xfu;
  uint16_t requester = 0;

  machine_file_write(kEie0, UINT64_C(1) << kIdentity);
  machine_file_write(kEidelivery, kDeliveryFile);
  trap_on_interrupt(kMieExternal, on_external);
  cxl_port_set_message(&port, (uint32_t)(bridge->mmio.base + kPortBar), files, kIdentity);
  cxl_report_errors(&port, &device);
  for (uint32_t i = 0; i < 3; ++i) {
    claimed = 0;
    EXPECT(!probe_write32(bar + kBehindBar, i));
    trap_sleep_until(&claimed);
    EXPECT(claimed == kIdentity);
    EXPECT(cxl_port_take_error(&port, &requester));
    EXPECT(requester == 1 << 8);
    EXPECT(!cxl_port_take_error(&port, &requester));
  }
  printf("errors interrupt\n");
  return kExitOk;
}
