#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Links whose ends were not made for each other: they run at the smaller of both, or say why not."""

import console
import harness

MONITOR = harness.BUILD / "firmware" / "monitor.elf"


class LinkEnds(harness.SystemTest):
    def boot(self, *settings, boot="full"):
        sets = [word for setting in settings for word in ("--set", setting)]
        return self.vp("run", "duo", "--append", "reach=off", "--stats", "stats.json", "--boot", boot, *sets)

    def link(self, name):
        return next(link for link in self.stats()["links"] if link["name"] == name)

    def test_unlike_packages(self):
        text = self.boot("npu0.d2d0.package=standard", "npu0.d2d0.lanes=16")
        self.assertIn("note: ", text)
        self.assertIn("host-npu0: will not train, its ends differ: package is advanced and standard", text)
        self.assertIn("FAILED in MBINIT.PARAM: the packages of the ends differ; link left out", text)
        self.assertIn("route host > npu0: port d2d1, through npu1, 2 hops", text)

    def test_unlike_protocols(self):
        text = self.boot("npu0.d2d0.protocol=pcie")
        self.assertIn("FAILED in ACTIVE: the ends differ in protocol, or have no flit format in common", text)

    def test_the_registers_of_both_ends(self):
        monitor = console.Console(self, "run", "duo", "--firmware", MONITOR, "--max-time", "10 s",
                                  "--set", "npu0.d2d0.package=standard", "--set", "npu0.d2d0.lanes=16")
        monitor.expect("cvp> ")
        train = monitor.command("link train", "cvp> ")
        self.assertIn("FAILED in MBINIT.PARAM: the packages of the ends differ", train)
        # error.mismatch and failed_state 2, at the host and, over the other links, at the die behind.
        self.assertIn(": 00000202", monitor.command("md 0x12000018 1", "cvp> "))
        self.assertIn(": 00000202", monitor.command("md 0x10010000018 1", "cvp> "))
        # capability: x64, x16.
        self.assertIn("40", monitor.command("md 0x1200000c 1", "cvp> ").split(":")[1].split()[0][-2:])
        self.assertIn("10", monitor.command("md 0x1001000000c 1", "cvp> ").split(":")[1].split()[0][-2:])
        monitor.type("exit 0")
        self.assertEqual(monitor.end(), 0)

    def test_the_smaller_of_both(self):
        unlike = ("npu0.d2d0.lanes=32", "host.d2d0.rate=16 GT/s", "host.d2d0.modules=2", "host.d2d0.format=68",
                  "npu0.d2d0.stacks=2", "host-npu0.fidelity=flit")
        text = self.boot(*unlike)
        self.assertIn("up: x32 of x64 lanes at 16 GT/s, 1 of 2 modules, advanced package, DEGRADED", text)
        trained = self.link("host-npu0")
        self.assertEqual(trained["state"], "ACTIVE")
        for way in trained["directions"]:
            # 32 lanes at 16 GT/s, 64 of 68 bytes.
            self.assertAlmostEqual(way["peak_gb_s"], 64 * 64 / 68)
            self.assertGreater(way["bytes"], 0)
            self.assertEqual(way["wire_bytes"] % 68, 0)

    def test_the_same_with_boot_direct(self):
        text = self.boot("npu0.d2d0.lanes=32", "host.d2d0.rate=16 GT/s", "host.d2d0.modules=2", boot="direct")
        self.assertNotIn("SBINIT", text)
        self.assertIn("up: x32 of x64 lanes at 16 GT/s, 1 of 2 modules", text)
        for way in self.link("host-npu0")["directions"]:
            self.assertAlmostEqual(way["peak_gb_s"], 64 * 240 / 256)
        self.boot("npu0.d2d0.protocol=pcie", boot="direct")
        self.assertEqual(self.link("host-npu0")["state"], "RESET")

    def test_an_impossible_end(self):
        self.refused("run", "duo", "--set", "npu0.d2d0.package=standard",
                     says=["npu0.d2d0.lanes: a standard package has 8 or 16 lanes"])

    def test_describe(self):
        text = self.vp("describe", "duo", "--set", "npu0.d2d0.lanes=32")
        self.assertIn("×32 · 32 GT/s", text)
        self.assertRegex(text, r"npu0\.d2d0 \(ucie_port\).*\n.*package +of the link .*\n \*?.*lanes +32 ")


if __name__ == "__main__":
    harness.main()
