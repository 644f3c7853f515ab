# SPDX-License-Identifier: Apache-2.0
"""Boot software on a terminal: what comes is waited for, what is typed is typed when it is due.

The images come from Debian's archive by scripts/fetch-images; without it the tests are skipped.
"""

import os
import pty
import re
import select
import subprocess
import time
import unittest

import harness

IMAGES = harness.SOURCE / "build" / "images"
UNREACHABLE = 3


def fetch_images():
    done = subprocess.run([harness.SOURCE / "scripts" / "fetch-images"], capture_output=True, text=True)
    if done.returncode == UNREACHABLE:
        raise unittest.SkipTest(done.stderr)
    done.check_returncode()


def firmware(version, name):
    return IMAGES / f"opensbi-{version}" / name


class Console:
    """The program on a pseudo terminal; messages go to a file, as the progress line would come between."""

    def __init__(self, test, *args):
        self.test = test
        self.text = ""
        self.seen = 0
        self.child, self.descriptor = pty.fork()
        if self.child == 0:
            os.chdir(test.dir)
            os.dup2(os.open("messages", os.O_WRONLY | os.O_CREAT), 2)
            os.execv(harness.PROGRAM, ["chiplet-vp", *map(str, args)])

    def read(self, timeout):
        """More of the output; empty at its end, or after `timeout` seconds."""
        if not select.select([self.descriptor], [], [], timeout)[0]:
            return ""
        try:
            new = os.read(self.descriptor, 65536).decode(errors="replace")
        except OSError:  # The other side is closed.
            new = ""
        self.text = re.sub(r"\x1b\[6n|\r", "", self.text + new)  # Without what terminals are asked.
        return new

    def expect(self, pattern, timeout=200):
        """Waits until new output matches; returns the match."""
        end = time.monotonic() + timeout
        while not (match := re.compile(pattern).search(self.text, self.seen)):
            if not self.read(5) and (time.monotonic() > end or not self.alive()):
                self.close()
                self.test.fail(f"no {pattern!r} in the output:\n{self.text[-4000:]}\n{self.messages()}")
        self.seen = match.end()
        return match

    def messages(self):
        return (self.test.dir / "messages").read_text()

    def alive(self):
        return os.waitid(os.P_PID, self.child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def type(self, line):
        os.write(self.descriptor, line.encode() + b"\n")

    def command(self, line, prompt):
        """What a command prints. It must fit on the terminal's line, with the prompt."""
        self.type(line)
        start = self.expect(re.escape(line) + "\n").end()
        end = self.expect(prompt).start()
        return self.text[start:end]

    def end(self, timeout=60):
        """Waits for the end of the program; its exit code."""
        end = time.monotonic() + timeout
        while self.read(1) or (self.alive() and time.monotonic() < end):
            pass
        return self.close()

    def close(self):
        if self.alive():
            os.kill(self.child, 9)
        os.close(self.descriptor)
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])
