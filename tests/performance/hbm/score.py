#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every row of the reference experiment with `chiplet-vp bench hbm` and prints our value, the
reference and the difference, then a summary. With --check, differences beyond the project's bars
are errors.

  CVP_BUILD=build/release tests/performance/hbm/score.py --fidelity approximate
"""

import argparse
import csv
import pathlib
import re
import statistics
import sys

from bench import bench, held

HERE = pathlib.Path(__file__).resolve().parent
REFRESHES = {"ab": "all-bank", "pb": "per-bank", "sb": "same-bank", "none": "none"}
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
    saturated = {experiment(row): float(row["efficiency"]) for row in rows
                 if float(row["offered_fraction_of_peak"]) == 0}
    for row in rows:
        row["class"] = class_of(row, saturated)
    return rows


def experiment(row):
    """What a row of an open loop has in common with that of its saturation."""
    return tuple(row[key] for key in ("memory", "channels", "address_map", "controller", "pattern"))


def class_of(row, saturated):
    offered = float(row["offered_fraction_of_peak"])
    if row["controller"].endswith("idle"):
        return "idle"
    if offered > 0:
        most = saturated.get(experiment(row), 1)
        return "open loop up to 0.6 of saturation" if offered <= 0.6 * most else "open loop above"
    name, *numbers = row["pattern"].split(":")
    writes = name in ("seqw", "s21", "copy") or (name == "rand" and numbers[1:] not in ([], ["0"]))
    return "saturated writes and mixes" if writes else "saturated reads"


def warm_up(row):
    if row["controller"].endswith("idle"):
        return 100
    if int(row["channels"]) > 1:
        return 100000
    shorter = float(row["offered_fraction_of_peak"]) > 0 or row["pattern"].startswith("stride")
    return 10000 if shorter else 20000


def controller_options(name):
    """Of `ab_q32`: which refresh, and how many entries each queue has; `none_idle` has 64."""
    parts = re.fullmatch(r"([a-z]+)_(?:q(\d+)|idle)", name)
    if not parts or parts[1] not in REFRESHES:
        sys.exit(f'error: controller "{name}" is unknown; expected {", ".join(REFRESHES)} with _q and '
                 "the entries of a queue, or _idle")
    entries = parts[2] or "64"
    return ["--refresh", REFRESHES[parts[1]], "--read-queue", entries, "--write-queue", entries]


def run(row, fidelity):
    return bench("--config", row["memory"], "--channels", row["channels"],
                 "--map", row["address_map"], "--pattern", row["pattern"],
                 "--requests", row["requests"], "--warmup", warm_up(row),
                 "--outstanding", row["outstanding"], "--offered", row["offered_fraction_of_peak"],
                 "--fidelity", fidelity, *controller_options(row["controller"]))


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
        refresh = "off" if row["controller"].startswith("none") else "on"
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
    return held(beyond, options.check)


if __name__ == "__main__":
    sys.exit(main())
