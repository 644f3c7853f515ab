#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""chiplet-vp bench hbm: results, files of accesses, and wrong options."""

import json

from bench_hbm import MAP, TIMINGS, BenchHbm
from harness import A_DIRECTORY, main

CAPACITY = 1 << 30
KEYS = [
    "achieved_gb_s", "peak_gb_s", "efficiency", "latency_avg_ns", "latency_p50_ns",
    "latency_p99_ns", "row_hit_fraction", "energy_pj_per_bit", "requests_per_host_s",
]
MASK = (1 << 64) - 1


def splitmix64(x):
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ x >> 30) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ x >> 27) * 0x94D049BB133111EB) & MASK
    return x ^ x >> 31


def access(pattern, n, seed=0):
    """Address and direction of request n, from the text of the reference experiment."""
    name, *numbers = pattern.split(":")
    first, second = ([int(x) for x in numbers] + [0, 0])[:2]
    block, unit = max(first, 32), 32
    if name in ("seq", "seqw"):
        return n * unit % CAPACITY, name == "seqw"
    if name == "stride":
        o = n * first
        return (o % CAPACITY + o // CAPACITY * unit) % CAPACITY, False
    g, inside = n // (block // unit), n % (block // unit) * unit
    if name == "rand":
        g ^= seed << 32
        write = splitmix64(g ^ 0xABCDEF12345) % 1000 < second
        return splitmix64(g) % (CAPACITY // block) * block + inside, write
    streams = {"s21": 3, "copy": 2}[name]
    stream, p = g % streams, g // streams
    offset = (p * block + inside) % (CAPACITY // 4)
    return (stream * (CAPACITY // 4 + second) + offset) % CAPACITY, stream == streams - 1


class BenchHbmResults(BenchHbm):
    def test_json_has_the_keys_and_nothing_else_is_printed(self):
        result = self.result("--pattern", "rand:1024", "--requests", 20000)
        self.assertEqual(list(result), KEYS)
        self.assertEqual(result["peak_gb_s"], 51.2)
        self.assertAlmostEqual(result["achieved_gb_s"], result["efficiency"] * 51.2)
        self.assertGreater(result["requests_per_host_s"], 1000)
        self.assertGreater(result["energy_pj_per_bit"], 3)
        self.assertLess(result["latency_p50_ns"], result["latency_p99_ns"])

    def test_idle_latencies_are_those_of_the_dram(self):
        idle = ["--refresh", "none", "--outstanding", 1, "--requests", 20000]
        self.assertEqual(self.result("--pattern", "rand:32", *idle)["latency_p50_ns"], 50.0)
        self.assertAlmostEqual(self.result("--pattern", "seq", *idle)["latency_p50_ns"], 14.375)
        later = self.result("--pattern", "seq", "--controller-latency", "65 ns", *idle)
        self.assertAlmostEqual(later["latency_p50_ns"], 14.375 + 65)

    def test_writes_have_no_latency(self):
        result = self.result("--pattern", "seqw")
        self.assertEqual([result[key] for key in KEYS[3:6]], [0, 0, 0])

    def test_file_is_the_pattern_that_made_it(self):
        cases = [
            ("seq", []), ("seqw", []), ("rand:32", []), ("rand:256:333", []), ("stride:4096", []),
            ("stride:100", []), ("s21:1024:64", []), ("copy:4096", []), ("rand:1024", ["--seed", 7]),
            ("rand:512", ["--transaction", 256]), ("seq", ["--transaction", 4096]),
            ("s21:96:0", ["--transaction", 64]), ("seq", ["--offered", 0.3]),
        ]
        for pattern, options in cases:
            with self.subTest(pattern=pattern, options=options):
                seed = options[1] if "--seed" in options else 0
                lines = []
                for n in range(20000):
                    address, write = access(pattern, n, seed)
                    lines.append(f"{'W' if write else 'R'} {address - address % 32:x}\n")
                self.write("accesses", "".join(lines))
                one = self.result("--pattern", pattern, "--requests", 20000, *options)
                two = self.result("--pattern", "file:accesses", *options)
                del one["requests_per_host_s"], two["requests_per_host_s"]
                self.assertEqual(one, two)

    def test_four_phases_give_the_times_of_early_completion(self):
        for options in (["rand:1024"], ["s21:4096"], ["rand:256:333", "--offered", 0.1],
                        ["seq", "--transaction", 1024], ["rand:1024", "--fidelity", "functional"]):
            with self.subTest(options=options):
                early, phases = (self.result("--requests", 20000, *more, "--pattern", *options)
                                 for more in ([], ["--four-phase"]))
                del early["requests_per_host_s"], phases["requests_per_host_s"]
                self.assertEqual(early, phases)

    def test_functional_fidelity_follows_the_curve_of_the_cycle_model(self):
        def latency(fidelity, config, height, offered):
            text = self.bench("--config", config, "--channels", 1, "--pattern", "rand:1024",
                              *height, "--fidelity", fidelity, "--offered", offered, "--json")
            return json.loads(text)["latency_avg_ns"]

        for config, height, offers in (("hbm3-6400", [], (0.02, 0.1, 0.2, 0.3, 0.5, 0.6)),
                                       ("hbm3-6400", ["--stack-ids", 4], (0.1, 0.3, 0.5)),
                                       ("hbm3-6400", ["--stack-ids", 1], (0.1, 0.3)),
                                       ("hbm4-8.0", [], (0.1, 0.4)), ("lpddr5-6400", [], (0.1, 0.4))):
            for offered in offers:
                with self.subTest(config=config, height=height, offered=offered):
                    functional, cycle = (latency(f, config, height, offered) for f in ("functional", "cycle"))
                    bar = 0.05 if offered <= 0.5 else 0.08
                    self.assertAlmostEqual(functional, cycle, delta=bar * cycle)

    def test_functional_fidelity_has_a_bandwidth_for_each_channel(self):
        def bandwidth(address_map):
            text = self.bench("--channels", 16, "--map", address_map, "--pattern", "seq",
                              "--fidelity", "functional", "--json")
            return json.loads(text)["achieved_gb_s"]

        one, all_of_them = bandwidth("p1g2c3b2s1c2r14h4"), bandwidth("p1g2c1h4c2b2s1c2r14")
        self.assertLess(one, 51.2)
        self.assertAlmostEqual(all_of_them, 16 * one, delta=0.05 * all_of_them)
        text = self.bench("--channels", 16, "--map", "p1g2c3b2s1c2r14h4", "--fidelity", "functional")
        self.assertNotIn("changes nothing", text)

    def test_file_of_a_user_has_the_curve_of_what_it_is(self):
        def functional(config):
            result = json.loads(self.bench("--config", config, "--pattern", "rand:1024", "--offered", 0.4,
                                           "--fidelity", "functional", "--json"))
            del result["requests_per_host_s"]
            return result

        for generation, name in (("hbm3-6400", "ddr5-4800"), ("hbm2", "mine")):
            text = (TIMINGS / f"{generation}.toml").read_text()
            self.write(f"{name}.toml", text.replace(f'name = "{generation}"', f'name = "{name}"'))
            self.assertEqual(functional(f"{name}.toml"), functional(generation))
        # One of its own: 32 clocks of 0.625 ns later.
        self.write("late.toml", (TIMINGS / "hbm3-6400.toml").read_text()
                   .replace("cl = 20", "cl = 52").replace("rtw = 20", "rtw = 52"))
        late, usual = (functional(config)["latency_avg_ns"] for config in ("late.toml", "hbm3-6400"))
        self.assertAlmostEqual(late - usual, 20, delta=5)

    def test_seed_changes_the_blocks_and_repeats(self):
        def efficiency(seed):
            return self.result("--pattern", "rand:64", "--seed", seed)["efficiency"]

        self.assertEqual(efficiency(0), self.result("--pattern", "rand:64")["efficiency"])
        self.assertNotEqual(efficiency(0), efficiency(1))
        self.assertEqual(efficiency(1), efficiency(1))

    def test_offered_load_is_what_comes_out(self):
        for offered in (0.05, 0.25, 0.5):
            result = self.result("--pattern", "seq", "--offered", offered)
            self.assertAlmostEqual(result["efficiency"], offered, delta=0.005)

    def test_cycle_fidelity_gives_the_reference_to_the_digit_through_its_socket(self):
        for pattern, efficiency, average, median, last in (
            ("seq", 0.8922, 358.7, 321.9, 735.6), ("seqw", 0.8908, 0, 0, 0),
            ("rand:32", 0.2917, 1096.8, 1016.9, 1517.5),
            ("copy:4096:0", 0.6375, 553.8, 559.4, 1049.4),
            ("rand:256:333", 0.2870, 1132.9, 1051.2, 1587.5),
        ):
            with self.subTest(pattern=pattern):
                result = self.result("--pattern", pattern, "--fidelity", "cycle")
                self.assertAlmostEqual(result["efficiency"], efficiency, delta=0.000051)
                for key, value in zip(KEYS[3:6], (average, median, last)):
                    self.assertAlmostEqual(result[key], value, delta=0.051)

    def test_policies_without_refresh_have_none_unless_told(self):
        def efficiency(*options, fidelity="cycle"):
            return self.result("--pattern", "seq", "--fidelity", fidelity, *options)["efficiency"]

        for policy in ("none_q64", "none_idle"):
            self.assertAlmostEqual(efficiency("--policy", policy), 0.9952, delta=0.0005)
            self.assertEqual(efficiency("--policy", policy, fidelity="approximate"),
                             efficiency("--refresh", "none", fidelity="approximate"))
            told = efficiency("--policy", policy, "--refresh", "all-bank")
            self.assertEqual(told, efficiency())
        self.assertAlmostEqual(efficiency(), 0.8922, delta=0.0001)

    def test_measured_bandwidth_is_never_beyond_the_peak(self):
        for requests, transaction, outstanding in ((3000, 65536, 512), (5000, 65536, 4096),
                                                   (9000, 32768, 8192), (110, 32, 512)):
            for pattern in ("seq", "seqw", "rand:65536:500"):
                result = self.result("--pattern", pattern, "--requests", requests, "--warmup", 100,
                                     "--transaction", transaction, "--outstanding", outstanding)
                # A burst on each of the two pseudo channels may have moved before the measured time.
                counted = requests - 100 - transaction // 32
                self.assertLessEqual(result["efficiency"], 1 + 2 / counted)
                self.assertGreater(result["efficiency"], 0.8)
        # The number is given as measured: of two transactions of writes under way the second has moved
        # seven or eight bursts of 3000 before the first, with which the warm-up ends, has ended.
        self.assertAlmostEqual(self.result("--pattern", "seqw", "--fidelity", "cycle", "--requests", 5000,
                                           "--warmup", 100, "--transaction", 65536, "--outstanding",
                                           4096)["efficiency"], 1.0025, delta=0.0005)
        self.refused("--requests", 2000, "--warmup", 100, "--transaction", 65536,
                     says="--requests: 2000 leave 0, in 1 ticks, behind the transaction")

    # The controllers beside the reference's, and what refresh costs a stream.
    def test_refresh_of_single_banks_costs_a_stream_nearly_nothing(self):
        for policy in ("ab_q64", "pc_q64", "fr_fcfs", "fr_fcfs_grouped", "fr_fcfs_adaptive"):
            def efficiency(refresh):
                return self.result("--pattern", "seq", "--fidelity", "cycle", "--policy", policy,
                                   "--refresh", refresh)["efficiency"]

            with self.subTest(policy=policy):
                free = efficiency("none")
                cost = 1 - efficiency("per-bank") / free
                # Who serves row hits first gains a little where a refresh has closed the row.
                self.assertGreaterEqual(cost, -0.0015 if policy.startswith("fr_fcfs") else 0)
                self.assertLessEqual(cost, 0.03)
                self.assertGreaterEqual(efficiency("same-bank"), 0.98 * free)

    def test_every_generation_runs(self):
        for timing in sorted(TIMINGS.glob("*.toml")):
            for fidelity in ("functional", "approximate", "cycle"):
                text = self.bench("--config", timing.stem, "--fidelity", fidelity, "--pattern",
                                  "rand:256:300", "--requests", 20000, "--json")
                result = json.loads(text)
                self.assertGreater(result["efficiency"], 0.05, timing.stem)
                self.assertLessEqual(result["efficiency"], 1.001, timing.stem)

    def test_stacks_of_any_height_and_channels(self):
        def result(*args):
            return json.loads(self.bench("--requests", 20000, "--json", *args))

        gibibyte = 1 << 30
        for fidelity in ("approximate", "cycle"):
            for stack_ids in (1, 2, 3, 4):  # 4-, 8-, 12- and 16-high.
                for channels in (12, 16):
                    shape = ["--channels", channels, "--stack-ids", stack_ids, "--fidelity", fidelity]
                    with self.subTest(shape=shape):
                        seq, rand = (result(*shape, "--pattern", pattern) for pattern in ("seq", "rand:64"))
                        self.assertAlmostEqual(seq["peak_gb_s"], channels * 51.2, places=3)
                        self.assertGreater(seq["efficiency"], 0.75)
                        self.assertTrue(0.2 < rand["efficiency"] < 0.5 * seq["efficiency"], rand)
                        # 3.59 where whole rows are read, of which the end of this stream opens some more.
                        self.assertTrue(3.58 < seq["energy_pj_per_bit"] < 4, seq)
                        # Half a gibibyte a channel and stack id.
                        size = channels * stack_ids * gibibyte // 2
                        for at, code in ((size - 32, 0), (size, 2)):
                            self.write("accesses", f"R 0\nR {at:x}\n")
                            text = self.bench(*shape, "--pattern", "file:accesses", expect=code)
                            self.assertEqual("lies beyond the memory" in text, code == 2, text)

    def test_wrong_options(self):
        refused = self.refused
        refused("--config", "hbm9", says='--config: "hbm9" is no generation')
        refused("--config", "none.toml", says="--config: none.toml: cannot be read")
        refused("--map", "p1", says="--map: ")
        refused("--map", "p1g2c3b2s1c2r13y", says="expected 14")
        refused("--map", "h4p1g2c3b2s1c2r14y", says="expected 0")
        refused("--map", "p1g2c3b2s1p1c2r14y", says="has 2 bits of 'p'; expected 1")
        refused("--map", "p1g2c3b2s1c2r14y(c9=r0)", says="folds a bit that 'c' or the row does not have")
        refused("--map", "p1g2c3b2s1c2r14y(g0=b1)", says="--map: ")
        refused("--channels", 0, says="--channels: 0; expected 1 or more")
        refused("--channels", 99, says="--channels: ")
        refused("--channels", -1, says='--channels: "-1"; expected a whole number')
        for count in (5, 9, 4294967295):
            refused("--stack-ids", count, says="; expected up to 4 of hbm3-6400")
        refused("--stack-ids", -1, says='--stack-ids: "-1"; expected a whole number')
        refused("--map", "p1p0", says="field 'p' of 0 bits; expected 1 to 31")
        refused("--fidelity", "perfect", says="expected one of approximate")
        refused("--fidelity", "cycle", "--policy", "best",
                says='--policy: "best" is unknown; expected one of ab_q64')
        refused("--policy", "best", says='--policy: "best" is unknown; expected one of ab_q64')
        refused("--policy", "fr_fcfs",
                says='--policy: "fr_fcfs" is one of cycle fidelity; expected one of ab_q64')
        refused("--policy", "pc_q64", "--fidelity", "functional",
                says="--policy: functional fidelity has no scheduler but the generation's, ab_q64")
        for option, value in (("--map", MAP), ("--refresh", "none"), ("--read-queue", 32),
                              ("--write-queue", 32)):
            text = self.bench("--channels", 1, "--fidelity", "functional", option, value)
            self.assertIn(f"{option}: changes nothing at functional fidelity", text)
        refused("--refresh", "some", says="expected one of all-bank")
        refused("--seed", 2**32, says="--seed: 4294967296; expected 0 to 4294967295")
        refused("--outstanding", 0, says="--outstanding: 0; expected 1")
        refused("--offered", 1.5, says="--offered: 1.5; expected 0 to 1")
        refused("--offered", "nan", says="--offered: nan; expected 0 to 1")
        refused("--offered", 1e-12, says="four hours")
        refused("--requests", 0, says="--requests: 0; expected 1")
        refused("--requests", "many", says="--requests")
        refused("--requests", -1, says='--requests: "-1"; expected a whole number')
        refused("--outstanding", -5, says='--outstanding: "-5"; expected a whole number')
        refused("--requests", 100, "--warmup", 100, says="--warmup: 100; expected fewer than")
        refused("--transaction", 33, says="--transaction: 33 bytes; expected a multiple of 32")
        refused("--transaction", 0, says="--transaction: 0 bytes; expected a multiple of 32")
        refused("--transaction", -32, says='--transaction: "-32"; expected a whole number')
        refused("--transaction", 131072, says="--transaction: ")
        refused("--read-queue", 0, says="--read-queue: 0; expected 1 to 64")
        refused("--controller-latency", 5, says="--controller-latency")
        for queue in ("--read-queue", "--write-queue"):
            for entries in (0, 65, 1000):
                refused(queue, entries, says=f"{queue}: {entries}; expected 1 to 64")
        for option in ("--read-queue", "--write-queue"):
            refused(option, 10**12, says=f"{option}: 1000000000000; expected 1 to 64")
        refused("--channels", 5 * 10**9, says="--channels: 5000000000; expected up to 32")
        refused("--stack-ids", 2**32 + 1, says="--stack-ids: 4294967297; expected up to 4")
        refused("--transaction", 2**40, says="--transaction: 1099511627776 bytes; expected")
        for option in ("--outstanding", "--requests", "--seed", "--channels", "--transaction"):
            refused(option, 10**20, says=f'"{10**20}"; expected a whole number of up to 64 bits')
        refused("--map", "p99999999999999999999", says="field 'p' of 99999999999999999999 bits")
        refused("--map", "p1g2c3b2s1c2r14y(g0=r1,g0=r2)", says="folds g0 twice")
        for option in ("--offered", "--map", "--requests", "--policy", "--fidelity", "--refresh",
                       "--config", "--controller-latency"):
            refused(option, "", says=option)
        refused("--nothing", says="--nothing")
        self.assertIn("no command; expected one of: ucie, hbm", self.vp("bench", expect=2))
        self.assertIn('"ddr" is no command; expected one of: ucie, hbm', self.vp("bench", "ddr", expect=2))
        self.assertIn("Examples:", self.bench("--help"))

    def test_wrong_patterns(self):
        for pattern in ("", "sequ", "rand", "rand:x", "rand:64:2:3", "seq:1", "stride", "stride:-1",
                        "s21", "copy:1:2:3", "rand:64:", "rand:99999999999999999999"):
            self.refused("--pattern", pattern, says="is no pattern; expected one of")
        self.refused("--pattern", "rand:64:1001", says="expected 0 to 1000")
        self.refused("--pattern", "rand:2147483648", says="expected at most")
        self.refused("--pattern", "s21:536870912", says="expected at most")
        most = (2**64 - 1) // 1000
        self.refused("--requests", 1000, "--pattern", f"stride:{most + 1}",
                     says=f"a stride of {most + 1} bytes leads 1000 requests past 2^64; expected at most {most}")
        self.result("--requests", 1000, "--pattern", f"stride:{most}")

    def test_wrong_files(self):
        def file(text, says):
            self.write("accesses", text)
            self.refused("--pattern", "file:accesses", says=says)

        self.refused("--pattern", "file:none", says="none: cannot be read")
        self.refused("--pattern", "file:.", says=A_DIRECTORY)
        self.refused("--pattern", "file:/dev/zero", says="cannot be read")
        file("", "holds no accesses")
        file("R 0\nX 20\n", "accesses:2: expected R or W")
        file("R 0\nR 2g\n", "accesses:2: expected R or W")
        file("R\n", "accesses:1: expected R or W")
        file("R  0\n", "accesses:1: expected R or W")
        file("R 40000000\n", "accesses:1: 0x40000000 lies beyond the memory")
        file("R 0\nR ffffffffffffffff\n", "accesses:2: 0xffffffffffffffff lies beyond the memory")
        self.write("accesses", "R 0\nW 0x20\n")
        self.refused("--pattern", "file:accesses", "--requests", 3, says="expected 1 to 2")
        self.result("--pattern", "file:accesses")

    def test_file_of_more_accesses_than_are_sent_is_told(self):
        self.write("accesses", "".join(f"R {32 * n:x}\n" for n in range(100_010)))
        text = self.bench("--channels", 1, "--pattern", "file:accesses")
        self.assertIn("--pattern: 10 lines of the file are left; --requests sends more", text)
        for requests in (100_000, 100_010):
            text = self.bench("--channels", 1, "--pattern", "file:accesses", "--requests", requests)
            self.assertNotIn("note:", text)

    def test_latency_of_a_controller_is_up_to_a_microsecond(self):
        options = ["--requests", 2000, "--controller-latency"]
        self.result(*options, "1 us")
        for wrong in ("1001 ns", "1000 s"):
            self.refused(*options, wrong, says="--controller-latency: expected up to 1 us")


if __name__ == "__main__":
    main()
