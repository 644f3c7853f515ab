# SPDX-License-Identifier: Apache-2.0
"""What the system tests share: the program as a user types it, in a directory of its own.

CTest passes where things are in the environment; by hand, from the repository's root:
  CVP_BUILD=build/release /usr/bin/python3 tests/system/bad_input_test.py
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("CVP_BUILD", SOURCE / "build" / "release")).resolve()
PROGRAM = BUILD / "bin" / "chiplet-vp"
PACKAGES = SOURCE / "platform" / "packages"
DIGITS = SOURCE / "data" / "digits" / "digits.onnx"
IMAGES = SOURCE / "data" / "digits" / "digits.csv.gz"


class SystemTest(unittest.TestCase):
    """A scratch directory a test, and `vp(...)` to run the program in it."""

    maxDiff = None

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="cvp-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def vp(self, *args, expect=0, timeout=300, stdin=""):
        """Runs chiplet-vp; the exit code must be `expect`. Returns stdout and stderr as one text."""
        done = subprocess.run(
            [PROGRAM, *map(str, args)],
            cwd=self.dir,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
        )
        self.assertEqual(
            done.returncode, expect, f"chiplet-vp {' '.join(map(str, args))}\n{done.stdout[-4000:]}"
        )
        return done.stdout

    def write(self, name, text):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def stats(self, name="stats.json"):
        return json.loads((self.dir / name).read_text())

    def left_behind(self):
        """Names of the files in the scratch directory."""
        return sorted(str(p.relative_to(self.dir)) for p in self.dir.rglob("*") if p.is_file())


def main():
    unittest.main(verbosity=2)
