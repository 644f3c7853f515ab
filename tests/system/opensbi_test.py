#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Stock OpenSBI: what its banner says of the harts, entered in every way it can be."""

import gzip
import subprocess

import console
import harness


def setUpModule():
    console.fetch_images()


# System reset of the SBI: shut down. Entered in S mode, by the first hart.
KERNEL = """
.globl _start
_start:
  li a7, 0x53525354
  li a6, 0
  li a0, 0
  li a1, 0
  ecall
  j .
"""


class Banner(harness.SystemTest):
    def setUp(self):
        super().setUp()
        self.kernel = self.guest("kernel", KERNEL, "-Ttext=0x80200000")

    def banner(self, version, name, *options, harts=2):
        """The lines of the banner as a dictionary."""
        text = self.vp("run", "duo", "--bios", console.firmware(version, name), "--kernel", self.kernel,
                       *options, "--set", f"host.cpu.harts={harts}", "--max-time", "200 ms")
        self.assertIn(f"OpenSBI v{version}\n", text.replace("\r", ""))
        pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
        return {key.strip(): value.strip() for key, value in pairs}, text

    def check(self, banner, harts):
        self.assertEqual(banner["Platform HART Count"], str(harts))
        self.assertEqual(banner["Domain0 HARTs"], ",".join(f"{hart}*" for hart in range(harts)))
        self.assertEqual(banner["Boot HART Base ISA"], "rv64imafdcb")
        extensions = banner["Boot HART ISA Extensions"]  # Those that OpenSBI itself makes use of.
        self.assertIn(extensions, ("time,sstc", "sstc,zicntr,zihpm,zicboz,zicbom,svpbmt,svadu"))
        self.assertEqual(banner["Boot HART PMP Count"], "16")
        self.assertEqual(banner["Boot HART MIDELEG"], "0x0000000000000222")
        self.assertEqual(banner["Boot HART MEDELEG"], "0x000000000000b109")
        self.assertEqual(banner["Platform Console Device"], "uart8250")
        self.assertEqual(banner["Domain0 Next Mode"], "S-mode")

    def test_every_firmware_after_the_first_stage(self):
        for version in ("1.1", "1.6"):
            for name in ("fw_dynamic.bin", "fw_dynamic.elf", "fw_jump.bin", "fw_jump.elf"):
                with self.subTest(version=version, name=name):
                    banner, text = self.banner(version, name)
                    self.check(banner, 2)
                    self.assertIn("firmware at 0x80000000, kernel at 0x80200000: entered by 2 harts", text)
                    self.assertEqual(banner["Domain0 Next Address"], "0x0000000080200000")
                    tree = "0x0000000082200000" if "jump" in name else "0x00000000ffe00000"
                    self.assertEqual(banner["Domain0 Next Arg1"], tree)

    def test_direct_boot_skips_the_first_stage(self):
        for version in ("1.1", "1.6"):
            banner, text = self.banner(version, "fw_dynamic.bin", "--boot", "direct")
            self.check(banner, 2)
            self.assertNotIn("first stage", text)
            self.assertEqual(banner["Domain0 Boot HART"], "0")

    def test_kernels_of_every_kind(self):
        raw = self.dir / "kernel.bin"
        subprocess.run(["riscv64-unknown-elf-objcopy", "-O", "binary", self.kernel, raw], check=True)
        packed = self.write("kernel.gz", gzip.compress(raw.read_bytes()))
        for self.kernel in (raw, packed):
            self.banner("1.6", "fw_dynamic.bin", "--boot", "direct")

    def test_one_and_eight_harts(self):
        for harts in (1, 8):
            self.check(self.banner("1.6", "fw_dynamic.bin", harts=harts)[0], harts)


class BadFiles(harness.SystemTest):
    """One message each and exit code 2."""

    def refused_as(self, option, content, says):
        self.write("file", content)
        files = {"--bios": console.firmware("1.6", "fw_dynamic.bin"), "--kernel": "kernel", option: "file"}
        self.write("kernel", b"\x01\xa0")
        self.refused("run", "duo", *(word for pair in files.items() for word in pair), says=says)

    def test_truncated(self):
        elf = console.firmware("1.6", "fw_dynamic.elf").read_bytes()
        for option in ("--bios", "--kernel"):
            for size in (20, 64, 4096, len(elf) - 1):
                self.refused_as(option, elf[:size], says=[f"file: {option}: truncated: "])
            self.refused_as(option, b"", says=[f"file: {option}: is empty; expected"])
            self.refused_as(option, b"\x1f\x8b\x08" + bytes(40), says=[f"file: {option}: is a broken gzip file"])
        self.refused_as("--initrd", b"", says=["file: --initrd: is empty; expected"])

    def test_a_large_kernel_and_fw_jump(self):
        image = bytearray((console.IMAGES / "linux" / "Image").read_bytes())
        image[16:24] = (0x23b_0000).to_bytes(8, "little")
        self.write("Image", image)
        self.refused("run", "duo", "--bios", console.firmware("1.6", "fw_jump.bin"), "--kernel", "Image",
                     says=["Image: --kernel: covers [0x80200000, 0x825b0000), but fw_jump puts the device "
                           "tree at 0x82200000; expected --bios fw_dynamic"])

    def test_images_over_each_other(self):
        self.write("data", bytes(16))
        for address, taken in ((0x8000_0000, "fw_dynamic.bin"), (0x8020_0000, "kernel"),
                               (0x8820_0008, "initrd"), (0xffe0_1000, "the device tree")):
            self.write("kernel", b"\x01\xa0")
            self.write("initrd", bytes(4096))
            self.refused("run", "duo", "--bios", console.firmware("1.6", "fw_dynamic.bin"), "--kernel", "kernel",
                         "--initrd", "initrd", "--load", f"data@{address:#x}",
                         says=["data: --load: ", "overlaps", f"{taken}; expected images apart"])

    def test_options_that_need_each_other(self):
        self.write("kernel", b"\x01\xa0")
        self.refused("run", "duo", "--kernel", "kernel", says="--kernel: has nobody to enter it; expected --bios")
        self.refused("run", "duo", "--initrd", "kernel", says="--initrd: belongs to a kernel; expected --bios")
        self.refused("run", "duo", "--bios", "no.bin", says="no.bin: --bios: cannot read")
        self.refused("run", "duo", "--bios", "kernel", "--firmware", "kernel", says="--firmware: runs alone")


if __name__ == "__main__":
    harness.main()
