#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Any bytes as --bios, --kernel, --initrd, --load and disk are refused or run, never a crash.

More seeds: CVP_FUZZ_SEEDS=1000 tests/fuzz/boot_fuzz.py
"""

import gzip
import os
import pathlib
import random
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
import harness  # pylint: disable=wrong-import-position

SEEDS = int(os.environ.get("CVP_FUZZ_SEEDS", "40"))


def linux_image(rng):
    """A header as arch/riscv documents it, and random code."""
    return struct.pack("<IIQQQIIQQII", 0x6f, 0, 0x20_0000, 1 << 20, 0, 2, 0, 0, 0x5643534952, 0x05435352,
                       0) + rng.randbytes(4096)


def damaged(rng, whole):
    data = bytearray(whole)
    places = [range(64), range(64, 400), range(len(data) - 3000, len(data)), range(len(data))]
    for _ in range(rng.randint(1, 6)):
        data[rng.choice(rng.choice(places)) % len(data)] = rng.choice([0, 1, 0x7f, 0x80, 0xff, rng.randrange(256)])
    if rng.random() < 0.2:
        del data[rng.randrange(len(data)):]
    return bytes(data)


class BootFuzz(harness.SystemTest):
    def test_any_bytes(self):
        elf = (harness.BUILD / "firmware" / "tests" / "hello_test.elf").read_bytes()
        ended = set()
        for seed in range(1, SEEDS + 1):
            rng = random.Random(seed)
            image = linux_image(rng)
            bios = rng.choice([elf, damaged(rng, elf), rng.randbytes(rng.randrange(5000))])
            kernel = rng.choice([
                lambda: damaged(rng, elf), lambda: damaged(rng, image), lambda: rng.randbytes(rng.randrange(1, 5000)),
                lambda: gzip.compress(damaged(rng, image), mtime=0),
                lambda: damaged(rng, gzip.compress(image, mtime=0))])()
            for name, data in (("bios", bios), ("kernel", kernel), ("initrd", rng.randbytes(rng.randrange(5000))),
                               ("disk", rng.randbytes(rng.randrange(2000))), ("raw", rng.randbytes(100))):
                self.write(name, data)
            place = rng.choice([0x9000_0000, rng.getrandbits(34)])
            done = subprocess.run(
                [harness.PROGRAM, "run", rng.choice(["duo", "solo"]), "--bios", "bios", "--kernel", "kernel",
                 "--initrd", "initrd", "--drive", "file=disk", "--load", f"raw@{place:#x}", "--boot", "direct",
                 "--max-time", "1 ms"],
                cwd=self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120)
            errors = done.stderr.decode(errors="replace")[-3000:]
            with self.subTest(seed):
                self.assertGreaterEqual(done.returncode, 0, errors)  # Below 0: a signal.
                self.assertNotIn("internal error", errors)
                if done.returncode == 2:
                    self.assertIn("error: ", errors)
            ended.add(done.returncode)
        self.assertLessEqual({2, 124}, ended)  # Some are refused, others run.


if __name__ == "__main__":
    harness.main()
