#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The bare-metal monitor on the console: a link trained, degraded, broken, put to sleep by hand."""

import console
import harness

MONITOR = harness.BUILD / "firmware" / "monitor.elf"


class Monitor(harness.SystemTest):
    def begin(self, *args):
        monitor = console.Console(self, "run", "duo", "--firmware", MONITOR, "--max-time", "10 s", *args)
        monitor.expect("chiplet-vp monitor; type help\ncvp> ")
        self.monitor = monitor
        return monitor

    def says(self, line, *expected):
        text = "\n" + self.monitor.command(line, "cvp> ")
        for part in expected:
            self.assertIn(part, text)
        return text

    def end(self, code=0):
        self.monitor.type(f"exit {code}")
        self.assertEqual(self.monitor.end(), code)

    def test_a_link_by_hand(self):
        self.begin()
        self.says("link", "host.d2d0 > npu0.d2d0: RESET", "npu0.d2d0 > host.d2d0: load access fault")
        self.says("link d2d0 retrain", "not in this state")
        self.says("link d2d0 remote 0x14", "the link is down")
        self.says("link d2d0 train", "ACTIVE, up, 1 x x64 at 32 GT/s")
        self.says("link d2d0 limit 32 16")
        self.says("link d2d0 retrain", "ACTIVE, up, 1 x x32 at 16 GT/s")
        self.says("link d2d0 limit 0 5", "no such width, rate, pin or parity")
        self.says("link d2d0 retrain", "no such width, rate, pin or parity")
        self.says("link d2d0 limit 0 0")
        self.says("link d2d0 remote 0x0", "00010023")
        self.says("link d2d0 remote 0x800", "no such register")
        self.says("link d2d0 remote 0x2c 0x820", "ok")
        self.says("link d2d0 remote 0x2c", "00000820")
        status = self.says("link d2d0 remote 0x14").strip()
        self.says("link d2d0 remote 0x14 0", f"written; reads {status}")
        self.says("link d2d0 remote 0x1002c 0", "no such register")
        self.says("link d2d0 remote 0x2d 0", "not a multiple of 4")
        self.says("link d2d0 parity 2")
        self.says("link d2d0 retrain", "parity refused")
        self.says("link d2d0 remote 0x6c 2", "ok")
        self.says("link d2d0 retrain", "flits 256, parity 2\n")
        # A pulse acts, and reads as zero.
        self.says("link d2d0 remote 0x10 2", "written; reads 00000000")
        self.says("link d2d0 break data:3", "ACTIVE, up, 1 x x32")
        self.says("link d2d0 lanes", "module 0 receive: x32 from lane 0, 1 repaired",
                  "+++r++++++++++++++++++++++++++++\n................................ spares +...\n"
                  "  clock ++, track +, clock_spare ., valid +, valid_spare ., sideband ++, sideband_spare ..\n"
                  "  logical 0 on data_spare:0, 1-3 on data:0-2, 4-31 on data:4-31\n",
                  "spares ....\n", "\n  logical 0-31 on data:0-31\n")
        for wrong in ("lane:3", "data:64", "m1.data:3", "d0.data:3"):
            self.says(f"link d2d0 break {wrong}", "no such width, rate, pin or parity")
        self.says("link d2d0 log", "up 6 times, failed 0 times, 0 retries", "repaired pins", "half width")
        self.says("link d2d0 l1", "L1, up, 1 x x32 at 8 GT/s; RDI L1, FDI L1,")
        self.says("link d2d0 wake", "ACTIVE, up")
        failed = self.says("link d2d0 fatal", "TRAINERROR", "RDI LinkError, FDI LinkError",
                           "failed in ACTIVE: a fatal error was injected")
        self.assertNotIn("flits", failed)
        self.says("link d2d0 log", "failed 1 times", "in ACTIVE, x32 at 8 GT/s: a fatal error was injected")
        self.says("link d2d0 train", "ACTIVE, up, 1 x x32 at 8 GT/s; RDI Active, FDI Active, flits 256")
        self.says("link d2d0 disable", "RESET; RDI Disabled, FDI Disabled")
        self.says("link d2d0 l1", "not in this state")
        self.says("link d2d0 train", "ACTIVE, up, 1 x x32 at 8 GT/s")
        self.says("link d2d0 reset", "RESET; RDI LinkReset, FDI LinkReset")
        self.end()

    def test_dead_pins(self):
        self.begin("--set", "host-npu0.faults=d1.clock:1, d1.valid_spare, d1.sideband:0, d1.sideband:1",
                   "--set", "host-npu1.faults=d1.track, d1.clock")
        self.says("link d2d0 train", "ACTIVE, up, 1 x x64")
        self.says("link d2d0 lanes", "0 repaired, clock repaired, sideband repaired\n",
                  "  clock +r, track +, clock_spare +, valid +, valid_spare X, sideband rr, sideband_spare ++\n")
        # What has failed stays in sight.
        self.says("link d2d1 train", "TRAINERROR", "failed in MBINIT.REPAIRCLK: more pins are broken")
        self.says("link d2d1 lanes", "  clock X., track X, clock_spare ., valid ., valid_spare ., sideband ..,")
        self.end()

    def test_what_a_link_has_not(self):
        self.begin("--set", "*-*.format=68", "--set", "*-*.fidelity=functional")
        self.says("link d2d0 train", "ACTIVE, up")
        self.says("link d2d0 parity 2", "no such width, rate, pin or parity")
        self.says("link d2d0 retrain", "no such width, rate, pin or parity")
        self.says("link d2d0 parity 0")
        self.says("link d2d0 flit", "this link has no flits with a CRC")
        self.says("link d2d0 retrain", "ACTIVE, up")
        self.end()

    def test_all_links(self):
        self.begin("--set", "npu0-npu1.faults=d0.clock, d0.clock_spare")
        self.says("link train", "FAILED in MBINIT.REPAIRCLK: more pins are broken", "route host > npu1")
        self.says("link npu0.d2d0", "ACTIVE, up, 1 x x64 at 32 GT/s")
        self.assertNotIn(", up", self.says("link npu0.d2d1"))
        self.end(3)

    def test_memory(self):
        self.begin()
        self.says("mw 0x80800000 0xdeadbeef")
        self.says("md 0x80800000 4", "000080800000: deadbeef")
        self.says("md 0x12000000 8", "000012000000: 00010023 0800d2de")
        # The link's DVSEC has no holes, and is read and written as configuration space is.
        for width in ("", ".b", ".w"):
            self.assertNotIn("fault", self.says(f"md{width} 0x12000000 0x80"))
        self.says("mw 0x1200003c 0x12345678")
        self.says("mw.w 0x12000038 0xabcf")
        self.says("md 0x12000038 8", "000012000038: 0000abcc 12345678")
        self.says("md 0x12000080 4", "access fault")
        self.says("md 0x0 4", "access fault")
        self.says("md.b 0x80800000 4", "000080800000: ef be ad de")
        self.says("mw.w 0x80800002 0x1234")
        self.says("mw.b 0x80800004 0x56")
        self.says("md.w 0x80800000 6", "000080800000: beef 1234 0056")
        self.says("mw.q 0x80800008 0x0123456789abcdef")
        self.says("md.q 0x80800000 16", "000080800000: 000000561234beef 0123456789abcdef")
        for line in ("md.x 0x80800000", "md. 0x80800000", "md.bb 0x80800000", "md.q 0x80800004", "mw.b 0x80800000 256",
                     "mw.w 0x80800001 1"):
            self.says(line, "what? type help")
        self.end()

    def test_a_script(self):
        # More than any buffer holds waits while the link trains, and what is there from the start is heard.
        writes = [f"mw {0x80800000 + 4 * n:#x} {n}" for n in range(1, 61)]
        script = "\n".join(["md 0x12000000 4", "link d2d0 train", "link d2d0 fatal", "link d2d0 train", *writes, "md 0x80800000 244", "exit 7", ""])
        text = self.vp("run", "duo", "--stdin", "--firmware", MONITOR, "--max-time", "10 s", expect=7, stdin=script)
        self.assertNotIn("what?", text)
        self.assertIn("000012000000: 00010023", text)
        self.assertIn("ACTIVE, up", text)
        for n in range(1, 61):
            self.assertIn(f" {n:08x}", text)

    def test_what_it_does_not_know(self):
        self.begin()
        for line in ("x", "md", "md 1", "md 0x80000000 x", "md 0x80000000 4 4", "mw 0x80000000",
                     "mw 0x80000000 1 2", "link d2d0 x", "link d2d0 x y", "help me", "exit 256", "exit 0 0"):
            with self.subTest(line):
                self.says(line, "what? type help")
        self.says("link d2d9", "no such port")
        self.says("link d2d0 break clok", "no such width, rate, pin or parity")
        self.says("help", "link PORT [COMMAND]", "\n  limit LANES RATE      from the next training on", "so without COMMAND")
        self.monitor.type("exi\x7fit 2\b0")  # Typed wrong, and taken back.
        self.assertEqual(self.monitor.end(), 0)

    def test_bad_words_of_link_commands_change_nothing(self):
        numbers = ["x", "-1", "1x", "0x", "256", "99999999999999999999", "1 1 1 1 1 1 1 1"]
        usages = {
            "limit": ["", " 1", " 1 1 1", *(f" {bad} 8" for bad in numbers), *(f" 8 {bad}" for bad in numbers)],
            "parity": ["", " x", " -1", " 256", " 1 1"],
            "remote": ["", " 0 0 0", " x", " -1", " 0x1ffffffff", " 0x2c x", " 0x2c -1", " 0x2c 0x100000000"],
            "break": ["", " data x", " data:x", " data:", " data:256", " data:0@", " data:0@x", " data:0@16@16",
                      " m1data:0", " m256.data:0", " data:-1", " data:0 0", " a_pin_with_a_long_name"],
        }
        for command in ("status", "train", "retrain", "l1", "l2", "wake", "reset", "disable", "lanes", "log", "flit",
                        "fatal"):
            usages[command] = [" 1", " x y z", " 1 2 3 4 5 6 7 8"]
        self.begin()
        self.says("link d2d0 train", "ACTIVE, up, 1 x x64 at 32 GT/s")
        state = self.says("link d2d0")
        for command, endings in usages.items():
            for ending in endings:
                with self.subTest(command + ending):
                    answer = self.says(f"link d2d0 {command}{ending}", f"\nusage: link PORT {command}")
                    self.assertEqual(answer.count("\n"), 2, answer)
        self.says("link train all", "usage: link train")
        for line, answer in {"d2d0 remote 0xffffffff": "no such register", "d2d0 break data:64": "no such width, rate, pin or parity",
                             "d2d0 break m4.data:0": "no such width, rate, pin or parity", "d2d9 train": "no such port",
                             "npu0 train": "no such port", "d2d0 parity 3": "no such width, rate, pin or parity", "d2d00": "no such port",
                             "d2d0 break m3.clock:0": "no such width, rate, pin or parity"}.items():
            with self.subTest(line):
                self.says("link " + line, "\n" + answer)
        self.assertEqual(self.says("link d2d0"), state)
        self.says("link d2d0 log", "up 1 times, failed 0 times, 0 retries")
        self.end()


if __name__ == "__main__":
    harness.main()
