# SPDX-License-Identifier: Apache-2.0
#
# Instructions that only compute: integer, bit manipulation, floating point, random encodings.
from operands import Operands

INTEGER_R = ("add sub sll slt sltu xor srl sra or and addw subw sllw srlw sraw mul mulh mulhsu mulhu "
             "div divu rem remu mulw divw divuw remw remuw").split()
INTEGER_I = "addi slti sltiu xori ori andi addiw".split()
SHIFTS = {"slli": 64, "srli": 64, "srai": 64, "slliw": 32, "srliw": 32, "sraiw": 32}
# By extension: with two sources, with one, with a shift amount.
BITS_R = {
    "zba": "add.uw sh1add sh2add sh3add sh1add.uw sh2add.uw sh3add.uw",
    "zbb": "andn orn xnor max maxu min minu rol ror rolw rorw",
    "zbc": "clmul clmulh clmulr",
    "zbs": "bclr bext binv bset",
    "zbkb": "pack packh packw andn orn xnor rol ror rolw rorw",
    "zbkx": "xperm4 xperm8",
}
BITS_1 = {"zbb": "clz ctz cpop clzw ctzw cpopw sext.b sext.h zext.h orc.b rev8", "zbkb": "rev8 brev8"}
BITS_SHIFT = {"zba": {"slli.uw": 64}, "zbb": {"rori": 64, "roriw": 32}, "zbkb": {"rori": 64},
              "zbs": {"bclri": 64, "bexti": 64, "binvi": 64, "bseti": 64}}
ROUNDING = "rne rtz rdn rup rmm dyn dyn dyn".split()


class Compute(Operands):
    def integer(self):
        kind = self.rng.randrange(5)
        if kind <= 1:
            return ["%s %s, %s, %s" % (self.rng.choice(INTEGER_R), self.rd(), self.rs(), self.rs())]
        if kind == 2:
            return ["%s %s, %s, %d" % (self.rng.choice(INTEGER_I), self.rd(), self.rs(), self.imm())]
        if kind == 3:
            name = self.rng.choice(list(SHIFTS))
            return ["%s %s, %s, %d" % (name, self.rd(), self.rs(), self.rng.randrange(SHIFTS[name]))]
        return ["%s %s, %#x" % (self.rng.choice(["lui", "auipc"]), self.rd(),
                                self.rng.randrange(1 << 20))]

    def bits(self):
        """Of the bit-manipulation extensions that there are."""
        there = [name for name in BITS_R if name in self.isa]
        if not there:
            return self.integer()
        extension = self.rng.choice(there)
        kind = self.rng.randrange(3)
        if kind == 0 and extension in BITS_1:
            name, source = self.rng.choice(BITS_1[extension].split()), self.rs()
            if name == "ctzw":  # QEMU 7.2 counts on in the upper word if the lower one is zero.
                return ["li x7, 0x80000000", "or x7, x7, %s" % source, "ctzw %s, x7" % self.rd()]
            return ["%s %s, %s" % (name, self.rd(), source)]
        if kind == 1 and extension in BITS_SHIFT:
            name, width = self.rng.choice(list(BITS_SHIFT[extension].items()))
            return ["%s %s, %s, %d" % (name, self.rd(), self.rs(), self.rng.randrange(width))]
        name = self.rng.choice(BITS_R[extension].split())
        return ["%s %s, %s, %s" % (name, self.rd(), self.rs(), self.rs())]

    def floating(self):
        fmt = self.rng.choice("sdh" if "zfh" in self.isa else "sd")
        rm = self.rng.choice(ROUNDING)
        kind = self.rng.randrange(9)
        if kind <= 1:
            name = self.rng.choice(["fadd", "fsub", "fmul", "fdiv"])
            return ["%s.%s %s, %s, %s, %s" % (name, fmt, self.f(), self.f(), self.f(), rm)]
        if kind == 2:
            name = self.rng.choice(["fmadd", "fmsub", "fnmsub", "fnmadd"])
            return ["%s.%s %s, %s, %s, %s, %s" % (name, fmt, self.f(), self.f(), self.f(), self.f(), rm)]
        if kind == 3:
            return ["fsqrt.%s %s, %s, %s" % (fmt, self.f(), self.f(), rm)]
        if kind == 4:
            name = self.rng.choice(["fsgnj", "fsgnjn", "fsgnjx", "fmin", "fmax"])
            return ["%s.%s %s, %s, %s" % (name, fmt, self.f(), self.f(), self.f())]
        if kind == 5:
            name = self.rng.choice(["feq", "flt", "fle"])
            return ["%s.%s %s, %s, %s" % (name, fmt, self.rd(), self.f(), self.f())]
        if kind == 6:
            to = self.rng.choice(["w", "wu", "l", "lu"])
            if self.rng.random() < 0.5:
                return ["fcvt.%s.%s %s, %s, %s" % (to, fmt, self.rd(), self.f(), rm)]
            suffix = "" if fmt == "d" and to in ("w", "wu") else ", " + rm
            return ["fcvt.%s.%s %s, %s%s" % (fmt, to, self.f(), self.rs(), suffix)]
        if kind == 7:
            return [self.convert(rm) if self.rng.random() < 0.7 else
                    "fclass.%s %s, %s" % (fmt, self.rd(), self.f())]
        bits = {"s": "w", "d": "d", "h": "h"}[fmt]
        return [self.rng.choice(["fmv.x.%s %s, %s" % (bits, self.rd(), self.f()),
                                 "fmv.%s.x %s, %s" % (bits, self.f(), self.rs())])]

    def convert(self, rm):
        """From one format to another; only one that narrows can round."""
        order = "hsd" if "zfh" in self.isa else "sd"
        to, of = self.rng.sample(order, 2)
        suffix = ", " + rm if order.index(to) < order.index(of) else ""
        return "fcvt.%s.%s %s, %s%s" % (to, of, self.f(), self.f(), suffix)

    def encoding(self):
        """Random bits in the operation fields of instructions without jumps: decoder corners."""
        opcode = self.rng.choice([0x13, 0x1b, 0x33, 0x3b, 0x53, 0x43, 0x47, 0x4b, 0x4f])
        rd = int(self.rd()[1:])
        word = (self.rng.randrange(1 << 20) << 12) | rd << 7 | opcode
        if opcode in (0x33, 0x3b):
            funct7 = self.rng.choice([0, 1, 0x20, 4, 5, 0x10, 0x14, 0x24, 0x30, 0x34,
                                      self.rng.randrange(128)])
            word = (word & 0x01ffffff) | funct7 << 25
        elif opcode in (0x13, 0x1b):  # Mostly the function codes that carry a shift or one source.
            word = (word & ~0x7000) | self.rng.choice([1, 5, 1, 5, self.rng.randrange(8)]) << 12
        elif opcode == 0x53:
            word = (word & ~0x06000000) | self.rng.choice([0, 1, 2, 2, 3]) << 25
        if word & 0xfff0707f == 0x6010101b:  # ctzw, see above.
            return self.integer()
        return [".word %#010x" % word]

    def compressed(self):
        """Random 16-bit arithmetic: quadrant 1 without jumps and branches, reserved ones too."""
        while True:
            half = self.rng.randrange(1 << 16) & ~3 | 1
            if half >> 13 in (5, 6, 7):
                continue
            rd = half >> 7 & 31
            if half >> 13 == 4:
                rd = 8 + (half >> 7 & 7)
            if rd not in (8, 9):
                return [".half %#06x" % half]
