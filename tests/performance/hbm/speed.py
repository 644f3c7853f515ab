#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How fast the benchmark of a memory runs: requests of 32 B for each second of the processor.

Seconds are those of the whole process. The cases are the saturated patterns of the reference
experiment, on its memory and with its 512 requests outstanding; at approximate fidelity two of them
are sent as transactions of 1024 B too. The bars: the median and the worst of the patterns, 10 and 5
million a second at approximate, 1 and 0.5 million at cycle fidelity, and 30 million in transactions.
"""

import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import score  # noqa: E402
import speed  # noqa: E402

BARS = {"approximate": (10e6, 5e6), "cycle": (1e6, 0.5e6)}  # Median, worst.
LARGE, LARGE_BAR = ["seq", "rand:1024"], 30e6


def saturated_rows():
    """The first row of the reference of each pattern."""
    rows = score.read_rows(score.HERE / "hbm3_ramulator2.csv")
    first = {}
    for row in rows:
        if row["class"].startswith("saturated"):
            first.setdefault(row["pattern"], row)
    return first


def arguments(row, requests, fidelity, *more):
    return ["bench", "hbm", "--json", "--config", row["memory"], "--channels", row["channels"],
            "--map", row["address_map"], "--pattern", row["pattern"],
            "--outstanding", row["outstanding"], "--requests", requests,
            "--warmup", min(20_000, requests // 5), "--fidelity", fidelity, *more]


def main():
    parser = speed.parser(__doc__, "tests/performance/hbm/speed.py --fidelity cycle --check",
                          "tests/performance/hbm/speed.py --requests 1000000 --baseline ../before/chiplet-vp")
    parser.add_argument("--fidelity", nargs="+", choices=list(BARS), default=list(BARS))
    parser.add_argument("--requests", type=speed.positive, default=10_000_000,
                        help="of each case (default %(default)s)")
    options = parser.parse_args()
    rows, missed = saturated_rows(), []

    def measure(title, patterns, fidelity, bar, *more):
        table = speed.Table(title, options, ["requests"])
        for pattern in patterns:
            table.add(pattern, arguments(rows[pattern], options.requests, fidelity, *more),
                      lambda run: [options.requests], [bar])
        return table

    for fidelity in options.fidelity:
        median, worst = BARS[fidelity]
        table = measure(fidelity, rows, fidelity, worst)
        table.hold("median", statistics.median(table.rates("requests")), median)
        missed += table.missed
        if fidelity == "approximate":
            missed += measure("  --transaction 1024", LARGE, fidelity, LARGE_BAR,
                              "--transaction", 1024).missed
    speed.finish(options, missed)


if __name__ == "__main__":
    main()
