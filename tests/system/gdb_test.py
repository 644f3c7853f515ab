#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A run under gdb-multiarch, as Debian ships it."""

import os
import signal
import time

import debugger
import harness

# Both harts count in a word of their own, by way of a function.
COUNT = """
.option norvc
.globl _start
_start:
  la t0, trap
  csrw mtvec, t0
  csrr s1, mhartid
  slli t1, s1, 3
  la s0, words
  add s0, s0, t1
  li s2, 0
loop:
  addi s2, s2, 1
  mv a0, s2
  jal bump
  j loop
.type bump, @function
bump:
  addi a0, a0, 100
  sd a0, 0(s0)
  ret
.size bump, .-bump
.align 4
trap:
  j trap
.align 6
.globl words
words: .dword 0, 0
"""
# S mode behind a 1 GiB page: virtual 0x40000000 is physical 0x80000000.
PAGED = """
.option norvc
.globl _start
_start:
  csrr t0, mhartid
  bnez t0, sleep
  li t0, -1
  csrw pmpaddr0, t0
  li t0, 0x1f
  csrw pmpcfg0, t0
  la t0, table
  li t1, 0x200000cf       # 0x80000000 >> 2, all rights, accessed, dirty.
  sd t1, 8(t0)
  sd t1, 16(t0)
  srli t0, t0, 12
  li t1, 8 << 60
  or t0, t0, t1
  csrw satp, t0
  li t0, 0x800
  csrs mstatus, t0
  la t0, supervisor
  li t1, 0x40000000
  sub t0, t0, t1
  csrw mepc, t0
  mret
supervisor:
  addi a0, a0, 1
  j supervisor
sleep:
  wfi
  j sleep
.align 6
.globl data
data: .dword 0x1122334455667788
.align 12
table: .zero 4096
"""
EXIT = """
.globl _start
_start:
  csrr t0, mhartid
  bnez t0, sleep
  li a0, 0
again:
  addi a0, a0, 1
  li t0, 100000
  bne a0, t0, again
  li t0, 0x100000
  li t1, 0x73333
  sw t1, 0(t0)
sleep:
  wfi
  j sleep
"""


class Gdb(harness.SystemTest):
    def debug(self, source, *options):
        self.elf = self.guest("guest", source, "-g")
        return debugger.DebuggedRun(self, "duo", "--firmware", self.elf, *options)

    def client(self, run):
        client = debugger.Client(run.port)
        self.addCleanup(client.close)
        return client

    def assertInOrder(self, parts, text):
        at = 0
        for part in parts:
            found = text.find(part, at)
            self.assertGreaterEqual(found, 0, f"no {part!r} behind {text[:at][-200:]!r} in\n{text}")
            at = found + len(part)

    def test_harts_are_threads_and_wait_at_reset(self):
        with self.debug(COUNT) as run:
            text = run.gdb("info threads", "kill")
            self.assertInOrder(["1    Thread 1 (hart 0, M-mode, runs at pc 0x1000)",
                                "2    Thread 2 (hart 1, M-mode, runs at pc 0x1000)"], text)
            _, errors = run.end(130)
            self.assertIn("0.000000 ms: ended by the debugger", errors)

    def test_breakpoints_in_two_harts(self):
        with self.debug(COUNT) as run:
            text = run.gdb("set scheduler-locking on", "break bump", "thread 1", "continue", "print $s1",
                           "thread 2", "continue 3", "print $s1", "print $s2", "bt", "delete", "finish",
                           "print $a0 - $s2", "kill", elf=self.elf)
            self.assertInOrder(["Thread 1 hit Breakpoint 1, bump ()", "$1 = 0",
                                "Thread 2 hit Breakpoint 1, bump ()", "$2 = 1", "$3 = 3", "#1 ",
                                "loop ()", "$4 = 100"], text)
            run.end(130)

    def test_sessions_repeat(self):
        texts = []
        for _ in range(2):
            with self.debug(COUNT) as run:
                texts.append(run.gdb("hbreak bump", "continue 50", "delete", "stepi 5", "info threads",
                                     "watch *(long*)&words", "continue 3", "monitor statistics",
                                     "info registers", "kill", elf=self.elf))
        self.assertEqual(*texts)
        self.assertIn("Hardware watchpoint", texts[0])

    def test_steps(self):
        with self.debug(COUNT) as run:
            text = run.gdb("set scheduler-locking on", "tbreak *_start", "continue", "stepi", "stepi",
                           "stepi", "x/i $pc", "next", "next", "print $pc == (long)_start + 20",
                           "thread 2", "print/x $pc", "monitor statistics", "kill", elf=self.elf)
            self.assertInOrder(["csrr\ts1,mhartid", "$1 = 1", "$2 = 0x1000",
                                "hart 1: 0 instructions"], text)

    def test_watchpoints(self):
        with self.debug(COUNT) as run:
            text = run.gdb("set $w = (long*)&words", "watch $w[1]", "continue", "print $_thread",
                           "delete", "rwatch $w[1]", "awatch $w[0]", "continue", "print $_thread", "kill",
                           elf=self.elf)
            self.assertInOrder(["hit Hardware watchpoint 1", "Old value = 0", "New value = 101",
                                "$1 = 2", "hit Hardware access (read/write) watchpoint 3",
                                "New value = 101", "$2 = 1"], text)

    def test_registers(self):
        with self.debug(COUNT, "--set", "host.cpu.isa=rv64gc") as run:
            text = run.gdb("set $a1 = 0x123456789abcdef0", "print/x $a1", "set $mstatus = 0x2000",
                           "print/x $mstatus", "set $fa0.double = 1.5", "print $fa0",
                           "set $mscratch = 42", "stepi", "print $mscratch", "print $priv",
                           "set $mhartid = 3", "print $mhartid", "info registers csr", "kill")
            self.assertInOrder(["$1 = 0x123456789abcdef0", "$2 = 0xa00002000",
                                "$3 = {float = 0, double = 1.5}", "$4 = 42", "= 3",
                                "Could not write register \"mhartid\"", "= 0", "pmpaddr15"], text)
            self.assertNotIn("pmpaddr16", text)
            self.assertNotIn("stimecmp", text)

    def test_memory_by_virtual_and_physical_address(self):
        with self.debug(PAGED) as run:
            text = run.gdb("set $d = &data", "tbreak *((char*)supervisor - 0x40000000)", "continue",
                           "print $priv", "x/gx (char*)&data - 0x40000000",
                           "monitor translate 0x40000000", "x/gx 0x1000",
                           "set {char}((char*)&data - 0x40000000) = 0x99", "monitor memory physical",
                           "x/gx &data", "x/gx (char*)&data - 0x40000000", "x/wx 0x10000000",
                           "monitor memory virtual", "kill", elf=self.elf)
            self.assertInOrder(["$1 = 1", "0x1122334455667788", "0x40000000 -> 0x80000000  rwx--ad page of "
                                "1048576 KiB", "entry at 0x8000", "Cannot access memory at address 0x1000",
                                "addresses are physical", "0x1122334455667799", "Cannot access memory",
                                "0x10000000:", "addresses are virtual"], text)

    def test_code_that_gdb_writes_runs(self):
        with self.debug(COUNT) as run:
            text = run.gdb("tbreak bump", "continue", "print $a0", "set {int}bump = 0x00550513",  # addi a0, a0, 5
                           "stepi", "print $a0", "kill", elf=self.elf)
            self.assertInOrder(["$1 = 1", "$2 = 6"], text)

    def test_reset(self):
        with self.debug(COUNT) as run:
            text = run.gdb("set scheduler-locking on", "break bump", "continue", "continue 3", "print $s2", "set {int}trap = 0", "monitor reset",
                           "maintenance flush register-cache", "print/x $pc", "continue",
                           "print $s2", "print/x {int}trap", "kill", elf=self.elf)
            self.assertInOrder(["$1 = 4", "as after power-up", "$2 = 0x1000", "hit Breakpoint 1",
                                "$3 = 1", "$4 = 0x6f"], text)

    def test_the_end_of_the_guest(self):
        with self.debug(EXIT) as run:
            text = run.gdb("continue", elf=self.elf)
            self.assertIn("[Inferior 1 (Remote target) exited with code 07]", text)
            run.end(7)

    def test_detaching_lets_it_run(self):
        with self.debug(EXIT) as run:
            run.gdb("break again", "continue", "detach", elf=self.elf)
            run.end(7)

    def test_interrupt(self):
        with self.debug(COUNT) as run:
            client = self.client(run)
            client.send(debugger.packet("vCont;c"))
            time.sleep(0.3)
            client.send(b"\x03")
            self.assertEqual(client.receive(), "T02thread:1;")
            self.assertGreater(int.from_bytes(bytes.fromhex(client.ask("p12")), "little"), 1000)
            client.ask("k")
            run.end(130)

    def test_a_debugger_that_vanishes_leaves_no_breakpoints(self):
        with self.debug(EXIT) as run:
            client = self.client(run)
            self.assertEqual(client.ask("Z0,80000010,4"), "OK")
            client.close()
            again = self.client(run)
            self.assertEqual(again.ask("?"), "T02thread:1;")
            again.send(debugger.packet("vCont;c"))
            self.assertEqual(again.receive(), "W07")
            run.end(7)

    def test_it_can_come_later(self):
        with self.debug(COUNT, "--gdb-no-wait") as run:
            time.sleep(0.3)
            text = run.gdb("print $s2 > 1000", "kill", elf=self.elf)
            self.assertIn("$1 = 1", text)
            run.end(130)

    def test_an_idle_port_changes_nothing(self):
        elf = self.guest("guest", EXIT)
        texts = []
        for options in ([], ["--gdb", "0", "--gdb-no-wait"]):
            self.vp("run", "duo", "--firmware", elf, "--stats", "stats.json", *options, expect=7)
            statistics = self.stats()
            statistics.pop("host")
            texts.append(statistics)
        with self.debug(EXIT, "--stats", "stats.json") as run:
            run.gdb("break again", "continue 20", "stepi 30", "delete", "continue", elf=self.elf)
            run.end(7)
        self.assertEqual(*texts)
        self.assertEqual(self.stats()["harts"][0]["instructions"], texts[0]["harts"][0]["instructions"])

    def test_a_dead_end_waits_for_the_debugger(self):
        with self.debug(".globl _start\n_start:\n wfi\n j _start\n") as run:
            client = self.client(run)
            client.send(debugger.packet("vCont;c"))
            time.sleep(0.5)
            client.send(b"\x03")
            self.assertEqual(client.receive(), "T02thread:1;")
            self.assertIn("wfi", bytes.fromhex(client.ask("qThreadExtraInfo,2")).decode())
            client.send(debugger.packet("vCont;s:1"))  # Over the wfi.
            self.assertEqual(client.receive(), "T05thread:1;")
            client.close()

    def test_ctrl_c_on_the_terminal_ends_it(self):
        with self.debug(COUNT) as run:
            time.sleep(0.3)
            os.kill(run.process.pid, signal.SIGINT)
            run.end(130)

    def test_what_cannot_be(self):
        elf = self.guest("guest", EXIT)
        with self.debug(COUNT) as run:
            text = self.vp("run", "duo", "--firmware", elf, "--gdb", run.port, expect=2)
            self.assertIn(f"--gdb: cannot listen on port {run.port} (Address already in use)", text)
        self.assertIn("error: ", self.vp("run", "duo", "--gdb", 70000, expect=2))
        self.assertIn("error: ", self.vp("run", "duo", "--gdb-no-wait", expect=2))


if __name__ == "__main__":
    harness.main()
