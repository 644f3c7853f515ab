// SPDX-License-Identifier: Apache-2.0
//
// A console on virtio: asks for a line and repeats it.
#include <string.h>

#include "tests/htif.h"
#include "tests/virtio_slots.h"

enum { kReceive, kTransmit, kQueues };

static virtio_t console;
static virtio_queue_t queues[kQueues];

static void say(const char* text) {
  const virtio_buffer_t buffer = {(void*)(uintptr_t)text, (uint32_t)strlen(text), 0};
  EXPECT(virtio_send(&console, &queues[kTransmit], kTransmit, &buffer, 1) == VIRTIO_OK);
  EXPECT(virtio_wait(&console, &queues[kTransmit]) == 0);
}

int program_main(uint64_t hart, const void* tree) {
  (void)hart;
  static char line[81];
  fdt_t fdt;
  uint32_t length = 0;
  test_begin(tree, "virtio_console_test");
  EXPECT(fdt_open(&fdt, tree, 1 << 20));
  EXPECT(virtio_find(&fdt, FDT_NONE, kVirtioConsole, &console) != FDT_NONE);
  EXPECT(virtio_start(&console, queues, kQueues) == VIRTIO_OK);
  say("Say something: ");
  do {
    const virtio_buffer_t room = {line + length, (uint32_t)sizeof line - 1 - length, 1};
    EXPECT(room.bytes > 0);
    EXPECT(virtio_send(&console, &queues[kReceive], kReceive, &room, 1) == VIRTIO_OK);
    length += virtio_wait(&console, &queues[kReceive]);
  } while (line[length - 1] != '\n');
  say("You said: ");
  say(line);
  return kExitOk;
}
