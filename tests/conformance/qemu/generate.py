# SPDX-License-Identifier: Apache-2.0
#
# Generates random programs as assembly for runtime.S. The text depends on seed and ISA alone.
import random

from compute import Compute
from machine import Machine
from memory import Memory
from operands import ALIAS

BRANCHES = "beq bne blt bge bltu bgeu".split()
# What the assembler takes as an extension; the others need no name.
ASSEMBLED = "zba zbb zbc zbs zbkb zbkx zfh svinval".split()


def extensions(isa):
    """The names in an ISA string, as a set."""
    return set(isa.split("_")[1:])


class Program(Compute, Memory, Machine):
    """One program: a prologue that sets machine state and a body."""

    def __init__(self, seed, index, isa):
        super().__init__(random.Random(f"{seed}/{index}"), index, isa)
        r = self.rng.random()
        self.mode = "M" if r < 0.5 else "S" if r < 0.78 else "U"
        self.translated = self.mode != "M" and self.rng.random() < 0.8
        # QEMU 7.2 checks PMP for a misaligned access as if its bytes were contiguous in physical
        # memory, and a store-conditional without a reservation never faults there. Programs with a
        # PMP region in the way do neither.
        self.protected = self.rng.random() < (0.4 if self.mode != "M" else 0.2)
        self.draw_machine()

    def simple(self):
        return self.rng.choice([self.integer, self.bits, self.memory, self.floating])()

    def branch(self):
        target = self.label()
        out = ["%s %s, %s, %s" % (self.rng.choice(BRANCHES), self.rs(), self.rs(), target)]
        for _ in range(self.rng.randint(0, 4)):
            out += self.simple()
        return out + [target + ":"]

    def jump(self):
        target = self.label()
        if self.rng.random() < 0.5:
            out = ["jal %s, %s" % (self.rd(), target)]
        else:
            out = ["lla x7, %s" % target, "jalr %s, %d(x7)" % (self.rd(), self.rng.choice([0, 1]))]
        for _ in range(self.rng.randint(0, 3)):
            out += self.simple()
        return out + [target + ":"]

    def loop(self):
        head = self.label()
        out = ["li x3, %d" % self.rng.randint(2, 12), head + ":"]
        for _ in range(self.rng.randint(1, 6)):
            # Its counter must survive: no instruction of the body may write x3.
            out += [line for line in self.simple() if not self.writes_x3(line)]
        return out + ["addi x3, x3, -1", "bnez x3, " + head]

    @staticmethod
    def writes_x3(line):
        return line.split(",")[0].split()[-1] == "x3"

    def body(self):
        choices = [(self.integer, 8), (self.bits, 6), (self.memory, 8), (self.floating, 10),
                   (self.atomic, 3), (self.reservation, 1), (self.csr, 2), (self.branch, 3),
                   (self.jump, 2), (self.loop, 1), (self.privileged, 1), (self.interrupt, 1),
                   (self.fp_off, 0.3), (self.hole, 0.5), (self.encoding, 1.5), (self.compressed, 2),
                   (self.pages, 2), (self.remap, 1), (self.switch_space, 0.5),
                   (self.modify_privilege, 1)]
        functions, weights = zip(*choices)
        out = []
        for _ in range(self.rng.randint(30, 90)):
            out += self.rng.choices(functions, weights)[0]()
        return out

    def text(self):
        out = ["# program %d: %s mode%s" % (self.index, self.mode, ", " + self.translation if
                                            self.translated else ""), "prologue%d:" % self.index]
        x, f, fcsr = self.registers()
        out += self.setup_machine()
        if self.mode != "M" or self.rng.random() < 0.8:
            out += self.setup_pmp()
        status = {"M": 0x1800, "S": 0x800, "U": 0}[self.mode]
        if self.mode == "S":
            status |= self.rng.choice([0, 1 << 18]) | self.rng.choice([0, 1 << 19])
        if self.translated:
            out += self.setup_tables() + self.satp("a", "t2", "t0")
        else:
            out += ["li t2, 0"]
        alias = ["li t1, %#x" % ALIAS, "add t0, t0, t1"] if self.mode == "U" and self.translated else []
        out += ["la t0, body%d" % self.index] + alias
        out += ["li t1, %#x" % status, "la t3, registers%d" % self.index, "j enter_program",
                "body%d:" % self.index]
        out += self.body()
        out += [".align 2", "end%d: ecall" % self.index, ".data", ".align 3",
                "registers%d:" % self.index]
        out += [".dword " + (v if isinstance(v, str) else hex(v)) for v in x + f + [fcsr]]
        return "\n".join(out + [".text"]) + "\n"


def generate(seed, indices, isa, verbose=False):
    """Assembly with the programs of these numbers."""
    indices = list(indices)
    names = extensions(isa)
    # Instructions that are not there are written too: they must trap.
    out = [".option norelax", ".option arch, rv64gc_" + "_".join(ASSEMBLED), ".text",
           ".globl reset_timer", "reset_timer:"]
    out += ["li t0, -1", "csrw 0x14d, t0"] if "sstc" in names else []
    out += ["ret"]
    out += [Program(seed, index, names).text() for index in indices]
    out += [".data", ".align 3", ".globl programs, programs_end, verbose", "programs:"]
    out += [".dword prologue%d, end%d" % (index, index) for index in indices]
    out += ["programs_end:", "verbose: .word %d" % verbose]
    return "\n".join(out) + "\n"
