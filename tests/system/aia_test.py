#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Harts with the Advanced Interrupt Architecture: IMSIC and APLIC in the place of the PLIC."""

import harness

AIA = ("--set", "host.cpu.aia=true")
# Hart 0 writes `number` as a message to its own M file, reads what *topei says and exits with it.
MESSAGE = harness.GUEST_START + """
main:
  li t0, 0x70
  csrw 0x350, t0      # miselect: eidelivery
  li t0, 1
  csrw 0x351, t0
  li t0, {enable}
  csrw 0x350, t0      # eie of the identity's word
  li t0, -1
  csrw 0x351, t0
  li t0, 0x24000000
  li t1, {number}
  sw t1, 0(t0)
  csrrw a0, 0x35c, x0 # mtopei
  srli a0, a0, 16
exit:
  slli a0, a0, 16
  li t0, 0x100000
  li t1, 0x3333
  or t1, t1, a0
  sw t1, 0(t0)
  j .
trap:
  li a0, 111
  j exit
"""


class Aia(harness.SystemTest):
    def message(self, number, *options, expect):
        elf = self.guest("message", MESSAGE.format(number=number, enable=0xc0 + number // 64 * 2))
        self.vp("run", "duo", "--firmware", elf, "--max-time", "1 ms", *options, expect=expect)

    def test_message_to_a_file(self):
        self.message(97, *AIA, expect=97)
        self.message(127, *AIA, "--set", "host.imsic.identities=127", expect=127)
        self.message(255, *AIA, "--set", "host.imsic.identities=127", expect=1)  # No such identity.

    def test_without_aia_nothing_is_there(self):
        self.message(97, expect=111)
        text = self.vp("describe", "duo", "--dts")
        self.assertNotIn("imsic", text)
        self.assertNotIn("aplic", text)
        self.assertNotIn("ssaia", text)
        self.assertIn("sifive,plic-1.0.0", text)

    def test_description(self):
        text = self.vp("describe", "duo", "--dts", *AIA)
        self.assertNotIn("plic-1.0.0", text)
        self.assertEqual(text.count('"riscv,aplic"'), 2)
        self.assertEqual(text.count('"riscv,imsics"'), 2)
        self.assertIn("_smaia_ssaia", text)
        self.assertIn("Incoming MSI controller", self.vp("describe", "duo", "--map", *AIA))
        self.assertIn("not built", self.vp("describe", "duo", "--map"))

    def test_job_with_interrupts_over_the_aplic(self):
        results = []
        for options in ((), AIA):
            self.vp("infer", "duo", harness.DIGITS, "--input", harness.IMAGES, "--images", 20,
                    "--output", "out", *options)
            stats = self.stats("out/stats.json")
            results.append(((self.dir / "out" / "outputs.npy").read_bytes(),
                            stats["harts"][0]["interrupts"]))
        self.assertEqual(*results)
        self.assertGreater(results[0][1], 0)

    def test_bad_values(self):
        self.refused("run", "duo", "--set", "host.cpu.aia=perhaps", says='host.cpu.aia: "perhaps"')
        self.refused("run", "duo", *AIA, "--set", "host.imsic.identities=100",
                     says="host.imsic.identities: 100 is not possible; expected one less than a")
        self.refused("run", "duo", *AIA, "--set", "host.imsic.identities=4095", says="2047")
        text = self.vp("describe", "duo", "--map", "--set", "host.imsic.identities=127")
        self.assertIn("had no effect: aia of the harts is false", text)


if __name__ == "__main__":
    harness.main()
