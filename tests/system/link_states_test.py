#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The statistics of a link tell how long firmware has left it in each state."""

import harness

TEST = harness.BUILD / "firmware" / "tests" / "ucie_test.elf"
ASLEEP_S = 1e-3  # In L2; firmware/tests/ucie_test.c.


class LinkStates(harness.SystemTest):
    def test_residency(self):
        for fidelity in ("approximate", "flit"):
            with self.subTest(fidelity):
                text = self.vp("run", "duo", "--firmware", TEST, "--stats", "stats.json", f"--set=*-*.fidelity={fidelity}")
                self.assertEqual(text.count("slept in L2, was trained, and lost nothing"), 2)
                stats = self.stats("stats.json")
                ways = {way["from"]: way["residency_s"] for link in stats["links"] if link["type"] == "ucie"
                        for way in link["directions"]}
                for states in ways.values():
                    self.assertAlmostEqual(sum(states.values()), stats["sim_time_s"], delta=1e-9)
                for port in (0, 1):
                    here, there = ways[f"host.d2d{port}"], ways[f"npu{port}.d2d0"]
                    self.assertAlmostEqual(here["L2"], ASLEEP_S, delta=10e-6)
                    # The other end hears of it when the RESET of the end that wakes has lasted 4 ms.
                    self.assertAlmostEqual(there["L2"], ASLEEP_S + 4e-3, delta=10e-6)
                    for states in (here, there):
                        self.assertGreater(states["L1"], 0)
                        self.assertGreater(states["PHYRETRAIN"], 0)
                for states in (ways["npu0.d2d1"], ways["npu1.d2d1"]):
                    self.assertNotIn("L2", states)


if __name__ == "__main__":
    harness.main()
