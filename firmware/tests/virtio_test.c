// SPDX-License-Identifier: Apache-2.0
//
// A disk whose first sector is that of an ELF file, and a source of random numbers. Both are found
// in the tree, interrupt through the PLIC, and survive a driver that breaks the rules.
#include <string.h>

#include "tests/htif.h"
#include "tests/virtio_slots.h"

enum { kSectorBytes = 512, kPatience = 100000000 };
enum { kBlockIn = 0, kBlockOut = 1, kBlockFlush = 4, kBlockOk = 0, kBlockError = 1 };

static virtio_queue_t queue;

// Sends a chain and sleeps until it is back; the bytes that the device has written.
static uint32_t transact(const virtio_t* virtio, const virtio_buffer_t* buffers, uint32_t count) {
  uint32_t bytes = 0;
  virtio_interrupts = 0;
  EXPECT(virtio_send(virtio, &queue, 0, buffers, count) == VIRTIO_OK);
  EXPECT(sleep_until_flag(&virtio_interrupts, kPatience));
  EXPECT(virtio_poll(virtio, &queue, &bytes) == VIRTIO_OK);
  EXPECT(virtio_poll(virtio, &queue, &bytes) == VIRTIO_EBUSY);
  return bytes;
}

static uint8_t block(const virtio_t* virtio, uint32_t type, uint64_t sector, void* data,
                     uint32_t bytes) {
  static struct {
    uint32_t type, reserved;
    uint64_t sector;
  } header;
  static uint8_t status;
  header.type = type;
  header.sector = sector;
  status = 0xee;
  const virtio_buffer_t buffers[] = {
      {&header, sizeof header, 0}, {data, bytes, type == kBlockIn}, {&status, 1, 1}};
  const virtio_buffer_t no_data[] = {buffers[0], buffers[2]};
  if (bytes > 0) {
    (void)transact(virtio, buffers, 3);
  } else {
    (void)transact(virtio, no_data, 2);
  }
  return status;
}

static void test_block(const virtio_t* virtio) {
  static uint8_t data[4 * kSectorBytes], again[4 * kSectorBytes];
  const uint64_t sectors = virtio_config64(virtio, 0);
  EXPECT(sectors > 8);
  EXPECT(virtio_start(virtio, &queue, 1) == VIRTIO_OK);
  EXPECT(block(virtio, kBlockIn, 0, data, sizeof data) == kBlockOk);
  EXPECT(memcmp(data,
                "\x7f"
                "ELF",
                4) == 0);
  for (uint32_t i = 0; i < sizeof data; ++i) data[i] = (uint8_t)(i * 7 + i / kSectorBytes);
  EXPECT(block(virtio, kBlockOut, 2, data, sizeof data) == kBlockOk);
  EXPECT(block(virtio, kBlockFlush, 0, data, 0) == kBlockOk);
  EXPECT(block(virtio, kBlockIn, 3, again, kSectorBytes) == kBlockOk);
  EXPECT(memcmp(again, data + kSectorBytes, kSectorBytes) == 0);
  EXPECT(block(virtio, kBlockIn, sectors, again, kSectorBytes) == kBlockError);
}

static void test_rng(const virtio_t* virtio) {
  static uint64_t numbers[8], again[8];
  const virtio_buffer_t first = {numbers, sizeof numbers, 1}, second = {again, sizeof again, 1};
  EXPECT(virtio_start(virtio, &queue, 1) == VIRTIO_OK);
  EXPECT(transact(virtio, &first, 1) > 0);
  EXPECT(transact(virtio, &second, 1) > 0);
  EXPECT(numbers[0] != 0 && numbers[0] != again[0]);
}

// A descriptor that names itself as the next one.
static void test_loop(const virtio_t* virtio) {
  static uint8_t data[16];
  uint32_t bytes;
  EXPECT(virtio_start(virtio, &queue, 1) == VIRTIO_OK);
  queue.descriptors[0] = (virtio_descriptor_t){(uintptr_t)data, sizeof data, 1 | 2, 0};
  queue.available.ring[0] = 0;
  queue.available.index = 1;
  virtio_interrupts = 0;
  virtio_notify(virtio, 0);
  EXPECT(sleep_until_flag(&virtio_interrupts, kPatience));
  EXPECT(virtio_poll(virtio, &queue, &bytes) == VIRTIO_ERESET);
  test_rng(virtio);
}

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  fdt_t fdt;
  virtio_t disk, numbers;
  test_begin(tree, "virtio_test");
  EXPECT(fdt_open(&fdt, tree, 1 << 20));
  EXPECT(virtio_find(&fdt, FDT_NONE, kVirtioBlock, &disk) != FDT_NONE);
  test_block(&disk);
  printf("disk works\n");
  EXPECT(virtio_find(&fdt, FDT_NONE, kVirtioRng, &numbers) != FDT_NONE);
  test_rng(&numbers);
  test_loop(&numbers);
  printf("random numbers work\n");
  return kExitOk;
}
