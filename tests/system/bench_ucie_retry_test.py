#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""chiplet-vp bench ucie: what bit errors cost against go-back-N in closed form, every row by arithmetic.

Transactions, both ports and the way back are in it; the link layers alone are in tests/performance/ucie/retry_test.cpp.
"""

import itertools
import json

from harness import SystemTest, main

FLITS = 1_000_000


def go_back_n(ber, flit_bytes, slots):
    """Share of the slots that deliver: a damaged flit costs `slots`, itself included."""
    damaged = 1 - (1 - ber) ** (8 * flit_bytes)
    return (1 - damaged) / (1 - damaged + damaged * slots)


class BenchUcieRetry(SystemTest):
    def efficiency(self, ber, flit_bytes, slots, fidelity, flits=FLITS):
        text = self.vp("bench", "ucie", "--module", "S-x16", "--rate", 16, "--format", flit_bytes, "--ber", ber,
                       "--rtt-flits", slots, "--fidelity", fidelity, "--flits", flits, "--json")
        result = json.loads(text)
        self.assertEqual(result["flits"], flits)
        return result["efficiency"]

    def check_rows(self, fidelity, round_trips):
        for ber, flit_bytes, slots in itertools.product(("1e-7", "1e-6", "1e-5"), (68, 256), round_trips):
            with self.subTest(f"{ber} {flit_bytes} B {slots} slots, {fidelity}"):
                expected = go_back_n(float(ber), flit_bytes, slots)
                found = self.efficiency(ber, flit_bytes, slots, fidelity)
                self.assertAlmostEqual(found / expected, 1, delta=0.02)

    def test_by_arithmetic(self):
        self.check_rows("approximate", (4, 16, 64))

    def test_flit_by_flit(self):
        self.check_rows("flit", (16,))  # A million flits take a second and more.


if __name__ == "__main__":
    main()
