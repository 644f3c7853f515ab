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
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("CVP_BUILD", SOURCE / "build" / "release")).resolve()
PROGRAM = BUILD / "bin" / "chiplet-vp"
PACKAGES = SOURCE / "platform" / "packages"
SKIPPED = 77
DIGITS = SOURCE / "data" / "digits" / "digits.onnx"
IMAGES = SOURCE / "data" / "digits" / "digits.csv.gz"
GUEST_COMPILER = [
    "riscv64-unknown-elf-gcc", "-nostdlib", "-march=rv64imac_zicsr", "-mabi=lp64",
    "-Ttext=0x80000000", "-Wl,--nmagic", "-Wl,--no-warn-rwx-segments",
]
# Why a file is no input.
A_DEVICE = "(it is a device or a pipe; copy it to a regular file)"
A_DIRECTORY = "(it is a directory)"

# Of a bare-metal program: hart 0 goes on at `main`, the others wait; traps go to `trap`.
GUEST_START = """
.option norvc
.globl _start
_start:
  la t0, trap
  csrw mtvec, t0
  csrr t0, mhartid
  beqz t0, main
park:
  wfi
  j park
.align 4
"""


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
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def stats(self, name="stats.json"):
        return json.loads((self.dir / name).read_text())

    def left_behind(self):
        """Names of the files in the scratch directory."""
        return sorted(str(p.relative_to(self.dir)) for p in self.dir.rglob("*") if p.is_file())

    def listing(self):
        """Files and directories in the scratch directory, with size and time of the last change."""
        return sorted(
            (str(p.relative_to(self.dir)), *((p.stat().st_size, p.stat().st_mtime_ns) if p.is_file() else ()))
            for p in self.dir.rglob("*")
        )

    def refused(self, *args, says, lines=1):
        """The command ends with 2 and `lines` messages, which hold `says`, and touches no file."""
        before = self.listing()
        text = self.vp(*args, expect=2, timeout=60)
        what = f"chiplet-vp {' '.join(map(str, args))}\n{text}"
        self.assertEqual(self.listing(), before, f"files changed: {what}")
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, text, what)
        self.assertEqual(len(text.splitlines()), lines, what)
        for line in text.splitlines():
            self.assertTrue(line.startswith("error: "), what)
        return text

    def edited(self, file, *edits, name=None):
        """A copy of `file` in the scratch directory with each (old, new) replaced once."""
        text = pathlib.Path(file).read_text()
        for old, new in edits:
            self.assertIn(old, text, f"{file} has changed: edit the test")
            text = text.replace(old, new, 1)
        return self.write(name or pathlib.Path(file).name, text)

    def guest(self, name, source, *flags):
        """Assembles a bare-metal program at the start of DRAM; returns its ELF file."""
        assembly = self.write(f"{name}.S", source)
        elf = self.dir / f"{name}.elf"
        subprocess.run(
            [*GUEST_COMPILER, *flags, assembly, "-o", elf], check=True, timeout=60, cwd=self.dir
        )
        return elf


def main():
    """Runs the file's tests; exit code 77, which CTest knows, when what all of them need is not there."""
    result = unittest.main(verbosity=2, exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if result.skipped and result.testsRun == 0 else 0)
