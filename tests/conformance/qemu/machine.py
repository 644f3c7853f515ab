# SPDX-License-Identifier: Apache-2.0
#
# Privileged state and instructions: CSRs, interrupts, page tables and their fences, PMP.
from operands import ALIAS, MSIP, MTIMECMP, SCRATCH_BYTES, WINDOW, Operands

SSIP, STIP, SEIP = 1 << 1, 1 << 5, 1 << 9
MODES = {"sv39": 8, "sv48": 9, "sv57": 10}
PTE_A_D, PTE_N, PTE_PBMT = 0xc0, 1 << 63, 61
STCE, PBMTE, ADUE = 1 << 63, 1 << 62, 1 << 61


class Machine(Operands):
    """`mode`: M, S or U."""

    def draw_machine(self):
        modes = [name for name in MODES if name in self.isa or name == "sv39"]
        self.translation = self.rng.choice(modes)
        asid = self.rng.choice([0, 1, self.rng.randrange(1 << 16)])
        self.asids = {"a": asid, "b": asid ^ 1}
        self.memory_types = "svpbmt" in self.isa and self.rng.random() < 0.5
        self.timer = "sstc" in self.isa and self.rng.random() < 0.5

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
                  "csrw mtvec, x0", "csrw cycle, x0", "sfence.vma"]
        invalidations = ["sinval.vma x5, x0", "sfence.w.inval", "sfence.inval.ir"]  # Or they trap.
        if self.mode == "S":
            return [self.rng.choice(common + invalidations + ["sfence.vma x5, x0"])]
        if "svinval" not in self.isa:  # QEMU 7.2 lets the fences pass in U mode.
            common += invalidations
        return [self.rng.choice(common + ["sret", "csrr %s, satp" % self.rd()])]

    def fp_off(self):
        """Floating point switched off for a few instructions, which then trap."""
        if self.mode == "U":
            return self.integer()
        csr = "mstatus" if self.mode == "M" else "sstatus"
        return ["li x7, 0x6000", "csrc %s, x7" % csr] + self.floating() + self.memory() + \
            ["csrr %s, %s" % (self.rd(), csr), "li x7, 0x6000", "csrs %s, x7" % csr]

    # Interrupts: made pending while they are off, so that both machines take them after the same
    # instruction, the one that switches them on. The handlers switch off what they have taken.
    # One at a time, since QEMU 7.2 takes the one with the lowest number first.

    def some(self, *bits):
        return sum(bit for bit in bits if self.rng.random() < 0.5)

    def interrupt(self):
        if self.mode == "U":
            return self.integer()
        if self.mode == "S":
            return ["csrci sstatus, 2", "li x7, %#x" % self.rng.choice([SSIP, STIP, SEIP]),
                    "csrw sie, x7", self.rng.choice(["csrsi sip, 2", "csrci sip, 2"])] + \
                self.timer_compare(self.rng.choice([0, -1])) + \
                ["csrsi sstatus, 2", "csrr %s, sip" % self.rd()]
        source = self.rng.choice([SSIP, STIP, SEIP, "software", "timer", "supervisor timer"])
        out = ["csrci mstatus, 8", "li x7, %#x" % self.some(SSIP, STIP, SEIP, 1 << 3, 1 << 7, 1 << 11),
               "csrw mie, x7", "li x7, %#x" % (source if isinstance(source, int) else 0), "csrw mip, x7",
               "li x7, %#x" % MSIP, "li x6, %d" % (source == "software"), "sw x6, 0(x7)",
               "li x7, %#x" % MTIMECMP, "li x6, %d" % (0 if source == "timer" else -1), "sd x6, 0(x7)"]
        return out + self.timer_compare(0 if source == "supervisor timer" else -1) + \
            ["csrsi mstatus, 8", "csrci mstatus, 8", "csrr %s, mip" % self.rd()]

    def timer_compare(self, value):
        return ["li x7, %d" % value, "csrw 0x14d, x7"] if self.timer else []

    # Translation. ----------------------------------------------------------------------------------

    def page_entry(self):
        """Rights of a page: mostly good ones."""
        user = 0x10 if self.mode == "U" else 0
        if self.rng.random() < 0.5:
            flags = 0xcf | user
        else:
            flags = self.rng.randrange(256)
            if self.rng.random() < 0.8:
                flags |= 1
            if self.rng.random() < 0.5:
                flags = flags & ~0x10 | user
        return flags | self.attributes()

    def attributes(self):
        """Bits 54 and up, now and then: NAPOT, memory type, reserved. With Svpbmt or Svnapot QEMU
        7.2 takes all of them for granted, menvcfg.PBMTE and memory type 3 too."""
        kind = self.rng.randrange(16)
        napot, types = "svnapot" in self.isa, "svpbmt" in self.isa
        if kind == 0 and (self.memory_types or not types):
            return self.rng.choice([1, 2]) << PTE_PBMT
        if kind == 1 and (napot or not types):
            return PTE_N
        return 1 << self.rng.randrange(54, 61) if kind == 2 and not napot and not types else 0

    def leaf(self):
        """A page of the scratch memory as `offset, flags`; a NAPOT entry has bit 3 of its number,
        or is reserved. One that is reserved has A and D: QEMU 7.2 sets them before it faults."""
        flags = self.page_entry()
        offset = 0x1000 * self.rng.randrange(16)
        if not flags & PTE_N:
            return offset, flags
        return (0x8000, flags) if self.rng.random() < 0.8 else (offset, flags | PTE_A_D)

    @staticmethod
    def store_entry(table, index, target, flags):
        return ["la t0, %s" % target if isinstance(target, str) else "li t0, %#x" % target,
                "srli t0, t0, 12", "slli t0, t0, 10", "li t1, %#x" % flags, "or t0, t0, t1",
                "la t1, %s" % table, "li t2, %d" % (8 * index), "add t1, t1, t2", "sd t0, 0(t1)"]

    def setup_tables(self):
        """Two address spaces that differ in the sixteen pages of the window."""
        out = []
        for space in "ab":
            roots = "page_root3_" + space
            out += self.store_entry(roots, 2, 0x80000000, 0xcf)
            out += self.store_entry(roots, 4, 0x80000000, 0xdf)
            out += self.store_entry(roots, 5, "page_middle_" + space, 0x01)
            out += self.store_entry("page_middle_" + space, 0, "page_table_" + space, 0x01)
            out += self.store_entry("page_root4_" + space, 0, roots, 0x01)
            out += self.store_entry("page_root5_" + space, 0, "page_root4_" + space, 0x01)
            for page in range(16):
                offset, flags = self.leaf()
                out += self.store_entry("page_table_" + space, page, "scratch + %#x" % offset, flags)
        return out

    def satp(self, space, register, temporary):
        """Loads the value of satp for an address space; each has an ASID of its own."""
        mode = MODES[self.translation]
        return ["la %s, page_root%d_%s" % (register, mode - 5, space),
                "srli %s, %s, 12" % (register, register),
                "li %s, %#x" % (temporary, mode << 60 | self.asids[space] << 44),
                "or %s, %s, %s" % (register, register, temporary)]

    def switch_space(self):
        if self.mode != "S" or not self.translated:
            return self.integer()
        return self.satp(self.rng.choice("ab"), "x6", "x7") + ["csrw satp, x6"]

    def remap(self):
        """Another page behind the window, in both address spaces, and a fence that covers it."""
        if self.mode != "S" or not self.translated:
            return self.integer()
        page = self.rng.randrange(16)
        offset, flags = self.leaf()
        out = []
        for space in "ab":
            out += ["la x7, scratch + %#x" % offset, "srli x7, x7, 12", "slli x7, x7, 10",
                    "li x6, %#x" % flags, "or x6, x6, x7",
                    "la x7, page_table_%s + %d" % (space, 8 * page), "sd x6, 0(x7)"]
        access = self.rng.choice(["ld %s" % self.rd(), "sd %s" % self.rs()])
        return out + self.fence(self.in_page(page)) + \
            ["li x7, %#x" % self.in_page(page), access + ", 0(x7)"]

    def in_page(self, page):
        return WINDOW + 0x1000 * page + 8 * self.rng.randrange(512)

    def fence(self, address):
        """All, by address, by ASID or by both."""
        if "svinval" in self.isa and self.rng.random() < 0.3:
            name, before, after = "sinval.vma", ["sfence.w.inval"], ["sfence.inval.ir"]
        else:
            name, before, after = "sfence.vma", [], []
        register = self.rng.choice(["x0", "x7"])
        out = ["li x7, %#x" % address] + before
        if self.rng.random() < 0.5:
            return out + ["%s %s, x0" % (name, register)] + after
        for asid in self.asids.values():
            # Zero in a register is an ASID, x0 is not.
            out += ["li x6, %d" % asid, "%s %s, x6" % (name, register)]
        return out + after

    # State before the program. ---------------------------------------------------------------------

    def setup_pmp(self):
        """All memory for S and U; sometimes pieces are taken away, the first that matches counts."""
        out = ["li t0, -1", "csrw pmpaddr15, t0"]
        config = {15: 0x1f}
        for _ in range(self.rng.randint(1, 3) if self.protected else 0):
            region = self.rng.randrange(1, 15)
            lines, config[region] = self.rng.choice([self.pmp_napot, self.pmp_range, self.pmp_na4,
                                                     self.pmp_table])(region)
            out += lines
        for csr in (0, 2):
            value = sum(config.get(4 * csr + i, 0) << 8 * i for i in range(8))
            out += ["li t0, %#x" % value, "csrw pmpcfg%d, t0" % csr]
        return out

    def pmp_rights(self):
        return self.rng.choice([0, 1, 3, 4, 5, 7])

    @staticmethod
    def pmp_address(region, symbol, low_bits=0):
        return ["la t0, %s" % symbol, "srli t0, t0, 2", "li t1, %#x" % low_bits, "or t0, t0, t1",
                "csrw pmpaddr%d, t0" % region]

    def pmp_napot(self, region):
        """8 bytes to 16 KiB."""
        size = 8 << self.rng.choice([0, 2, 6, 9, 9, 9, 11])
        offset = self.rng.randrange(SCRATCH_BYTES) & -size
        return self.pmp_address(region, "scratch + %#x" % offset, size // 8 - 1), \
            0x18 | self.pmp_rights()

    def pmp_range(self, region):
        first, end = (self.rng.randrange(0, SCRATCH_BYTES, 8) for _ in range(2))
        if self.rng.random() < 0.8:  # Else it may be empty.
            first, end = sorted((first, end))
        return self.pmp_address(region - 1, "scratch + %#x" % first) + \
            self.pmp_address(region, "scratch + %#x" % end), 0x08 | self.pmp_rights()

    def pmp_na4(self, region):
        offset = self.rng.randrange(0, SCRATCH_BYTES, 4)
        return self.pmp_address(region, "scratch + %#x" % offset), 0x10 | self.pmp_rights()

    def pmp_table(self, region):
        """A table of a page walk. QEMU 7.2 does not ask PMP when it sets A and D."""
        table = self.rng.choice(["page_middle_", "page_table_"]) + self.rng.choice("ab")
        return self.pmp_address(region, table, 0x1ff), 0x18 | self.rng.choice([0, 0, 3, 4])

    def modify_privilege(self):
        """M mode that loads and stores as S or U mode would. After a trap it is U mode."""
        if self.mode != "M":
            return self.integer()
        out = ["li x7, 0x1800", "csrc mstatus, x7",
               "li x7, %#x" % (1 << 17 | self.rng.choice([0, 0x800])), "csrs mstatus, x7"]
        for _ in range(self.rng.randint(1, 4)):
            out += self.rng.choice([self.memory, self.memory, self.integer])()
        return out + ["li x7, 0x20000", "csrc mstatus, x7"]

    def setup_machine(self):
        """Environment, interrupts and what is delegated."""
        value = ADUE | (PBMTE if self.memory_types else 0) | (STCE if self.timer else 0)
        out = ["li t0, %#x" % value, "csrw menvcfg, t0"]
        if self.mode == "M" or self.rng.random() < 0.6:
            out += ["li t0, %#x" % self.some(SSIP, STIP, SEIP), "csrw mideleg, t0"]
        if self.mode != "M" and self.rng.random() < 0.3:
            out += ["li t0, %#x" % self.some(SSIP, STIP, SEIP), "csrw mie, t0",
                    "li t0, %#x" % self.rng.choice([SSIP, STIP, SEIP]), "csrw mip, t0"]
        if self.mode != "M" and self.rng.random() < 0.5:  # Some exceptions are handled in S mode.
            out += ["li t0, %#x" % (self.rng.getrandbits(16) & 0xb0fc), "csrw medeleg, t0"]
        return out

    def registers(self):
        x = [self.integer_value() for _ in range(31)]
        x[7] = "scratch + 2048 + 0x7000"
        if self.mode == "U" and self.translated:
            x[7] += " + %#x" % ALIAS
        x[8] = "scratch + 0x8000" if not self.translated else WINDOW + 0x8000
        f = [self.float_value() for _ in range(32)]
        return x, f, self.rng.randrange(5) << 5 | self.rng.randrange(32)
