# SPDX-License-Identifier: Apache-2.0
"""A stock Debian kernel with busybox, from reset to a shell and to power-off."""

import console
import harness

PROMPT = "~ # "
# Without the kernel's tests of its own ciphers, a boot is a third shorter.
APPEND = "earlycon=sbi console=ttyS0 cryptomgr.notests=1 init_on_alloc=0"


class LinuxTest(harness.SystemTest):
    def boot(self, *options, package="duo", harts=1, initrd="initramfs.gz", append="", bios="1.6"):
        """Boots to the prompt."""
        guest = console.Console(
            self, "run", package, "--bios", console.firmware(bios, "fw_dynamic.bin"),
            "--kernel", console.IMAGES / "linux" / "Image", "--initrd", console.IMAGES / initrd,
            "--append", f"{APPEND} {append}", "--set", f"host.cpu.harts={harts}",
            "--stats", "stats.json", "--max-wall", 250, *options)
        guest.expect("Run /init as init process")
        guest.expect(PROMPT)
        self.assertEqual(guest.command("nproc", PROMPT).strip(), str(harts))
        return guest

    def power_off(self, guest):
        guest.type("poweroff -f")
        self.assertEqual(guest.end(), 0, guest.text[-2000:])
        self.assertIn("reboot: Power down", guest.text)
        self.assertEqual(self.stats()["guest_exit"], 0)
