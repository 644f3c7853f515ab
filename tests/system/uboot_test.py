#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Stock U-Boot behind OpenSBI: its own commands on HBM and CXL memory."""

import gzip
import random
import zlib

import console
import harness

PROMPT = r"\n=> "
# Not at the ends of memories, which the first stage tests.
DRAM, PACKED, HBM, CXL = 0x9000_0000, 0x9800_0000, (0x110_4000_0000, 0x210_4000_0000), 0x10_4000_0000
SIZE = 0x4_0000


def setUpModule():
    console.fetch_images()


class Prompt(harness.SystemTest):
    def start(self, *options):
        guest = console.Console(
            self, "run", "duo", "--bios", console.firmware("1.6", "fw_dynamic.bin"),
            "--kernel", console.IMAGES / "u-boot" / "u-boot.bin", "--max-wall", 250, *options)
        guest.expect("Hit any key to stop autoboot")
        guest.type("")
        guest.expect(PROMPT)
        return guest

    def crc32(self, guest, address):
        """What U-Boot says of SIZE bytes."""
        text = guest.command(f"crc32 {address:x} {SIZE:x}", PROMPT)
        self.assertRegex(text, rf"crc32 for {address:08x} ... {address + SIZE - 1:08x} ==> ")
        return int(text.split("==> ")[1], 16)

    def test_crc32_over_hbm_and_cxl_memory(self):
        data = {address: random.Random(address).randbytes(SIZE) for address in (DRAM, *HBM, CXL)}
        files = {**data, PACKED: gzip.compress(data[DRAM])}
        guest = self.start(*(word for address, content in files.items() for word in
                             ("--load", f"{self.write(f'{address:x}', content)}@{address:#x}")))
        for address, content in data.items():
            self.assertEqual(self.crc32(guest, address), zlib.crc32(content), hex(address))
        for address in (HBM[0] + SIZE, HBM[1] + SIZE, CXL + SIZE):  # Written by U-Boot itself.
            guest.command(f"unzip {PACKED:x} {address:x}", PROMPT)
            self.assertEqual(self.crc32(guest, address), zlib.crc32(data[DRAM]), hex(address))
        guest.type("poweroff")
        self.assertEqual(guest.end(), 0, guest.text[-2000:])


if __name__ == "__main__":
    harness.main()
