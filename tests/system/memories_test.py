#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packages whose NPU dies have memory of another kind: the firmware trains and tests it, and the network
gives what the reference does, whatever the fidelity of the memory."""

import harness


class Memories(harness.SystemTest):
    def infers(self, generation, found):
        for fidelity in ("functional", "approximate", "cycle"):
            with self.subTest(fidelity):
                text = self.vp("infer", "duo", harness.DIGITS, "--input", harness.IMAGES, "--images", 100,
                               "--output", "out", "--append", "reach=off",
                               "--set", f"npu*.hbm0.generation={generation}",
                               "--set", f"npu*.hbm0.fidelity={fidelity}")
                result = self.stats("out/stats.json")["inference"]
                self.assertEqual(sum(layer["differences"] for layer in result["layers"]), 0, text)
                self.assertEqual(sum(layer["images"] for layer in result["layers"]), 4 * 100, text)
                self.assertEqual(result["correct"], 99, text)
                for die in ("npu0", "npu1"):
                    self.assertIn(f"hbm {die}.hbm0: {found}\n", text)
                self.assertEqual(text.count("at each end passed"), 3, text)  # And the expander's.
                self.assertIn("equal to the compiler's plan on every link and memory", text)
                self.assertIn("100 images on 2 NPU dies", text)

    def test_ddr5(self):
        self.infers("ddr5-4800", "32 GiB, 2 channels x 1 pseudo channels at 4800 MT/s")

    def test_lpddr5x(self):
        self.infers("lpddr5x-8533", "8 GiB, 4 channels x 1 pseudo channels at 8533 MT/s")

    def test_gddr6(self):
        self.infers("gddr6", "1 GiB, 2 channels x 1 pseudo channels at 14000 MT/s")


if __name__ == "__main__":
    harness.main()
