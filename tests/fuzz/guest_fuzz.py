#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A guest that writes random values to random registers of every device must not crash or hang the
simulator: it ends through the finisher, or waits for ever at a point that the program names.

More seeds: CVP_FUZZ_SEEDS=1000 tests/fuzz/guest_fuzz.py
"""

import os
import pathlib
import subprocess
import sys
import tomllib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
import harness  # pylint: disable=wrong-import-position

SEEDS = int(os.environ.get("CVP_FUZZ_SEEDS", "4"))
ACCESSES = 4000
DIE_SPAN = 1 << 40
MESSAGES = 0x1001_0000
ROUTE_STRIDE = 4

# A table of windows: base, mask of the offset, kinds of access. Random numbers choose the window, the
# offset (half of them in the first 256 bytes), the kind and the value (random, small, or an address
# in DRAM).
GUEST = harness.GUEST_START + """
trap:                        # Goes on behind the access that faulted.
  csrr t0, mepc
  addi t0, t0, 4
  csrw mepc, t0
  addi s6, s6, 1
  mret
random:                      # xorshift64 in s0; a0: the number, multiplied.
  slli t0, s0, 13
  xor s0, s0, t0
  srli t0, s0, 7
  xor s0, s0, t0
  slli t0, s0, 17
  xor s0, s0, t0
  li t0, 0x2545f4914f6cdd1d
  mul a0, s0, t0
  srli a0, a0, 3
  ret
main:
  li s0, {seed}
  li s1, {accesses}
  la s2, windows
  li s3, {windows}
next:
  jal random
  remu t1, a0, s3
  slli t1, t1, 5
  add s7, t1, s2
  ld s4, 0(s7)               # Base.
  ld s5, 8(s7)               # Mask of the offset; 0: a register of its own.
  jal random
  and t1, a0, s5
  srli t2, a0, 55
  andi t2, t2, 1
  beqz t2, offset_done
  andi t1, t1, 0xff
offset_done:
  jal random
  andi t2, a0, 3             # Mostly aligned to 4 bytes, seldom to 1.
  srli t3, a0, 2
  andi t3, t3, 15
  beqz t3, unaligned
  andi t1, t1, -4
unaligned:
  add s4, s4, t1
  jal random
  mv t4, a0
  srli t3, a0, 58
  andi t3, t3, 3
  bnez t3, not_small
  andi t4, t4, 31
not_small:
  addi t3, t3, -1
  bnez t3, value_done
  li t3, 0xffffc0            # Somewhere in DRAM, behind this program.
  and t4, t4, t3
  li t3, 0x90000000
  add t4, t4, t3
value_done:
  jal random
  andi t3, a0, 15
  slli t3, t3, 3
  ld t2, 16(s7)              # 16 kinds of two instructions.
  add t2, t2, t3
  jr t2
{kinds}
done:
  addi s1, s1, -1
  bnez s1, next
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
  j .
.align 4
windows:
{table}
"""


KINDS = {
    8: ["sb t4, 0(s4)"] * 11 + ["lb t5, 0(s4)"] * 5,
    16: ["sh t4, 0(s4)"] * 11 + ["lh t5, 0(s4)"] * 5,
    32: ["sw t4, 0(s4)"] * 11 + ["lw t5, 0(s4)"] * 5,
    64: ["sd t4, 0(s4)"] * 9 + ["sw t4, 0(s4)", "sw t4, 4(s4)"] + ["ld t5, 0(s4)"] * 5,
    "any": ["sw t4, 0(s4)"] * 4 + ["sd t4, 0(s4)"] * 3
    + [f"{op} 0(s4)" for op in ("sh t4,", "sb t4,", "lb t5,", "lh t5,", "lw t5,", "ld t5,")]
    + ["amoor.w t5, t4, (s4)", "amoswap.d t5, t4, (s4)", "lr.w t5, (s4)"],
    # Registers of the hart's own interrupt files: mi-, sireg oftenest.
    "csr": ["csrw 0x350, t4", "csrw 0x150, t4", "csrrw t5, 0x351, t4", "csrrs t5, 0x351, t4",
            "csrrc t5, 0x351, t4", "csrrw t5, 0x151, t4", "csrrs t5, 0x151, t4", "csrr t5, 0x151",
            "csrrw t5, 0x35c, t4", "csrrs t5, 0x15c, t4", "csrr t5, 0xfb0", "csrr t5, 0xdb0",
            "csrw 0x308, t4", "csrrs t5, 0x309, t4", "csrrw t5, mip, t4", "csrrw t5, sip, t4"],
}
# The register description of a model's window.
REGISTERS = {
    ("crossbar", "map"): "noc/noc", ("clint", "map"): "clint/clint", ("plic", "map"): "plic/plic",
    ("imsic", "machine"): "imsic/imsic", ("imsic", "supervisor"): "imsic/imsic",
    ("uart", "map"): "uart/uart", ("rtc", "map"): "rtc/rtc", ("virtio", "map"): "virtio/virtio",
    ("npu_cluster", "regs"): "npu/npu", ("hbm_stack", "regs"): "hbm/hbm",
    ("message_receiver", "map"): "message_receiver/message_receiver",
    ("ucie_port", "regs"): "ucie/ucie", ("cxl_root_port", "regs"): "cxl/cxl_component",
    ("cxl_root_port", "ecam"): "cxl/cxl_root_port",
}


def registers(file, name=None):
    """(offset, width) of each register, or of that name; of an array the first ones and the last."""
    table = tomllib.loads((harness.SOURCE / "models" / f"{file}.regs.toml").read_text())
    groups = [(0, table.get("reg", []))]
    for group in table.get("group", []):
        for index in some(group["count"]):
            groups.append((group["base"] + index * group["stride"], group["reg"]))
    for base, regs in groups:
        for reg in regs:
            if name not in (None, reg["name"]):
                continue
            width = reg.get("width", 32)
            for index in some(reg.get("count", 1)):
                yield base + reg["offset"] + index * reg.get("stride", width // 8), width


def some(count):
    return sorted({*range(min(count, 3)), count - 1})


def die_windows(file, base):
    """Rows of the guest's table for a die: its registers, and its windows as wholes. Memories and
    the finisher are left out."""
    for table in tomllib.loads((harness.SOURCE / "platform" / "dies" / file).read_text()).values():
        if not isinstance(table, dict) or table["type"] in ("ram", "rom", "finisher"):
            continue
        for key, value in table.items():
            if not isinstance(value, dict) or "base" not in value:
                continue
            at = base + value["base"]
            yield at, 0xff_ffff if key in ("window", "scratchpad", "mem") else 0xffff, "any"
            file_of_window = REGISTERS.get((table["type"], key))
            for offset, width in registers(file_of_window) if file_of_window else ():
                yield at + offset, 0, width


class GuestFuzz(harness.SystemTest):
    def fuzz(self, seed, windows, *options):
        source = GUEST.format(seed=seed * 0x9E3779B97F4A7C15 % 2**63 | 1, accesses=ACCESSES,
                              windows=len(windows),
                              table="\n".join(f".dword {base:#x}, {mask:#x}, kinds_{kinds}, 0"
                                              for base, mask, kinds in windows),
                              kinds="\n".join(f"kinds_{name}:\n" + "\n".join(f"  {op}\n  j done"
                                                                             for op in operations)
                                              for name, operations in KINDS.items()))
        elf = self.guest("fuzz", source)
        done = subprocess.run(
            [harness.PROGRAM, "run", "duo", "--firmware", elf, "--max-time", "200 ms", "--stats",
             "stats.json", *options],
            cwd=self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            timeout=120)
        errors = done.stderr.decode(errors="replace")[-3000:]
        # 124 and 125: an access waits for an answer that cannot come; the dump must say where.
        self.assertIn(done.returncode, (0, 124, 125), errors)
        self.assertNotIn("internal error", errors)
        if done.returncode != 0:
            self.assertIn("hart 0: ", errors)
        return done.returncode, self.stats()

    def test_host_registers(self):
        windows = list(die_windows("host.toml", 0))
        for seed in range(1, SEEDS + 1):
            with self.subTest(seed):
                code, statistics = self.fuzz(seed, windows)
                self.assertEqual(code, 0)
                self.assertGreater(statistics["harts"][0]["bus_accesses"], ACCESSES // 2)

    def test_interrupt_controllers_of_harts_with_aia(self):
        REGISTERS["plic", "map"] = "aplic/aplic"
        self.addCleanup(REGISTERS.update, {("plic", "map"): "plic/plic"})
        windows = [row for row in die_windows("host.toml", 0)
                   if 0x0c00_0000 <= row[0] < 0x1000_0000 or 0x2400_0000 <= row[0] < 0x2900_0000]
        windows += [(0, 0, "csr")] * (len(windows) // 2) + [(0x1000_0000, 7, "any"), (MESSAGES, 0xfff, "any")]
        for seed in range(1, SEEDS + 1):
            with self.subTest(seed):
                code, statistics = self.fuzz(seed, windows, "--set", "host.cpu.aia=true")
                self.assertEqual(code, 0)
                self.assertLess(statistics["harts"][0]["traps"], ACCESSES // 2)

    def test_registers_of_all_dies(self):
        windows = list(die_windows("host.toml", 0))
        for die in (1, 2):
            windows += die_windows("npu.toml", die * DIE_SPAN)
        for seed in [*range(1, SEEDS + 1), 25, 37]:
            with self.subTest(seed):
                _, statistics = self.fuzz(seed, windows, "--boot", "direct")
                self.assertLess(statistics["harts"][0]["traps"], ACCESSES * 3 // 4)

    def test_npu_registers_alone(self):
        windows = [row for row in die_windows("npu.toml", DIE_SPAN) if row[0] < DIE_SPAN + 0x2_0000]
        windows += [(0x9000_0000, 0xff_ffff, "any"), (MESSAGES, 0xfff, "any")]
        for seed in range(1, SEEDS + 1):
            with self.subTest(seed):
                code, _ = self.fuzz(seed, windows, "--boot", "direct")
                self.assertEqual(code, 0)

    def test_hbm_registers_alone(self):
        """Modes, errors and power states of a stack with compute units, and its memory meanwhile."""
        stack = DIE_SPAN + 0x2_0000
        windows = [row for row in die_windows("npu.toml", DIE_SPAN)
                   if stack <= row[0] < stack + 0x1_0000 and row[1] == 0]
        windows += [(DIE_SPAN + 0x10_0000_0000, 0xfff, "any")] * (len(windows) // 8)
        for seed in range(1, SEEDS + 1):
            with self.subTest(seed):
                code, statistics = self.fuzz(seed, windows, "--boot", "direct", "--set",
                                             "npu0.hbm0.pim=true")
                self.assertEqual(code, 0)
                self.assertLess(statistics["harts"][0]["traps"], ACCESSES // 2)

    def test_routes_in_a_ring(self):
        """Host and npu0 each send what is for npu1 to the other: it goes round until the end."""
        route = next(offset for offset, _ in registers("noc/noc", "route"))
        source = f"""
.globl _start
_start:
  csrr t0, mhartid
  bnez t0, park
  li t0, {0x1300_0000 + route + 2 * ROUTE_STRIDE:#x}
  li t1, 0x80000000          # Valid, port 0.
  sw t1, 0(t0)
  li t0, {DIE_SPAN + route + 2 * ROUTE_STRIDE:#x}
  sw t1, 0(t0)
  li t0, {2 * DIE_SPAN + 0x10_0000_0000:#x}
  lw t1, 0(t0)
park:
  wfi
  j park
"""
        elf = self.guest("ring", source)
        text = self.vp("run", "duo", "--firmware", elf, "--boot", "direct", "--max-time", "100 us",
                       expect=124, timeout=60)
        self.assertIn("hart 0: ", text)

    def test_same_seed_same_run(self):
        windows = [*die_windows("host.toml", 0), *die_windows("npu.toml", DIE_SPAN)]
        runs = []
        for _ in range(2):
            code, statistics = self.fuzz(7, windows, "--boot", "direct")
            statistics.pop("host")
            runs.append((code, statistics))
        self.assertEqual(*runs)


if __name__ == "__main__":
    harness.main()
