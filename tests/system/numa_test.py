#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Linux sees CXL memory and HBM as NUMA nodes, and uses each of them when it is told to."""

import gzip
import re
import subprocess
import sys

import console
import harness
from linux_guest import PROMPT, LinuxTest

sys.path.insert(0, str(harness.SOURCE / "scripts"))
import initramfs  # noqa: E402


# fill NODE MEBIBYTES: a copy of random bytes in memory of the node; by how much the node's pages of
# files grew, in KiB, and whether the copy is right.
FILL = """#!/bin/sh
pages() { sed -n 's/.*FilePages: *\\([0-9]*\\) kB/\\1/p' /sys/devices/system/node/node$1/meminfo; }
dd if=/dev/urandom of=/random bs=1M count=$2 2>/dev/null
before=$(pages $1)
numactl --membind=$1 dd if=/random of=/copy$1 bs=1M 2>/dev/null
echo took $(($(pages $1) - before)) $(cmp /random /copy$1 && echo right)
rm /copy$1
"""


def setUpModule():
    console.fetch_images()


class Nodes(LinuxTest):
    def tools(self):
        """An initial RAM disk that holds FILL and npu_from_linux as well."""
        elf = self.dir / "npu"
        include = ("", "firmware", "firmware/lib")
        subprocess.run(
            ["riscv64-unknown-elf-gcc", "-O2", "-ffreestanding", "-nostdlib", "-static", "-march=rv64gc",
             "-mabi=lp64d", "-mcmodel=medany", *(f"-I{harness.SOURCE / path}" for path in include),
             f"-I{harness.BUILD}/gen/firmware", harness.SOURCE / "firmware/tests/npu_from_linux.c",
             harness.SOURCE / "firmware/drivers/npu.c", "-o", elf], check=True)
        more = initramfs.archive(initramfs.program("bin/npu", elf.read_bytes()),
                                 initramfs.program("bin/fill", FILL.encode()))
        numactl = (console.IMAGES / "initramfs-numa.gz").read_bytes()
        return self.write("initramfs", numactl + gzip.compress(more, mtime=0))

    def check_nodes(self, guest, nodes):
        text = guest.command("numactl --hardware", PROMPT)
        self.assertIn(f"available: {len(nodes)} nodes (0-{len(nodes) - 1})", text)
        for node, mebibytes in nodes.items():
            size = int(re.search(rf"node {node} size: (\d+) MB", text)[1])
            self.assertAlmostEqual(size / mebibytes, 1, delta=0.1, msg=text)
        self.assertRegex(text, r"node 0 cpus: 0\n")
        return text

    def fill(self, guest, node, mebibytes=8):
        text = guest.command(f"fill {node} {mebibytes}", PROMPT)
        match = re.search(r"took (\d+) right", text)
        self.assertTrue(match, text)
        self.assertAlmostEqual(int(match[1]) / (mebibytes * 1024), 1, delta=0.02, msg=f"node {node}")

    def test_sv57_reaches_every_node_while_an_npu_uses_its_part(self):
        guest = self.boot("--set", "host.cpu.isa=rv64gc_sv57", initrd=self.tools())
        text = self.check_nodes(guest, {0: 2048, 1: 4096, 2: 8192, 3: 8192})
        for node, row in enumerate(("10   35   14   14", "35   10   39   39", "14   39   10   18",
                                    "14   39   18   10")):
            self.assertIn(f"  {node}:   {row}", text)
        self.assertIn("sv57", guest.command("cat /proc/cpuinfo", PROMPT))
        for node in range(4):
            self.fill(guest, node)
        guest.command("npu 50 > /npu & true", PROMPT)
        self.fill(guest, 2, 16)
        self.assertIn("all copies are right", guest.command("wait; cat /npu", PROMPT))
        self.power_off(guest)
        written = {memory["name"]: memory["bytes_written"] for memory in self.stats()["memories"]}
        self.assertGreater(written["npu0.hbm0"], 50 << 20)

    def test_sv39_leaves_hbm_out(self):
        guest = self.boot("--set", "host.cpu.isa=rv64gc", initrd=self.tools())
        self.assertIn("npu0.hbm0: 8 GiB of it above what Sv39 reaches are left out", guest.messages())
        self.check_nodes(guest, {0: 2048, 1: 4096})
        self.fill(guest, 1)
        self.power_off(guest)


if __name__ == "__main__":
    harness.main()
