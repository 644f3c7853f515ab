#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What leaves a package and enters it: the serial port, virtio consoles, networks."""

import os
import pathlib
import socket
import struct
import subprocess

import harness

TESTS = harness.BUILD / "firmware" / "tests"
CONSOLE_TEST = TESTS / "virtio_console_test.elf"
NET_TEST = TESTS / "virtio_net_test.elf"
FIRST_MAC, SECOND_MAC = "52:54:00:12:34:56", "52:54:00:00:00:02"

# Sends "? ", then each character of a line twice, and ends the run.
ECHO = harness.GUEST_START + """
trap:
main:
  li s0, 0x10000000
  li a0, 0x3f
  sb a0, 0(s0)
  li a0, 0x20
  sb a0, 0(s0)
next:
  lb t0, 5(s0)
  andi t0, t0, 1
  beqz t0, next
  lb a0, 0(s0)
  sb a0, 0(s0)
  sb a0, 0(s0)
  li t0, 10
  bne a0, t0, next
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
  j .
"""
# Waits for ever.
SILENT = harness.GUEST_START + """
trap:
main:
  wfi
  j main
"""

# Counts to 100,000 and ends.
BUSY = harness.GUEST_START + """
trap:
main:
  li t1, 100000
1:
  addi t1, t1, -1
  bnez t1, 1b
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
  j .
"""


class Talk(harness.SystemTest):
    """A run in the background."""

    def begin(self, *args):
        run = subprocess.Popen([harness.PROGRAM, "run", "duo", "--max-wall", "60", *map(str, args)],
                               cwd=self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
        self.addCleanup(run.wait, 60)
        self.addCleanup(run.kill)
        return run

    def note(self, run, before):
        """What the first line on standard error says after `before`."""
        line = run.stderr.readline()
        self.assertTrue(line.startswith(before), line)
        return line[len(before):].strip()

    def ends(self, run, code=0):
        out, err = run.communicate(timeout=60)
        self.assertEqual(run.returncode, code, out + err)
        return out

    def read(self, file, text):
        """Reads as many bytes as `text` has from a descriptor, and compares them."""
        got = b""
        while len(got) < len(text):
            part = os.read(file, len(text) - len(got))
            self.assertTrue(part, got)
            got += part
        self.assertEqual(got, text)


class Uart(Talk):
    def test_file(self):
        self.write("log", "old")
        shown = self.vp("run", "duo", "--firmware", TESTS / "hello_test.elf", "--stats", "a.json")
        self.assertEqual(self.vp("run", "duo", "--firmware", TESTS / "hello_test.elf", "--uart", "file:log",
                                 "--stats", "b.json"), "")
        self.assertEqual((self.dir / "log").read_text(), shown)
        first, second = self.stats("a.json"), self.stats("b.json")
        first.pop("host"), second.pop("host")
        self.assertEqual(first, second)
        self.assertEqual(
            self.vp("run", "duo", "--firmware", TESTS / "hello_test.elf", "--uart", "none"), "")

    def test_tcp_port(self):
        run = self.begin("--firmware", self.guest("echo", ECHO), "--uart", "tcp:0")
        port = int(self.note(run, "note: waiting for a connection to port "))
        # Who leaves may come back.
        for greeting, sent, answer in ((b"? ", b"ab", b"aabb"), (b"", b"c\n", b"cc\n\n")):
            with socket.create_connection(("127.0.0.1", port)) as peer:
                self.read(peer.fileno(), greeting)
                peer.sendall(sent)
                self.read(peer.fileno(), answer)
        self.assertEqual(self.ends(run), "")

    def test_unix_socket(self):
        run = self.begin("--firmware", self.guest("echo", ECHO), "--uart", "unix:console")
        self.note(run, "note: waiting for a connection to console")
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(self.dir / "console"))
            peer.sendall(b"x\n")
            self.read(peer.fileno(), b"? xx\n\n")
        self.ends(run)
        self.assertFalse((self.dir / "console").exists())

    def test_pty(self):
        run = self.begin("--firmware", self.guest("echo", ECHO), "--uart", "pty")
        terminal = os.open(self.note(run, "note: console on "), os.O_RDWR | os.O_NOCTTY)
        self.read(terminal, b"? ")
        os.write(terminal, b"\x03z\n")  # No signal, no echo, no line editing.
        self.read(terminal, b"\x03\x03zz\n\n")
        os.close(terminal)
        self.ends(run)

    def test_who_waits_in_vain_can_be_stopped(self):
        self.vp("run", "duo", "--uart", "unix:console", "--max-wall", "0.3", expect=124)
        self.assertFalse((self.dir / "console").exists())

    def test_bad_places(self):
        self.write("log", "old")
        uart = ["run", "duo", "--firmware", TESTS / "hello_test.elf", "--uart"]
        forms = "expected none, file:NAME, tcp:PORT, unix:PATH or pty"
        for place, says in {"tcp:x": forms, "tcp:70000": forms, "stdio": forms, "file:": forms,
                            "file:no/log": "cannot be written (No such file or directory)",
                            "unix:no/socket": "No such file or directory",
                            "unix:" + "x" * 120: "File name too long",
                            "unix:log": "the file is no socket"}.items():
            with self.subTest(place):
                self.refused(*uart, place, says=[f"--uart {place}", says])
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.refused(*uart, f"tcp:{taken.getsockname()[1]}", says="Address already in use")
        self.refused(*uart, "file:log", "--stats", "log", says="is the file of --uart")
        self.refused(*uart, "file:log", "--stdin", says="--stdin: no console is on the terminal")
        self.refused(*uart, "unix:console", "--drive", "format=raw", says="expected file=")
        self.assertEqual((self.dir / "log").read_text(), "old")


class VirtioConsole(Talk):
    TERMINAL = ["--uart", "none", "--device", "virtio-console-device,to=term"]

    def test_terminal(self):
        runs = []
        for _ in range(2):
            text = self.vp("run", "duo", "--firmware", CONSOLE_TEST, *self.TERMINAL, "--stdin", "--stats",
                           "stats.json", stdin="hello there\n")
            self.assertEqual(text, "Say something: You said: hello there\n")
            runs.append({**self.stats(), "host": None})
        self.assertEqual(*runs)
        self.vp("run", "duo", "--firmware", CONSOLE_TEST, *self.TERMINAL, "--stdin", stdin="no end",
                expect=125)

    def test_own_port_beside_the_serial_port(self):
        run = self.begin("--firmware", CONSOLE_TEST, "--device", "virtio-console-device,to=tcp:0")
        port = int(self.note(run, "note: waiting for a connection to port "))
        with socket.create_connection(("127.0.0.1", port)) as peer:
            self.read(peer.fileno(), b"Say something: ")
            peer.sendall(b"hi\n")
            self.read(peer.fileno(), b"You said: hi\n")
        self.assertEqual(self.ends(run), "virtio_console_test\n")

    def test_same_program_on_qemu(self):
        done = subprocess.run(
            ["qemu-system-riscv64", "-M", "virt", "-smp", "2", "-bios", "none", "-display", "none",
             "-serial", "none", "-monitor", "none", "-kernel", CONSOLE_TEST, "-global",
             "virtio-mmio.force-legacy=false", "-chardev", "stdio,id=c", "-device", "virtio-serial-device",
             "-device", "virtconsole,chardev=c"], input=b"hello\n", stdout=subprocess.PIPE, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (0, b"Say something: You said: hello\n"))

    def test_bad_consoles(self):
        device = ["--device", "virtio-console-device,to=term"]
        self.refused("run", "duo", *device, says="the terminal is the console of uart0; expected --uart none")
        self.refused("run", "duo", *device, *self.TERMINAL, says="the console of another device")
        self.refused("run", "duo", "--device", "virtio-console-device", says="expected to=term, or one of")
        self.refused("run", "duo", "--device", "virtio-console-device,to=pty,mac=1", says='"mac=1" is not known')


def frames(path):
    """(time in ns, frame) of each record of a pcap file."""
    data = path.read_bytes()
    assert struct.unpack_from("<IHHIIII", data)[:3] == (0xA1B23C4D, 2, 4)
    at, found = 24, []
    while at < len(data):
        seconds, nanoseconds, length, whole = struct.unpack_from("<4I", data, at)
        assert length == whole
        found.append((seconds * 10**9 + nanoseconds, data[at + 16:at + 16 + length]))
        at += 16 + length
    return found


class Network(Talk):
    def card(self, to="unix:lan", mac=FIRST_MAC, *more):
        return ["--firmware", NET_TEST, "--device", f"virtio-net-device,to={to},mac={mac}", *more]

    def check_count(self, *texts):
        """Two runs have counted to a hundred, or one further: the first frame of each may start a count."""
        for text in texts:
            self.assertIn(text.splitlines()[-1].split()[0], ("100", "101"), texts)

    def test_two_runs(self):
        runs = [self.begin(*self.card(mac=mac), "--pcap", f"{mac}.pcap") for mac in (FIRST_MAC, SECOND_MAC)]
        self.check_count(*map(self.ends, runs))
        self.assertFalse((self.dir / "lan").exists())
        for mac in (FIRST_MAC, SECOND_MAC):
            records = frames(self.dir / f"{mac}.pcap")
            times = [time for time, _ in records]
            self.assertEqual(times, sorted(times))
            own = [frame for _, frame in records if frame[6:12].hex(":") == mac]
            self.assertGreaterEqual(len(own), 50)
            self.assertGreaterEqual(len(records) - len(own), 50)
            self.assertEqual({(len(frame), frame[12:14]) for _, frame in records}, {(600, b"\x88\xb5")})
            self.assertEqual(own[0][:6], b"\xff" * 6)

    def test_hub(self):
        with subprocess.Popen([harness.PROGRAM, "hub", "lan", "--once", "--pcap", "hub.pcap"], cwd=self.dir,
                              stderr=subprocess.PIPE, text=True) as hub:
            self.addCleanup(hub.kill)
            self.assertEqual(hub.stderr.readline(), "note: hub at lan\n")
            with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as liar:
                for peer in (listener, liar):
                    peer.connect(str(self.dir / "lan"))
                liar.sendall(b"\xff" * 100)  # Is no frame; disturbs nobody.
                runs = [self.begin(*self.card(mac=mac)) for mac in (FIRST_MAC, SECOND_MAC)]
                self.check_count(*map(self.ends, runs))
                length, = struct.unpack(">I", listener.recv(4))
                self.assertEqual(length, 600)
            self.assertEqual(hub.wait(60), 0)
        self.assertGreaterEqual(len(frames(self.dir / "hub.pcap")), 101)
        self.assertFalse((self.dir / "lan").exists())

    def test_qemu_at_the_other_end(self):
        run = self.begin(*self.card())
        self.note(run, "note: waiting for a connection to lan")
        qemu = subprocess.run(
            ["qemu-system-riscv64", "-M", "virt", "-smp", "2", "-bios", "none", "-nographic", "-monitor", "none",
             "-kernel", NET_TEST, "-global", "virtio-mmio.force-legacy=false", "-netdev",
             "stream,id=n,server=off,addr.type=unix,addr.path=lan", "-device",
             f"virtio-net-device,netdev=n,mac={SECOND_MAC}"],
            cwd=self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(qemu.returncode, 0, qemu.stdout)
        self.check_count(self.ends(run), qemu.stdout)

    def test_a_card_alone_is_repeatable(self):
        records = []
        for name in ("a", "b"):
            self.vp("run", "duo", *self.card(to="none"), "--pcap", name, expect=125)
            records.append((self.dir / name).read_bytes())
        self.assertEqual(*records)
        self.assertEqual(len(frames(self.dir / "a")), 1)

    def test_a_peer_that_goes_at_once_does_not_end_a_run(self):
        """The guest runs: that nothing is pending at its first moment is no dead end."""
        busy = self.guest("busy", BUSY)
        run = self.begin("--firmware", busy, "--device", "virtio-net-device,to=unix:lan")
        self.note(run, "note: waiting for a connection to lan")
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(self.dir / "lan"))
        _, errors = run.communicate(timeout=60)
        self.assertEqual((run.returncode, errors), (0, ""))

    def test_peers_that_break_the_rules(self):
        silent = self.guest("silent", SILENT)
        for sent, says in ((b"GET / HTTP/1.1\r\n\r\n", "sends no frames"), (b"\0\0", "dead end"),
                           (b"", "dead end"),
                           (b"".join(struct.pack(">I", n % 3000) + bytes(n % 3000) for n in range(4000)),
                            "dead end")):
            run = self.begin("--firmware", silent, "--device", "virtio-net-device,to=unix:lan")
            self.note(run, "note: waiting for a connection to lan")
            with socket.socket(socket.AF_UNIX) as peer:
                peer.connect(str(self.dir / "lan"))
                peer.sendall(sent)
            _, errors = run.communicate(timeout=60)
            self.assertEqual(run.returncode, 125, errors)
            self.assertIn(says, errors)

    def test_simulated_time_does_not_outrun_the_other_end(self):
        """Both wait for frames; a tenth of a second goes by on both clocks."""
        timer = self.guest("timer", harness.GUEST_START + """
trap:
main:
  li t0, 0x80
  csrw mie, t0
  li t0, 0x200bff8
  ld t1, 0(t0)
  li t2, 1000000             # 100 ms at 10 MHz.
  add t1, t1, t2
  li t0, 0x2004000
  sd t1, 0(t0)
  wfi
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
  j .
""")
        stats = ["--firmware", timer, "--stats", "stats.json"]
        self.vp("run", "duo", *stats, "--device", "virtio-net-device")
        alone = self.stats()
        self.assertLess(alone["host"]["wall_time_s"], 0.09)
        with socket.socket(socket.AF_UNIX) as peer:
            run = self.begin(*stats, "--device", "virtio-net-device,to=unix:lan")
            self.note(run, "note: waiting for a connection to lan")
            peer.connect(str(self.dir / "lan"))
            self.ends(run)
        paced = self.stats()
        self.assertGreaterEqual(paced["host"]["wall_time_s"], 0.099)
        self.assertEqual(paced["sim_time_s"], alone["sim_time_s"])

    def test_bad_networks(self):
        pathlib.Path(self.dir / "file").write_text("x")
        net = ["run", "duo", "--device"]
        self.refused("run", "duo", "--pcap", "a.pcap", says="there is no network card")
        self.refused(*net, "virtio-net-device,mac=52:54:00", says="is no address of one card")
        self.refused(*net, "virtio-net-device,mac=ff:ff:ff:ff:ff:ff", says="is no address of one card")
        self.refused(*net, "virtio-net-device,to=term", says="a cable does not end at a terminal")
        self.refused(*net, "virtio-net-device,to=tap0", says="expected none, file:NAME")
        self.refused(*net, "virtio-net-device,to=unix:file", says="the file is no socket")
        self.refused(*net, "virtio-net-device", "--pcap", "no/a.pcap", says="cannot be written")
        self.refused(*net, "virtio-net-device", "--pcap", "a", "--stats", "a", says="is the file of --pcap")
        self.refused("hub", "no/lan", says="no hub can be here: No such file")
        self.refused("hub", "file", says="no hub can be here: Address already in use")


if __name__ == "__main__":
    harness.main()
