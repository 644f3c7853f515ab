#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The same run gives the same statistics, whatever is looked at and whoever is built first."""

import json

import harness

# Both fidelities side by side, the reach matrix, all links, the expander: nothing is left out.
INFER = ["infer", "duo", harness.DIGITS, "--input", harness.IMAGES, "--images", 200, "--batch", 10,
         "--both-images", 20]
QUANTA = ["100 ns", "1 us", "10 us"]


class Determinism(harness.SystemTest):
    def statistics(self, *command):
        """The bytes of the statistics, without what is measured on the host."""
        self.vp(*command, "--stats", "stats.json")
        statistics = self.stats()
        del statistics["host"]
        return json.dumps(statistics, indent=1)

    def same(self, base, variants):
        expected = self.statistics(*base)
        self.assertGreater(len(expected), 1000)
        for variant in variants:
            with self.subTest(variant):
                self.assertMultiLineEqual(self.statistics(*base, *variant), expected)

    def test_inference(self):
        self.same([*INFER, "--output", "out"],
                  [[], ["--construct-reversed"], ["--wave", "tile.fst"],
                   ["--trace", "trace.json", "--report", "report.html", "--quiet"]])

    def test_inference_flit_by_flit(self):
        links = [f"--set={link}.{each}" for link in ("host-npu0", "host-npu1", "npu0-npu1")
                 for each in ("fidelity=flit", "bit_error_rate=1e-6")]
        self.same([*INFER, *links, "--output", "out"],
                  [["--construct-reversed"], ["--trace", "trace.json", "--report", "report.html"]])

    def test_a_waveform_holds_the_tile_asked_for(self):
        sizes = {}
        for tile in (0, 30, 10**6):
            text = self.vp(*INFER, "--append", "reach=off", "--output", "out", "--wave", "tile.fst",
                           "--wave-tile", tile)
            sizes[tile] = (self.dir / "tile.fst").stat().st_size
            tiles = self.stats("out/stats.json")["inference"]["tiles_compared"]
            says = f"warning: --wave: the RTL of npu0.npu computed {tiles} tiles, so there is no tile"
            self.assertEqual(says in text, tile == 10**6, text)
        self.assertGreater(sizes[0], sizes[10**6] + 500)
        self.assertGreater(sizes[30], sizes[10**6] + 500)
        self.assertLess(sizes[0], 200_000)

    def test_boot(self):
        self.same(["run", "duo"],
                  [[], ["--construct-reversed"], ["--trace", "trace.json"], ["--report", "report.html"]])

    def test_host_key_is_the_only_difference_in_the_file(self):
        files = []
        for name in ("first.json", "second.json"):
            self.vp("run", "duo", "--append", "reach=off", "--stats", name)
            text = (self.dir / name).read_text()
            files.append(text[: text.index('"host": {')])
        self.assertEqual(*files)

    def test_outputs_are_the_same_bytes(self):
        for name in ("first", "second"):
            self.vp(*INFER, "--output", name, "--append", "reach=off")
        for file in ("outputs.npy", "predictions.csv", "trace.json"):
            first, second = ((self.dir / name / file).read_bytes() for name in ("first", "second"))
            self.assertEqual(first, second, file)

    def test_quantum_changes_simulated_time_little(self):
        total, inference = [], []
        for quantum in QUANTA:
            self.vp(*INFER, "--output", "out", "--set", f"host.cpu.quantum={quantum}")
            statistics = self.stats("out/stats.json")
            total.append(statistics["sim_time_s"])
            inference.append(statistics["inference"]["time_s"])
        for name, times in (("total", total), ("inference", inference)):
            with self.subTest(name):
                self.assertLess(max(times) / min(times) - 1, 0.01, times)


if __name__ == "__main__":
    harness.main()
