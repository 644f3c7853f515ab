#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Garbage from a debugger's port must not crash or hang a run: after each burst a well-formed question
is still answered. More: CVP_FUZZ_SEEDS=1000. Without sockets the same is tried next to the code."""

import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
import debugger  # pylint: disable=wrong-import-position
import harness  # pylint: disable=wrong-import-position

ROUNDS = int(os.environ.get("CVP_FUZZ_SEEDS", "60"))
SEEDS = ["?", "g", "p20", "P20=0000008000000000", "m80000000,40", "M80000000,4:13000000",
         "X80000000,2:ab", "Z0,80000000,4", "z0,80000000,4", "Z2,80000100,8", "Z4,10000000,8", "vCont;c", "vCont;s:1;c",
         "vCont?", "c", "s", "Hg1", "Hc-1", "T1", "qSupported:swbreak+", "qfThreadInfo",
         "qXfer:features:read:target.xml:0,7ff", "qThreadExtraInfo,2", "qC", "Qqemu.PhyMemMode:1",
         "qRcmd," + b"csr".hex(), "qRcmd," + b"reset".hex(), "qRcmd," + b"translate 0x1000".hex(),
         "qRcmd," + b"statistics".hex(), "P1041=0100000000000000", "P341=ffffffffffffffff",
         "P1c1=ffffffffffffff8f", "\x03"]
GUEST = """
.globl _start
_start:
  la s0, word
again:
  lw t0, 0(s0)
  addi t0, t0, 1
  sw t0, 0(s0)
  li t1, 0x10000000
  lbu t2, 5(t1)
  j again
.align 3
word: .dword 0
"""


class GdbFuzz(harness.SystemTest):
    def burst(self, rng):
        data = b""
        for _ in range(rng.randint(1, 30)):
            text = bytearray(rng.choice(SEEDS).encode())
            for _ in range(rng.choice([0, 0, 1, 3])):
                at = rng.randrange(len(text) + 1)
                text[at:at + rng.randint(0, 2)] = rng.randbytes(rng.randint(0, 3))
            if text[:1] in (b"k", b"D") or text[:5] == b"vKill":
                continue
            data += debugger.packet(bytes(text)) if rng.random() < 0.8 else bytes(text)
            data += rng.randbytes(rng.choice([0, 0, 0, 5, 300])).replace(b"$", b"")
        return data

    def test_garbage(self):
        elf = self.guest("guest", GUEST)
        with debugger.DebuggedRun(self, "duo", "--firmware", elf) as run:
            for seed in range(ROUNDS):
                with self.subTest(seed):
                    client = debugger.Client(run.port)
                    client.send(self.burst(random.Random(seed)))
                    # Whatever it was in the middle of: end that, stop, then ask.
                    client.send(b"#00\x03" + debugger.packet("qfThreadInfo"))
                    for _ in range(1000):
                        if client.receive() == "m1,2":
                            break
                    else:
                        self.fail("no answer to qfThreadInfo")
                    client.close()
                    self.assertIsNone(run.process.poll())
            client = debugger.Client(run.port)
            client.send(debugger.packet("k"))
            _, errors = run.end(130)
            client.close()
            self.assertNotIn("internal error", errors)


if __name__ == "__main__":
    harness.main()
