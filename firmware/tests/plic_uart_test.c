// SPDX-License-Identifier: Apache-2.0
//
// The UART's transmitter-empty interrupt arrives through the PLIC, or the wires of an APLIC:
// claimed, served, completed.
#include "drivers/plic.h"
#include "drivers/uart.h"
#include "tests/htif.h"

enum { kUartSource = 10 };

static uart_t uart;
static volatile uint32_t served;
static uint32_t cause;

static void on_uart(uint32_t source) {
  EXPECT(source == kUartSource);
  cause = uart_interrupt_id(&uart) & 0xf;
  uart_enable_interrupts(&uart, 0, 0);
  served = served + 1;
}

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  fdt_t fdt;
  uint64_t base, size;
  test_begin(tree, "plic_uart_test");
  EXPECT(fdt_open(&fdt, tree, 1 << 20));
  EXPECT(fdt_reg(&fdt, fdt_next_compatible(&fdt, FDT_NONE, "ns16550a"), 0, &base, &size));
  uart.base = base;
  EXPECT(interrupts_on_source(kUartSource, on_uart));
  for (uint32_t i = 1; i <= 3; ++i) {
    served = 0;
    uart_enable_interrupts(&uart, 1, 0);
    EXPECT(sleep_until_flag(&served, 10000000));
    EXPECT(served == 1);
    EXPECT(cause == 2);  // THR empty.
  }
  printf("served\n");
  if (machine.plic != 0) {
    const plic_t plic = {machine.plic};
    EXPECT(plic_claim(&plic, 0) == 0);
  }
  return kExitOk;
}
