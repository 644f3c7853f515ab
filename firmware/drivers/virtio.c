// SPDX-License-Identifier: Apache-2.0
#include "drivers/virtio.h"

#include "virtio_regs.h"  // generated from models/virtio/virtio.regs.toml

enum { kMagic = 0x74726976, kVersion = 2 };
enum { kFlagNext = 1, kFlagWrite = 2 };
enum { kFeaturesVersion1 = 1 };  // Bit 32: bit 0 of the upper half.

uint32_t virtio_kind(const virtio_t* virtio) {
  if (mmio_read32(virtio->base + VIRTIO_MAGIC_VALUE) != kMagic) return 0;
  if (mmio_read32(virtio->base + VIRTIO_VERSION) != kVersion) return 0;
  return mmio_read32(virtio->base + VIRTIO_DEVICE_ID);
}

static void write_address(uintptr_t low, const void* memory) {
  mmio_write32(low, (uint32_t)(uintptr_t)memory);
  mmio_write32(low + 4, (uint32_t)((uint64_t)(uintptr_t)memory >> 32));
}

static virtio_status_t set_up_queue(const virtio_t* virtio, virtio_queue_t* queue,
                                    uint32_t number) {
  mmio_write32(virtio->base + VIRTIO_QUEUE_SEL, number);
  if (mmio_read32(virtio->base + VIRTIO_QUEUE_NUM_MAX) < kVirtioQueueSize) return VIRTIO_ERANGE;
  queue->available.flags = queue->available.index = 0;
  queue->used.flags = queue->used.index = queue->seen = 0;
  mmio_write32(virtio->base + VIRTIO_QUEUE_NUM, kVirtioQueueSize);
  write_address(virtio->base + VIRTIO_QUEUE_DESC_LOW, queue->descriptors);
  write_address(virtio->base + VIRTIO_QUEUE_DRIVER_LOW, &queue->available);
  write_address(virtio->base + VIRTIO_QUEUE_DEVICE_LOW, &queue->used);
  mmio_fence();
  mmio_write32(virtio->base + VIRTIO_QUEUE_READY, 1);
  return VIRTIO_OK;
}

virtio_status_t virtio_start(const virtio_t* virtio, virtio_queue_t* queues, uint32_t count) {
  if (virtio_kind(virtio) == 0) return VIRTIO_ENODEV;
  const uintptr_t status = virtio->base + VIRTIO_STATUS;
  uint32_t progress = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER;
  mmio_write32(status, 0);
  mmio_write32(status, progress);
  mmio_write32(virtio->base + VIRTIO_DRIVER_FEATURES_SEL, 0);
  mmio_write32(virtio->base + VIRTIO_DRIVER_FEATURES, 0);
  mmio_write32(virtio->base + VIRTIO_DRIVER_FEATURES_SEL, 1);
  mmio_write32(virtio->base + VIRTIO_DRIVER_FEATURES, kFeaturesVersion1);
  progress |= VIRTIO_STATUS_FEATURES_OK;
  mmio_write32(status, progress);
  if (!(mmio_read32(status) & VIRTIO_STATUS_FEATURES_OK)) return VIRTIO_EFEATURES;
  for (uint32_t number = 0; number < count; ++number) {
    const virtio_status_t set_up = set_up_queue(virtio, &queues[number], number);
    if (set_up != VIRTIO_OK) return set_up;
  }
  mmio_write32(status, progress | VIRTIO_STATUS_DRIVER_OK);
  return VIRTIO_OK;
}

virtio_status_t virtio_send(const virtio_t* virtio, virtio_queue_t* queue, uint32_t number,
                            const virtio_buffer_t* buffers, uint32_t count) {
  if (count == 0 || count > kVirtioQueueSize) return VIRTIO_ERANGE;
  for (uint32_t i = 0; i < count; ++i) {
    virtio_descriptor_t* const descriptor = &queue->descriptors[i];
    descriptor->address = (uintptr_t)buffers[i].data;
    descriptor->bytes = buffers[i].bytes;
    descriptor->flags =
        (uint16_t)((i + 1 < count ? kFlagNext : 0) | (buffers[i].written ? kFlagWrite : 0));
    descriptor->next = (uint16_t)(i + 1);
  }
  queue->available.ring[queue->available.index % kVirtioQueueSize] = 0;
  mmio_fence();
  *(volatile uint16_t*)&queue->available.index = (uint16_t)(queue->available.index + 1);
  virtio_notify(virtio, number);
  return VIRTIO_OK;
}

void virtio_notify(const virtio_t* virtio, uint32_t number) {
  mmio_fence();
  mmio_write32(virtio->base + VIRTIO_QUEUE_NOTIFY, number);
}

virtio_status_t virtio_poll(const virtio_t* virtio, virtio_queue_t* queue, uint32_t* bytes) {
  if (mmio_read32(virtio->base + VIRTIO_STATUS) & VIRTIO_STATUS_NEEDS_RESET) return VIRTIO_ERESET;
  if (*(volatile uint16_t*)&queue->used.index == queue->seen) return VIRTIO_EBUSY;
  mmio_fence();
  *bytes = queue->used.ring[queue->seen++ % kVirtioQueueSize].bytes;
  return VIRTIO_OK;
}

void virtio_acknowledge(const virtio_t* virtio) {
  const uint32_t status = mmio_read32(virtio->base + VIRTIO_INTERRUPT_STATUS);
  mmio_write32(virtio->base + VIRTIO_INTERRUPT_ACK, status);
}

uint64_t virtio_config64(const virtio_t* virtio, uint32_t offset) {
  const uint64_t low = mmio_read32(virtio->base + VIRTIO_CONFIG + offset);
  return (uint64_t)mmio_read32(virtio->base + VIRTIO_CONFIG + offset + 4) << 32 | low;
}
