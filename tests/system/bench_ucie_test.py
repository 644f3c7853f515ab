#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""chiplet-vp bench ucie: results against closed forms, and every kind of wrong input."""

import json

from harness import SystemTest, main

KEYS = [
    "raw_gb_s", "payload_gb_s", "data_gb_s", "efficiency", "latency_one_way_ns", "retries",
    "crc_errors", "flits", "power_w", "power_reverse_w", "transactions_per_host_s",
    "flits_per_host_s",
]


class BenchUcie(SystemTest):
    def bench(self, *args, **kwargs):
        return self.vp("bench", "ucie", *args, **kwargs)

    def result(self, *args):
        return json.loads(self.bench("--json", *args))

    def refused(self, *args, says):
        text = self.bench(*args, expect=2)
        self.assertIn(says, text)
        self.assertNotIn("internal", text)

    def test_json_has_the_keys_and_nothing_else_is_printed(self):
        for fidelity in ("functional", "approximate", "flit"):
            result = self.result("--fidelity", fidelity)
            self.assertEqual(list(result), KEYS)
            absent = [key for key in KEYS if result[key] is None]
            unlimited = ["payload_gb_s", "data_gb_s", "efficiency", "power_w", "power_reverse_w"]
            self.assertEqual(absent, unlimited if fidelity == "functional" else [])
            self.assertGreater(result["transactions_per_host_s"], 1000)
            self.assertGreater(result["flits_per_host_s"], 1000)

    def test_saturated_link(self):
        for fidelity in ("approximate", "flit"):
            result = self.result("--format", "256-latopt-opt", "--fidelity", fidelity)
            self.assertEqual(result["raw_gb_s"], 256)
            self.assertAlmostEqual(result["payload_gb_s"], 250, delta=0.25)
            self.assertAlmostEqual(result["data_gb_s"], 200, delta=0.2)
            self.assertAlmostEqual(result["power_w"], 0.6144, delta=0.0006)
            self.assertEqual(result["flits"], 100000)
            self.assertEqual(result["retries"], 0)

    def test_round_numbers_stay_round(self):
        for fidelity in ("approximate", "flit"):
            result = self.result("--fidelity", fidelity)
            self.assertEqual(result["payload_gb_s"], 240)
            self.assertEqual(result["efficiency"], 1)

    def test_idle_latency(self):
        for fidelity in ("functional", "approximate", "flit"):
            for form, latency in (("68", 6.25), ("256", 18), ("256-latopt", 10)):
                result = self.result(
                    "--module", "S-x8", "--rate", 16, "--outstanding", 1, "--format", form,
                    "--fidelity", fidelity, "--reach", "10 mm", "--flits", 1000)
                self.assertAlmostEqual(result["latency_one_way_ns"], latency + 0.066, delta=0.001)

    def test_errors_cost_what_go_back_n_costs(self):
        for fidelity in ("approximate", "flit"):
            result = self.result("--module", "S-x16", "--rate", 16, "--ber", "1e-5", "--rtt-flits",
                                 16, "--fidelity", fidelity, "--flits", 200000)
            self.assertAlmostEqual(result["efficiency"], 0.751280855, delta=0.015)
            self.assertGreater(result["retries"], 3500)

    def test_what_is_not_known_is_null(self):
        burst = ["--burst", "0.01", "--flits", "20000"]
        self.assertIsNone(self.result(*burst)["undetected_flits"])
        self.assertEqual(self.result(*burst, "--fidelity", "flit")["undetected_flits"], 0)
        nothing_arrives = self.result("--fidelity", "flit", "--flits", "2", "--size", "1048576")
        self.assertIsNone(nothing_arrives["latency_one_way_ns"])

    def test_seed_repeats(self):
        def run(seed):
            result = self.result("--ber", "1e-6", "--fidelity", "flit", "--seed", seed)
            return [result[key] for key in KEYS[:10]]

        self.assertEqual(run(1), run(1))
        self.assertNotEqual(run(1), run(2))

    def test_wrong_input(self):
        self.refused("--module", "S-x32", says="--module: \"S-x32\"; expected S-x8, S-x16")
        self.refused("--modules", 3, says="--modules: expected 1, 2 or 4")
        self.refused("--format", "68", "--rate", 48, says="68 B flits end at 32 GT/s")
        self.refused("--format", "128", says="--format: \"128\"; expected raw, 68")
        self.refused("--rate", 10, says="--rate: expected one of 4, 8")
        self.refused("--rate", "32.5", says="--rate: \"32.5\"; expected 4, 8, 12, 16, 24, 32, 48 or 64")
        self.refused("--stacks", 2, "--format", "raw", says="--stacks: raw flits have no header that tells the stack")
        self.refused("--reach", "30 mm", says="--reach: that of an advanced package is 0 to 2 mm")
        self.refused("--rtt-flits", 1, says="--rtt-flits: 1; expected ")
        self.refused("--rtt-flits", 1000000, says="to 127, half the retry buffer")
        self.refused("--fidelity", "functional", "--ber", "1e-6",
                     says="--ber: functional links have no errors; use approximate or flit")
        self.refused("--ber", 2, says="--ber: 2; expected 0 to ")
        self.refused("--ber", "nan", says="--ber: nan; expected 0 to ")
        self.refused("--ber-reverse", -1, says="--ber-reverse: -1; expected 0 to ")
        self.refused("--ber", "1e-9", "--format", "raw", says="raw flits have no CRC")
        self.refused("--size", 0, says="--size: 0; expected 1 to ")
        self.refused("--flits", 1, says="--flits: 1; expected 2 to ")
        self.refused("--outstanding", 0, says="--outstanding: 0; expected 1 to ")
        self.assertNotIn("outstanding", self.bench("--read-fraction", "nan", expect=2))
        self.refused("--read-fraction", 2, says="--read-fraction: 2; expected 0 to 1")
        self.bench("--fidelity", "cycle", expect=2)
        self.bench("--reach", "far", expect=2)
        self.bench("--flits", "-1", expect=2)


if __name__ == "__main__":
    main()
