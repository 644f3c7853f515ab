#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A stock Linux kernel from reset to its first program and power-off: host seconds, instructions, MIPS.

Seconds are those of the processor, all threads and the kernel included. With --qemu, Debian's QEMU boots
the same files in the same run. `far` lets the kernel use CXL memory and HBM as well.
"""

import argparse
import gzip
import json
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "performance")]
import speed  # noqa: E402
from initramfs import archive, program  # noqa: E402

INIT = b"#!/bin/busybox sh\n/bin/busybox poweroff -f\n"
APPENDS = {
    "stock": "earlycon=sbi console=ttyS0",
    "lean": "earlycon=sbi console=ttyS0 cryptomgr.notests=1 init_on_alloc=0 lsm=landlock loglevel=6",
}


def processor_seconds(command):
    done = speed.run(command)
    if "reboot: Power down" not in done.output:
        sys.exit(f"error: {' '.join(map(str, command))}\n{done.output[-2000:]}")
    return done.processor


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Example: tests/performance/boot/linux_boot.py --harts 1 2 --qemu")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--images", type=pathlib.Path, default=ROOT / "build" / "images",
                        help="where scripts/fetch-images has put them")
    parser.add_argument("--harts", type=int, nargs="+", default=[1])
    parser.add_argument("--memory", nargs="+", choices=["near", "far"], default=["near", "far"])
    parser.add_argument("--append", nargs="+", choices=APPENDS, default=list(APPENDS))
    parser.add_argument("--qemu", action="store_true", help="boot on qemu-system-riscv64 as well")
    options = parser.parse_args()
    images = options.images
    kernel = ["-kernel", images / "linux" / "Image"]
    bios = images / "opensbi-1.6" / "fw_dynamic.bin"
    print(f"{'harts':>5} {'memory':8}{'append':8}{'seconds':>8}{'M instr':>9}{'MIPS':>7}  simulated s")
    with tempfile.TemporaryDirectory() as scratch:
        initrd = pathlib.Path(scratch) / "initrd"
        initrd.write_bytes((images / "initramfs.gz").read_bytes()
                           + gzip.compress(archive(program("init", INIT)), mtime=0))
        stats = pathlib.Path(scratch) / "stats.json"
        for harts in options.harts:
            for append in options.append:
                arguments = ["-append", APPENDS[append], "-initrd", initrd, *kernel, "-bios", bios]
                for memory in options.memory:
                    # Sv39 leaves HBM out; solo has no CXL memory.
                    machine = ["solo", "--set", "host.cpu.isa=rv64gc"] if memory == "near" else ["duo"]
                    seconds = processor_seconds(
                        [options.build / "bin" / "chiplet-vp", "run", *machine, "--boot", "direct",
                         "--stats", stats, "--set", f"host.cpu.harts={harts}",
                         *("-" + word if isinstance(word, str) and word[0] == "-" else word
                           for word in arguments)])
                    result = json.loads(stats.read_text())
                    instructions = sum(hart["instructions"] for hart in result["harts"]) / 1e6
                    print(f"{harts:5} {memory:8}{append:8}{seconds:8.1f}{instructions:9.0f}"
                          f"{instructions / seconds:7.0f}{result['sim_time_s']:13.2f}", flush=True)
                if options.qemu:
                    seconds = processor_seconds(
                        ["qemu-system-riscv64", "-M", "virt", "-m", "2G", "-smp", str(harts), "-nographic",
                         "-monitor", "none", "-accel", "tcg,thread=single", *arguments])
                    print(f"{harts:5} {'QEMU':8}{append:8}{seconds:8.1f}", flush=True)


if __name__ == "__main__":
    main()
