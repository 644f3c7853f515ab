#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The speed of a hart: bare-metal programs here and on QEMU, side by side in one run.

Each program runs in S-mode under Sv39, on both machines from the same ELF file, and must print the
same checksum. Instructions are counted by ours and hold for both; the time of a program is what its
process takes of the processor, all threads and the kernel included, without that of one that does
nothing. Of several repetitions, taken in turn, the fastest counts.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import speed  # noqa: E402

PROGRAMS = ["integer", "string", "sorting", "matrix", "double", "chase", "syscall", "pages"]
COMPILER = ["riscv64-unknown-elf-gcc", "-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany", "-O2",
            "-ffreestanding", "-fno-tree-loop-distribute-patterns", "-nostdlib", "-static",
            f"-I{HERE.parent.parent.parent}", "-Wall", "-Wextra", "-Werror", "-Wl,--no-warn-rwx-segments"]


def build(name, rounds, directory):
    elf = directory / f"{name}.elf"
    sources = [HERE / "programs" / file for file in ("start.S", "main.c", f"{name}.c")]
    subprocess.run([*COMPILER, f"-DROUNDS={rounds}", "-T", HERE / "programs" / "program.ld", *sources,
                    "-o", elf], check=True)
    return elf


def run(command):
    """Seconds of the processor and the checksum, the last line of what the guest printed."""
    done = speed.run(command, timeout=600)
    return done.processor, done.output.strip().split("\n")[-1]


class Machines:
    def __init__(self, arguments, directory):
        self.stats = directory / "stats.json"
        self.ours = [arguments.chiplet_vp, "run", "solo", "--set", "host.cpu.harts=1",
                     "--set", f"host.cpu.quantum={arguments.quantum}", "--stats", self.stats,
                     "--firmware"]
        self.qemu = [arguments.qemu, "-M", "virt", "-accel", "tcg,thread=single", "-bios", "none",
                     "-nographic", "-monitor", "none", "-kernel"]

    def both(self, elf, repeat):
        """Best seconds of ours and of QEMU, and the instructions."""
        best = [math.inf, math.inf]
        for _ in range(repeat):
            ours, mine = run([*self.ours, elf])
            qemu, its = run([*self.qemu, elf])
            if mine != its:
                sys.exit(f"error: {elf.stem}: the checksum is {mine} here, {its} on QEMU")
            best = [min(best[0], ours), min(best[1], qemu)]
        harts = json.loads(self.stats.read_text())["harts"]
        return (*best, sum(hart["instructions"] for hart in harts))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Example: tests/performance/cpu/compare.py --chiplet-vp build/release/bin/chiplet-vp")
    parser.add_argument("--chiplet-vp", type=pathlib.Path, required=True, metavar="PROGRAM")
    parser.add_argument("--qemu", default="qemu-system-riscv64", metavar="PROGRAM")
    parser.add_argument("--programs", nargs="+", choices=PROGRAMS, default=PROGRAMS, metavar="NAME",
                        help=f"of {', '.join(PROGRAMS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=8, help="work a program (default 8)")
    parser.add_argument("--repeat", type=int, default=3, help="runs a machine (default 3)")
    parser.add_argument("--quantum", default="10 us", help='of our harts (default "10 us")')
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="the table as JSON too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        machines = Machines(arguments, directory)
        idle_ours, idle_qemu, _ = machines.both(build("empty", 1, directory), arguments.repeat)
        rows = []
        print(f"{'program':10} {'M instr.':>9} {'MIPS':>8} {'QEMU MIPS':>10} {'ratio':>6}")
        for program in arguments.programs:
            elf = build(program, arguments.rounds, directory)
            ours, qemu, instructions = machines.both(elf, arguments.repeat)
            ours, qemu = max(ours - idle_ours, 1e-3), max(qemu - idle_qemu, 1e-3)
            rows.append({"program": program, "instructions": instructions,
                         "mips": instructions / ours / 1e6, "qemu_mips": instructions / qemu / 1e6,
                         "ratio": qemu / ours})
            print(f"{program:10} {instructions / 1e6:9.1f} {rows[-1]['mips']:8.1f} "
                  f"{rows[-1]['qemu_mips']:10.1f} {rows[-1]['ratio']:6.2f}", flush=True)
        mean = math.exp(sum(math.log(row["ratio"]) for row in rows) / len(rows))
        print(f"{'geometric mean':40} {mean:6.2f}")
        if arguments.json:
            arguments.json.write_text(json.dumps({"programs": rows, "mean_ratio": mean}, indent=2) + "\n")


if __name__ == "__main__":
    main()
