#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A run that fails leaves nothing of an earlier one that could pass for its result."""

import signal
import subprocess
import time

import harness

STATISTICS = ("report.html", "stats.json", "trace.json")  # Of every run, to tell why it failed.
RESULTS = ("outputs.npy", "predictions.csv", *STATISTICS)


class FailingRun(harness.SystemTest):
    def setUp(self):
        super().setUp()
        for name in (*RESULTS, "wave.fst", "notes.txt"):
            self.write(f"out/{name}", "old\n")
        self.infer = ("infer", "duo", harness.DIGITS, "--input", harness.IMAGES, "--output", "out",
                      "--wave", "out/wave.fst", "--quiet")

    def is_old(self, name):
        return (self.dir / "out" / name).read_bytes() == b"old\n"

    def test_refused(self):
        self.refused(*self.infer, "--images", 5000, says="--images: ")  # And touches no file.

    def test_time_limit(self):
        text = self.vp(*self.infer, "--images", 25, "--max-time", "1 ms", expect=124)
        self.assertIn("error: the runtime left no results", text)
        self.assertIsNone(self.stats("out/stats.json")["inference"])
        left = [name.removeprefix("out/") for name in self.left_behind()]
        self.assertEqual(left, ["notes.txt", *STATISTICS, "wave.fst"])
        self.assertEqual([name for name in left if self.is_old(name)], ["notes.txt"])

    def test_killed(self):
        run = subprocess.Popen([harness.PROGRAM, *map(str, self.infer)], cwd=self.dir,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(run.kill)
        end = time.monotonic() + 60
        while (self.dir / "out" / "stats.json").exists() and run.poll() is None:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.001)
        time.sleep(0.1)
        self.assertIsNone(run.poll(), "the run must not be over: give it more images")
        run.kill()
        run.wait()
        for name in RESULTS:
            self.assertFalse((self.dir / "out" / name).exists(), name)

    def test_asked_to_end(self):
        """Its results are written all the same, and nothing else stays behind."""
        program = self.guest("loop", ".globl _start\n_start: j _start\n")
        before = self.left_behind()
        for sent, code in ((signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)):
            with self.subTest(sent.name):
                run = subprocess.Popen([harness.PROGRAM, "run", "duo", "--firmware", program, "--stats", "s",
                                        "--log-commits", "log", "--log-to", "100000", "--profile", "p"],
                                       cwd=self.dir, stderr=subprocess.PIPE, text=True)
                self.addCleanup(run.kill)
                end = time.monotonic() + 60
                while not (self.dir / "log").exists() or not (self.dir / "log").read_text():
                    self.assertLess(time.monotonic(), end)
                    time.sleep(0.01)
                run.send_signal(sent)
                _, errors = run.communicate(timeout=60)
                self.assertEqual(run.returncode, code, errors)
                self.assertIn("ms: interrupted", errors)
                self.assertEqual(self.left_behind(), sorted([*before, "log", "p", "s"]))
                for name in ("log", "p", "s"):
                    (self.dir / name).unlink()

    def test_out_of_memory(self):
        with open(self.dir / "large.onnx", "wb") as file:
            file.truncate(1 << 30)

        def limited(*args):
            return subprocess.run(["sh", "-c", 'ulimit -v 500000 && exec "$@"', "sh", harness.PROGRAM, *args],
                                  cwd=self.dir, capture_output=True, text=True, timeout=60)

        if limited("--help").returncode != 0:
            self.skipTest("the sanitizers need more address space than this test leaves")
        done = limited("compile", "large.onnx")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (1, "", "error: out of memory\n"))


if __name__ == "__main__":
    harness.main()
