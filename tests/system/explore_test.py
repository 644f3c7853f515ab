#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`chiplet-vp explore`: a small sweep end to end, resume, interruption, and everything wrong."""

import csv
import json
import os
import pathlib
import signal
import subprocess
import time

import harness

HEAD = f"""schema = 1
sweep = "small"
[infer]
model = "{harness.DIGITS}"
input = "{harness.IMAGES}"
images = 50
append = "reach=off"
set = {{ "npu*.mac_array.fidelity" = "approximate" }}
"""

# Two dies halve the time; a network this small hardly notices the memory's generation.
AXES = """
[[axis]]
name = "dies"
key = "package"
values = ["solo", "duo"]
[[axis]]
name = "hbm"
key = "npu*.hbm0.generation"
values = ["hbm2", "hbm3-6400"]
"""

POINTS = [f"dies-{dies}_hbm-{hbm}" for dies in ("solo", "duo") for hbm in ("hbm2", "hbm3-6400")]


class ExploreTest(harness.SystemTest):
    def sweep(self, text=HEAD + AXES):
        return self.write("small.toml", text)

    def results(self, directory="out"):
        return json.loads((self.dir / directory / "results.json").read_text())

    def test_grid_runs_and_collects(self):
        out = self.vp("explore", self.sweep(), "--output", "out", "--json", "copy.json")
        results = self.results()
        self.assertEqual([p["point"] for p in results["points"]], POINTS)
        for point in results["points"]:
            self.assertTrue(point["exact"], point)
            self.assertEqual(point["images"], 50)
            stats = self.stats(f"out/{point['point']}/stats.json")
            self.assertEqual(point["time_s"], stats["inference"]["time_s"])
            hbm = [m for m in stats["memories"] if m["kind"] == "hbm"]
            rows = {r["what"]: r["counted_bytes"] for r in stats["inference"]["traffic"]}
            moved = sum(rows[f"{m['name']} {way}"] for m in hbm for way in ("read", "written"))
            self.assertAlmostEqual(
                point["hbm_gb_s"], moved / point["time_s"] / len(hbm) * 1e-9, places=9
            )
            self.assertLess(point["energy_j"], stats["inference"]["energy_with_loading_j"])
            self.assertLess(stats["inference"]["energy_with_loading_j"], stats["energy_j"])
            # The memories' power at rest for as long as the inference took, and what it moved.
            rest = sum(m["energy"][part] for m in hbm for part in ("background_j", "refresh_j"))
            rest *= point["time_s"] / stats["sim_time_s"]
            moved_j = stats["energy"]["links_j"] + stats["energy"]["npus_j"] + sum(
                m["energy"][part] for m in hbm for part in ("activate_j", "read_j", "write_j"))
            self.assertGreater(point["energy_j"], rest)
            self.assertLess(point["energy_j"], 1.2 * rest + moved_j)
            self.assertIn("infer", (self.dir / "out" / point["point"] / "log.txt").read_text())
        times = {p["point"]: p["time_s"] for p in results["points"]}
        for hbm in ("hbm2", "hbm3-6400"):
            ratio = times[f"dies-solo_hbm-{hbm}"] / times[f"dies-duo_hbm-{hbm}"]
            self.assertAlmostEqual(ratio, 2, delta=0.2)
        # Harts see interrupts at their turns, which is worth 0.5 % of so short a job.
        for dies in ("solo", "duo"):
            self.assertLessEqual(times[f"dies-{dies}_hbm-hbm3-6400"], 1.01 * times[f"dies-{dies}_hbm-hbm2"])
        peaks = [self.stats(f"out/dies-solo_hbm-{hbm}/stats.json")["memories"] for hbm in ("hbm2", "hbm3-6400")]
        peaks = [next(m["peak_gb_s"] for m in memories if m["kind"] == "hbm") for memories in peaks]
        self.assertLess(peaks[0], peaks[1])
        self.assertEqual(len([l for l in out.splitlines() if " yes" in l]), 4, out)
        with open(self.dir / "out/results.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([float(r["time_s"]) for r in rows], [times[p] for p in POINTS])
        self.assertEqual(json.loads((self.dir / "copy.json").read_text()), results)

    def test_results_do_not_depend_on_how_many_processes(self):
        self.sweep()
        for jobs in (1, 3):
            self.vp("explore", "small.toml", "--jobs", jobs, "--output", f"out{jobs}")
        one, three = self.results("out1"), self.results("out3")
        self.assertEqual(one["points"], three["points"])
        csvs = [(self.dir / f"out{n}/results.csv").read_bytes() for n in (1, 3)]
        self.assertEqual(*csvs)

    def test_resume_runs_what_is_missing(self):
        self.sweep()
        self.vp("explore", "small.toml", "--output", "out")
        before = self.results()["points"]
        (self.dir / "out" / POINTS[2] / "stats.json").unlink()
        out = self.vp("explore", "small.toml", "--output", "out", "--resume")
        self.assertIn("3 of 4 points were complete", out)
        results = self.results()
        self.assertEqual(results["points"], before)
        self.assertEqual(
            [p["resumed"] for p in results["host"]["points"]], [True, True, False, True]
        )
        self.sweep((HEAD + AXES).replace("images = 50", "images = 25"))
        out = self.vp("explore", "small.toml", "--output", "out", "--resume")
        self.assertNotIn("complete", out)
        self.assertEqual([p["images"] for p in self.results()["points"]], [25] * 4)

    def test_plan_prints_commands_and_runs_none(self):
        self.sweep()
        out = self.vp("explore", "small.toml", "--plan", "--output", "out", "--json", "plan.json")
        self.assertEqual(len(out.splitlines()), 4)
        self.assertIn("--set 'npu*.hbm0.generation=hbm3-6400' --output out/" + POINTS[3], out)
        self.assertEqual(self.left_behind(), ["plan.json", "small.toml"])
        plan = json.loads((self.dir / "plan.json").read_text())
        self.assertEqual([p["point"] for p in plan["plan"]], POINTS)

    def test_shipped_grid_has_twelve_points(self):
        out = self.vp("explore", "grid12", "--plan").splitlines()
        self.assertEqual(len(out), 12)
        self.assertEqual(len(set(out)), 12)
        self.assertEqual(sum("host-npu0.lanes=32" in line for line in out), 6)
        self.assertEqual(sum("npu3-npu0.lanes=" in line for line in out), 4)

    def test_a_point_that_fails_leaves_the_others(self):
        axis = '[[axis]]\nname = "link"\nkey = "link.npu0-npu1.fault"\nvalues = ["none", "dead"]\n'
        limit = HEAD.replace("append", 'max_time = "1 us"\nappend')
        self.sweep(limit.replace("images = 50", 'images = 50\npackage = "duo"') + axis)
        out = self.vp("explore", "small.toml", "--output", "out", expect=1)
        self.assertEqual(out.count("FAILED, exit code 124"), 2, out)
        self.assertIn("--max-time is over", out)
        self.assertEqual([p["exit_code"] for p in self.results()["points"]], [124, 124])

    def test_interrupt_ends_the_children(self):
        self.sweep((HEAD + AXES).replace("images = 50", "images = 500"))
        command = [harness.PROGRAM, "explore", "small.toml", "--jobs", "2", "--output", "out"]
        run = subprocess.Popen(command, cwd=self.dir, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
        log = self.dir / "out" / POINTS[0] / "log.txt"
        for _ in range(500):
            if log.exists():
                break
            time.sleep(0.01)
        children = pathlib.Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
        run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=30)
        self.assertEqual(run.returncode, 130, out)
        self.assertIn("--resume", out)
        self.assertTrue(children)
        for child in children:
            with self.assertRaises(ProcessLookupError):
                os.kill(int(child), 0)
        self.assertFalse((self.dir / "out" / "results.json").exists())

    def test_help_has_an_example(self):
        self.assertIn("chiplet-vp explore grid12", self.vp("explore", "--help"))


class BadInputTest(harness.SystemTest):
    """Exit code 2, everything named, nothing started."""

    def fails(self, text, *messages):
        self.write("bad.toml", text)
        out = self.vp("explore", "bad.toml", "--output", "out", expect=2)
        for message in messages:
            self.assertIn(message, out)
        self.assertEqual(self.left_behind(), ["bad.toml"])
        return out

    def test_every_mistake_of_every_point_at_once(self):
        axes = """[[axis]]
name = "dies"
values = [{ label = "1", package = "solo" }, { label = "2", package = "duo" }]
[[axis]]
name = "lanes"
key = "link.*.lanes"
values = [16, 65]
[[axis]]
name = "hbm"
key = "npu*.hbm0.generation"
values = ["hbm3", "hbm33"]
[[axis]]
name = "typo"
key = "npu*.npu.rowz"
values = [16]
"""
        out = self.fails(
            HEAD + axes,
            "bad.toml:15: axis[1].values[1]: host-npu0.lanes: \"65\": ",
            "bad.toml:15: axis[1].values[1]: npu0-npu1.lanes: \"65\": ",
            "bad.toml:15: axis[1].values[0]: npu0-npu1.lanes: \"16\": an advanced package has",
            "bad.toml:19: axis[2].values[1]: npu*.hbm0.generation: \"hbm33\": ",
            "bad.toml:23: axis[3].values[0]: npu*.npu.rowz: ",
        )
        self.assertEqual(out.count("npu0-npu1.lanes"), 2, out)

    def test_sweep_files_that_are_wrong(self):
        self.fails("schema = 1\nsweeep = 3\n", "bad.toml:2: sweeep: unknown key",
                   "infer: is missing", "axis: is missing")
        self.fails("schema = [\n", "bad.toml:", "not valid TOML")
        self.fails((HEAD + AXES).replace("solo", "sola"), "bad.toml:13: package: sola: ", "duo")

    def test_files_that_are_missing(self):
        self.fails(HEAD.replace("digits.onnx", "none.onnx").replace("digits.csv", "none.csv") + AXES,
                   "bad.toml:4: infer.model: cannot read", "bad.toml:5: infer.input: cannot read")
        self.assertIn("absent.toml", self.vp("explore", "absent.toml", expect=2))
        self.refused("explore", "/dev/zero", says="/dev/zero: cannot read it; expected a sweep file (it is")
        self.refused("explore", ".", says=".: cannot read it; expected a sweep file (it is a directory)")

    def test_a_network_that_is_broken(self):
        self.write("net.onnx", b"\x00\x01no network")
        self.write("bad.toml", HEAD.replace(str(harness.DIGITS), "net.onnx") + AXES)
        out = self.vp("explore", "bad.toml", "--output", "out", expect=2)
        self.assertIn("net.onnx", out)
        self.assertFalse((self.dir / "out").exists())

    def test_what_infer_would_not_take(self):
        few = HEAD.replace("images = 50", "COUNT") + AXES
        self.fails(few.replace("COUNT", "images = 5000"), 'bad.toml:6: infer.images: "5000": ', "holds 1797; expected")
        self.fails(few.replace("COUNT", "batch = 100000"), 'bad.toml:6: infer.batch: "100000": expected 1 to 4096')
        self.fails(few.replace("COUNT", 'max_time = "5"'), 'bad.toml:6: infer.max_time: "5": expected a time with its unit')
        self.fails(few.replace("COUNT", "") + '[[axis]]\nname = "n"\nkey = "images"\nvalues = [9, 5000]\n',
                   'bad.toml:21: axis[2].values[1]: "5000": ', "(4 of 8 points, first dies-solo_hbm-hbm2_n-5000)")
        self.write("cut.csv.gz", harness.IMAGES.read_bytes()[:1000])
        self.write("bad.toml", HEAD.replace(str(harness.IMAGES), "cut.csv.gz") + AXES)
        self.assertIn("cut.csv.gz: is truncated", self.vp("explore", "bad.toml", "--output", "out", expect=2))
        self.assertFalse((self.dir / "out").exists())

    def test_a_directory_that_cannot_be_written(self):
        self.write("small.toml", HEAD + AXES)
        self.write("file", "")
        out = self.vp("explore", "small.toml", "--output", "file/out", expect=2)
        self.assertIn("--output", out)
        out = self.vp("explore", "small.toml", "--json", "file/out", expect=2)
        self.assertIn("--json", out)
        self.assertEqual(self.left_behind(), ["file", "small.toml"])


if __name__ == "__main__":
    harness.main()
