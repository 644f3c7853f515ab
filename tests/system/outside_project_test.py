#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Somebody else's SystemC project links the installed models."""

import subprocess

import harness


class OutsideProject(harness.SystemTest):
    def run_command(self, *command):
        done = subprocess.run(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.assertEqual(done.returncode, 0, done.stdout[-4000:])
        return done.stdout

    def test_reads_from_an_installed_hbm_stack(self):
        prefix, build = self.dir / "prefix", self.dir / "build"
        source = harness.SOURCE / "tests" / "system" / "outside_project"
        self.run_command("cmake", "--install", harness.BUILD, "--prefix", prefix)
        self.run_command("cmake", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}")
        self.run_command("cmake", "--build", build)
        status, picoseconds = self.run_command(build / "outside").splitlines()[-1].split()
        self.assertEqual(status, "ok")
        # A closed bank: 34.375 ns, or one tick of 0.3125 ns less by where the clock edge falls.
        self.assertAlmostEqual(float(picoseconds), 34375 - 156, delta=157)


class NewModel(harness.SystemTest):
    def test_lays_out_every_file_and_refuses_to_overwrite(self):
        script = harness.SOURCE / "scripts" / "new_model.py"
        command = [script, "night_watch", "--root", self.dir]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        folder = self.dir / "models" / "night_watch"
        names = {path.name for path in folder.iterdir()}
        self.assertEqual(
            names,
            {
                "night_watch.regs.toml",
                "night_watch.h",
                "night_watch.cpp",
                "night_watch_test.cpp",
                "CMakeLists.txt",
                "README.md",
            },
        )
        subprocess.run(
            [harness.SOURCE / "scripts" / "regtool.py", folder / "night_watch.regs.toml", "--readme"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        again = subprocess.run(command, stderr=subprocess.PIPE, text=True)
        self.assertNotEqual(again.returncode, 0)
        self.assertIn("exists already", again.stderr)


if __name__ == "__main__":
    harness.main()
