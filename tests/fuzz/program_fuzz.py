#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A damaged ELF file or package file is refused or run, never a crash. More: CVP_FUZZ_SEEDS=1000."""

import os
import pathlib
import random
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
import harness  # pylint: disable=wrong-import-position

ROUNDS = int(os.environ.get("CVP_FUZZ_SEEDS", "60"))


class ProgramFuzz(harness.SystemTest):
    def survives(self, *args):
        done = subprocess.run(
            [harness.PROGRAM, "run", *args, "--max-time", "50 us", "--max-wall", "5"], cwd=self.dir,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
        errors = done.stderr.decode(errors="replace")[-2000:]
        self.assertGreaterEqual(done.returncode, 0, errors)  # Below 0: a signal.
        self.assertNotIn("internal error", errors)
        if done.returncode == 2:
            self.assertIn("error: ", errors)

    def test_elf(self):
        whole = (harness.BUILD / "firmware" / "tests" / "hello_test.elf").read_bytes()
        rng = random.Random(20240608)
        for number in range(ROUNDS):
            damaged = bytearray(whole)
            # Headers first: program headers follow the ELF header, section headers end the file.
            places = [range(64), range(64, 64 + 56 * 4), range(len(whole) - 2000, len(whole)), range(len(whole))]
            for _ in range(rng.randint(1, 4)):
                damaged[rng.choice(rng.choice(places))] = rng.choice([0, 1, 0x7f, 0x80, 0xff, rng.randrange(256)])
            if rng.random() < 0.3:
                del damaged[rng.randrange(len(damaged)):]
            self.write("damaged.elf", damaged)
            with self.subTest(number):
                self.survives("duo", "--firmware", "damaged.elf")

    def test_package(self):
        text = (harness.PACKAGES / "duo.toml").read_text()
        die = (harness.SOURCE / "platform" / "dies" / "npu.toml").read_text()
        rng = random.Random(20240609)
        for number in range(ROUNDS):
            files = [text, die]
            which = rng.randrange(2)
            for _ in range(rng.randint(1, 3)):
                at = rng.randrange(len(files[which]))
                insert = rng.choice(["", "0", "1", "9", "-", ".", '"', "[", "]", "{", "}", "=", ",", "\n", "d2d1"])
                files[which] = files[which][:at] + insert + files[which][at + rng.randint(0, 3):]
            self.write("damaged.toml", files[0])
            self.write("dies/npu.toml", files[1])
            with self.subTest(number):
                self.survives("damaged.toml")


if __name__ == "__main__":
    harness.main()
