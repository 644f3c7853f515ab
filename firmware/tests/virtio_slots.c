// SPDX-License-Identifier: Apache-2.0
#include "tests/virtio_slots.h"

#include "tests/htif.h"

volatile uint32_t virtio_interrupts;

static virtio_t slots[16];  // By interrupt source.

static void on_slot(uint32_t source) {
  virtio_acknowledge(&slots[source]);
  virtio_interrupts = virtio_interrupts + 1;
}

fdt_node_t virtio_find(const fdt_t* fdt, fdt_node_t node, uint32_t kind, virtio_t* virtio) {
  while ((node = fdt_next_compatible(fdt, node, "virtio,mmio")) != FDT_NONE) {
    uint64_t base, size;
    uint32_t source;
    EXPECT(fdt_reg(fdt, node, 0, &base, &size));
    EXPECT(fdt_u32(fdt, node, "interrupts", 0, &source));
    EXPECT(source < sizeof slots / sizeof slots[0]);
    virtio->base = base;
    if (virtio_kind(virtio) != kind) continue;
    slots[source] = *virtio;
    EXPECT(interrupts_on_source(source, on_slot));
    break;
  }
  return node;
}

uint32_t virtio_wait(const virtio_t* virtio, virtio_queue_t* queue) {
  uint32_t bytes = 0;
  for (;;) {
    virtio_interrupts = 0;
    const virtio_status_t status = virtio_poll(virtio, queue, &bytes);
    if (status == VIRTIO_OK) return bytes;
    EXPECT(status == VIRTIO_EBUSY);
    trap_sleep_until(&virtio_interrupts);
  }
}
