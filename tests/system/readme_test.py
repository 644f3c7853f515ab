#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The README's output block is what the main job prints."""

import sys

import harness

sys.path.insert(0, str(harness.SOURCE / "scripts"))
import refresh_readme  # noqa: E402


class Readme(harness.SystemTest):
    def test_main_job(self):
        # The commands of scripts/demo that the first block is of.
        log = self.vp("infer", "duo", harness.DIGITS, "--input", harness.IMAGES, "--images", 500,
                      "--both-images", 100, "--output", "build/demo/duo")
        first_block = refresh_readme.README.read_text().split("\n```\n\nThe same firmware")[0]
        self.assertEqual(refresh_readme.refresh(first_block, log)[1], [])

    def test_a_stale_line_is_found(self):
        readme = "```text\none 1.00 s\n[...]\ntwo 3\n```\none 5 s\n"
        self.assertEqual(refresh_readme.refresh(readme, "one 1.01 s\nmore\ntwo 3\n")[1], [])
        self.assertEqual(len(refresh_readme.refresh(readme, "one 1.10 s\ntwo 4\n")[1]), 2)
        new, wrong = refresh_readme.refresh(readme, "two 3\none 2 s\n")
        self.assertIn("README.md:4: not in the run: two 3", wrong[-1])
        self.assertEqual(new, readme.replace("1.00", "2"))


if __name__ == "__main__":
    harness.main()
