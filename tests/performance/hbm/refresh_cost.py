#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints what refresh costs of the sequential bandwidth of every generation, in percent of that
without refresh, each on one channel with its usual map. With --check, a refresh of single banks (or
what DDR5 has instead, of banks of one number) that costs more than 3 % is an error.

  CVP_BUILD=build/release tests/performance/hbm/refresh_cost.py ab_q64 pc_q64 approximate
"""

import argparse
import sys

from bench import ROOT, bench, controller_options, held

MODES = ["all-bank", "per-bank", "same-bank"]
# Without refresh a stream loses 0.2 to 0.8 % to its rows, and what refreshes shift in that is worth up
# to 0.2 % either way in runs of this length: pc_q64 of hbm3e-8.0 costs -0.20 %, over 1.6 million
# requests 0.06 %.
BARS = (-0.3, 3.0)
# 64 entries for both pseudo channels of HBM4 hold 32 ns of requests: README.md. Unless told, it has
# pc_q64.
KNOWN = {("ab_q64", "hbm4-8.0"): 3.5}


def efficiency(generation, refresh, controller):
    return bench("--config", generation, "--channels", 1, "--pattern", "seq", "--requests", 100000,
                 "--warmup", 20000, "--refresh", refresh,
                 *controller_options(controller))["efficiency"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("controllers", nargs="*", default=["ab_q64"], metavar="CONTROLLER",
                        help="approximate, or a scheduler at cycle fidelity")
    parser.add_argument("--check", action="store_true", help="fail beyond the bars")
    options = parser.parse_args()
    beyond = []
    for controller in options.controllers:
        print(f"{controller}\n{'':<14}{'none':>9}" + "".join(f"{mode:>11}" for mode in MODES))
        for path in sorted((ROOT / "models" / "hbm" / "timings").glob("*.toml")):
            generation = path.stem
            none = efficiency(generation, "none", controller)
            costs = {mode: 100 * (1 - efficiency(generation, mode, controller) / none)
                     for mode in MODES}
            print(f"{generation:<14}{100 * none:>8.1f}%" +
                  "".join(f"{cost:>10.1f}%" for cost in costs.values()), flush=True)
            most = KNOWN.get((controller, generation), BARS[1])
            for mode in ["per-bank"] + ["same-bank"] * generation.startswith("ddr5"):
                if not BARS[0] <= costs[mode] <= most:
                    beyond.append(f"{controller}, {generation}, {mode}: {costs[mode]:.2f} %; "
                                  f"expected {BARS[0]} to {most} %")
        print()
    return held(beyond, options.check)


if __name__ == "__main__":
    sys.exit(main())
