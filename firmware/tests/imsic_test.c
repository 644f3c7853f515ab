// SPDX-License-Identifier: Apache-2.0
//
// The IMSIC, and the APLIC that sends it messages: stores to files, priorities, threshold, two
// harts that wake each other by messages, a device's wire that ends in a handler of machine and of
// supervisor level. Without an IMSIC in the tree there is nothing to test.
#include "drivers/aplic.h"
#include "drivers/uart.h"
#include "lib/interrupt_file.h"
#include "lib/mmio.h"
#include "tests/imsic_files.h"

enum {
  kRounds = 1000,
  kPage = 0x1000,
  kUartSource = 10,
  kSupervisorExternal = 1 << 9,
  kEcallFromSupervisor = 9,
};

static uintptr_t machine_pages, supervisor_pages;
static aplic_t root, child;
static uart_t uart;
static volatile uint32_t ready, rounds;

static void send(uintptr_t pages, uint32_t hart, uint32_t identity) {
  mmio_write32(pages + kPage * hart, identity);
}

static uint64_t external_pending(void) { return csr_read(mip) & kMieExternal; }

static bool find_files(const fdt_t* fdt) {
  machine_pages = imsic_files(fdt, kMachineFiles);
  supervisor_pages = imsic_files(fdt, kSupervisorFiles);
  fdt_node_t node = FDT_NONE;
  while ((node = fdt_next_compatible(fdt, node, "riscv,aplic")) != FDT_NONE) {
    uint64_t base, size;
    EXPECT(fdt_reg(fdt, node, 0, &base, &size));
    *(base == machine.aplic ? &root.base : &child.base) = base;
  }
  return machine_pages != 0 && supervisor_pages != 0;
}

static void open_machine_file(void) {
  machine_file_write(kEithreshold, 0);
  machine_file_write(kEip0, 0);
  machine_file_write(kEie0, ~UINT64_C(0));
  machine_file_write(kEidelivery, kDeliveryFile);
}

static void test_priorities_and_threshold(void) {
  EXPECT(machine_file_read(kEidelivery) == kDeliveryFile);
  EXPECT(csr_take_number(CSR_MTOPEI) == 0);
  send(machine_pages, 0, 40);
  send(machine_pages, 0, 7);
  send(machine_pages, 0, 7);
  send(machine_pages, 0, 0);  // No identity.
  EXPECT(external_pending());
  EXPECT(csr_read_number(CSR_MTOPEI) == (7u << 16 | 7));
  machine_file_write(kEithreshold, 7);
  EXPECT(!external_pending());
  EXPECT(machine_file_claim() == 0);
  machine_file_write(kEithreshold, 8);
  EXPECT(machine_file_claim() == 7);
  EXPECT(!external_pending());
  machine_file_write(kEithreshold, 0);
  machine_file_write(kEie0, ~(UINT64_C(1) << 40));
  EXPECT(!external_pending());
  machine_file_write(kEie0, ~UINT64_C(0));
  machine_file_write(kEidelivery, kDeliveryOff);
  EXPECT(!external_pending());
  EXPECT(csr_read_number(CSR_MTOPEI) == (40u << 16 | 40));  // Delivery does not hide it.
  machine_file_write(kEidelivery, kDeliveryFile);
  EXPECT(machine_file_claim() == 40);
  EXPECT(machine_file_claim() == 0);
}

// Both harts sleep with interrupts off: what is pending wakes them.
static void wait_for_message(uint32_t identity) {
  for (;;) {
    const uint32_t claimed = machine_file_claim();
    if (claimed == identity) return;
    EXPECT(claimed == 0);
    wait_for_interrupt();
  }
}

void secondary_main(uint64_t hart, const void* tree) {
  (void)tree;
  if (hart != 1) return;
  while (ready != 0x600d) {
  }
  open_machine_file();
  csr_write(mie, kMieExternal);
  ready = 2;
  for (;;) {
    wait_for_message(21);
    rounds = rounds + 1;
    mmio_fence();
    send(machine_pages, 0, 22);
  }
}

static void test_two_harts(void) {
  if (machine.harts < 2) return;
  ready = 0x600d;
  while (ready != 2) {
  }
  for (uint32_t i = 1; i <= kRounds; ++i) {
    send(machine_pages, 1, 21);
    wait_for_message(22);
    EXPECT(rounds == i);
  }
}

static volatile uint32_t handled;

static void on_machine_external(void) { handled = machine_file_claim(); }

static void test_wire_at_machine_level(void) {
  EXPECT(aplic_set_mode(&root, kUartSource, APLIC_HIGH) == APLIC_OK);
  EXPECT(aplic_set_target(&root, kUartSource, 0, 33) == APLIC_OK);
  EXPECT(aplic_enable(&root, kUartSource, 1) == APLIC_OK);
  aplic_deliver_messages(&root);
  trap_on_interrupt(kMieExternal, on_machine_external);
  for (uint32_t i = 0; i < 3; ++i) {
    handled = 0;
    uart_enable_interrupts(&uart, 1, 0);
    trap_sleep_until(&handled);
    EXPECT(handled == 33);
    handled = 0;
    aplic_set_pending(&root, kUartSource);  // The level is still high: it is sent once more.
    trap_sleep_until(&handled);
    uart_enable_interrupts(&uart, 0, 0);
    aplic_set_pending(&root, kUartSource);  // Low: it is not.
    handled = 0;
    for (volatile int n = 0; n < 1000; ++n) {
    }
    EXPECT(handled == 0);
  }
  trap_on_interrupt(kMieExternal, NULL);
}

static volatile uint32_t served;

__attribute__((interrupt("supervisor"), aligned(4))) static void on_supervisor_interrupt(void) {
  served = supervisor_file_claim();
  uart_enable_interrupts(&uart, 0, 0);
}

// Runs in S mode; the ecall at its end leads back to machine level.
static void supervisor_main(void) {
  csr_write(stvec, (uintptr_t)on_supervisor_interrupt);
  supervisor_file_write(kEithreshold, 0);
  supervisor_file_write(kEie0, ~UINT64_C(0));
  supervisor_file_write(kEidelivery, kDeliveryFile);
  csr_write(sie, kSupervisorExternal);
  for (uint32_t i = 0; i < 3; ++i) {
    served = 0;
    uart_enable_interrupts(&uart, 1, 0);
    csr_clear(sstatus, 2);
    while (served == 0) {
      wait_for_interrupt();
      csr_set(sstatus, 2);
      csr_clear(sstatus, 2);
    }
    if (served != 44) break;
  }
  __asm__ volatile("ecall");
}

static void enter_supervisor(void* unused) {
  (void)unused;
  csr_write(pmpaddr0, -1);
  csr_write(pmpcfg0, 0x1f);
  csr_write(mideleg, kSupervisorExternal);
  csr_clear(mstatus, 3 << 11);
  csr_set(mstatus, 1 << 11);
  csr_write(mepc, (uintptr_t)supervisor_main);
  __asm__ volatile("mret");
}

static void test_wire_at_supervisor_level(void) {
  trap_record_t record = {0};
  EXPECT(aplic_delegate(&root, kUartSource) == APLIC_OK);
  EXPECT(aplic_set_mode(&child, kUartSource, APLIC_HIGH) == APLIC_OK);
  EXPECT(aplic_set_target(&child, kUartSource, 0, 44) == APLIC_OK);
  EXPECT(aplic_enable(&child, kUartSource, 1) == APLIC_OK);
  aplic_deliver_messages(&child);
  EXPECT(!guarded(enter_supervisor, NULL, &record));
  EXPECT(record.cause == kEcallFromSupervisor);
  EXPECT(served == 44);
}

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  fdt_t fdt;
  uint64_t base, size;
  test_begin(tree, "imsic_test");
  EXPECT(fdt_open(&fdt, tree, 1 << 20));
  if (!find_files(&fdt)) return kExitOk;
  EXPECT(fdt_reg(&fdt, fdt_next_compatible(&fdt, FDT_NONE, "ns16550a"), 0, &base, &size));
  uart.base = base;
  trap_on_interrupt(kMieExternal, NULL);
  csr_clear(mstatus, kMstatusMie);
  csr_write(mie, kMieExternal);
  open_machine_file();
  test_priorities_and_threshold();
  test_two_harts();
  aplic_set_message_pages(&root, machine_pages, supervisor_pages, 6);
  csr_set(mstatus, kMstatusMie);
  test_wire_at_machine_level();
  test_wire_at_supervisor_level();
  printf("messages arrive\n");
  return kExitOk;
}
