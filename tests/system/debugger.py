# SPDX-License-Identifier: Apache-2.0
"""A run with a port for GDB, GDB itself, and the protocol by hand."""

import re
import socket
import subprocess

import harness

TIMEOUT_S = 120


class DebuggedRun:
    """chiplet-vp with --gdb on a port that is free; ends with the `with` block."""

    def __init__(self, test, *args):
        self.test = test
        self.process = subprocess.Popen(
            [harness.PROGRAM, "run", *map(str, args), "--gdb", "0"], cwd=test.dir,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        first = self.process.stderr.readline()
        self.port = int(re.search(r"for GDB on port (\d+)", first)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def gdb(self, *commands, elf=None):
        """What GDB prints for these commands, one a line of -ex."""
        words = ["gdb-multiarch", "-nx", "-batch", "-iex", "set pagination off", "-iex",
                 "set confirm off", "-iex", "set architecture riscv:rv64", "-ex",
                 f"target remote localhost:{self.port}"]
        for command in commands:
            words += ["-ex", command]
        done = subprocess.run([*words, *([elf] if elf else [])], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=TIMEOUT_S, cwd=self.test.dir)
        return done.stdout

    def end(self, code):
        """Waits for the end of the run; returns its standard output and error."""
        out, errors = self.process.communicate(timeout=TIMEOUT_S)
        self.test.assertEqual(self.process.returncode, code, errors)
        return out, errors


def packet(text):
    body = text if isinstance(text, bytes) else text.encode("latin-1")
    return b"$" + body + b"#%02x" % (sum(body) & 0xff)


class Client:
    """GDB's side of the protocol, without acknowledgements."""

    def __init__(self, port):
        self.socket = socket.create_connection(("localhost", port), timeout=TIMEOUT_S)
        self.rest = b""
        self.ask("QStartNoAckMode")

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """The text of the next packet."""
        while True:
            begin = self.rest.find(b"$")
            end = self.rest.find(b"#", begin)
            if begin >= 0 and end >= 0 and len(self.rest) >= end + 3:
                text = self.rest[begin + 1:end]
                self.rest = self.rest[end + 3:]
                return text.decode("latin-1")
            more = self.socket.recv(65536)
            if not more:
                raise EOFError("the other end has closed")
            self.rest += more

    def ask(self, text):
        self.send(packet(text))
        return self.receive()

    def close(self):
        self.socket.close()
