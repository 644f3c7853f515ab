#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a package computes is the same whatever protocol its die-to-die links have."""

import re

import harness

LINKS = ("host-npu0", "host-npu1", "npu0-npu1")
PROTOCOLS = ("streaming", "pcie", "cxl")


def settings(**parameters):
    return [f"--set={link}.{name}={value}" for link in LINKS for name, value in parameters.items()]


class LinkProtocol(harness.SystemTest):
    def infer(self, protocol, fidelity, stacks=1):
        name = f"{protocol}-{fidelity}-{stacks}"
        text = self.vp("infer", "duo", harness.DIGITS, "--input", harness.IMAGES, "--images", 40,
                       "--output", name, "--append", "reach=off",
                       *settings(protocol=protocol, fidelity=fidelity, stacks=stacks))
        stats = self.stats(f"{name}/stats.json")
        result = stats["inference"]
        self.assertEqual(result["images"], 40, text)
        self.assertEqual(sum(layer["differences"] for layer in result["layers"]), 0, text)
        ways = [way for link in stats["links"] if link["type"] == "ucie" for way in link["directions"]]
        bytes_of_outputs = {path.name: path.read_bytes() for path in (self.dir / name).iterdir()
                            if path.suffix in (".npy", ".csv")}
        return bytes_of_outputs, ways

    def test_inference_gives_the_same_bytes(self):
        outputs, ways = self.infer("streaming", "approximate")
        self.assertGreater(len(outputs), 0)
        for protocol in PROTOCOLS[1:]:
            seen = []
            for fidelity in ("approximate", "flit"):
                with self.subTest(protocol=protocol, fidelity=fidelity):
                    others, other_ways = self.infer(protocol, fidelity)
                    self.assertEqual(others, outputs)
                    seen.append([way["payload_bytes"] for way in other_ways])
                    self.assertNotEqual(seen[-1], [way["payload_bytes"] for way in ways])
            # Firmware may poll once more or less.
            for by_arithmetic, by_flits in zip(*seen):
                self.assertAlmostEqual(by_arithmetic, by_flits, delta=0.01 * by_flits)

    def test_inference_over_two_stacks_gives_the_same_bytes(self):
        outputs, _ = self.infer("streaming", "approximate")
        for protocol in PROTOCOLS:
            for fidelity in ("approximate", "flit"):
                with self.subTest(protocol=protocol, fidelity=fidelity):
                    self.assertEqual(self.infer(protocol, fidelity, stacks=2)[0], outputs)

    def test_the_log_names_messages_as_the_protocol_does(self):
        words = {"pcie": {"MRd", "CplD", "Cpl", "DMWr"},
                 "cxl": {"MRd", "CplD", "Cpl", "DMWr", "Req", "DRS"}}
        for protocol, expected in words.items():
            self.vp("infer", "duo", harness.DIGITS, "--input", harness.IMAGES, "--images", 2, "--output",
                    protocol, "--append", "reach=off", "--log-links", "links.txt",
                    *settings(protocol=protocol, fidelity="flit"))
            log = (self.dir / "links.txt").read_text()
            self.assertLessEqual(expected, set(re.findall(r" \| (\w+) tag", log)), protocol)
            self.assertEqual(set(re.findall(r"flit \d+, (\w+) 0", log)),
                             {"io"} if protocol == "pcie" else {"io", "mem"})
            self.assertNotIn("NO MESSAGE", log)

    def test_the_log_names_stacks(self):
        self.vp("infer", "duo", harness.DIGITS, "--input", harness.IMAGES, "--images", 2, "--output", "out",
                "--append", "reach=off", "--log-links", "links.txt",
                *settings(protocol="cxl", fidelity="flit", stacks=2))
        log = (self.dir / "links.txt").read_text()
        self.assertEqual(set(re.findall(r"flit \d+, (\w+ \d)", log)), {"io 0", "mem 1"})
        self.vp("run", "duo", "--append", "reach=off", "--log-links", "links.txt",
                *settings(protocol="cxl", fidelity="approximate", stacks=2, modules=2))
        log = (self.dir / "links.txt").read_text()
        self.assertRegex(log, r"  MRd tag .*, stack 0\n")
        self.assertEqual(set(re.findall(r"sideband, done SBINIT, module (\d)\n", log)), {"0", "1"})

    def test_mistakes(self):
        text = self.vp("run", "duo", *settings(format="raw", stacks=2), expect=2)
        self.assertIn("stacks: raw flits have no header that tells the stack", text)
        for format, protocol, says in (
            ("raw", "cxl", "protocol: raw flits have no header"),
            ("raw", "pcie", "protocol: raw flits have no header"),
            ("256-latopt", "pcie", "protocol: PCIe has no latency-optimised flits"),
            ("256", "axi", 'expected one of'),
        ):
            text = self.vp("run", "duo", *settings(format=format, protocol=protocol), expect=2)
            self.assertIn(says, text)


if __name__ == "__main__":
    harness.main()
