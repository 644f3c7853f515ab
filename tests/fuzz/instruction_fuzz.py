#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Guests of random instructions, and guests that mean harm, must not crash or hang the simulator.

More seeds: CVP_FUZZ_SEEDS=1000 tests/fuzz/instruction_fuzz.py
"""

import os
import pathlib
import random
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
import harness  # pylint: disable=wrong-import-position

SEEDS = int(os.environ.get("CVP_FUZZ_SEEDS", "16"))
WORDS = 2000
OPCODES = (0x03, 0x07, 0x0f, 0x13, 0x17, 0x1b, 0x23, 0x27, 0x2f, 0x33, 0x37, 0x3b, 0x43, 0x53, 0x63, 0x67, 0x6f, 0x73)
WAYS = ((), ("--set", "host.cpu.aia=true"), ("--set", "host.cpu.quantum=100 ns"), ("--boot", "direct"),
        ("--set", "host.cpu.misaligned=trap"), ("--set", "host.cpu.isa=rv64gc_sv57_svadu_svpbmt"),
        ("--log-commits", "/dev/null", "--profile", "profile", "--semihosting"))
# What registers hold at first: places in the program, of devices, in holes; small and large numbers.
VALUES = ([0x8000_1000 + 64 * i for i in range(10)]
          + [0x200_0000, 0x200_4000, 0xc00_0000, 0x1000_0000, 0x2400_0000, 0x1000_1000, 0x10_1000, 0x1100_0000,
             0x1200_0000, 0x1300_0000, 0x3000_0000, 0x10_0000_0000, 0x110_0000_0000, 0x1000, 0x50_0000,
             0x8 << 60 | 0x80001, -1, 0, 1, 2, 3])
RANDOM = """
.option norvc
.globl _start
_start:
  la t0, code                # Traps go on in the middle of it.
  csrw mtvec, t0
  li t0, -1
  csrw pmpaddr0, t0
  li t0, 31
  csrw pmpcfg0, t0
  li t0, 0x6000
  csrs mstatus, t0
{values}
  j code
.align 6
code:
  .incbin "words"
"""
# Each with the exit code it ends with: 124 when it goes on for ever, 125 when all harts wait.
HARMFUL = {
    "trap vector in a hole": ("li t0, 0x500000; csrw mtvec, t0; unimp", 124),
    "trap vector in a device": ("li t0, 0x10000000; csrw mtvec, t0; unimp", 124),
    "trap in its own handler": ("la t0, 1f; csrw mtvec, t0; .balign 4; 1: ecall", 124),
    "storm of software interrupts": (
        "la t0, 2f; csrw mtvec, t0; li t0, 0x2000000; li t1, 1; sw t1, 0(t0); csrwi mie, 8; csrwi mstatus, 8; "
        "1: j 1b; .balign 4; 2: mret", 124),
    "storm of timer interrupts": (
        "la t0, 2f; csrw mtvec, t0; li t0, 0x2004000; sd x0, 0(t0); li t0, 128; csrw mie, t0; csrwi mstatus, 8; "
        "1: j 1b; .balign 4; 2: mret", 124),
    "waits for what is masked": ("csrwi mie, 0; 1: wfi; j 1b", 125),
    "locked out by PMP": (
        "la t0, 1f; csrw mtvec, t0; li t0, -1; csrw pmpaddr0, t0; li t0, 0x98; csrw pmpcfg0, t0; nop; "
        ".balign 4; 1: j 1b", 124),
    "page table in a device": (
        "la t0, 1f; csrw mtvec, t0; li t0, -1; csrw pmpaddr0, t0; csrwi pmpcfg0, 31; li t0, 8 << 60 | 0x10000; "
        "csrw satp, t0; li t0, 0x800; csrw mstatus, t0; la t0, 1f; csrw mepc, t0; mret; .balign 4; 1: wfi; j 1b", 125),
    "page table that is its own entry": (
        "la t0, 2f; csrw mtvec, t0; li t0, -1; csrw pmpaddr0, t0; csrwi pmpcfg0, 31; la t0, table; li t1, 512; "
        "srli t2, t0, 12; slli t3, t2, 10; ori t3, t3, 1; 1: sd t3, 0(t0); addi t0, t0, 8; addi t1, t1, -1; "
        "bnez t1, 1b; li t1, 10 << 60; or t2, t2, t1; csrw satp, t2; li t0, 0x800; csrw mstatus, t0; la t0, 2f; "
        "csrw mepc, t0; mret; .balign 4; 2: wfi; j 2b; .balign 4096; table: .space 4096", 125),
    "end of memory": (
        "la t0, 1f; csrw mtvec, t0; li t0, 0xfffffffe; li t1, 3; sh t1, 0(t0); jr t0; .balign 4; 1: wfi; j 1b", 125),
    "end of the address space": (
        "la t0, 1f; csrw mtvec, t0; li t0, -2; jr t0; .balign 4; 1: li t0, -3; lw t0, 0(t0); j 1b", 124),
    "environment calls that return to themselves": (
        "li t0, -1; csrw medeleg, t0; la t0, 1f; csrw mtvec, t0; csrw stvec, t0; csrw mepc, t0; csrw sepc, t0; "
        "li t0, -1; csrw pmpaddr0, t0; csrwi pmpcfg0, 31; csrwi mstatus, 0; mret; .balign 4; 1: ecall; sret", 124),
}


def word(rng):
    kind = rng.random()
    register = rng.randrange
    if kind < 0.25:  # Loads, stores, atomics, cache blocks at what registers hold.
        operation = rng.choice([0x3023, 0x2023, 0x3003, 0x2003, 0x23, 0x3,
                                0x302f | rng.choice([0, 1, 2, 3, 4, 8, 12, 16, 20, 24, 28]) << 27,
                                0x202f | rng.choice([0, 1, 2, 3]) << 27, 0x200f | rng.choice([0, 1, 2, 4]) << 20])
        offset = register(32) << 20 if rng.random() < 0.3 else 0
        return operation | register(32) << 7 | register(32) << 15 | offset
    if kind < 0.4:
        csr = rng.choice([0x100, 0x105, 0x106, 0x14d, 0x180, 0x300, 0x302, 0x303, 0x304, 0x305, 0x306, 0x30a, 0x320,
                          0x341, 0x344, 0x350, 0x351, 0x35c, 0x3a0, 0x3b0, 0xb00, 0xb02, rng.randrange(4096)])
        return 0x73 | rng.choice([1, 2, 3, 5, 6, 7]) << 12 | register(32) << 7 | register(32) << 15 | csr << 20
    if kind < 0.43:  # mret, sret, wfi, ecall, ebreak, fences, wrs.
        return rng.choice([0x30200073, 0x10200073, 0x10500073, 0x73, 0x100073, 0x100f, 0x12000073, 0x0100000f,
                           0x00d00073, 0x18000073, 0x16000073])
    bits = rng.getrandbits(32)
    return bits if kind > 0.8 else bits & ~0x7f | rng.choice(OPCODES)


class InstructionFuzz(harness.SystemTest):
    def survives(self, elf, *options, codes):
        done = subprocess.run(
            [harness.PROGRAM, "run", "solo", "--firmware", elf, "--max-time", "500 us", *options], cwd=self.dir,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120)
        errors = done.stderr.decode(errors="replace")[-3000:]
        self.assertNotIn("internal error", errors)
        self.assertIn(done.returncode, codes, errors)

    def test_random_instructions(self):
        values = "\n".join(f"  li x{n}, {value}" for n, value in enumerate(VALUES, 1) if n < 32)
        for seed in range(1, SEEDS + 1):
            rng = random.Random(seed)
            self.write("words", b"".join(struct.pack("<I", word(rng)) for _ in range(WORDS)))
            elf = self.guest("random", RANDOM.format(values=values), "-march=rv64imafdc_zicsr")
            with self.subTest(seed):
                # The guest may find the finisher or tohost, with any code; a signal is below 0.
                self.survives(elf, *WAYS[seed % len(WAYS)], codes=set(range(128)) - {1, 2})

    def test_harmful_programs(self):
        for name, (source, code) in HARMFUL.items():
            lines = source.replace("; ", "\n")
            elf = self.guest("harmful", f".option norvc\n.globl _start\n_start:\n  csrr t0, mhartid\n9: bnez t0, 8f\n"
                                        f"  j 7f\n8: wfi\n  j 8b\n7:\n{lines}\n")
            with self.subTest(name):
                self.survives(elf, codes={code})


if __name__ == "__main__":
    harness.main()
