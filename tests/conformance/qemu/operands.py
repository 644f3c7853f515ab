# SPDX-License-Identifier: Apache-2.0
#
# What all parts of a random program share: registers, addresses, numbers that are often corners.
#
# Registers with a fixed use in every program: x8 (middle of the scratch memory) and x9 (window into
# the same memory, through the page table in translated programs); x7 is a temporary for addresses.

SPECIAL_X = [0, 1, 2, 0xff, 0x7fff, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
             (1 << 63) - 1, 1 << 63, (1 << 64) - 1, (1 << 64) - 2, 0x5555555555555555,
             0x0123456789abcdef, 0x00ff00ff00ff00ff]
SPECIAL_D = [0, 1 << 63, 0x3ff0000000000000, 0xbff0000000000000, 0x7ff0000000000000,
             0xfff0000000000000, 0x7ff8000000000000, 0x7ff0000000000001, 0xfff8000000000123, 1,
             0x000fffffffffffff, 0x0010000000000000, 0x7fefffffffffffff, 0x3fe0000000000000,
             0x4330000000000001, 0x43e0000000000000, 0xc3e0000000000000, 0x41dfffffffc00000,
             0x36a0000000000000, 0x380fffffe0000000, 0x47efffffe0000000, 0x3ff0000010000000,
             0x40effe0000000000, 0x3e70000000000000]
SPECIAL_S = [0, 1 << 31, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001,
             0xffc00123, 1, 0x007fffff, 0x00800000, 0x7f7fffff, 0x3f000000, 0x4b000001, 0x5f000000,
             0xdf000000, 0x4f000000, 0xcf000000, 0x3f7fffff, 0x33800000, 0x477ff000, 0x33000000]
SPECIAL_H = [0, 1 << 15, 0x3c00, 0xbc00, 0x7c00, 0xfc00, 0x7e00, 0x7c01, 0xfe12, 1, 0x03ff, 0x0400,
             0x7bff, 0x3800, 0x6401, 0x3bff, 0x1000, 0x8001]

SCRATCH_BYTES = 0x10000
WINDOW = 0x140000000  # Sixteen pages of the scratch memory, each with rights of its own.
ALIAS = 0x80000000    # Added to an address in RAM: the same memory as user pages.
UNMAPPED = 0x180000000
HOLE = 0x07000000     # No device here, neither on QEMU's virt machine nor here.
MSIP = 0x02000000
MTIMECMP = 0x02004000


class Operands:
    """Random operands from `rng`, for the instruction set `isa` (a set of names)."""

    def __init__(self, rng, index, isa):
        self.rng = rng
        self.index = index
        self.isa = isa
        self.labels = 0

    def rd(self):
        return "x%d" % self.rng.choice([n for n in range(32) if n not in (8, 9)])

    def rs(self):
        return "x%d" % self.rng.randrange(32)

    def f(self):
        return "f%d" % self.rng.randrange(32)

    def imm(self):
        return self.rng.choice([self.rng.randint(-2048, 2047), self.rng.randint(-8, 8)])

    def label(self):
        self.labels += 1
        return "p%d_%d" % (self.index, self.labels)

    def integer_value(self):
        return self.rng.choice([self.rng.choice(SPECIAL_X), self.rng.getrandbits(64),
                                self.rng.getrandbits(self.rng.randint(1, 64))])

    def float_value(self):
        """Bits of an f register: doubles, boxed singles and halves, broken boxes."""
        kind = self.rng.randrange(9 if "zfh" in self.isa else 6)
        if kind == 0:
            return self.rng.choice(SPECIAL_D)
        if kind == 1:
            return 0xffffffff00000000 | self.rng.choice(SPECIAL_S)
        if kind == 2:
            return 0xffffffff00000000 | self.rng.getrandbits(32)
        if kind == 3:  # Near one, so that sums cancel and round.
            return (0x3ff << 52) + (self.rng.randint(-60, 60) << 52) + self.rng.getrandbits(52)
        if kind == 4:
            return 0xffffffff00000000 | ((127 + self.rng.randint(-30, 30)) << 23) | \
                self.rng.getrandbits(23)
        if kind == 5:
            return self.rng.getrandbits(64)
        if kind == 6:
            return 0xffffffffffff0000 | self.rng.choice(SPECIAL_H)
        return 0xffffffffffff0000 | self.rng.getrandbits(16)
