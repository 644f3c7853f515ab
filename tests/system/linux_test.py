#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Linux after the first stage and OpenSBI, and without the first stage."""

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
        self.power_off(guest)


if __name__ == "__main__":
    harness.main()
