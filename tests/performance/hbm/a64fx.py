#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the latency of one HBM2 channel under load beside what Mess measured on an A64FX, and its
bandwidth at saturation. One adder is fitted, to the idle latency. With --check, differences beyond
the project's bars are errors: 15 % at 25 and 48 % of the peak, saturation from 85 to 97 %.

  CVP_BUILD=build/release tests/performance/hbm/a64fx.py ab_q64 approximate
"""

import argparse
import sys

from bench import bench, controller_options, held

# Mess data, a64fx-hbm2, read only: ns by load, a fraction of the peak of 1024 GB/s; 942 GB/s best.
IDLE, MEASURED, SATURATION = 112, {0.25: 119, 0.48: 128, 0.81: 157, 0.91: 181}, 942 / 1024
BARRED, LATENCY_BAR, SATURATION_BARS = (0.25, 0.48), 0.15, (0.85, 0.97)


def measure(controller, refresh):
    """The adder and the latency at each load in ns, and the efficiency at saturation."""
    def run(*load):
        return bench("--config", "hbm2", "--channels", 1, "--map", "p1g2c3b2c2r14y", "--pattern",
                     "rand:4096", "--refresh", refresh, *controller_options(controller), *load)

    adder = IDLE - run("--outstanding", 1)["latency_avg_ns"]
    latencies = {load: adder + run("--offered", load)["latency_avg_ns"] for load in MEASURED}
    return adder, latencies, run()["efficiency"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("controllers", nargs="*", default=["ab_q64", "approximate"],
                        metavar="CONTROLLER", help="approximate, or a scheduler at cycle fidelity")
    parser.add_argument("--refresh", default="per-bank")
    parser.add_argument("--check", action="store_true", help="fail beyond the bars")
    options = parser.parse_args()
    beyond = []

    def row(name, adder, latencies, saturation):
        print(f"{name:<16}{adder:>8}" + "".join(
            f"{latency:>8.1f}{100 * (latency / MEASURED[load] - 1):>+6.1f}%"
            for load, latency in latencies.items()) + f"{100 * saturation:>11.1f}%", flush=True)

    print(f"{'ns':<16}{'adder':>8}" + "".join(f"{100 * load:>13.0f} %" for load in MEASURED) +
          f"{'saturation':>12}")
    row("measured", "", MEASURED, SATURATION)
    for controller in options.controllers:
        adder, latencies, saturation = measure(controller, options.refresh)
        row(controller, f"{adder:.1f}", latencies, saturation)
        for load in BARRED:
            error = latencies[load] / MEASURED[load] - 1
            if abs(error) > LATENCY_BAR:
                beyond.append(f"{controller}, {100 * load:.0f} %: {100 * error:+.1f} %")
        if not SATURATION_BARS[0] <= saturation <= SATURATION_BARS[1]:
            beyond.append(f"{controller}, saturation: {100 * saturation:.1f} %")
    return held(beyond, options.check)


if __name__ == "__main__":
    sys.exit(main())
