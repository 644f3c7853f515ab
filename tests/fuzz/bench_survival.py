# SPDX-License-Identifier: Apache-2.0
"""What every `chiplet-vp bench` does with options of any kind."""

import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
import harness  # pylint: disable=wrong-import-position


class BenchFuzz(harness.SystemTest):
    def survives(self, bench, *args):
        """The result, or None where the options were refused; never a crash."""
        done = subprocess.run(
            [harness.PROGRAM, "bench", bench, "--json", *map(str, args)],
            cwd=self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=120)
        errors = done.stderr.decode(errors="replace")
        self.assertIn(done.returncode, (0, 2), f"{args}\n{errors[-2000:]}")
        self.assertNotIn("internal error", errors)
        if done.returncode == 2:
            self.assertIn("error: ", errors)
            self.assertEqual(done.stdout, b"")
            return None
        result = json.loads(done.stdout)
        self.assertTrue(all(value is None or value >= 0 for value in result.values()), (args, result))
        return result
