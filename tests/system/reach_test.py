#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The printed reach matrix against the package's own parameters, added up here a second time.

The sums below are written from the models' READMEs and read the TOML files themselves; they share
no code with `describe --paths`, which has to give the same.
"""

import math
import re
import subprocess
import sys
import tomllib

import harness

# Clock in MHz, CL, tRCD for reads, channels. The HBM3 line is JESD238 class timing as Ramulator 2.1
# has it; its relatives have the same nanoseconds, rounded up to their clocks.
HBM3 = (1600, 20, 31, 16)
RATES = {"hbm3-5200": 1300, "hbm3-5600": 1400, "hbm3e-8.0": 2000, "hbm3e-9.2": 2300,
         "hbm3e-9.6": 2400, "hbm3e": 2400}
BURST_CLOCKS, BURST_BYTES = 2, 32
COPY_BYTES = 16 << 20  # Of an NPU.

# The share of its bound that a copy of 16 MiB has to reach, by what bounds it:
#   memory, cxl   one data bus without pauses; the first burst's latency and 100 ns of timer: 1 %
#   link          16 bytes of header a burst of 4 KiB take 0.4 %; latency and timer 1 %
#   port          nothing is lost in a crossbar, but the refresh of the memory behind it may show
#   hbm           refresh takes tRFC / tREFI = 9 % (350 ns of 3.9 us), row changes up to 5 % more
#   hart          two loop instructions in 258; 100 ns of timer in 40 us
SHARE = {"memory": 0.98, "cxl": 0.98, "link": 0.98, "port": 0.90, "hbm": 0.85, "hart": 0.97}


def hbm_set(generation):
    if generation == "hbm2":
        return 1000, 14, 14, 8
    if generation.startswith("hbm4"):
        return 2000, 20, math.ceil(HBM3[2] * 2000 / 1600), 32
    mhz = RATES.get(generation, 1600)
    return mhz, math.ceil(HBM3[1] * mhz / 1600), math.ceil(HBM3[2] * mhz / 1600), 16


def number(text):
    """The number of a quantity such as `2 ns`; the units here are ns, GHz, GT/s and GB/s."""
    value, unit = text.split()
    assert unit in ("ns", "GHz", "GT/s", "GB/s"), text
    return float(value)


class Model:
    """A package as its TOML files give it."""

    def __init__(self, file):
        self.package = tomllib.loads(file.read_text())
        self.parts = {}
        for die in self.package["dies"]:
            parts = tomllib.loads((harness.SOURCE / "platform" / die["file"]).read_text())
            for key, value in die.get("params", {}).items():
                part, _, parameter = key.partition(".")
                if part not in parts:  # A parameter of the model of its own, such as mac_array.rows.
                    continue
                parts[part].setdefault("params", {})[parameter] = value
            self.parts[die["name"]] = parts
        self.dies = [die["name"] for die in self.package["dies"]]
        self.npus = self.dies[1:]
        self.links = self.package.get("links", [])
        self.devices = self.package.get("devices", [])
        self.targets = ["host DRAM"] + [device["port"].split(".")[1] for device in self.devices]
        self.targets += [npu + " HBM" for npu in self.npus]

    def param(self, die, part, key):
        return self.parts[die][part]["params"][key]

    def die_of(self, target):
        return target.removesuffix(" HBM") if target.endswith(" HBM") else "host"

    def neighbours(self, die):
        """(port, far die, link), lowest port first."""
        found = []
        for link in self.links:
            near, far = (end.split(".") for end in link["ends"])
            for (a, port), (b, _) in ((near, far), (far, near)):
                if a == die:
                    found.append((port, b, link))
        return sorted(found, key=lambda entry: entry[0])

    def route(self, source, target):
        """Links of a shortest path with their direction, at each die by the lowest port."""
        distance, frontier = {target: 0}, [target]
        for die in frontier:
            for _, far, _ in self.neighbours(die):
                if far not in distance:
                    distance[far] = distance[die] + 1
                    frontier.append(far)
        steps = []
        while source != target:
            _, far, link = next(entry for entry in self.neighbours(source)
                                if distance[entry[1]] == distance[source] - 1)
            steps.append((source, far, link))
            source = far
        return steps

    def hop(self, die):
        return 2 * number(self.param(die, "noc", "hop"))

    def raw(self, link):
        return link["lanes"] * number(link["rate"]) / 8  # GB/s: bytes a nanosecond.

    def cxl_raw(self):
        return self.devices[0].get("lanes", 8) * 32 / 8

    def latency(self, source, target):
        die = "host" if source == "hart0" else source
        hart = source == "hart0"
        steps = self.route(die, self.die_of(target))
        clock = 1 / number(self.param("host", "cpu", "clock"))
        if hart and target == "host DRAM":
            return clock  # Cached.
        total = self.hop(die) + sum(self.hop(far) for _, far, _ in steps)
        # 16 bytes there, 64 + 16 back: a flit of 256 bytes each.
        total += sum(2 * (2 + 256 / self.raw(link)) for _, _, link in steps)
        if target == "host DRAM":
            total += number(self.param("host", "dram", "read_latency"))
            total += 64 / number(self.param("host", "dram", "bandwidth"))
        elif target.endswith(" HBM"):
            mhz, cl, rcd, _ = hbm_set(self.param(self.die_of(target), "hbm0", "generation"))
            if hart:  # A closed bank: activate in the next slot, read, data.
                total += (rcd + cl + BURST_CLOCKS + 2) * 1000 / mhz
            else:  # An open row. Data ends with a command slot; the next slot after `total` comes,
                # one more for the other pseudo channel, then the data.
                clocks = math.floor(math.ceil(round(2 * total * mhz / 1000, 6)) / 2) + 1
                total = (clocks + 1 + cl + BURST_CLOCKS) * 1000 / mhz
        else:  # A slot of 16 bytes in a flit of 68 there, 72 bytes in two of them back; DDR5.
            total += 40 + 68 / self.cxl_raw() + 79 + 85 + 40 + 2 * 68 / self.cxl_raw()
        return clock + clock * math.ceil(round(total / clock, 6)) if hart else total

    def limits(self, source, target):
        """What a copy meets on its way: (kind, name, GB/s). The way of the data is the route back."""
        steps = self.route(source, self.die_of(target))
        for die in [source] + [far for _, far, _ in steps]:
            width = self.param(die, "noc", "width_bits") / 8
            yield "port", die, width * number(self.param(die, "noc", "clock"))
        for near, far, link in steps:
            yield "link", f"{far} > {near}", self.raw(link) * 240 / 256
        if target == "host DRAM":
            yield "memory", target, number(self.param("host", "dram", "bandwidth"))
        elif target.endswith(" HBM"):
            mhz, _, _, channels = hbm_set(self.param(self.die_of(target), "hbm0", "generation"))
            yield "hbm", target, mhz / 1000 / BURST_CLOCKS * BURST_BYTES * 2 * channels
        else:
            yield "cxl", target, self.cxl_raw() * 64 / 68 * 64 / 72
            yield "cxl", target + " media", 38.4

    def bound(self, source, target):
        if source == "hart0":
            return "hart", source, 8 / self.latency(source, target)
        return min(self.limits(source, target), key=lambda limit: limit[2])


def read_table(text, title):
    """{(row, column): number or None} of a table as the console and `describe` print it."""
    lines = text[text.index(title):].splitlines()
    columns = re.split(r"\s{2,}", lines[1].replace("from \\ to", "").strip())
    cells = {}
    for line in lines[2:]:
        fields = line.split()
        if len(fields) != len(columns) + 1:
            break
        for column, value in zip(columns, fields[1:]):
            cells[fields[0], column] = None if value == "-" else float(value)
    return cells


class Reach(harness.SystemTest):
    def check(self, file):
        model = Model(file)
        cells = {(source, target) for source in ["hart0"] + model.npus for target in model.targets}
        described = self.vp("describe", file, "--paths")
        log = self.vp("run", file)
        self.check_described(model, cells, described)
        self.check_latency(model, cells, read_table(log, "idle latency in ns"))
        self.check_alone(model, cells, read_table(log, "bandwidth in GB/s, one at a time"))
        if len(model.npus) > 1:
            self.check_together(model, read_table(log, "bandwidth in GB/s, all NPUs at once"))

    def check_described(self, model, cells, text):
        latency = read_table(text, "idle latency in ns")
        bound = read_table(text, "bandwidth bound in GB/s")
        self.assertEqual(set(latency), cells)
        self.assertEqual(set(bound), cells)
        for cell in cells:
            with self.subTest(described=cell):
                self.assertAlmostEqual(latency[cell], model.latency(*cell), delta=0.0011)
                self.assertAlmostEqual(bound[cell], model.bound(*cell)[2], delta=0.0011)

    def check_latency(self, model, cells, measured):
        self.assertEqual(set(measured), cells)
        for cell in cells:
            with self.subTest(latency=cell):
                expected = model.latency(*cell)
                self.assertAlmostEqual(measured[cell], expected, delta=0.02 * expected)

    def check_alone(self, model, cells, measured):
        self.assertEqual(set(measured), cells)
        for cell in cells:
            kind, name, bound = model.bound(*cell)
            # The timer counts 100 ns: in the 40 us of a hart, and at both ends of a copy and of the empty
            # program that is taken off.
            copy_ns = COPY_BYTES / bound
            slack = 1.003 if kind == "hart" else copy_ns / (copy_ns - 2 * 100)
            with self.subTest(alone=cell, bound=name):
                self.assertLessEqual(measured[cell], bound * slack)
                self.assertGreaterEqual(measured[cell] + 0.001, SHARE[kind] * bound)

    def check_together(self, model, measured):
        self.assertEqual(set(measured), {(n, t) for n in model.npus for t in model.targets})
        for target in model.targets:
            load, limit = {}, {}
            for npu in model.npus:
                for kind, name, bound in model.limits(npu, target):
                    if kind != "port":
                        load[name] = load.get(name, 0) + measured[npu, target]
                        limit[name] = bound
            for name, total in load.items():
                with self.subTest(together=target, at=name):
                    self.assertLessEqual(total, limit[name])
            with self.subTest(together=target):
                # Something comes near its limit. Copies that do not end together lose up to one in
                # three: an NPU half as fast again as the slowest may count two like it, not three.
                fullest = max(load[name] / limit[name] for name in load)
                self.assertGreaterEqual(fullest, 0.6)

    def test_duo(self):
        self.check(harness.PACKAGES / "duo.toml")

    def test_solo(self):
        self.check(harness.PACKAGES / "solo.toml")

    def test_quad(self):
        self.check(harness.PACKAGES / "quad.toml")

    def test_random_package(self):
        script = harness.SOURCE / "tests" / "system" / "random_package.py"
        made = subprocess.run([sys.executable, script, "11"], check=True, stdout=subprocess.PIPE)
        self.check(self.write("random.toml", made.stdout))


if __name__ == "__main__":
    harness.main()
