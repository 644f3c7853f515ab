#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What fails while the package runs: links, memories, guests that misbehave, limits."""

import re

import numpy

import harness

DEAD, END = 124, 125


class Faults(harness.SystemTest):
    """Parts that are broken from the start: the firmware says so and goes on without them."""

    def boot(self, *settings, expect=0):
        return self.vp("run", "duo", "--append", "reach=off", *self.sets(settings), expect=expect)

    def sets(self, settings):
        return [word for setting in settings for word in ("--set", setting)]

    def infer_500(self, *settings, dies):
        """All 500 images are classified as by the reference, on as many NPU dies as are left."""
        text = self.vp("infer", "duo", harness.DIGITS, "--input", harness.IMAGES, "--images", 500,
                       "--output", "out", "--append", "reach=off", *self.sets(settings))
        result = self.stats("out/stats.json")["inference"]
        self.assertEqual(result["images"], 500, text)
        self.assertEqual(sum(layer["differences"] for layer in result["layers"]), 0, text)
        self.assertEqual(sum(layer["images"] for layer in result["layers"]), 4 * 500, text)
        self.assertGreaterEqual(result["correct"], 475, text)
        self.assertIn(f"500 images on {dies} NPU die", text)
        self.assertIn("equal to the compiler's plan on every link and memory", text)
        return text

    def test_a_dead_link_is_routed_around(self):
        text = self.infer_500("host-npu1.fault=dead", dies=2)
        self.assertRegex(text, r"FAILED in SBINIT: .*; link left out")
        self.assertIn("route host > npu1: port d2d0, through npu0, 2 hops", text)
        self.assertIn("route npu1 > host: port d2d1, through npu0, 2 hops", text)

    def test_the_other_host_link_is_routed_around(self):
        text = self.infer_500("host-npu0.fault=dead", dies=2)
        self.assertIn("route host > npu0: port d2d1, through npu1, 2 hops", text)

    def test_a_dead_link_between_npus_is_routed_around(self):
        text = self.infer_500("npu0-npu1.fault=dead", dies=2)
        self.assertIn("route npu0 > npu1: port d2d0, through host, 2 hops", text)

    def test_a_die_without_links_is_left_out(self):
        text = self.infer_500("host-npu1.fault=dead", "npu0-npu1.fault=dead", dies=1)
        self.assertIn("die npu1: no link leads to it; left out", text)

    def test_a_die_without_memory_is_left_out(self):
        text = self.infer_500("npu1.hbm0.training_fails=3", dies=1)
        self.assertIn("hbm npu1.hbm0: FAILED in training, channels that failed 0x8; left out", text)
        self.assertIn("infer npu1: left out, it has no usable HBM", text)

    def test_inputs_move_when_the_expander_is_dead(self):
        text = self.infer_500("expander0.dead=true", dies=2)
        self.assertIn("FAILED: the link is down; left out", text)
        self.assertIn("infer: inputs in host DRAM", text)

    def test_memory_test_reaches_every_pseudo_channel(self):
        for number in range(32):
            text = self.vp("run", "solo", "--append", "reach=off",
                           "--set", f"npu0.hbm0.dead_pseudo_channels={number}")
            self.assertRegex(text, r"hbm npu0.hbm0: memory test: 0x\w+ holds 0, expected 0x\w+", number)

    def test_a_die_with_bad_memory_is_left_out(self):
        self.infer_500("npu1.hbm0.dead_pseudo_channels=7,31", dies=1)

    def test_no_npu_left(self):
        for settings in (["host-npu0.fault=dead", "host-npu1.fault=dead"], ["npu*.hbm0.training_fails=0"]):
            text = self.vp("infer", "duo", harness.DIGITS, "--input", harness.IMAGES, "--output", "out",
                           "--append", "reach=off", *self.sets(settings), expect=1, timeout=60)
            self.assertIn("infer: no NPU die is left to run the job", text)
            self.assertIn("error: the runtime left no results; the boot log says why", text)
            self.assertFalse((self.dir / "out" / "outputs.npy").exists())
            self.assertFalse((self.dir / "out" / "predictions.csv").exists())

    def test_everything_dead_still_boots(self):
        text = self.boot("*-*.fault=dead", "expander0.dead=true", "npu*.hbm0.training_fails=0")
        self.assertIn("die npu0: no link leads to it; left out", text)
        self.assertIn("die npu1: no link leads to it; left out", text)
        self.assertIn("end of run, code 0", text)

    def test_broken_lanes(self):
        # An advanced package mends up to two lanes of each half with spares; beyond, half the width.
        text = self.boot("host-npu0.broken_lanes=3,17")
        self.assertIn("2 lanes replaced by spares", text)
        self.assertNotIn("DEGRADED", text)
        text = self.boot("host-npu0.broken_lanes=3,4,5,6,7")
        self.assertIn("up: x32 of x64 lanes at 32 GT/s, advanced package, DEGRADED", text)
        self.assertEqual(text.count("up: x64 of x64 lanes"), 2)

    def test_broken_pins(self):
        # One of a kind has a spare; lanes that fail at the rate and have none cost the rate.
        text = self.boot("host-npu0.faults=d0.clock, d1.valid, sideband:1, data:3")
        self.assertIn("1 lanes replaced by spares", text)
        self.assertNotIn("DEGRADED", text)
        text = self.boot("host-npu0.faults=data:0@16, data:1@16, data:2@16")
        self.assertIn("up: x64 of x64 lanes at 16 GT/s, advanced package, DEGRADED", text)
        text = self.boot("*-*.modules=4", "host-npu0.faults=m2.d0.sideband:0, m2.d0.sideband_spare:0")
        self.assertIn("up: x64 of x64 lanes at 32 GT/s, 2 of 4 modules, advanced package, DEGRADED", text)
        self.assertIn("up: x64 of x64 lanes at 32 GT/s, 4 of 4 modules, advanced package\n", text)
        text = self.boot("host-npu0.faults=d0.valid, d0.valid_spare")
        self.assertIn("FAILED in MBINIT.REPAIRVAL: more pins are broken than can be repaired; link left out", text)

    def test_degraded_link_still_infers(self):
        text = self.infer_500("host-npu0.broken_lanes=0,1,2,3,4", dies=2)
        self.assertIn("DEGRADED", text)

    def test_more_broken_lanes_than_can_be_mended(self):
        lanes = ",".join(str(lane) for lane in [*range(0, 5), *range(40, 45)])
        text = self.infer_500(f"host-npu1.broken_lanes={lanes}", dies=2)
        self.assertIn("FAILED in MBINIT.REPAIRMB", text)
        self.assertIn("route host > npu1: port d2d0, through npu0, 2 hops", text)


class BootArguments(harness.SystemTest):
    def test_reach_matrix_on_and_off(self):
        self.assertIn("reach", self.vp("run", "solo", "--append", "reach=on"))
        text = self.vp("run", "solo", "--append", "reach=on reach=off")
        self.assertNotIn("reach", text)
        self.assertNotIn("bootargs", text)

    def test_unknown_ones_are_named(self):
        text = self.vp("run", "solo", "--append", "reach=maybe  reach=off quiet")
        self.assertIn('bootargs: "reach=maybe" ignored; expected reach=on or reach=off', text)
        self.assertIn('bootargs: "quiet" ignored; expected reach=on or reach=off', text)
        self.assertEqual(text.count("bootargs: "), 2)


class ExpectedOutputs(harness.SystemTest):
    def test_outputs_are_compared(self):
        command = ["infer", "duo", harness.DIGITS, "--input", harness.IMAGES, "--images", 50,
                   "--append", "reach=off", "--quiet"]
        self.vp(*command, "--output", "first")
        outputs = numpy.load(self.dir / "first" / "outputs.npy")
        text = self.vp(*command, "--output", "again", "--expect", "first/outputs.npy")
        self.assertRegex(text, r"equal to --expect +yes")
        outputs.flat[123] += 1
        numpy.save(self.dir / "wrong.npy", outputs)
        text = self.vp(*command, "--output", "again", "--expect", "wrong.npy", expect=1)
        self.assertRegex(text, r"equal to --expect +NO: 1 values differ")


# A trap ends the run with its cause, if `mtval` holds what s0 does; else with 99.
PROLOGUE = harness.GUEST_START + """
trap:
  csrr a0, mcause
  csrr t0, mtval
  beq t0, s0, leave
  li a0, 99
leave:
  slli a0, a0, 16
  li t0, 0x3333
  or a0, a0, t0
  li t0, 0x100000
  sw a0, 0(t0)
  j .
main:
"""
HOLE = 0x0020_0000  # Between the test finisher and the CLINT.


class Guests(harness.SystemTest):
    def run_guest(self, source, *options, expect, flags=()):
        elf = self.guest("guest", PROLOGUE + source, *flags)
        return self.vp("run", "duo", "--firmware", elf, *options, expect=expect, timeout=60)

    def test_hole_in_the_map(self):
        for address in (HOLE, 0x0900_0000, 0x1_0000_0000, 0x110_0000_0000, 0xff00_0000_0000):
            for access, cause in {"lw t1, 0(s0)": 5, "lb t1, 0(s0)": 5, "ld t1, 0(s0)": 5,
                                  "sw t1, 0(s0)": 7, "sd t1, 0(s0)": 7,
                                  "amoadd.w t1, t1, (s0)": 7, "jr s0": 1}.items():
                with self.subTest(f"{access} at {address:#x}"):
                    self.run_guest(f"li s0, {address}\n{access}\n", "--max-time", "10 ms", expect=cause)

    def test_rom_cannot_be_written(self):
        self.run_guest("li s0, 0x1000\nsw zero, 0(s0)\n", "--max-time", "10 ms", expect=7)

    def test_endless_loop_ends_at_the_limits(self):
        text = self.run_guest("j .\n", "--max-time", "3 ms", "--stats", "stats.json", expect=DEAD)
        self.assertIn("3.000000 ms: --max-time is over", text)
        self.assertIn("hart 0: runs at pc 0x8000", text)
        self.assertAlmostEqual(self.stats()["sim_time_s"], 3e-3, places=12)
        text = self.run_guest("j .\n", "--max-wall", "0.3", "--stats", "stats.json", expect=DEAD)
        self.assertIn("ms: --max-wall is over", text)
        self.assertEqual(self.stats()["guest_exit"], None)

    def test_the_clock_of_simulated_time_ends(self):
        far = ((1 << 64) - 10**15) // 10**8 - 10**5  # In ticks of 100 ns: 1.01 s before 2^64 fs.
        text = self.run_guest(f"li s0, 0x2004000\nli s1, {far}\nsd s1, 0(s0)\nli s1, 128\n"
                              "csrw mie, s1\nwfi\nj .\n", "--stats", "stats.json", expect=DEAD)
        self.assertIn("the clock of simulated time ends here", text)
        self.assertEqual(self.stats()["end"], "clock_end")

    def test_endless_trap_loop_ends_at_the_limit(self):
        text = self.run_guest("csrw mtvec, zero\necall\n", "--max-time", "1 ms", expect=DEAD)
        self.assertIn("--max-time is over", text)

    def test_dead_end_says_where_everything_waits(self):
        text = self.run_guest("csrw mie, zero\nj park\n", "--stats", "stats.json", expect=END)
        self.assertIn("dead end: every hart waits, nothing is pending, no input can come", text)
        self.assertRegex(text, r"duo\.host\.cpu: hart 0: wfi at pc 0x8[0-9a-f]+; hart 1: wfi at pc 0x")
        self.assertRegex(text, r"(?m)^  duo\..*: ")
        self.assertEqual(self.stats()["end"], "dead_end")

    def test_a_pending_timer_is_no_dead_end(self):
        wake = """
  la t0, woken
  csrw mtvec, t0
  li t0, 0x2004000
  li t1, 20000         # Ticks of 100 ns: 2 ms.
  sd t1, 0(t0)
  li t0, 0x80
  csrw mie, t0
  csrsi mstatus, 8
  j park
.align 4
woken:
  li a0, 21
  j leave
"""
        self.run_guest(wake, expect=21)

    def test_finisher(self):
        store = "li t0, 0x100000\nli t1, {}\nsw t1, 0(t0)\nj .\n"
        for value, code in {0x5555: 0, 0x3_3333: 3, 0x0_3333: 1, 0xff_3333: 255, 0x100_3333: 1,
                            0x7777: 0}.items():
            with self.subTest(hex(value)):
                self.run_guest(store.format(value), "--max-time", "1 ms", expect=code)
        self.run_guest(store.format(0x1234), "--max-time", "1 ms", expect=DEAD)

    def test_tohost(self):
        store = "la t0, tohost\nli t1, {}\nsd t1, 0(t0)\nj .\n.align 6\n.globl tohost\ntohost: .dword 0\n"
        for value, code in {1: 0, 3: 1, 2 * 42 + 1: 42, 2 * 256 + 1: 1}.items():
            with self.subTest(value):
                self.run_guest(store.format(value), "--max-time", "1 ms", expect=code)

    def test_signature(self):
        source = """
  la t0, begin_signature
  li t1, 0x1122334455667788
  sd t1, 8(t0)
  la t0, tohost
  li t1, 1
  sd t1, 0(t0)
  j .
.data
.align 6
.globl tohost, begin_signature, end_signature
tohost: .dword 0
.align 4
begin_signature: .word 0xdeadbeef, 1, 0, 0
end_signature:
"""
        words = {1: ["ef", "be", "ad", "de", "01"], 2: ["beef", "dead", "0001"],
                 4: ["deadbeef", "00000001", "55667788", "11223344"],
                 8: ["00000001deadbeef", "1122334455667788"],
                 16: ["112233445566778800000001deadbeef"]}
        for granularity, expected in words.items():
            self.run_guest(source, "--signature", "out.sig", "--signature-granularity", granularity,
                           "--max-time", "1 ms", expect=0)
            lines = (self.dir / "out.sig").read_text().split("\n")
            self.assertEqual(len(lines), 16 // granularity + 1)
            self.assertEqual(lines[: len(expected)], expected)
            self.assertEqual(lines[-1], "")

    def test_malformed_npu_commands(self):
        elf = harness.BUILD / "firmware" / "tests" / "npu_test.elf"
        text = self.vp("run", "duo", "--firmware", elf)
        reported = re.findall(r"^  (\S.*) at command (\d+), field \d+$", text, re.MULTILINE)
        self.assertEqual(len(reported), 7, text)


if __name__ == "__main__":
    harness.main()
