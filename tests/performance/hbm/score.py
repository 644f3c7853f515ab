#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every row of the reference experiment with `chiplet-vp bench hbm` and prints our value, the
reference and the difference, then a summary. With --check, differences beyond the project's bars
are errors.

  CVP_BUILD=build/release tests/performance/hbm/score.py --fidelity approximate
"""

import argparse
import csv
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("CVP_BUILD", HERE.parents[2] / "build" / "release"))
CONFIGS = {"hbm3": "hbm3-6400"}
# By class of rows: what is compared, and (median, worst) in percent for each fidelity.
BARS = {
    "saturated reads": ("efficiency", {"cycle": (0.5, 0.5), "approximate": (5, 10)}),
    "saturated writes and mixes": ("efficiency", {"cycle": (0.5, 0.5), "approximate": (10, 15)}),
    "open loop up to 0.6 of saturation": ("latency_avg_ns", {"cycle": (1, 1), "approximate": (10, 10)}),
    "open loop above": ("latency_avg_ns", {}),
    "idle": ("latency_avg_ns", {"cycle": (0.3, 0.3), "approximate": (0.3, 0.3)}),
}


def read_rows(path):
    with open(path, encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    saturated = {
        (row["address_map"], row["pattern"]): float(row["efficiency"])
        for row in rows
        if float(row["offered_fraction_of_peak"]) == 0 and row["controller"] == "ab_q64"
    }
    for row in rows:
        row["class"] = class_of(row, saturated)
    return rows


def class_of(row, saturated):
    offered = float(row["offered_fraction_of_peak"])
    if row["controller"].endswith("idle"):
        return "idle"
    if offered > 0:
        most = saturated.get((row["address_map"], row["pattern"]), 1)
        return "open loop up to 0.6 of saturation" if offered <= 0.6 * most else "open loop above"
    name, *numbers = row["pattern"].split(":")
    writes = name in ("seqw", "s21", "copy") or (name == "rand" and len(numbers) > 1)
    return "saturated writes and mixes" if writes else "saturated reads"


def warm_up(row):
    if row["controller"].endswith("idle"):
        return 100
    if int(row["channels"]) > 1:
        return 100000
    shorter = float(row["offered_fraction_of_peak"]) > 0 or row["pattern"].startswith("stride")
    return 10000 if shorter else 20000


def run(row, fidelity):
    command = [
        BUILD / "bin" / "chiplet-vp", "bench", "hbm", "--json",
        "--config", CONFIGS[row["memory"]], "--channels", row["channels"],
        "--map", row["address_map"], "--pattern", row["pattern"],
        "--requests", row["requests"], "--warmup", str(warm_up(row)),
        "--outstanding", row["outstanding"], "--offered", row["offered_fraction_of_peak"],
        "--refresh", "all-bank" if row["controller"].startswith("ab") else "none",
        "--fidelity", fidelity,
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=600)
    return json.loads(done.stdout)


def percent(ours, reference):
    return 100 * (ours / reference - 1) if reference else 0.0


def score(rows, fidelity, out=sys.stdout):
    """Prints all rows; returns the differences by class."""
    print(f"{fidelity}\n{'pattern':<14} {'refr.':<5} {'load':>4} |{'eff %':>7}{'ref.':>7}{'diff':>8} |"
          f"{'avg ns':>8}{'ref.':>8}{'diff':>8} |{'p50 ns':>8}{'ref.':>8} |{'p99 ns':>8}{'ref.':>8} |"
          f"{'M/s':>6}", file=out)
    differences = {}
    for row in rows:
        ours = run(row, fidelity)
        reference = {
            "efficiency": float(row["efficiency"]),
            "latency_avg_ns": float(row["read_latency_avg_ns"]),
        }
        diff = {key: percent(ours[key], reference[key]) for key in reference}
        refresh = "on" if row["controller"].startswith("ab") else "off"
        print(f"{row['pattern']:<14} {refresh:<5} {float(row['offered_fraction_of_peak']):4.2f} |"
              f"{100 * ours['efficiency']:7.2f}{100 * reference['efficiency']:7.2f}"
              f"{diff['efficiency']:+7.1f}% |"
              f"{ours['latency_avg_ns']:8.1f}{reference['latency_avg_ns']:8.1f}"
              f"{diff['latency_avg_ns']:+7.1f}% |"
              f"{ours['latency_p50_ns']:8.1f}{float(row['read_latency_p50_ns']):8.1f} |"
              f"{ours['latency_p99_ns']:8.1f}{float(row['read_latency_p99_ns']):8.1f} |"
              f"{ours['requests_per_host_s'] * 1e-6:6.2f}", file=out, flush=True)
        differences.setdefault(row["class"], []).append(abs(diff[BARS[row["class"]][0]]))
    return differences


def summarise(differences, fidelity):
    """Prints medians and worst cases; returns what is beyond its bar."""
    beyond = []
    for name, (key, bars) in BARS.items():
        if name not in differences:
            continue
        median, worst = statistics.median(differences[name]), max(differences[name])
        bar = bars.get(fidelity)
        text = f"{name}: {key} {median:.2f} % median, {worst:.2f} % worst"
        print(text + (f"; bars {bar[0]} and {bar[1]} %" if bar else ""))
        if bar and (median > bar[0] or worst > bar[1]):
            beyond.append(f"{fidelity}, {text}")
    return beyond


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--csv", default=HERE / "hbm3_ramulator2.csv")
    parser.add_argument("--fidelity", action="append", help="default: approximate")
    parser.add_argument("--check", action="store_true", help="fail beyond the bars")
    options = parser.parse_args()
    rows = read_rows(options.csv)
    beyond = []
    for fidelity in options.fidelity or ["approximate"]:
        beyond += summarise(score(rows, fidelity), fidelity)
        print()
    for line in beyond if options.check else []:
        print(f"beyond the bar: {line}", file=sys.stderr)
    return 1 if options.check and beyond else 0


if __name__ == "__main__":
    sys.exit(main())
