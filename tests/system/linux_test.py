#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Linux after the first stage and OpenSBI, and without the first stage."""

import time

import console
import harness
from linux_guest import PROMPT, LinuxTest


def setUpModule():
    console.fetch_images()


class Shell(LinuxTest):
    def test_two_harts_after_the_first_stage(self):
        guest = self.boot(harts=2)
        self.assertIn("4096 MiB usable; memory test: 64 KiB at each end passed", guest.text)
        self.assertIn("smp: Brought up 4 nodes, 2 CPUs", guest.text)
        self.assertEqual(guest.command("uname -m", PROMPT).strip(), "riscv64")
        self.check_idle(guest)
        self.power_off(guest)

    def check_idle(self, guest):
        """At the prompt, time passes as for who sits in front of it."""
        def uptime():
            return float(guest.command("cat /proc/uptime", PROMPT).split()[0])
        start = uptime()
        time.sleep(2)
        self.assertLess(uptime() - start, 20)


if __name__ == "__main__":
    harness.main()
