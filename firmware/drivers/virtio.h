// SPDX-License-Identifier: Apache-2.0
//
// Driver for virtio devices on a memory-mapped bus, version 2: split queues of one chain at a time.
// The queues are memory that the caller gives. [VIRTIO: Split Virtqueues]
#ifndef CVP_FIRMWARE_DRIVERS_VIRTIO_H_
#define CVP_FIRMWARE_DRIVERS_VIRTIO_H_

#include "mmio.h"

typedef enum {
  VIRTIO_OK = 0,
  VIRTIO_ENODEV,     // No such device, or an empty slot.
  VIRTIO_EFEATURES,  // It does not take a driver of version 1 without further features.
  VIRTIO_ERANGE,     // More buffers than the queue has descriptors, or none.
  VIRTIO_EBUSY,      // The chain is not back yet.
  VIRTIO_ERESET,     // The device wants to be reset: call virtio_start again.
} virtio_status_t;

enum { kVirtioNet = 1, kVirtioBlock = 2, kVirtioConsole = 3, kVirtioRng = 4 };
enum { kVirtioQueueSize = 8 };

typedef struct {
  uintptr_t base;  // From the device tree.
} virtio_t;

typedef struct {
  uint64_t address;
  uint32_t bytes;
  uint16_t flags;
  uint16_t next;
} virtio_descriptor_t;

typedef struct {
  virtio_descriptor_t descriptors[kVirtioQueueSize];
  struct {
    uint16_t flags, index, ring[kVirtioQueueSize];
  } available;
  struct {
    uint16_t flags, index;
    struct {
      uint32_t head, bytes;
    } ring[kVirtioQueueSize];
  } used;
  uint16_t seen;  // Used index that has been looked at.
} __attribute__((aligned(16))) virtio_queue_t;

typedef struct {
  void* data;
  uint32_t bytes;
  int written;  // By the device, else read by it.
} virtio_buffer_t;

// Kind of the device, 0 for an empty slot.
uint32_t virtio_kind(const virtio_t* virtio);
// Resets the device, agrees on its features and gives it its first queues.
NODISCARD virtio_status_t virtio_start(const virtio_t* virtio, virtio_queue_t* queues,
                                       uint32_t count);
// Sends one chain. Buffers that the device reads come first.
NODISCARD virtio_status_t virtio_send(const virtio_t* virtio, virtio_queue_t* queue,
                                      uint32_t number, const virtio_buffer_t* buffers,
                                      uint32_t count);
// Says again that there is a chain.
void virtio_notify(const virtio_t* virtio, uint32_t number);
// Whether the chain is back; `bytes` is then what the device has written.
NODISCARD virtio_status_t virtio_poll(const virtio_t* virtio, virtio_queue_t* queue,
                                      uint32_t* bytes);
// Lowers the interrupt.
void virtio_acknowledge(const virtio_t* virtio);
uint64_t virtio_config64(const virtio_t* virtio, uint32_t offset);

#endif  // CVP_FIRMWARE_DRIVERS_VIRTIO_H_
