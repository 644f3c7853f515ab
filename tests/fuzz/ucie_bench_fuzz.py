#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Any options are refused or run by `bench ucie`, never a crash; what runs keeps its limits, and the
arithmetic agrees with the flits. More: CVP_FUZZ_SEEDS=1000."""

import os
import random

import bench_survival
from bench_survival import harness

ROUNDS = int(os.environ.get("CVP_FUZZ_SEEDS", "60"))
SHAPES = {
    "--module": ["S-x8", "S-x16", "A-x32", "A-x64"],
    "--modules": [1, 2, 4],
    "--rate": [4, 8, 12, 16, 24, 32, 48, 64],
    "--format": ["raw", "68", "256", "256-latopt", "256-latopt-opt"],
    "--protocol": ["streaming", "pcie", "cxl"],
    "--stacks": [1, 2],
    "--reach": ["0", "0.3 mm", "2mm"],
    "--read-fraction": [0, 0.3, 0.5, 1],
    "--size": [1, 15, 64, 100, 4096],
    "--seed": [0, 1, (1 << 64) - 1],
}
LOADS = {
    "--outstanding": [1, 2, 7, 100, 1 << 20],
    "--ber": [0, "1e-15", "1e-6", "1e-4", "1e-3"],
    "--ber-reverse": [0, "1e-6", "1e-4"],
    "--ber-lane": ["data:0=1e-6", "data:7=1e-4", "data:40=1e-3"],
    "--burst": [0, "1e-4", "1e-2"],
    "--burst-bits": [1, 16, 512],
    "--rtt-flits": [2, 4, 16, 64, 127, 1000],
    "--fidelity": ["functional", "approximate", "flit"],
}
WRONG = ["", "-1", "0", "3", "nan", "inf", "1e99", "99999999999999999999", "x", "68 B", "A-x16"]


class UcieBenchFuzz(bench_survival.BenchFuzz):
    def runs(self, options):
        """The result, or None where the options were refused."""
        args = [str(word) for option in options.items() for word in option]
        result = self.survives("ucie", *args)
        if result is None:
            return None
        if options.get("--fidelity") != "functional":
            self.assertLessEqual(result["efficiency"], 1.0001, args)
            self.assertLessEqual(result["data_gb_s"], result["payload_gb_s"], args)
        return result

    def draw(self, rng, *tables):
        options = {"--flits": rng.choice([2, 3, 100, 3000])}
        for table in tables:
            for name, values in table.items():
                if rng.random() < 0.6:
                    options[name] = rng.choice(values)
        return options

    def test_any_options(self):
        rng = random.Random(20261121)
        for number in range(ROUNDS):
            options = self.draw(rng, SHAPES, LOADS)
            if rng.random() < 0.3:
                options[rng.choice([*SHAPES, *LOADS, "--flits"])] = rng.choice(WRONG)
            with self.subTest(number):
                self.runs(options)

    def test_engines_agree(self):
        rng = random.Random(20261122)
        for number in range(ROUNDS):
            options = self.draw(rng, SHAPES) | {"--flits": 5000}
            with self.subTest(number):
                results = [self.runs(options | {"--fidelity": fidelity})
                           for fidelity in ("approximate", "flit")]
                if None in results:
                    self.assertEqual(results, [None, None])
                    continue
                for key in ("payload_gb_s", "data_gb_s", "latency_one_way_ns"):
                    one, two = (result[key] for result in results)
                    # What models/ucie/FLITS.md promises: saturated, without errors.
                    self.assertAlmostEqual(one, two, delta=0.005 * two, msg=f"{options} {key}")


if __name__ == "__main__":
    harness.main()
