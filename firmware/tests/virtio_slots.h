// SPDX-License-Identifier: Apache-2.0
//
// What the tests of virtio devices share: the slots that the tree names, and their interrupts.
#ifndef CVP_FIRMWARE_TESTS_VIRTIO_SLOTS_H_
#define CVP_FIRMWARE_TESTS_VIRTIO_SLOTS_H_

#include "drivers/virtio.h"
#include "lib/fdt.h"

extern volatile uint32_t virtio_interrupts;  // Taken and acknowledged since the test cleared it.

// The first slot behind `node` (FDT_NONE: of all) with a device of the kind; its interrupt is then
// enabled. FDT_NONE if there is none.
fdt_node_t virtio_find(const fdt_t* fdt, fdt_node_t node, uint32_t kind, virtio_t* virtio);
// Sleeps until a chain of the queue is back; the bytes that the device has written.
uint32_t virtio_wait(const virtio_t* virtio, virtio_queue_t* queue);

#endif  // CVP_FIRMWARE_TESTS_VIRTIO_SLOTS_H_
