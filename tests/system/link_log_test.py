#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The log of die-to-die links tells what the statistics count, and changes nothing."""

import collections
import json
import re

import harness

LINKS = ("host-npu0", "host-npu1", "npu0-npu1")
LINE = re.compile(r"^ *(\d+\.\d{6}) us (\S+) > (\S+) +(?:\+(\d+\.\d{3}))?  ([a-z ]+?)(?: (\d+))?, (.*)$")


class LinkLog(harness.SystemTest):
    def run_duo(self, *args, errors="0"):
        settings = [f"--set={link}.{each}" for link in LINKS
                    for each in ("fidelity=flit", f"bit_error_rate={errors}")]
        return self.vp("run", "duo", "--append", "reach=off", *settings, *args)

    def ways(self):
        return {way["from"]: way for link in self.stats()["links"] if link["type"] == "ucie"
                for way in link["directions"]}

    def lines(self, name="links.txt"):
        for text in (self.dir / name).read_text().splitlines():
            line = LINE.match(text)
            self.assertTrue(line, text)
            yield line.groups()

    def test_flits_are_those_that_are_counted(self):
        self.run_duo("--log-links", "links.txt", "--stats", "stats.json", errors="2e-6")
        seen = collections.defaultdict(collections.Counter)
        latest = collections.defaultdict(float)
        before = 0
        for time, sender, receiver, arrival, what, number, text in self.lines():
            count = seen[sender]
            self.assertGreaterEqual(float(time), before)  # Sideband packets that had to wait too.
            before = float(time)
            if what in ("sideband", "state", "signal"):
                continue
            self.assertEqual(arrival, "3.000")
            self.assertGreater(float(time), latest[sender])  # One flit at a time.
            latest[sender] = float(time)
            count[what] += 1
            count["damaged"] += "DAMAGED" in text
            if what == "flit":
                self.assertEqual(int(number), (count["flit"] - 1) % 512)
                count["bytes"] += int(re.search(r"(\d+) B", text).group(1))
                count["messages"] += len(re.findall(r" \| (?:read|write|posted|atomic|compl)", text))
        self.assertEqual(len(seen), 6)
        damaged = 0
        for name, way in self.ways().items():
            count = seen[name]
            self.assertEqual(count["flit"], way["flits"], name)
            self.assertEqual(count["bytes"], way["payload_bytes"], name)
            self.assertEqual(count["messages"], way["messages"], name)
            self.assertEqual(count["replay"], way["replayed_flits"], name)
            self.assertEqual(count["nop"] + count["nak"] + count["probe"], way["nop_flits"], name)
            self.assertEqual(count["damaged"], way["crc_errors"] + way["undetected_flits"], name)
            damaged += count["damaged"]
        self.assertGreater(damaged, 0)

    def test_states_come_in_the_order_of_training(self):
        self.run_duo("--log-links", "links.txt")
        states = [text for _, sender, _, _, what, _, text in self.lines()
                  if what == "state" and sender == "host.d2d0"]
        self.assertEqual(states[0], "SBINIT")
        self.assertEqual(states[-2:], ["LINKINIT", "ACTIVE"])
        self.assertLess(states.index("MBINIT.REPAIRMB"), states.index("MBTRAIN.VALVREF"))

    def test_layers_shake_hands(self):
        self.run_duo("--log-links", "links.txt", "--set=host-npu0.handshake_step=3 ns")
        rdi = [(float(time), text[4:]) for time, sender, _, _, what, _, text in self.lines()
               if what == "signal" and sender == "host.d2d0" and text.startswith("RDI")]
        self.assertEqual([text for _, text in rdi],
                         ["pl_clk_req 1", "lp_clk_ack 1", "lp_wake_req 1", "pl_wake_ack 1", "pl_state_sts Active",
                          "pl_clk_req 0", "lp_wake_req 0", "lp_clk_ack 0", "pl_wake_ack 0"])
        for request, acknowledgement in ((0, 1), (2, 3), (5, 7), (6, 8)):
            self.assertAlmostEqual(rdi[acknowledgement][0] - rdi[request][0], 0.003, 6)

    def test_both_ends_ask_for_parity(self):
        for there in (2, 4):
            self.run_duo("--log-links", "links.txt", "--set=host-npu0.parity=2", f"--set=npu0-npu1.parity={there}")
            said = {sender: [text for _, by, _, _, what, _, text in self.lines()
                             if by == sender and what == "sideband" and "parity" in text]
                    for sender in ("host.d2d0", "npu0.d2d0", "npu0.d2d1", "host.d2d1")}
            self.assertEqual(said["host.d2d0"], ["parity 2?", "parity"])
            self.assertEqual(said["npu0.d2d0"], ["parity 2?", "parity"])
            self.assertEqual(said["npu0.d2d1"], [f"parity {there}?", "parity"])
            self.assertEqual(said["host.d2d1"], [])

    def test_messages_where_there_are_no_flits(self):
        self.vp("run", "duo", "--append", "reach=off", "--log-links", "links.txt", "--stats", "stats.json")
        log = (self.dir / "links.txt").read_text()
        for name, way in self.ways().items():
            messages = re.findall(rf"us {name} > \S+ +\+\S+  (?!sideband)", log)
            self.assertEqual(len(messages), way["messages"], name)

    def test_a_window_of_time(self):
        self.run_duo("--log-links", "all.txt")
        self.run_duo("--log-links", "part.txt", "--log-links-from", "14.5 ms", "--log-links-to", "15 ms")
        within = [line for line in (self.dir / "all.txt").read_text().splitlines()
                  if 14500 <= float(line.split()[0]) <= 15000]
        self.assertGreater(len(within), 50)
        self.assertEqual((self.dir / "part.txt").read_text().splitlines(), within)

    def test_watching_changes_nothing_and_draws_tracks(self):
        statistics = []
        for args in ([], ["--log-links", "links.txt", "--trace", "trace.json"]):
            self.run_duo("--stats", "stats.json", *args)
            stats = self.stats()
            del stats["host"]
            statistics.append(json.dumps(stats))
        self.assertEqual(*statistics)
        events = json.loads((self.dir / "trace.json").read_text())["traceEvents"]
        tracks = {(event["pid"], event["tid"]): event["args"]["name"] for event in events
                  if event["name"] == "thread_name"}
        drawn = collections.defaultdict(set)
        for event in events:
            if event["ph"] == "X":
                drawn[tracks[event["pid"], event["tid"]]].add(event["name"].split()[0])
        self.assertLessEqual({"flit", "nop"}, drawn["d2d0.wire"])
        self.assertIn("done", drawn["d2d0.sideband"])
        self.assertLessEqual({"SBINIT", "LINKINIT", "ACTIVE"}, drawn["d2d0.training"])
        self.assertEqual(drawn["d2d0.rdi"], {"Active"})
        self.assertEqual(drawn["d2d0.rdi.pl_clk_req"], {"1"})

    def test_mistakes(self):
        for args, says in {
            ("--log-links", "x", "--log-links-from", "2 ms", "--log-links-to", "1 ms"):
                "--log-links-to 1 ms: expected 2 ms or more",
            ("--log-links", "x", "--stats", "x"): "is the file of",
            ("--log-links", "no/where/x"): "--log-links",
            ("--log-links-from", "2 ms"): "--log-links",
            ("--log-links", "x", "--log-links-from", "soon"): "soon",
        }.items():
            with self.subTest(args):
                text = self.vp("run", "duo", *args, expect=2)
                self.assertIn(says, text)


if __name__ == "__main__":
    harness.main()
