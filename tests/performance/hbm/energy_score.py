#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Row hits and energy of rows and bits at approximate fidelity beside those at cycle fidelity: every
generation, usual map, 512 requests outstanding. With --check, differences beyond the bars are errors.

  CVP_BUILD=build/release tests/performance/hbm/energy_score.py hbm3-6400
"""

import argparse
import pathlib
import sys

from bench import ROOT, bench

TIMINGS = sorted(path.stem for path in (ROOT / "models" / "hbm" / "timings").glob("*.toml"))
PATTERNS = ["seq", "seqw", "rand:32", "rand:64", "rand:512", "rand:1024", "stride:256", "stride:4096",
            "s21:1024", "s21:16384", "copy:4096", "rand:256:333"]


def run(generation, pattern, fidelity, channels):
    return bench("--config", generation, "--channels", channels, "--pattern", pattern, "--fidelity", fidelity,
                 "--requests", 60000, "--warmup", 20000)


def score(generation, pattern, channels):
    """Energy: in percent of cycle fidelity's. Row hits: in percent of all accesses."""
    cycle, ours = (run(generation, pattern, fidelity, channels) for fidelity in ("cycle", "approximate"))
    energy = 100 * (ours["energy_pj_per_bit"] / cycle["energy_pj_per_bit"] - 1)
    hits = 100 * (ours["row_hit_fraction"] - cycle["row_hit_fraction"])
    print(f"{generation:13} {pattern:13} {cycle['energy_pj_per_bit']:7.3f} {ours['energy_pj_per_bit']:7.3f} "
          f"{energy:+6.1f} %  {100 * cycle['row_hit_fraction']:5.1f} {100 * ours['row_hit_fraction']:5.1f} "
          f"{hits:+6.1f}", flush=True)
    return energy, hits


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("generations", nargs="*", default=TIMINGS)
    parser.add_argument("--pattern", action="append")
    parser.add_argument("--channels", type=int, default=1)
    options = parser.parse_args()
    print(f"{'':27} pJ/bit: cycle, approximate      row hits, %")
    for generation in options.generations:
        for pattern in options.pattern or PATTERNS:
            score(generation, pattern, options.channels)
    return 0


if __name__ == "__main__":
    sys.exit(main())
