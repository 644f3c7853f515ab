# SPDX-License-Identifier: Apache-2.0
"""What the tests of `chiplet-vp bench hbm` share: runs of one channel, and what is refused."""

import json

from harness import SOURCE, SystemTest

MAP = "p1g2c3b2s1c2r14y"
TIMINGS = SOURCE / "models" / "hbm" / "timings"


class BenchHbm(SystemTest):
    def bench(self, *args, **kwargs):
        return self.vp("bench", "hbm", *args, **kwargs)

    def result(self, *args, channels=1, address_map=MAP):
        text = self.bench("--channels", channels, "--map", address_map, "--json", *args)
        return json.loads(text)

    def refused(self, *args, says):
        shape = ["--channels", 1, "--map", MAP]
        if "--map" in args:
            shape = shape[:2]
        elif "--channels" in args or "--stack-ids" in args:
            shape = []
        text = self.bench(*shape, *args, expect=2)
        self.assertIn(says, text)
        self.assertNotIn("internal", text)
