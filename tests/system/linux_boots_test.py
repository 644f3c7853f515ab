#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Linux in more ways: other firmware, other numbers of harts, the installer."""

import console
import harness
from linux_guest import LinuxTest


def setUpModule():
    console.fetch_images()


class Shell(LinuxTest):
    def test_one_hart_without_the_first_stage(self):
        self.power_off(self.boot("--boot", "direct"))

    def test_four_harts(self):
        guest = self.boot("--boot", "direct", harts=4)
        self.assertIn("4 CPUs", guest.text)
        self.power_off(guest)

    def test_old_firmware(self):
        guest = self.boot("--boot", "direct", bios="1.1")
        self.assertIn("OpenSBI v1.1\n", guest.text)
        self.power_off(guest)


if __name__ == "__main__":
    harness.main()
