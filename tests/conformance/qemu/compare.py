#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs random programs on QEMU and on our hart and compares what they leave behind.

Example: compare.py --cpu-run build/release/tests/conformance/cpu_run --count 300 --seed 7
A difference prints the program's number and how to run it alone."""
import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

import generate

HERE = os.path.dirname(os.path.abspath(__file__))
# Everything that QEMU 7.2 has, and how it is switched on there.
EVERYTHING = "rv64gc_zfh_zba_zbb_zbc_zbkb_zbkx_zbs_sstc_sv57_svinval_svnapot_svpbmt"
QEMU_PROPERTIES = {"zfh": "Zfh", **{name: name for name in (
    "zba zbb zbc zbkb zbkx zbs sstc svinval svnapot svpbmt").split()}}
# A line of results: one number, or a trap's three.
HASH = re.compile(r"[0-9a-f]{16}( [0-9a-f]{16})* $")
NAMES = (["x%d" % n for n in range(1, 32)] + ["f%d" % n for n in range(32)] +
         ["fcsr", "mstatus", "traps", "trap log", "memory", "page tables"])


def run(command, timeout=120):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=timeout, check=False)
    if done.returncode != 0:
        sys.exit("%s\nfailed with %d:\n%s" % (" ".join(command), done.returncode,
                                              done.stderr.decode(errors="replace")))
    return done.stdout.decode().replace("\r", "").splitlines()


def build(directory, args, indices, verbose):
    source = os.path.join(directory, "programs.S")
    with open(source, "w", encoding="ascii") as out:
        out.write(generate.generate(args.seed, indices, args.isa, verbose))
    elf = os.path.join(directory, "programs.elf")
    run(["riscv64-unknown-elf-gcc", "-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany", "-nostdlib",
         "-static", "-Wl,--no-warn-rwx-segments", "-T", os.path.join(HERE, "link.ld"), "-o", elf,
         os.path.join(HERE, "runtime.S"), source])
    return elf


def on_qemu(args, elf):
    names = generate.extensions(args.isa)
    cpu = ["rv64", "h=false"] + ["%s=%s" % (name, "true" if extension in names else "false")
                                 for extension, name in QEMU_PROPERTIES.items()]
    return run([args.qemu, "-M", "virt", "-smp", "2", "-accel", "tcg,thread=multi", "-cpu",
                ",".join(cpu), "-bios", "none", "-display", "none", "-monitor", "none", "-serial",
                "stdio", "-kernel", elf])


def on_ours(args, elf, bus):
    """Through the pure core alone, or through the whole platform."""
    if args.chiplet_vp:
        lines = run([args.chiplet_vp, "run", args.package, "--set", "host.cpu.isa=" + args.isa,
                     "--firmware", elf])
        return [line for line in lines if HASH.match(line)]
    return run([args.cpu_run, "--isa", args.isa, "--bus", bus, "--quantum", str(args.quantum), elf])


def show(args, directory, index, bus):
    """Runs one program alone and prints what differs."""
    elf = build(directory, args, [index], True)
    theirs, ours = on_qemu(args, elf), on_ours(args, elf, bus)
    traps = [lines[:-len(NAMES) - 1] for lines in (theirs, ours)]
    for number, pair in enumerate(zip(*traps)):
        if pair[0] != pair[1]:
            print("  trap %d (cause, pc, value): QEMU %s  ours %s" % (number, *pair))
            break
    values = [lines[-len(NAMES) - 1:-1] for lines in (theirs, ours)]
    for name, a, b in zip(NAMES, *values):
        if a != b:
            print("  %-10s QEMU %s ours %s" % (name, a, b))
    keep = "program-%s-%d.elf" % (args.seed, index)
    shutil.copy(elf, keep)
    print("  image: %s, source: generate.py, listing: riscv64-unknown-elf-objdump -d %s" % (keep, keep))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpu-run", help="our runner of the pure core")
    parser.add_argument("--chiplet-vp", help="instead of cpu-run: the whole platform")
    parser.add_argument("--package", help="the package for chiplet-vp")
    parser.add_argument("--qemu", default="qemu-system-riscv64")
    parser.add_argument("--isa", default=EVERYTHING,
                        help="instruction set of the harts (default: all that both have)")
    parser.add_argument("--seed", default="1", help="any text; `random` picks one")
    parser.add_argument("--count", type=int, default=300, help="number of programs (default 300)")
    parser.add_argument("--batch", type=int, default=100, help="programs in one image")
    parser.add_argument("--only", type=int, help="run the program with this number alone")
    parser.add_argument("--bus", default="grants",
                        help="ways to reach memory, each compared: grants,direct,pending")
    parser.add_argument("--quantum", type=int, default=997)
    args = parser.parse_args()
    if bool(args.chiplet_vp) == bool(args.cpu_run) or bool(args.chiplet_vp) != bool(args.package):
        parser.error("expected --cpu-run, or --chiplet-vp with --package")
    ours = "--cpu-run %s" % args.cpu_run if args.cpu_run else \
        "--chiplet-vp %s --package %s" % (args.chiplet_vp, args.package)
    if args.seed == "random":
        args.seed = str(random.SystemRandom().randrange(1 << 32))
    indices = [args.only] if args.only is not None else list(range(args.count))
    failures = 0
    with tempfile.TemporaryDirectory() as directory:
        for at in range(0, len(indices), args.batch):
            batch = indices[at:at + args.batch]
            elf = build(directory, args, batch, False)
            expected = on_qemu(args, elf)
            if len(expected) != len(batch):
                sys.exit("QEMU printed %d results for %d programs" % (len(expected), len(batch)))
            for bus in args.bus.split(","):
                results = on_ours(args, elf, bus)
                for position, index in enumerate(batch):
                    if position < len(results) and results[position] == expected[position]:
                        continue
                    failures += 1
                    print("program %d differs (bus %s); again: %s %s --isa %s --seed %s --only %d" %
                          (index, bus, os.path.relpath(__file__), ours, args.isa, args.seed, index))
                    if failures <= 5:
                        show(args, directory, index, bus)
                        elf = build(directory, args, batch, False)
    print("seed %s: %d programs, %d differences" % (args.seed, len(indices), failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
