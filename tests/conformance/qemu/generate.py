#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
#
# Generates random RV64GC programs as assembly for runtime.S. The text depends on the seed alone.
#
# Registers with a fixed use in every program: x8 (middle of the scratch memory) and x9 (window into
# the same memory, through the page table in translated programs); x7 is a temporary for addresses.
import random

INTEGER_R = ("add sub sll slt sltu xor srl sra or and addw subw sllw srlw sraw mul mulh mulhsu mulhu "
             "div divu rem remu mulw divw divuw remw remuw").split()
INTEGER_I = "addi slti sltiu xori ori andi addiw".split()
SHIFTS = {"slli": 64, "srli": 64, "srai": 64, "slliw": 32, "srliw": 32, "sraiw": 32}
LOADS = {"lb": 1, "lh": 2, "lw": 4, "ld": 8, "lbu": 1, "lhu": 2, "lwu": 4}
STORES = {"sb": 1, "sh": 2, "sw": 4, "sd": 8}
AMOS = "amoswap amoadd amoxor amoand amoor amomin amomax amominu amomaxu".split()
BRANCHES = "beq bne blt bge bltu bgeu".split()
ROUNDING = "rne rtz rdn rup rmm dyn dyn dyn".split()

SPECIAL_X = [0, 1, 2, 0xff, 0x7fff, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
             (1 << 63) - 1, 1 << 63, (1 << 64) - 1, (1 << 64) - 2, 0x5555555555555555]
SPECIAL_D = [0, 1 << 63, 0x3ff0000000000000, 0xbff0000000000000, 0x7ff0000000000000,
             0xfff0000000000000, 0x7ff8000000000000, 0x7ff0000000000001, 0xfff8000000000123, 1,
             0x000fffffffffffff, 0x0010000000000000, 0x7fefffffffffffff, 0x3fe0000000000000,
             0x4330000000000001, 0x43e0000000000000, 0xc3e0000000000000, 0x41dfffffffc00000,
             0x36a0000000000000, 0x380fffffe0000000, 0x47efffffe0000000, 0x3ff0000010000000]
SPECIAL_S = [0, 1 << 31, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001,
             0xffc00123, 1, 0x007fffff, 0x00800000, 0x7f7fffff, 0x3f000000, 0x4b000001, 0x5f000000,
             0xdf000000, 0x4f000000, 0xcf000000, 0x3f7fffff, 0x33800000]

SCRATCH_BYTES = 0x10000
WINDOW = 0x140000000  # Sixteen pages of the scratch memory, each with rights of its own.
ALIAS = 0x80000000    # Added to an address in RAM: the same memory as user pages.
UNMAPPED = 0x180000000
HOLE = 0x07000000     # No device here, neither on QEMU's virt machine nor here.


class Program:
    """One program: a prologue that sets machine state and a body."""

    def __init__(self, seed, index):
        self.rng = random.Random(f"{seed}/{index}")
        self.index = index
        self.labels = 0
        r = self.rng.random()
        self.mode = "M" if r < 0.55 else "S" if r < 0.78 else "U"
        self.translated = self.mode != "M" and self.rng.random() < 0.8
        # QEMU 7.2 checks PMP for a misaligned access as if its bytes were contiguous in physical
        # memory, and a store-conditional without a reservation never faults there. Programs with a
        # PMP region in the way do neither.
        self.protected = self.mode != "M" and self.rng.random() < 0.4
        self.lines = []

    # Operands. -----------------------------------------------------------------------------------

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

    def address(self, size):
        """base, offset; mostly aligned."""
        offset = self.rng.randint(-2048, 2040)
        if self.protected or self.rng.random() < 0.7:
            offset &= -size
        return self.rng.choice(["x8", "x8", "x9"]), offset

    # Instructions. -------------------------------------------------------------------------------

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

    def memory(self):
        kind = self.rng.randrange(4)
        if kind == 0:
            name = self.rng.choice(list(LOADS))
            return ["%s %s, %d(%s)" % ((name, self.rd()) + self.address(LOADS[name])[::-1])]
        if kind == 1:
            name = self.rng.choice(list(STORES))
            return ["%s %s, %d(%s)" % ((name, self.rs()) + self.address(STORES[name])[::-1])]
        name, size = self.rng.choice([("flw", 4), ("fld", 8), ("fsw", 4), ("fsd", 8)])
        return ["%s %s, %d(%s)" % ((name, self.f()) + self.address(size)[::-1])]

    def pages(self):
        """Anywhere in the sixteen pages, so that rights matter and accesses cross pages."""
        pick = 0xfff8 if self.protected else self.rng.choice([0xffff, 0xfff8])
        near_edge = not self.protected and self.rng.random() < 0.3
        offset = (self.rng.randrange(0x1000, 0xf000) & pick) if not near_edge else \
            0x1000 * self.rng.randrange(1, 15) - self.rng.randrange(1, 8)
        name = self.rng.choice(list(LOADS) + list(STORES))
        reg = self.rs() if name in STORES else self.rd()
        return ["li x7, %#x" % (offset - 0x8000), "add x7, x7, x9", "%s %s, 0(x7)" % (name, reg)]

    def atomic(self):
        width = self.rng.choice(["w", "d"])
        size = 4 if width == "w" else 8
        mask = 0x3ff & -size if self.rng.random() < 0.9 else 0x3ff
        out = ["andi x7, %s, %d" % (self.rs(), mask), "add x7, x7, %s" % self.rng.choice(["x8", "x8", "x9"])]
        order = self.rng.choice(["", ".aq", ".rl", ".aqrl"])
        out.append("%s.%s%s %s, %s, (x7)" % (self.rng.choice(AMOS), width, order, self.rd(), self.rs()))
        return out

    def reservation(self):
        if self.protected:
            return self.atomic()
        width = self.rng.choice(["w", "d"])
        address = ["andi x7, %s, 0x3f8" % self.rs(), "add x7, x7, x8"]
        if self.rng.random() < 0.3:  # Another address: must fail.
            return address + ["lr.%s x6, (x7)" % width, "addi x7, x7, 512",
                              "sc.%s %s, x6, (x7)" % (width, self.rd())]
        retry = self.label()
        return address + ["%s: lr.%s x6, (x7)" % (retry, width), "add x6, x6, x5",
                          "sc.%s x4, x6, (x7)" % width, "bnez x4, %s" % retry]

    def floating(self):
        fmt = self.rng.choice("sd")
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
            return [self.rng.choice(["fcvt.s.d %s, %s, " % (self.f(), self.f()) + rm,
                                     "fcvt.d.s %s, %s" % (self.f(), self.f()),
                                     "fclass.%s %s, %s" % (fmt, self.rd(), self.f())])]
        return [self.rng.choice(["fmv.x.w %s, %s" % (self.rd(), self.f()),
                                 "fmv.x.d %s, %s" % (self.rd(), self.f()),
                                 "fmv.w.x %s, %s" % (self.f(), self.rs()),
                                 "fmv.d.x %s, %s" % (self.f(), self.rs())])]

    def csr(self):
        name = self.rng.choice(["fcsr", "frm", "fflags"])
        if self.rng.random() < 0.5:
            limit = {"fcsr": 32, "frm": 5 if self.rng.random() < 0.9 else 8, "fflags": 32}[name]
            op = self.rng.choice(["csrrwi", "csrrsi", "csrrci"] if name != "frm" else ["csrrwi"])
            return ["%s %s, %s, %d" % (op, self.rd(), name, self.rng.randrange(limit))]
        if self.mode == "M":
            # Written first: after an ebreak the value of QEMU is another one that is legal too.
            other = self.rng.choice(["stval", "scause", "mtval"])
            op = self.rng.choice(["csrrw", "csrrs", "csrrc"])
            return ["csrrw x0, %s, %s" % (other, self.rs()),
                    "%s %s, %s, %s" % (op, self.rd(), other, self.rs()),
                    "csrr %s, %s" % (self.rd(), other)]
        if self.mode == "S":
            bit = self.rng.choice([1 << 18, 1 << 19])
            op = self.rng.choice(["csrrs", "csrrc"])
            return ["li x7, %#x" % bit, "%s x0, sstatus, x7" % op, "csrr %s, sstatus" % self.rd()]
        # From U these trap, as does everything of M mode from S.
        return ["csrr %s, %s" % (self.rd(), self.rng.choice(["sstatus", "mstatus", "satp", "mepc"]))]

    def privileged(self):
        if self.mode == "M":
            return [self.rng.choice(["fence.i", "fence", "sfence.vma", "ebreak", "ecall",
                                     "csrr %s, mstatus" % self.rd()])]
        common = ["ecall", "ebreak", "mret", "fence.i", "csrr %s, mstatus" % self.rd(),
                  "csrw mtvec, x0", "csrw cycle, x0"]
        if self.mode == "S":
            return [self.rng.choice(common + ["sfence.vma", "sfence.vma x5, x0"])]
        return [self.rng.choice(common + ["sfence.vma", "sret", "csrr %s, satp" % self.rd()])]

    def fp_off(self):
        """Floating point switched off for a few instructions, which then trap."""
        if self.mode == "U":
            return self.integer()
        csr = "mstatus" if self.mode == "M" else "sstatus"
        return ["li x7, 0x6000", "csrc %s, x7" % csr] + self.floating() + self.memory() + \
            ["csrr %s, %s" % (self.rd(), csr), "li x7, 0x6000", "csrs %s, x7" % csr]

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

    def hole(self):
        where = HOLE if not self.translated else UNMAPPED
        if self.rng.random() < 0.3:
            return ["li x7, %#x" % (where + 8 * self.rng.randrange(64)), "jalr x1, 0(x7)"]
        name = self.rng.choice(["ld %s" % self.rd(), "sw %s" % self.rs(), "lbu %s" % self.rd()])
        return ["li x7, %#x" % (where + 8 * self.rng.randrange(64)), "%s, 0(x7)" % name]

    def encoding(self):
        """Random bits in the operation fields of instructions without jumps: decoder corners."""
        opcode = self.rng.choice([0x13, 0x1b, 0x33, 0x3b, 0x53, 0x43, 0x47, 0x4b, 0x4f])
        rd = int(self.rd()[1:])
        word = (self.rng.randrange(1 << 20) << 12) | rd << 7 | opcode
        if opcode in (0x33, 0x3b):
            funct7 = self.rng.choice([0, 1, 0x20, 0x20, self.rng.randrange(128)])
            word = (word & 0x01ffffff) | funct7 << 25
            if funct7 in (0x04, 0x05, 0x10, 0x14, 0x24, 0x30, 0x34, 0x07):
                word &= 0x01ffffff
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

    def simple(self):
        return self.rng.choice([self.integer, self.integer, self.memory, self.floating])()

    def body(self):
        choices = [(self.integer, 10), (self.memory, 8), (self.floating, 10), (self.atomic, 3),
                   (self.reservation, 1), (self.csr, 2), (self.branch, 3), (self.jump, 2),
                   (self.loop, 1), (self.privileged, 1), (self.fp_off, 0.3), (self.hole, 0.5),
                   (self.encoding, 1.5), (self.compressed, 2), (self.pages, 2)]
        functions, weights = zip(*choices)
        out = []
        for _ in range(self.rng.randint(30, 90)):
            out += self.rng.choices(functions, weights)[0]()
        return out

    # State. --------------------------------------------------------------------------------------

    def registers(self):
        def integer():
            return self.rng.choice([self.rng.choice(SPECIAL_X), self.rng.getrandbits(64),
                                    self.rng.getrandbits(self.rng.randint(1, 64))])

        def floating():
            kind = self.rng.randrange(6)
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
            return self.rng.getrandbits(64)

        x = [integer() for _ in range(31)]
        x[7] = "scratch + 2048 + 0x7000"
        x[8] = "scratch + 0x8000" if not self.translated else WINDOW + 0x8000
        f = [floating() for _ in range(32)]
        return x, f, self.rng.randrange(5) << 5 | self.rng.randrange(32)

    def page_entry(self):
        """Rights of a page: mostly good ones."""
        if self.rng.random() < 0.5:
            flags = 0xcf | (0x10 if self.mode == "U" else 0)
        else:
            flags = self.rng.randrange(256)
            if self.rng.random() < 0.8:
                flags |= 1
            if self.rng.random() < 0.5:
                flags = flags & ~0x10 | (0x10 if self.mode == "U" else 0)
        return flags

    def setup_tables(self):
        out = []

        def entry(table, index, target, flags):
            out.extend(["la t0, %s" % target if isinstance(target, str) else "li t0, %#x" % target,
                        "srli t0, t0, 12", "slli t0, t0, 10", "ori t0, t0, %#x" % flags,
                        "la t1, %s" % table, "li t2, %d" % (8 * index), "add t1, t1, t2",
                        "sd t0, 0(t1)"])

        entry("page_root", 2, 0x80000000, 0xcf)
        entry("page_root", 4, 0x80000000, 0xdf)
        entry("page_root", 5, "page_middle", 0x01)
        entry("page_middle", 0, "page_table", 0x01)
        for page in range(16):
            entry("page_table", page, "scratch + %#x" % (0x1000 * self.rng.randrange(16)),
                  self.page_entry())
        return out

    def setup_pmp(self):
        """All memory for S and U; sometimes a piece of the scratch memory is taken away."""
        out = ["li t0, -1", "csrw pmpaddr15, t0"]
        config = 0x1f << 56
        if self.protected:
            page = self.rng.randrange(16)
            out += ["la t0, scratch + %#x" % (0x1000 * page), "srli t0, t0, 2", "ori t0, t0, 0x1ff",
                    "csrw pmpaddr8, t0"]
            config |= 0x18 | self.rng.choice([0, 1, 3, 4, 5])
        return out + ["li t0, %#x" % config, "csrw pmpcfg2, t0"]

    def text(self):
        out = ["# program %d: %s mode%s" % (self.index, self.mode, ", Sv39" if self.translated else ""),
               "prologue%d:" % self.index]
        x, f, fcsr = self.registers()
        if self.mode != "M":
            out += self.setup_pmp()
            if self.rng.random() < 0.5:  # Some exceptions are handled in S mode.
                out += ["li t0, %#x" % (self.rng.getrandbits(16) & 0xb0fc), "csrw medeleg, t0"]
        status = {"M": 0x1800, "S": 0x800, "U": 0}[self.mode]
        if self.mode == "S":
            status |= self.rng.choice([0, 1 << 18]) | self.rng.choice([0, 1 << 19])
        if self.translated:
            out += self.setup_tables()
            out += ["la t2, page_root", "srli t2, t2, 12", "li t0, %#x" % (8 << 60), "or t2, t2, t0"]
        else:
            out += ["li t2, 0"]
        alias = ["li t1, %#x" % ALIAS, "add t0, t0, t1"] if self.mode == "U" and self.translated else []
        if alias:
            x[7] = "scratch + 2048 + 0x7000 + %#x" % ALIAS
        out += ["la t0, body%d" % self.index] + alias
        out += ["li t1, %#x" % status, "la t3, registers%d" % self.index, "j enter_program",
                "body%d:" % self.index]
        out += self.body()
        out += [".align 2", "end%d: ecall" % self.index, ".data", ".align 3",
                "registers%d:" % self.index]
        out += [".dword " + (v if isinstance(v, str) else hex(v)) for v in x + f + [fcsr]]
        return "\n".join(out + [".text"]) + "\n"


def generate(seed, indices, verbose=False):
    """Assembly with the programs of these numbers."""
    indices = list(indices)
    out = [".option norelax", ".option arch, rv64gc", ".text"]
    out += [Program(seed, index).text() for index in indices]
    out += [".data", ".align 3", ".globl programs, programs_end, verbose", "programs:"]
    out += [".dword prologue%d, end%d" % (index, index) for index in indices]
    out += ["programs_end:", "verbose: .word %d" % verbose]
    return "\n".join(out) + "\n"
