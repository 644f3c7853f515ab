#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The harts as a user chooses them: how many, with which instruction set."""

import harness

# Registers of the finisher and its word for success; any other exit code n is n << 16 | 0x3333.
FINISH = """
finish:                     # a0: exit code
  li t0, 0x100000
  li t1, 0x5555
  beqz a0, 1f
  slli a0, a0, 16
  li t1, 0x3333
  or t1, t1, a0
1:sw t1, 0(t0)
  j park
"""

# Every hart adds 1 to two counters, a hundred times: with an AMO, and inside a lock of LR/SC.
# Hart 0 waits for all, asks how many there are and ends the run.
COUNT = """
.option norvc
.globl _start
_start:
  la s0, counters
  addi s3, s0, 64
  li s1, ROUNDS
  li s2, 1
round:
  amoadd.d zero, s2, (s0)
take:
  lr.d t0, (s3)
  bnez t0, take
  sc.d t1, s2, (s3)
  bnez t1, take
  ld t0, 128(s0)
  addi t0, t0, 1
  sd t0, 128(s0)
  fence rw, w
  sd zero, (s3)
  addi s1, s1, -1
  bnez s1, round
  addi t0, s0, 192
  amoadd.d zero, s2, (t0)
  csrr t0, mhartid
  bnez t0, park
wait:
  ld t0, 192(s0)
  li t1, HARTS
  bne t0, t1, wait
  li t1, ROUNDS * HARTS
  ld t0, 0(s0)
  li a0, 1
  bne t0, t1, finish
  ld t0, 128(s0)
  li a0, 2
  bne t0, t1, finish
  li a0, 0
""" + FINISH + """
park:
  wfi
  j park
.data
.align 6
counters: .space 256
"""

# Ends with the cause of the trap that `test` takes, or 0.
TRAP = harness.GUEST_START + """
trap:
  csrr a0, mcause
  j finish
main:
  la s0, data
  li a0, 0
test:
  {test}
""" + FINISH + """
.data
.align 6
data: .space 64
"""
ILLEGAL, LOAD_MISALIGNED, STORE_MISALIGNED = 2, 4, 6


class Harts(harness.SystemTest):
    def test_many(self):
        for harts, quantum, rounds in ((1, "10 us", 100), (3, "1 us", 100), (64, "10 us", 100), (64, "100 ns", 20)):
            elf = self.guest("count", COUNT, f"-DHARTS={harts}", f"-DROUNDS={rounds}")
            self.vp("run", "solo", "--set", f"host.cpu.harts={harts}", "--set",
                    f"host.cpu.quantum={quantum}", "--firmware", elf, "--max-time", "100 ms")

    def test_too_many(self):
        self.refused("run", "solo", "--set", "host.cpu.harts=65", says="host.cpu.harts: 65 is out of range")

    def test_64_harts_boot(self):
        text = self.vp("run", "solo", "--set", "host.cpu.harts=64")
        self.assertIn("64 harts", text)
        self.assertIn("the boot ROM has parked 63 others", text)


class InstructionSet(harness.SystemTest):
    def check(self, test, cause, *settings):
        """A guest that carries out `test` takes the trap `cause`, or none if it is 0."""
        elf = self.guest("trap", TRAP.format(test=test))
        options = [part for setting in settings for part in ("--set", setting)]
        self.vp("run", "solo", *options, "--firmware", elf, "--max-time", "1 ms", expect=cause)

    def test_extensions(self):
        sh1add, stimecmp, satp = ".insn r 0x33, 2, 0x10, t0, t0, t0", "csrr t0, 0x14d", "csrr t0, satp"
        for test, without in ((sh1add, ILLEGAL), (stimecmp, ILLEGAL), (satp, 0)):
            self.check(test, 0)
            self.check(test, without, "host.cpu.isa=rv64gc_zbb_svpbmt")
        self.check("csrr t0, 0x60a", ILLEGAL)  # henvcfg: there never is a hypervisor.

    def test_misa(self):
        for letters, *settings in (("abcdfimsu",), ("acdfimsu", "host.cpu.isa=rv64gc_zba_zbb")):
            misa = 2 << 62 | sum(1 << (ord(letter) - ord("a")) for letter in letters)
            self.check(f"csrr a0, misa; li t0, {misa:#x}; xor a0, a0, t0; snez a0, a0", 0, *settings)

    def test_misaligned(self):
        for test, cause in (("ld t0, 1(s0)", LOAD_MISALIGNED), ("sw t0, 2(s0)", STORE_MISALIGNED)):
            self.check(test, 0)
            self.check(test, cause, "host.cpu.misaligned=trap")
        self.check("lw t0, 4(s0)", 0, "host.cpu.misaligned=trap")

    def test_bad_isa(self):
        for isa, says in (("rv64gc_zfoo", "unknown extension 'zfoo'; known are"),
                          ("rv64gcv", "unknown extension 'v'; known are"),
                          ("rv32gc", "expected rv64 and extensions, such as rv64gc_zba"),
                          ("rv64imac", "'f' is missing; a hart here always has imafdc"),
                          ("", "expected rv64")):
            self.refused("run", "solo", "--set", f"host.cpu.isa={isa}", says=["host.cpu.isa: ", says])
        self.refused("run", "solo", "--set", "host.cpu.misaligned=maybe",
                     says='"maybe" does not fit; expected one of hardware | trap')


if __name__ == "__main__":
    harness.main()
