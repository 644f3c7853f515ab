#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packages whose dies have memory of another kind: they boot, and infer what the reference does."""

import harness


class Memories(harness.SystemTest):
    def infers(self, generation, *, gib, gb_s):
        text = self.vp("infer", "duo", harness.DIGITS, "--input", harness.IMAGES, "--images", 100,
                       "--output", "out", "--append", "reach=off", "--set", f"npu*.hbm0.generation={generation}")
        result = self.stats("out/stats.json")["inference"]
        self.assertEqual(sum(layer["differences"] for layer in result["layers"]), 0, text)
        self.assertEqual(sum(layer["images"] for layer in result["layers"]), 4 * 100, text)
        self.assertGreaterEqual(result["correct"], 95, text)
        self.assertIn("100 images on 2 NPU dies", text)
        print(text)

    def test_ddr5(self):
        self.infers("ddr5-4800", gib=0, gb_s=0)

    def test_lpddr5x(self):
        self.infers("lpddr5x-8533", gib=0, gb_s=0)

    def test_gddr6(self):
        self.infers("gddr6", gib=0, gb_s=0)


if __name__ == "__main__":
    harness.main()
