#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A driver of virtio devices that knows the way but nothing else: queues that are set up well enough
to run, with rings and buffers anywhere on the bus: memory, holes, registers of other devices and of
the device itself. The run must end, and the same seed must give the same run.

More seeds: CVP_FUZZ_SEEDS=1000 tests/fuzz/virtio_fuzz.py
"""

import os
import pathlib
import random
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
import harness  # pylint: disable=wrong-import-position

SEEDS = int(os.environ.get("CVP_FUZZ_SEEDS", "6"))
SLOTS = [0x1000_1000 + 0x1000 * slot for slot in range(8)]
QUEUES = (1, 2, 2, 1)  # Of disk, console, network card, random numbers.
RINGS, BUFFERS, RING_SPAN = 0x9000_0000, 0x9100_0000, 0x1_0000
# Where buffers and rings must not be, and some are. Not the finisher: a write there ends the run.
BAD_PLACES = [0, 0x1000, 0x10_1000, 0x200_0000, 0x200_bff8, 0xc00_0000, 0x1000_0000, 0x1001_0000, *SLOTS[:5],
              0x1100_0000, 0x1200_0000, 0x2400_0000, 0x3000_0000, 0x7fff_fff0, 0xa000_0000_0000,
              0x100_0000_0000, 0x110_0000_0000, 0x120_0000_0000, 2**64 - 8]

# Performs a table of writes: address, value, bytes; 0 bytes: so many times nothing.
GUEST = harness.GUEST_START + """
trap:                        # Goes on behind the access that faulted.
  csrr t0, mepc
  addi t0, t0, 4
  csrw mepc, t0
  mret
main:
  la s0, writes
  la s1, end
next:
  beq s0, s1, done
  ld t1, 0(s0)
  ld t2, 8(s0)
  ld t3, 16(s0)
  addi s0, s0, 24
  beqz t3, pause
  addi t3, t3, -1
  beqz t3, byte
  addi t3, t3, -1
  beqz t3, half
  addi t3, t3, -2
  beqz t3, word
  sd t2, 0(t1)
  j next
word:
  sw t2, 0(t1)
  j next
half:
  sh t2, 0(t1)
  j next
byte:
  sb t2, 0(t1)
  j next
pause:
  addi t2, t2, -1
  bgtz t2, pause
  j next
done:
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
  j .
.align 3
writes:
  .incbin "writes.bin"
end:
"""


class Driver:
    """Makes the table of writes."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.table = bytearray()

    def write(self, address, value, size=4):
        self.table += struct.pack("<3Q", address % 2**64, value % 2**64, size)

    def chance(self, one_in):
        return self.random.randrange(one_in) == 0

    def place(self, good):
        if not self.chance(10):
            return good + self.random.choice((0, 0, 0, 1, 0x10, 0x1000 * self.random.randrange(64)))
        return self.random.choice((self.random.choice(BAD_PLACES), self.random.getrandbits(64)))

    def start(self, slot, queues):
        """[VIRTIO: Device Initialization], with a slip now and then."""
        base = SLOTS[slot]
        features = self.random.choice((0, 1 << 28, 1 << 29, 3 << 28))
        if self.chance(30):
            features = self.random.getrandbits(32)
        for offset, value in ((0x70, 0), (0x70, 3), (0x24, 0), (0x20, features), (0x24, 1), (0x20, 1), (0x70, 11)):
            if not self.chance(200):
                self.write(base + offset, value)
        rings = []
        for queue in range(queues):
            size = 2 ** self.random.randrange(9) if not self.chance(30) else self.random.getrandbits(17)
            first = RINGS + (slot * 2 + queue) * RING_SPAN
            parts = [self.place(first + part) if self.chance(15) else first + part for part in (0, 0x4000, 0x8000)]
            self.write(base + 0x30, queue)
            self.write(base + 0x38, size)
            for offset, part in zip((0x80, 0x90, 0xa0), parts):
                self.write(base + offset, part)
                self.write(base + offset + 4, part >> 32)
            self.write(base + 0x44, 1)
            rings.append((parts, size))
        self.write(base + 0x70, 15)
        return rings

    def descriptor(self, table, index, size):
        length = self.random.choice((1, 16, 60, 60, 512, 513, 1526, 1526, 4096))
        if self.chance(12):
            length = self.random.choice((0, 0x10_0000, self.random.getrandbits(32)))
        flags = self.random.choice((0, 0, 1, 2, 2, 3)) if not self.chance(12) else self.random.getrandbits(16)
        address = self.place(BUFFERS)
        if self.chance(10):
            flags, address = 4, table + 0x1000 * self.random.randrange(2)
            length = 16 * self.random.choice((1, 4, size, 300))
        self.write(table + 16 * index, address, 8)
        self.write(table + 16 * index + 8, length | flags << 32 | self.random.randrange(size + self.chance(9)) << 48, 8)

    def use(self, slot, rings):
        for (table, available, _), size in rings:
            size = max(1, min(size, 256))
            for index in range(min(size, 12)):
                self.descriptor(table, index, size)
            for entry in range(size):
                self.write(available + 4 + 2 * entry, self.random.randrange(min(size, 12) + self.chance(9)), 2)
            ahead = self.random.randrange(size + 1) if not self.chance(9) else self.random.getrandbits(16)
            self.write(available + 2, ahead, 2)
        for queue in range(len(rings)):
            self.write(SLOTS[slot] + 0x50, queue)
        self.write(0, self.random.randrange(30000), 0)
        if self.chance(4):
            self.write(SLOTS[slot] + 4 * self.random.randrange(0x40), self.random.getrandbits(32))

    def writes(self):
        for _ in range(12):
            slot = self.random.randrange(len(QUEUES))
            rings = self.start(slot, QUEUES[slot])
            for _ in range(self.random.randrange(4)):
                self.use(slot, rings)
        self.write(0, 20000, 0)
        return bytes(self.table)


class VirtioFuzz(harness.SystemTest):
    def run_seed(self, elf_source, seed):
        self.write("writes.bin", Driver(seed).writes())
        elf = self.guest("fuzz", elf_source)
        done = subprocess.run(
            [harness.PROGRAM, "run", "duo", "--boot", "direct", "--firmware", elf, "--max-time", "100 ms",
             "--device", "virtio-console-device,to=term", "--device", "virtio-net-device", "--pcap", "pcap",
             "--device", "virtio-rng-device", "--drive", "file=disk,snapshot=on", "--uart", "none",
             "--stdin", "--stats", "stats.json"],
            cwd=self.dir, input=b"typed\n" * 99, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120)
        errors = done.stderr.decode(errors="replace")[-3000:]
        self.assertIn(done.returncode, (0, 124, 125), errors)
        self.assertNotIn("internal error", errors)
        return done.returncode, {**self.stats(), "host": None}, (self.dir / "pcap").read_bytes()

    def test_random_rings_anywhere(self):
        self.write("disk", bytes(64 << 10))
        ended = 0
        for seed in range(1, SEEDS + 1):
            with self.subTest(seed):
                code, *_ = self.run_seed(GUEST, seed)
                ended += code == 0
        self.assertGreater(ended, SEEDS // 2)

    def test_same_seed_same_run(self):
        self.write("disk", bytes(64 << 10))
        self.assertEqual(self.run_seed(GUEST, 3), self.run_seed(GUEST, 3))


if __name__ == "__main__":
    harness.main()
