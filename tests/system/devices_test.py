#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The host's devices as a user gives them to a guest."""

import time

import harness

# Hart 0 prints the date in seconds, in hexadecimal, and ends the run.
DATE = """
.option norvc
.globl _start
_start:
  csrr t0, mhartid
  bnez t0, park
  li s0, 0x101000
  lwu t0, 0(s0)
  lwu t1, 4(s0)
  slli t1, t1, 32
  or t0, t0, t1
  li t1, 1000000000
  divu s1, t0, t1
  li s2, 32
  li s3, 0x10000000
digit:
  addi s2, s2, -4
  srl t0, s1, s2
  andi t0, t0, 15
  addi t1, t0, -10
  bltz t1, decimal
  addi t0, t0, 39
decimal:
  addi t0, t0, 48
  sb t0, 0(s3)
  bnez s2, digit
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
park:
  wfi
  j park
"""


class RealTimeClock(harness.SystemTest):
    def date(self, *options):
        elf = self.guest("date", DATE)
        text = self.vp("run", "duo", "--firmware", elf, "--max-time", "1 ms", *options)
        return int(text.split()[0], 16)

    def test_date(self):
        self.assertEqual(self.date(), 1767225600)  # date -u -d 2026-01-01 +%s
        self.assertEqual(self.date("--rtc", "2006-06-17T16:01:21"), 1150560081)
        self.assertEqual(self.date("--set", "host.rtc.start=2024-02-29"), 1709164800)
        self.assertLess(abs(self.date("--rtc", "host") - time.time()), 30)

    def test_bad_dates(self):
        self.assertIn("error: --rtc: expected host, or a date",
                      self.vp("run", "duo", "--rtc", "noon", expect=2))
        self.refused("run", "duo", "--set", "host.rtc.start=2026-02-30",
                     says='host.rtc.start: "2026-02-30" is no date; expected one of 1970 to 2261')


VIRTIO_TEST = harness.BUILD / "firmware" / "tests" / "virtio_test.elf"


class Virtio(harness.SystemTest):
    """The firmware test wants a disk that begins like an ELF file, and random numbers."""

    def run_test(self, *options, expect=0):
        return self.vp("run", "duo", "--firmware", VIRTIO_TEST, "--max-time", "1 s", *options, expect=expect)

    def test_a_disk_keeps_what_is_written(self):
        before = VIRTIO_TEST.read_bytes()
        image = self.write("disk.img", before)
        text = self.run_test("--device", "virtio-rng-device", "--drive", "file=disk.img,format=raw,snapshot=on")
        self.assertIn("disk works", text)
        self.assertIn("random numbers work", text)
        self.assertEqual(image.read_bytes(), before)
        self.run_test("--set", "host.virtio7.device=rng", "--drive", "file=disk.img")
        written = bytes((i * 7 + i // 512) % 256 for i in range(2048))
        self.assertEqual(image.read_bytes(), before[:1024] + written + before[1024 + 2048:])

    def test_a_read_only_disk_is_not_written(self):
        image = self.write("disk.img", VIRTIO_TEST.read_bytes())
        image.chmod(0o444)
        text = self.run_test("--device", "virtio-rng-device", "--drive", "file=disk.img,readonly=on", expect=1)
        self.assertIn("expected block(virtio, kBlockOut", text)
        self.assertEqual(image.read_bytes(), VIRTIO_TEST.read_bytes())

    def test_same_run_twice(self):
        self.write("disk.img", VIRTIO_TEST.read_bytes())
        runs = []
        for _ in range(2):
            self.run_test("--device", "virtio-rng-device,seed=7", "--drive", "file=disk.img,snapshot=on",
                          "--stats", "stats.json")
            statistics = self.stats()
            statistics.pop("host")
            runs.append(statistics)
        self.assertEqual(*runs)

    def test_bad_drives(self):
        self.write("disk.img", b"x" * 512)
        for drive, says in {"file=none.img": 'file: cannot open "none.img": No such file',
                            "file=disk.img,cache=none": '"cache=none" is not known; expected file=',
                            "format=raw": "expected file=...",
                            "file=disk.img,format=qcow2": "format=qcow2; expected raw",
                            "file=disk.img,readonly=maybe": "readonly=maybe; expected on or off",
                            "file=/dev/null": "is no regular file"}.items():
            with self.subTest(drive):
                self.refused("run", "duo", "--drive", drive, says=[f"--drive {drive}: ", says])
        self.refused("run", "duo", "--device", "virtio-gpu-device", says="expected virtio-blk-device, ")
        self.refused("run", "duo", *["--device", "virtio-rng-device"] * 9, says="no empty virtio slot is left")
        self.refused("run", "duo", "--set", "host.virtio0.device=block",
                     says='host.virtio0.file: cannot open ""')


if __name__ == "__main__":
    harness.main()
