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


if __name__ == "__main__":
    harness.main()
