#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How fast the benchmark of a link runs: transactions and flits for each second of the processor.

Seconds are those of the whole process. Flits are those of both directions, of every kind, each with
its bytes, CRC and sequence number. The cost of a transaction by arithmetic should not depend on its
bytes. The bars: 2 million flits a second flit by flit, 3 million transactions a second by arithmetic.
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import speed  # noqa: E402

FORMATS = ["68", "256", "256-latopt", "256-latopt-opt"]
KINDS = {"approximate": ["transactions"], "flit": ["flits", "transactions"]}
BARS = {"approximate": [3e6], "flit": [2e6]}


def cases(fidelity, flits):
    """Name and options of each."""
    for reads in [0, 0.5, 1]:
        if fidelity == "flit":
            for name in FORMATS:
                yield f"{name}, {reads:g} reads", ["--format", name, "--read-fraction", reads, "--flits", flits]
        else:
            for size in [4, 64, 1024, 16384]:  # Of about as many transactions; requests to read are short.
                many = max(1, round(size * (1 - reads) / 64))
                yield (f"{size} B, {reads:g} reads",
                       ["--size", size, "--read-fraction", reads, "--flits", flits * many])


def count(kinds):
    """The program tells rates of its own clock, which is that of the wall; its start is in ours too,
    some milliseconds."""
    def of(run):
        result = json.loads(run.output)
        return [result[f"{kind}_per_host_s"] * run.wall for kind in kinds]
    return of


def main():
    parser = speed.parser(__doc__, "tests/performance/ucie/speed.py --fidelity flit --check",
                          "tests/performance/ucie/speed.py --flits 1000000 --baseline ../before/chiplet-vp")
    parser.add_argument("--fidelity", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--flits", type=speed.positive, default=10_000_000,
                        help="towards the target, of each case; of writes of more than 64 B by "
                             "arithmetic as many times more (default %(default)s)")
    options = parser.parse_args()
    missed = []
    for fidelity in options.fidelity:
        table = speed.Table(fidelity, options, KINDS[fidelity])
        for name, arguments in cases(fidelity, options.flits):
            table.add(name, ["bench", "ucie", "--json", "--fidelity", fidelity, *arguments],
                      count(KINDS[fidelity]), BARS[fidelity])
        missed += table.missed
    speed.finish(options, missed)


if __name__ == "__main__":
    main()
