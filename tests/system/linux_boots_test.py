#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Linux in more ways: other firmware, other numbers of harts, the installer."""

import hashlib
import re

import console
import harness
from linux_guest import APPEND, PROMPT, LinuxTest


def setUpModule():
    console.fetch_images()


class Shell(LinuxTest):
    def test_one_hart_without_the_first_stage(self):
        self.power_off(self.boot("--boot", "direct"))

    def test_four_harts(self):
        guest = self.boot("--boot", "direct", harts=4)
        self.assertIn("4 CPUs", guest.text)
        self.power_off(guest)

    def test_other_hardware(self):
        for package, option in (("duo", "host.cpu.isa=rv64gc_sv48"), ("duo", "host.cpu.isa=rv64gc_svade_sv57"),
                                ("duo", "host.cpu.misaligned=trap"), ("duo", "npu0.hbm0.os_share=0%"),
                                ("duo", "npu0.hbm0.os_share=100%"), ("quad", "npu3.hbm0.os_share=10%")):
            with self.subTest(package=package, option=option):
                self.power_off(self.boot("--boot", "direct", "--set", option, package=package))

    def console_interrupts(self, guest):
        """How many of them all harts have taken."""
        text = guest.command("cat /proc/interrupts", PROMPT)
        line = re.search(r"\d+: +(\d+) +(\d+) +APLIC-MSI-d000000.interrupt-controller +10 Level.* ttyS0\n", text)
        self.assertIsNotNone(line, text)
        return sum(map(int, line.groups()))

    def test_console_interrupts_by_messages(self):
        guest = self.boot("--boot", "direct", "--set", "host.cpu.aia=true", harts=2)
        self.assertRegex(guest.text, r"Platform IPI Device +: aia-imsic\n")
        self.assertIn("riscv-imsic: interrupt-controller@28000000: providing IPIs", guest.text)
        self.assertIn("interrupts forwarded to MSI base 0x0000000028000000", guest.text)
        counts = [self.console_interrupts(guest) for _ in range(2)]
        self.assertGreater(counts[0], 0)
        self.assertGreater(counts[1], counts[0])
        self.power_off(guest)

    def test_page_tables_in_the_other_dies_memory_without_grants(self):
        """Every access to the NPU dies' HBM is a transaction over a link; so the nodes are small."""
        guest = self.boot("--set", "host-npu0.dmi=false", "--set", "host-npu1.dmi=false",
                          "--set", "npu0.hbm0.os_share=1%", "--set", "npu1.hbm0.os_share=1%",
                          initrd="initramfs-numa.gz")
        # A process with a memory policy has its page tables where its memory is.
        text = guest.command("numactl --membind=2 sh -c 'dd if=/dev/zero bs=64k count=1 | sha256sum'", PROMPT)
        self.assertIn(hashlib.sha256(bytes(65536)).hexdigest(), text)
        self.power_off(guest)
        crossed = {link["name"]: link["bytes"] for link in self.stats()["links"]}
        self.assertGreater(crossed["host-npu0"], 1_000_000, crossed)

    def test_old_firmware(self):
        guest = self.boot("--boot", "direct", bios="1.1")
        self.assertIn("OpenSBI v1.1\n", guest.text)
        self.power_off(guest)

    def test_debian_installer(self):
        guest = console.Console(
            self, "run", "duo", "--bios", console.firmware("1.6", "fw_dynamic.bin"), "--boot", "direct",
            "--kernel", console.IMAGES / "linux" / "Image", "--initrd", console.IMAGES / "installer" / "initrd.gz",
            "--append", f"{APPEND} DEBIAN_FRONTEND=text", "--set", "host.cpu.harts=1", "--max-wall", 400)
        guest.expect("Choose the language to be used for the installation process", timeout=400)
        guest.expect("Prompt: .* default=2>", timeout=60)
        guest.close()


if __name__ == "__main__":
    harness.main()
