#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Do images in the manner of riscv-tests and riscv-arch-test end as those expect?

A bare ELF file with `tohost` (1: passed, 2n + 1: test n failed), in the physical and the virtual
environment; `--signature` for the words between begin_signature and end_signature.
"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "system"))

import harness  # noqa: E402

COMPILER = ["riscv64-unknown-elf-gcc", "-march=rv64gc", "-mabi=lp64d", "-static", "-mcmodel=medany",
            "-nostdlib", "-nostartfiles", f"-I{harness.SOURCE}", "-Wl,--no-warn-rwx-segments", "-T", HERE / "link.ld"]


class Conventions(harness.SystemTest):
    def image(self, name, *definitions):
        elf = self.dir / f"{name}.elf"
        subprocess.run([*COMPILER, *(f"-D{d}" for d in definitions), HERE / f"{name}.S", "-o", elf],
                       check=True, timeout=60)
        return elf

    def check(self, name, expect, *definitions, options=()):
        elf = self.image(name, *definitions)
        return self.vp("run", "solo", "--firmware", elf, "--max-time", "10 ms", *options, expect=expect)

    def test_physical(self):
        for mode in ((), ("SUPERVISOR",), ("USER",)):
            with self.subTest(mode):
                self.check("physical", 0, *mode)
                self.check("physical", 3, "WRONG=3", *mode)
                self.check("physical", 200, "WRONG=200", *mode)
                # A trap that nobody expects: (test 5 or 1337) / 2, which a process cannot say whole.
                self.check("physical", ((5 | 1337) >> 1) & 0xff, "TRAP", *mode)

    def test_virtual(self):
        for mode in (8, 9, 10):
            # A and D are set by hardware, or asked for in page faults, as after reset with Svadu.
            for isa in ("rv64gc_sv57", "rv64gc_sv57_svade", "rv64gc_sv57_svadu"):
                with self.subTest(mode=mode, isa=isa):
                    options = ("--set", f"host.cpu.isa={isa}")
                    self.check("virtual", 0, f"MODE={mode}", options=options)
                    self.check("virtual", 5, f"MODE={mode}", "WRONG=5", options=options)
                    self.check("virtual", 3, f"MODE={mode}", "TRAP", options=options)
        self.check("virtual", 77, "MODE=9", options=("--set", "host.cpu.isa=rv64gc"))

    def test_signature(self):
        words = ["6f5ca309", "00000000",  # The padding up to a multiple of 8 counts.
                 "00000000", "80000000", "ffffffff", "3fffffff", "55555555", "3fd55555",
                 "00000001", "00000000", "00000001", "6f5ca309"]
        lines = {4: words, 8: [high + low for low, high in zip(words[::2], words[1::2])],
                 # Whole lines: Spike fills up with zeros.
                 16: ["".join(reversed(words[i:i + 4])) for i in range(0, 12, 4)]}
        for granularity, expected in lines.items():
            self.check("architecture", 0, options=("--signature", "out.sig", "--signature-granularity",
                                                   granularity))
            self.assertEqual((self.dir / "out.sig").read_text(), "".join(f"{x}\n" for x in expected))
        self.check("architecture", 0, options=("--signature", "out.sig"))
        self.assertEqual((self.dir / "out.sig").read_text(), "".join(f"{word}\n" for word in words))

    def test_signature_that_fills_no_line(self):
        source = """
.globl _start, tohost, begin_signature, end_signature
_start:
  la t0, tohost
  li t1, 7
  sd t1, 0(t0)
  j .
.data
.align 6
tohost: .dword 0
begin_signature: .word 0x11223344, 0x55667788, 0x99aabbcc
end_signature: .word 0xffffffff
"""
        elf = self.guest("short", source)
        # The verdict is a failure, and the signature is there.
        self.vp("run", "solo", "--firmware", elf, "--signature", "out.sig", "--signature-granularity", 16,
                "--max-time", "1 ms", expect=3)
        self.assertEqual((self.dir / "out.sig").read_text(), "0000000099aabbcc5566778811223344\n")

    def test_system_calls(self):
        self.assertEqual(self.check("benchmark", 7), "cycles = 42\n")


if __name__ == "__main__":
    harness.main()
