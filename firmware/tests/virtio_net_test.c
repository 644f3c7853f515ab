// SPDX-License-Identifier: Apache-2.0
//
// Two machines that run this on one network count to a hundred: each frame carries the next number.
// Either may be the first; the frame of the one who is too early reaches nobody.
#include <string.h>

#include "tests/htif.h"
#include "tests/virtio_slots.h"

enum { kReceive, kTransmit, kQueues };
enum { kHeaderBytes = 12, kFrameBytes = 600, kBufferBytes = 1526, kLast = 100 };
enum { kDestination = 0, kSource = 6, kType = 12, kNumber = 14, kPattern = 16, kAddressBytes = 6 };
enum { kExperimental = 0x88b5 };  // EtherType for local experiments.

static virtio_t card;
static virtio_queue_t queues[kQueues];
static uint8_t own[8], buffer[kBufferBytes], request[kHeaderBytes + kFrameBytes];

static void listen(void) {
  const virtio_buffer_t room = {buffer, sizeof buffer, 1};
  EXPECT(virtio_send(&card, &queues[kReceive], kReceive, &room, 1) == VIRTIO_OK);
}

static void send(const uint8_t* destination, uint32_t number) {
  uint8_t* const frame = request + kHeaderBytes;
  memcpy(frame + kDestination, destination, kAddressBytes);
  memcpy(frame + kSource, own, kAddressBytes);
  frame[kType] = kExperimental >> 8;
  frame[kType + 1] = kExperimental & 0xff;
  frame[kNumber] = (uint8_t)number;
  for (uint32_t i = kPattern; i < kFrameBytes; ++i) frame[i] = (uint8_t)(i * number);
  const virtio_buffer_t buffers[] = {{request, kHeaderBytes, 0}, {frame, kFrameBytes, 0}};
  EXPECT(virtio_send(&card, &queues[kTransmit], kTransmit, buffers, 2) == VIRTIO_OK);
  (void)virtio_wait(&card, &queues[kTransmit]);
}

// Waits for a frame of this test; its number.
static uint32_t receive(uint8_t* from) {
  const uint8_t* const frame = buffer + kHeaderBytes;
  for (;;) {
    const uint32_t bytes = virtio_wait(&card, &queues[kReceive]);
    EXPECT(bytes >= kHeaderBytes);
    if (bytes == kHeaderBytes + kFrameBytes && frame[kType] == kExperimental >> 8) break;
    listen();
  }
  const uint32_t number = frame[kNumber];
  for (uint32_t i = kPattern; i < kFrameBytes; ++i) EXPECT(frame[i] == (uint8_t)(i * number));
  memcpy(from, frame + kSource, kAddressBytes);
  listen();
  return number;
}

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  static const uint8_t everybody[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  uint8_t other[kAddressBytes];
  uint32_t number;
  fdt_t fdt;
  test_begin(tree, "virtio_net_test");
  EXPECT(fdt_open(&fdt, tree, 1 << 20));
  EXPECT(virtio_find(&fdt, FDT_NONE, kVirtioNet, &card) != FDT_NONE);
  const uint64_t address = virtio_config64(&card, 0);
  memcpy(own, &address, sizeof own);
  EXPECT(virtio_start(&card, queues, kQueues) == VIRTIO_OK);
  listen();
  send(everybody, 0);
  do {
    number = receive(other);
    EXPECT(memcmp(other, own, kAddressBytes) != 0);
    send(other, number + 1);
  } while (number + 1 < kLast);
  printf("%u frames, the last from %02x:%02x:%02x:%02x:%02x:%02x\n", number + 1, other[0], other[1],
         other[2], other[3], other[4], other[5]);
  return kExitOk;
}
