#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints what refresh costs of the sequential bandwidth of every generation, in percent of that
without refresh, each on one channel with its usual map.

  CVP_BUILD=build/release tests/performance/hbm/refresh_cost.py --fidelity cycle --policy pc_q64
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROGRAM = pathlib.Path(os.environ.get("CVP_BUILD", ROOT / "build" / "release")) / "bin" / "chiplet-vp"
MODES = ["all-bank", "per-bank", "same-bank"]


def efficiency(generation, refresh, options):
    command = [
        PROGRAM, "bench", "hbm", "--json", "--config", generation, "--channels", "1",
        "--pattern", "seq", "--requests", "100000", "--warmup", "20000",
        "--fidelity", options.fidelity, "--policy", options.policy, "--refresh", refresh,
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=600)
    return json.loads(done.stdout)["efficiency"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--fidelity", default="cycle")
    parser.add_argument("--policy", default="ab_q64", help="the controller at cycle fidelity")
    options = parser.parse_args()
    print(f"{options.fidelity} {options.policy}\n{'':<14}{'none':>9}" +
          "".join(f"{mode:>11}" for mode in MODES))
    for path in sorted((ROOT / "models" / "hbm" / "timings").glob("*.toml")):
        none = efficiency(path.stem, "none", options)
        costs = [100 * (1 - efficiency(path.stem, mode, options) / none) for mode in MODES]
        print(f"{path.stem:<14}{100 * none:>8.1f}%" + "".join(f"{cost:>10.1f}%" for cost in costs),
              flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
