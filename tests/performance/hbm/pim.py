#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the GEMV of firmware/tests/hbm_pim_test.c, in one channel and without refreshes, of which one would be
longer than the run, and hbm_gemv, in all of them and over many refresh intervals, and prints the tables of models/hbm/PIM.md. With --write they go there; with --check,
numbers there that are off by more than 7 % are errors.

  CVP_BUILD=build/release tests/performance/hbm/pim.py
"""

import argparse
import json
import re
import subprocess
import sys

from bench import BUILD, ROOT

PAGE = ROOT / "models" / "hbm" / "PIM.md"
HEAD = "| | Time | Bandwidth of W | Energy of accesses | of the whole stack |\n"
HEAD_ALL = "| All channels | Time | Bandwidth of W | Energy of accesses | of the whole stack |\n"
TOLERANCE = 0.07  # A step of the timer is 6 % of the shortest time.
MATRIX_BYTES, PEAK_MB_S = 64 * 1024, 51200  # The peak is one channel's.


def run():
    """What the program prints: ns, MB/s, pJ for accesses, pJ in all; and of the run alone."""
    program = BUILD / "firmware" / "tests" / "hbm_pim_test.elf"
    text = subprocess.run(
        [BUILD / "bin" / "chiplet-vp", "run", "duo", "--firmware", program,
         "--set", "npu0.hbm0.pim=true", "--set", "npu0.hbm0.refresh=none", "--set", "host-npu0.dmi=false"],
        stdout=subprocess.PIPE, check=True, timeout=300, text=True).stdout
    costs = re.findall(r"^  ([\w ,]+): (\d+) ns, (\d+) MB/s of W, (\d+) pJ for accesses, "
                       r"(\d+) pJ in all$", text, re.MULTILINE)
    alone = re.search(r"of that the run: (\d+) ns for (\d+) commands", text)
    x = re.search(r"(\d+) ns for (\d+) bursts of x", text)
    return ({name: [int(n) for n in numbers] for name, *numbers in costs},
            [int(n) for n in alone.groups()], int(x[1]) / int(x[2]))


def run_all():
    """What hbm_gemv finds; an error if a result differs."""
    return json.loads(subprocess.run([BUILD / "tests" / "performance" / "hbm" / "hbm_gemv"],
                                     stdout=subprocess.PIPE, check=True, timeout=300, text=True).stdout)


def table(costs, alone):
    def row(what, cost, behind=""):
        ns, mb_s, access, whole = cost
        time = f"{ns * 1e-3:.0f}" if ns > 1e5 else f"{ns * 1e-3:.3g}"
        whole = f"{whole * 1e-6:.0f}" if whole > 1e8 else f"{whole * 1e-6:.1f}"
        return (f"| {what} | {time} us | {mb_s * 1e-3:.3g} GB/s{behind} | {access * 1e-6:.2f} uJ | "
                f"{whole} uJ |\n")

    again, (ns, commands) = costs["DMA again and again"], alone
    return (
        HEAD + "| --- | --- | --- | --- | --- |\n" +
        row("hart over the link, 8-byte loads, no grants (a load takes a burst)", costs["hart"]) +
        row("DMA of the NPU beside the stack, to its scratchpad, 512-byte runs, again and again",
            again, f", {100 * again[1] / PEAK_MB_S:.0f} % of the channel's peak") +
        row("the same once, with submission, fetch of the program and interrupt",
            costs["DMA once, with its submission"]) +
        row("units, with loading x and the program over the link",
            costs["units, with x and the program"]) +
        f"| units, the run alone: {commands} commands | {ns * 1e-3:.2f} us | {MATRIX_BYTES / ns:.0f} GB/s "
        "| | |\n")


def table_all(gemv, ns_a_burst_of_x):
    """Of an x whose bursts take as long as in the other table."""
    matrix_bytes = 2 * gemv["outputs"] * gemv["columns"]
    x_ns = ns_a_burst_of_x * gemv["columns"] / 16

    def row(what, cost, more_ns=0):
        ns = cost["ns"] + more_ns
        return (f"| {what} | {ns * 1e-3:.1f} us | {matrix_bytes / ns:.0f} GB/s | "
                f"{cost['access_pj'] * 1e-6:.0f} uJ | {cost['pj'] * 1e-6:.0f} uJ |\n")

    units = gemv["units"]
    return (HEAD_ALL + "| --- | --- | --- | --- | --- |\n" +
            row("a reader of all of W, 512 bursts a channel outstanding", gemv["reader"]) +
            row(f"units, the run alone: {units['commands']} commands, "
                f"{int(units['ns'] / gemv['refi_ns'])} refreshes", units) +
            row("the same without refreshes", gemv["units_without_refresh"]) +
            f"| units, with loading x over the link, {ns_a_burst_of_x:.0f} ns a burst | "
            f"{(units['ns'] + x_ns) * 1e-3:.0f} us | {matrix_bytes / (units['ns'] + x_ns):.0f} GB/s | | |\n")


def written(text, head):
    start = text.index(head)
    return text[start:text.index("\n\n", start) + 1]


def differences(old, new):
    """Pairs of lines of which a number differs by more than the tolerance."""
    def numbers(line):
        return [float(n) for n in re.findall(r"\d+(?:\.\d+)?", line)]

    for was, now in zip(old.splitlines(), new.splitlines(), strict=True):
        a, b = numbers(was), numbers(now)
        if len(a) != len(b) or any(abs(x - y) > TOLERANCE * y for x, y in zip(a, b)):
            yield was, now


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--write", action="store_true", help="put the table into the page")
    parser.add_argument("--check", action="store_true", help="fail if the page is off")
    options = parser.parse_args()
    text, off = PAGE.read_text(encoding="utf-8"), []
    costs, alone, ns_a_burst_of_x = run()
    for head, new in ((HEAD, table(costs, alone)), (HEAD_ALL, table_all(run_all(), ns_a_burst_of_x))):
        old = written(text, head)
        print(new)
        if options.check:
            off += differences(old, new)
        text = text.replace(old, new)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    for was, now in off:
        print(f"{PAGE.relative_to(ROOT)}: {was}\nmeasured: {now}\nrun {__file__} --write",
              file=sys.stderr)
    return 1 if off else 0


if __name__ == "__main__":
    sys.exit(main())
