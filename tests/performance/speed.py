# SPDX-License-Identifier: Apache-2.0
"""How fast programs run on the host: what the measurements in these folders share.

A command's time is that of the processor, all its threads included, so that other work on the machine
disturbs little. Of several runs the best counts; where two programs are compared they run in turn.

    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
    import speed

    parser = speed.parser(__doc__, "tests/performance/hbm/speed.py --requests 1000000")
    parser.add_argument("--requests", type=int, default=10_000_000, help="of each case (default %(default)s)")
    options = parser.parse_args()
    table = speed.Table("approximate", options, ["bursts"])
    for pattern in patterns:
        arguments = ["bench", "hbm", "--json", "--pattern", pattern, "--requests", options.requests]
        table.add(pattern, arguments, lambda run: [options.requests], bars=[5e6])
    table.hold("median", statistics.median(table.rates("bursts")), 10e6)
    speed.finish(options, table.missed)  # With --check: exit code 1 if a bar was missed.
"""

import argparse
import dataclasses
import os
import pathlib
import resource
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass
class Run:
    user: float  # Seconds of the processor in the program,
    system: float  # and in the kernel for it.
    wall: float
    output: str

    @property
    def processor(self):
        return self.user + self.system


def run(command, timeout=1800):
    """Runs a command that has no input; ends this program with what it has said if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.monotonic()
    try:
        done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=timeout, check=False)
    except OSError as error:
        sys.exit(f"error: {command[0]}: {error.strerror}")
    except subprocess.TimeoutExpired:
        sys.exit(f"error: {' '.join(map(str, command))}: not done after {timeout} s")
    wall = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, command))}: exit code {done.returncode}\n"
                 f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return Run(after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime, wall, done.stdout)


def best(commands, repeat):
    """The run of each command that took the least time in the program, of so many taken in turn."""
    rounds = [[run(command) for command in commands] for _ in range(repeat)]
    return [min(runs, key=lambda each: each.user) for runs in zip(*rounds)]


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}; expected 1 or more")
    return number


def parser(description, *examples):
    """Of a program that prints a Table; it adds its own options."""
    made = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n  ".join(["Examples:", *examples]))
    build = pathlib.Path(os.environ.get("CVP_BUILD", ROOT / "build" / "release"))
    made.add_argument("--program", type=pathlib.Path, default=build / "bin" / "chiplet-vp",
                      help="that is measured (default: bin/chiplet-vp of the build in CVP_BUILD, or "
                           "of build/release)")
    made.add_argument("--baseline", type=pathlib.Path, metavar="PROGRAM",
                      help="another build, which runs in turn with it")
    made.add_argument("--repeat", type=positive, default=3, help="runs of each case (default 3)")
    made.add_argument("--check", action="store_true", help="exit code 1 if a bar is missed")
    return made


class Table:
    """Prints a row a case: millions a second of each kind, each beside its bar, and how often as fast
    as the baseline it is."""

    def __init__(self, title, options, kinds, width=24):
        """`kinds` are what is counted, in the plural; `width` is that of the longest name."""
        self.title, self.options, self.kinds, self.width = title, options, kinds, width
        self.all_rates, self.missed = [], []
        heads = "".join(f"{'M ' + kind + '/s':>20}{'bar':>6}" for kind in kinds)
        print(f"{title:{width}}{heads}" + (f"{'x baseline':>12}" if options.baseline else ""),
              flush=True)

    def add(self, name, arguments, count, bars=()):
        """Measures `arguments` behind the program's name. `count(run)` tells how many of each kind
        a run has done. `bars` are rates a second in the order of the kinds; None: there is none."""
        programs = [self.options.program, *filter(None, [self.options.baseline])]
        runs = best([[program, *arguments] for program in programs], self.options.repeat)
        if min(each.user for each in runs) == 0:
            sys.exit(f"error: {name}: too short to measure; expected a longer run")
        rates = [number / runs[0].user for number in count(runs[0])]
        bars = [*bars, *[None] * (len(rates) - len(bars))]
        self.all_rates.append(rates)
        line = f"{name:{self.width}}"
        for kind, rate, bar in zip(self.kinds, rates, bars):
            line += f"{rate / 1e6:20.2f}{'' if bar is None else format(bar / 1e6, 'g'):>6}"
            self.miss(name, rate, bar)
        if self.options.baseline:
            line += f"{runs[1].user / runs[0].user:12.2f}"
        print(line, flush=True)

    def rates(self, kind):
        """Of all cases so far, a second."""
        return [rates[self.kinds.index(kind)] for rates in self.all_rates]

    def hold(self, what, rate, bar):
        """Something of all cases has a bar too."""
        print(f"{what:{self.width}}{rate / 1e6:20.2f}{bar / 1e6:>6g}")
        self.miss(what, rate, bar)

    def miss(self, what, rate, bar):
        if bar is not None and rate < bar:
            self.missed.append(f"{self.title}, {what}: {rate / 1e6:.2f} M/s, bar {bar / 1e6:g}")


def finish(options, missed):
    for line in missed:
        print(f"missed: {line}")
    if missed and options.check:
        sys.exit(1)
