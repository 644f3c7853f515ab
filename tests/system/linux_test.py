#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A stock Debian kernel, from reset to a shell and to power-off."""

import console
import harness

PROMPT = "~ # "


def setUpModule():
    console.fetch_images()


class Shell(harness.SystemTest):
    def boot(self, harts, *options):
        guest = console.Console(
            self, "run", "duo", "--bios", console.firmware("1.6", "fw_dynamic.bin"),
            "--kernel", console.IMAGES / "linux" / "Image", "--initrd", console.IMAGES / "initramfs.gz",
            "--append", "earlycon=sbi console=ttyS0 cryptomgr.notests=1",
            "--set", f"host.cpu.harts={harts}", "--stats", "stats.json", "--max-wall", 250, *options)
        guest.expect("Run /init as init process")
        guest.expect(PROMPT)
        return guest

    def shell(self, harts, *options):
        guest = self.boot(harts, *options)
        self.assertEqual(guest.command("nproc", PROMPT).strip(), str(harts))
        self.assertEqual(guest.command("uname -m", PROMPT).strip(), "riscv64")
        guest.type("poweroff -f")
        self.assertEqual(guest.end(), 0, guest.text[-2000:])
        self.assertIn("reboot: Power down", guest.text)
        return guest.text

    def test_one_hart(self):
        self.shell(1, "--boot", "direct")

    def test_two_harts_after_the_first_stage(self):
        text = self.shell(2)
        self.assertIn("4096 MiB usable; memory test: 64 KiB at each end passed", text)
        self.assertIn("smp: Brought up 1 node, 2 CPUs", text)

    def test_four_harts(self):
        self.assertIn("smp: Brought up 1 node, 4 CPUs", self.shell(4, "--boot", "direct"))


if __name__ == "__main__":
    harness.main()
