#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Damaged timing files, address maps, patterns and files of accesses are refused or run by
`bench hbm`, never a crash. More: CVP_FUZZ_SEEDS=1000."""

import os
import random
import subprocess

import bench_survival
from bench_survival import harness

ROUNDS = int(os.environ.get("CVP_FUZZ_SEEDS", "60"))
TIMINGS = sorted((harness.SOURCE / "models" / "hbm" / "timings").glob("*.toml"))
FIRMWARE = harness.BUILD / "firmware" / "tests" / "hbm_test.elf"
CONTROLLERS = [["--fidelity", "functional"],
               *(["--fidelity", fidelity, "--refresh", refresh] for fidelity in ("approximate", "cycle")
                 for refresh in ("all-bank", "per-bank", "same-bank")),
               ["--fidelity", "cycle", "--policy", "fr_fcfs_adaptive"]]
PIECES = ["", "0", "1", "9", "-", ".", '"', "[", "]", "{", "}", "=", ",", "\n", "*", "^", "(", ")",
          ":", "p1", "r14", "y", "s*3", "99999999999", "nan", "e9"]


class HbmBenchFuzz(bench_survival.BenchFuzz):
    def runs(self, *args):
        self.survives("hbm", "--requests", 2000, *args)

    def runs_hot(self, generation, fidelity):
        """The firmware test of the memory, refreshed twice as often."""
        stack = [f"--set=npu0.hbm0.{setting}" for setting in (
            f"generation={generation}", "celsius=90", f"fidelity={fidelity}")]
        done = subprocess.run([harness.PROGRAM, "run", "solo", "--firmware", FIRMWARE, *stack], cwd=self.dir,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=120)
        text = done.stdout.decode(errors="replace")
        # 1: the test ran, and has found what it looks for wrong, such as the place of a bit error.
        self.assertIn(done.returncode, (0, 1, 2), text[-2000:])
        self.assertNotIn("internal error", text)

    def damaged(self, rng, text, most):
        for _ in range(rng.randint(1, most)):
            at = rng.randrange(len(text) + 1)
            text = text[:at] + rng.choice(PIECES) + text[at + rng.randint(0, 3):]
        return text

    def test_timing_files(self):
        rng = random.Random(20261121)
        for number in range(ROUNDS):
            text = rng.choice(TIMINGS).read_text()
            if rng.random() < 0.5:  # A number that may be legal.
                lines = text.splitlines()
                numbers = [i for i, line in enumerate(lines) if line.split("=")[-1].strip().isdigit()]
                i = rng.choice(numbers)
                value = rng.choice([0, 1, 2, 3, 5, 16, 31, 64, 255, 1000, 1 << 16, 1 << 40])
                lines[i] = f"{lines[i].split('=')[0]}= {value}"
                text = "\n".join(lines)
            else:
                text = self.damaged(rng, text, 3)
            self.write("damaged.toml", text)
            with self.subTest(number):
                self.runs("--config", "damaged.toml", "--pattern", "rand:256:300", *rng.choice(CONTROLLERS))
                if rng.random() < 0.2:
                    self.runs_hot("damaged.toml", rng.choice(["approximate", "cycle"]))

    def test_maps(self):
        rng = random.Random(20261122)
        good = ["p1g2c3b2s1c2r14y", "c5p1s1g2b2r14", "p1g2c3b2s1c2r14y(g0=r0^r6,p0=r3)"]
        for number in range(ROUNDS):
            fields = ["p1", "g2", "c3", "b2", "s1", "c2", "r14"]
            rng.shuffle(fields)
            text = "".join(fields) + rng.choice(["", "y", "y(b1=r13)"])
            if rng.random() < 0.7:
                text = self.damaged(rng, rng.choice([*good, text]), 3)
            with self.subTest(number):
                self.runs("--channels", 1, "--map=" + text.replace("\n", ""))

    def test_patterns(self):
        rng = random.Random(20261123)
        for number in range(ROUNDS):
            name = rng.choice(["seq", "seqw", "rand", "stride", "s21", "copy"])
            numbers = [str(rng.choice([0, 1, 31, 32, 33, 100, 4096, 1 << 20, 1 << 28, 1 << 33, 1 << 63]))
                       for _ in range(rng.randint(0, 2))]
            text = ":".join([name, *numbers])
            if rng.random() < 0.3:
                text = self.damaged(rng, text, 2)
            with self.subTest(number):
                self.runs("--channels", rng.choice([1, 2, 3]), "--pattern=" + text,
                              "--transaction", rng.choice([32, 64, 1024, 65536]))

    def test_files(self):
        rng = random.Random(20261124)
        for number in range(ROUNDS):
            lines = [f"{rng.choice('RW')} {rng.randrange(1 << 30):x}" for _ in range(rng.randint(1, 50))]
            text = "\n".join(lines)
            if rng.random() < 0.6:
                text = self.damaged(rng, text, 3)
            self.write("accesses", text)
            with self.subTest(number):
                # As many requests as there are lines.
                done = [line for line in text.split("\n") if line]
                self.runs("--channels", 1, "--pattern", "file:accesses", "--requests",
                              rng.choice([len(done), 1, 51]))


if __name__ == "__main__":
    harness.main()
