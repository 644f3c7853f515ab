#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Row hits and energy of rows and bits at approximate fidelity beside those at cycle fidelity: every
generation, one channel, its usual map, 512 requests outstanding. With --check, differences beyond the
bars are errors.

  CVP_BUILD=build/release tests/performance/hbm/energy_score.py hbm3-6400
"""

import argparse
import sys

from bench import ROOT, bench

TIMINGS = sorted(path.stem for path in (ROOT / "models" / "hbm" / "timings").glob("*.toml"))
PATTERNS = ["seq", "seqw", "rand:32", "rand:64", "rand:512", "rand:1024", "stride:256", "stride:4096",
            "s21:1024", "s21:16384", "copy:4096", "rand:256:333"]
# Energy in percent, row hits in percent of all accesses. Where the fidelities part, they do no further.
BARS, PARTED_BARS = (5, 5), (12, 20)
PARTED = {("ddr5-4800", "s21:1024"), ("gddr6", "s21:1024"), ("gddr6", "stride:4096"),
          ("hbm2", "s21:1024"), ("lpddr5-6400", "rand:512"), ("lpddr5-6400", "rand:1024"),
          ("lpddr5-6400", "s21:1024"), ("lpddr5x-8533", "s21:1024"),
          ("lpddr5-6400", "stride:4096"), ("lpddr5x-8533", "stride:4096")}


def run(generation, pattern, fidelity):
    return bench("--config", generation, "--channels", 1, "--pattern", pattern, "--fidelity", fidelity,
                 "--requests", 60000, "--warmup", 20000)


def score(generation, pattern):
    """Prints a row; whether it keeps its bars."""
    cycle, ours = (run(generation, pattern, fidelity) for fidelity in ("cycle", "approximate"))
    energy = 100 * (ours["energy_pj_per_bit"] / cycle["energy_pj_per_bit"] - 1)
    hits = 100 * (ours["row_hit_fraction"] - cycle["row_hit_fraction"])
    parted = (generation, pattern) in PARTED
    bars = PARTED_BARS if parted else BARS
    good = abs(energy) <= bars[0] and abs(hits) <= bars[1]
    mark = "" if good else "  BEYOND THE BARS"
    print(f"{generation:13} {pattern:13} {cycle['energy_pj_per_bit']:7.3f} {ours['energy_pj_per_bit']:7.3f} "
          f"{energy:+6.1f} %  {100 * cycle['row_hit_fraction']:5.1f} {100 * ours['row_hit_fraction']:5.1f} "
          f"{hits:+6.1f}{'  parted' if parted else ''}{mark}", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("generations", nargs="*", default=TIMINGS)
    parser.add_argument("--pattern", action="append")
    parser.add_argument("--check", action="store_true", help="fail if a row is beyond its bars")
    options = parser.parse_args()
    print(f"{'':27} pJ/bit: cycle, approximate      row hits, %")
    good = [score(generation, pattern) for generation in options.generations
            for pattern in options.pattern or PATTERNS]
    print(f"{sum(good)} of {len(good)} keep their bars")
    return 1 if options.check and not all(good) else 0


if __name__ == "__main__":
    sys.exit(main())
