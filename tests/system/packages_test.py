#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The same program, firmware and network on every package: all 500 digits exact."""

import re

import harness
from random_package import random_package


def tiles_of_listing(listing, rows, columns):
    """Tiles that a program computes: its matrix products, times the loops around them."""
    total, repeats = 0, [1]
    for line in listing.splitlines():
        if loop := re.search(r"--- LOOP (\d+)", line):
            repeats.append(repeats[-1] * int(loop.group(1)))
        elif "--- END_LOOP" in line:
            repeats.pop()
        elif product := re.search(r"MATMUL \[(\d+) x (\d+) x (\d+)\]", line):
            _, n, k = map(int, product.groups())
            total += repeats[-1] * -(-k // rows) * -(-n // columns)
    return total


class Packages(harness.SystemTest):
    def infer(self, package, *args):
        text = self.vp(
            "infer", package, harness.DIGITS, "--input", harness.IMAGES, "--images", 500,
            "--output", "out", "--quiet", *args,
        )
        self.assertIn("accuracy                   493 of 500", text)
        self.assertRegex(text, r"equal to the reference +all \d+ values of \d+ layers of 500 images")
        self.assertIn("equal to the compiler's plan on every link and memory", text)
        return text

    def test_duo_with_rtl_and_model_on_the_first_100_images(self):
        text = self.infer("duo", "--both-images", 100)
        tiles, differences = re.search(r"compared +(\d+) tiles, (\d+) differences", text).groups()
        # Four batches of 25 images; the tiles of a batch are counted from the listing.
        listing = self.vp("compile", harness.DIGITS, "-o", "digits.npu", "--list")
        self.assertEqual(int(tiles), 4 * tiles_of_listing(listing, rows=16, columns=16))
        self.assertEqual(int(differences), 0)

    def test_solo(self):
        self.infer("solo")

    def test_solo_at_the_other_fidelities_of_its_memory(self):
        for settings in (["fidelity=functional"], ["fidelity=cycle"],
                         ["fidelity=cycle", "policy=fr_fcfs_adaptive", "refresh=per-bank"]):
            with self.subTest(settings=settings):
                self.infer("solo", *(f"--set=npu0.hbm0.{each}" for each in settings))

    def test_duo_with_every_link_flit_by_flit(self):
        links = ("host-npu0", "host-npu1", "npu0-npu1")
        outputs = {}
        for name, settings in (("approximate", []), ("flit", ["fidelity=flit"]),
                               ("errors", ["fidelity=flit", "bit_error_rate=1e-6", "modules=2",
                                           "format=256-latopt-opt"])):
            with self.subTest(name):
                self.infer("duo", *(f"--set={link}.{each}" for link in links for each in settings),
                           "--set=npu0.npu.mac_array.fidelity=approximate")
                outputs[name] = (self.dir / "out" / "outputs.npy").read_bytes()
                self.assertEqual(outputs[name], outputs["approximate"])
                ways = [way for link in self.stats("out/stats.json")["links"] if link["type"] == "ucie"
                        for way in link["directions"]]
                for way in ways:
                    self.assertEqual(way["crc_errors"] > 0, name == "errors")
                    self.assertEqual(way["retries"] > 0, name == "errors")
                    self.assertEqual(way["nop_flits"] > 0, name != "approximate")
                    self.assertEqual(way["latency_ns"]["messages"], way["messages"])
                    # 2 ns and a flit; of two modules half the time, of that the first half.
                    self.assertEqual(way["latency_ns"]["min"], 2.25 if name == "errors" else 3)
                    self.assertGreater(way["residency_s"]["ACTIVE"], 0)

    def test_quad_reaches_two_dies_through_others(self):
        self.infer("quad")

    def test_random_packages(self):
        for seed in (5, 7, 12, 101):  # The first three have links of very different speed.
            with self.subTest(seed=seed):
                package = self.write(f"random{seed}.toml", random_package(seed))
                self.infer(package)

    def test_more_dies_than_the_host_can_link(self):
        package = self.write("seven.toml", random_package(7, dies=7))
        self.infer(package, "--append", "reach=off")

    def test_fewer_runs_than_dies(self):
        text = self.vp("infer", "quad", harness.DIGITS, "--input", harness.IMAGES, "--images", 25,
                       "--output", "out", "--append", "reach=off")
        self.assertIn("equal to the compiler's plan on every link and memory", text)
        self.assertEqual(text.count("no run for it"), 3)
        self.assertNotRegex(text, r"\d{12}")


if __name__ == "__main__":
    harness.main()
