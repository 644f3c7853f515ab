#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Timing files of users, in chiplet-vp bench hbm and in packages, and those that no memory can keep."""

import re

from bench_hbm import TIMINGS, BenchHbm
from harness import BUILD, SOURCE, main

# What no memory can do: a line of a timing file, what it becomes, what is said of it.
IMPOSSIBLE = [
    ("rc = 72", "rc = 70", "timing.rc: 70 clocks is impossible; expected 71 or more, ras + rp"),
    ("faw = 24", "faw = 3", "timing.faw: 3 clocks is impossible; expected "),
    ("ccd_l = 4", "ccd_l = 1", "timing.ccd_l: 1 clocks is impossible; expected "),
    ("refi = 6240", "refi = 1262", "refresh.rfc: all_bank takes 560 clocks; with a row cycle, rc, of 72 "
     "expected 631 or fewer"),
    ("cl = 20", "cls = 20", "timing.cls: unknown key"),
    ('clock = "1600 MHz"', 'policy = "best"\nclock = "1600 MHz"',
     'my.toml:7: policy: "best" is unknown; expected one of ab_q64, '),
    ('clock = "1600 MHz"', 'policy = "fr_fcfs"\nclock = "1600 MHz"',
     'its policy: "fr_fcfs" is one of cycle fidelity; expected one of ab_q64, '),
]


class BenchHbmTimings(BenchHbm):
    def test_file_of_a_user_is_a_generation(self):
        good = (TIMINGS / "hbm3-6400.toml").read_text()
        self.write("my.toml", good)
        one = self.result("--pattern", "seq", "--config", "my.toml")
        self.assertAlmostEqual(one["efficiency"], self.result("--pattern", "seq")["efficiency"])
        self.write("my.toml", good.replace("rc = 72", "rc = 70").replace("cl = 20", "cls = 20"))
        self.refused("--config", "my.toml", says="timing.cl: is missing")
        self.refused("--config", "my.toml", says="timing.cls: unknown key")
        self.write("my.toml", good.replace("rc = 72", "rc = 70"))
        line = 1 + good[: good.index("rc = 72")].count("\n")
        self.refused("--config", "my.toml", says=f"--config: my.toml:{line}: timing.rc: 70 clocks")

    def test_impossible_timing(self):
        good = (TIMINGS / "hbm3-6400.toml").read_text()
        for old, new, says in IMPOSSIBLE:
            with self.subTest(new):
                self.write("my.toml", good.replace(old, new))
                self.refused("--config", "my.toml", says=says)

    def test_round_of_refreshes_that_takes_too_long(self):
        good = (TIMINGS / "hbm3-6400.toml").read_text()
        for refresh, most in (("per-bank", 97), ("same-bank", 390)):  # 32 and 8 commands in 3120 clocks.
            with self.subTest(refresh):
                options = ["--pattern", "seq", "--requests", 20000, "--refresh", refresh]
                for rrefd, fidelity in ((most, "approximate"), (most, "cycle"), (most + 1, "cycle")):
                    name = f"{refresh}{rrefd}.toml"
                    self.write(name, good.replace("rrefd = 8", f"rrefd = {rrefd}"))
                    run = [*options, "--config", name, "--fidelity", fidelity]
                    if rrefd > most:
                        self.refused(*run, says=f"rrefd of {rrefd} clocks apart, are no round")
                    else:
                        self.assertGreater(self.result(*run)["efficiency"], 0.01)

    def test_hot_stack_is_refreshed_in_time_or_refused(self):
        good = (TIMINGS / "hbm3-6400.toml").read_text()
        elf = BUILD / "firmware" / "tests" / "hbm_test.elf"
        for nanoseconds, code in ((1905, 0), (1906, 2), (3000, 2), (3899, 2)):
            with self.subTest(nanoseconds):
                self.write(f"{nanoseconds}.toml",
                           re.sub(r'all_bank = "\d+ ns"', f'all_bank = "{nanoseconds} ns"', good))
                text = self.vp("run", "duo", "--firmware", elf,
                               *(f"--set=npu0.hbm0.{setting}" for setting in (
                                   f"generation={nanoseconds}.toml", "celsius=90", "fidelity=cycle")),
                               expect=code, timeout=60)
                self.assertEqual("refresh.rfc: all_bank takes" in text, code == 2, text)

    def test_impossible_timing_in_a_package(self):
        good = (TIMINGS / "hbm3-6400.toml").read_text()
        for old, new, says in IMPOSSIBLE:
            with self.subTest(new):
                self.write("my.toml", good.replace(old, new))
                text = self.vp("describe", "solo", "--set", "npu0.hbm0.generation=my.toml", expect=2)
                self.assertIn("npu0.hbm0.generation: ", text)
                self.assertIn(says, text)

    def test_package_names_a_timing_file_beside_it(self):
        self.write("parts/my.toml", (TIMINGS / "hbm3-5600.toml").read_text())
        package = (SOURCE / "platform" / "packages" / "solo.toml").read_text()
        package = package.replace("dies/", f"{SOURCE}/platform/dies/")
        self.write("parts/mine.toml", package)
        text = self.vp("describe", "parts/mine.toml", "--set", "npu0.hbm0.generation=parts/my.toml")
        self.assertIn("parts/my.toml", text)
        text = self.vp("describe", "parts/mine.toml", "--set", "npu0.hbm0.generation=my.toml",
                       expect=2)
        self.assertIn("my.toml: cannot be read; expected a timing file", text)


if __name__ == "__main__":
    main()
