# SPDX-License-Identifier: Apache-2.0
#
# Loads, stores and atomics, to granted memory, to pages with rights of their own, to nowhere.
from operands import HOLE, UNMAPPED, Operands

LOADS = {"lb": 1, "lh": 2, "lw": 4, "ld": 8, "lbu": 1, "lhu": 2, "lwu": 4}
STORES = {"sb": 1, "sh": 2, "sw": 4, "sd": 8}
FLOATS = {"flh": 2, "flw": 4, "fld": 8, "fsh": 2, "fsw": 4, "fsd": 8}
AMOS = "amoswap amoadd amoxor amoand amoor amomin amomax amominu amomaxu".split()


class Memory(Operands):
    """`protected`: a PMP region is in the way; `translated`: there is a page table."""

    def address(self, size):
        """base, offset; mostly aligned."""
        offset = self.rng.randint(-2048, 2040)
        if self.protected or self.rng.random() < 0.7:
            offset &= -size
        return self.rng.choice(["x8", "x8", "x9"]), offset

    def memory(self):
        kind = self.rng.randrange(4)
        if kind == 0:
            name = self.rng.choice(list(LOADS))
            return ["%s %s, %d(%s)" % ((name, self.rd()) + self.address(LOADS[name])[::-1])]
        if kind == 1:
            name = self.rng.choice(list(STORES))
            return ["%s %s, %d(%s)" % ((name, self.rs()) + self.address(STORES[name])[::-1])]
        name = self.rng.choice([n for n in FLOATS if "zfh" in self.isa or n[-1] != "h"])
        return ["%s %s, %d(%s)" % ((name, self.f()) + self.address(FLOATS[name])[::-1])]

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

    def hole(self):
        where = HOLE if not self.translated else UNMAPPED
        if self.rng.random() < 0.3:
            return ["li x7, %#x" % (where + 8 * self.rng.randrange(64)), "jalr x1, 0(x7)"]
        name = self.rng.choice(["ld %s" % self.rd(), "sw %s" % self.rs(), "lbu %s" % self.rd()])
        return ["li x7, %#x" % (where + 8 * self.rng.randrange(64)), "%s, 0(x7)" % name]
