#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the software of a run does, as files: the log of instructions, the profile of functions."""

import re

import harness

# Hart 0: _start, main, then for ever; outer calls inner three times. The others sleep.
PROGRAM = harness.GUEST_START + """
trap:
  mret
main:
  li sp, 0x80010000
  li s0, 3
again:
  call outer
  addi s0, s0, -1
  bnez s0, again
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
  j .
.type outer, @function
outer:
  addi sp, sp, -16
  sd ra, 8(sp)
  call inner
  ld ra, 8(sp)
  addi sp, sp, 16
  ret
.size outer, .-outer
.type inner, @function
inner:
  rdcycle a0
  ret
.size inner, .-inner
"""
LINE = re.compile(r"core   ([01]): 3 0x([0-9a-f]{16}) \(0x([0-9a-f]{8}|[0-9a-f]{4})\)(| .*)")


class SoftwareTrace(harness.SystemTest):
    def run_program(self, *options, **keywords):
        elf = self.guest("guest", PROGRAM)
        return self.vp("run", "duo", "--firmware", elf, "--max-time", "1 ms", *options, **keywords)

    def instructions(self):
        return [hart["instructions"] for hart in self.stats()["harts"]]

    def test_the_log_has_a_line_for_each_instruction(self):
        self.run_program("--log-commits", "commits.log", "--stats", "stats.json")
        lines = (self.dir / "commits.log").read_text().splitlines()
        counts = [0] * len(self.instructions())
        for line in lines:
            parts = LINE.fullmatch(line)
            self.assertTrue(parts, line)
            counts[int(parts[1])] += 1
        self.assertEqual(counts, self.instructions())
        # The boot ROM leads to the program; stores to its stack.
        self.assertTrue(lines[0].endswith(" c772_mie 0x0000000000000000"), lines[0])
        self.assertTrue(any(line.startswith("core   0: 3 0x0000000080000000 ") for line in lines))
        stores = [line for line in lines if " mem 0x000000008000fff8 0x" in line]
        self.assertEqual(len(stores), 3)

    def test_a_part_of_the_log(self):
        self.run_program("--log-commits", "all.log")
        self.run_program("--log-commits", "part.log", "--log-from", 10, "--log-to", 12)
        whole, part = ((self.dir / name).read_text().splitlines() for name in ("all.log", "part.log"))
        of_hart = lambda lines, hart: [line for line in lines if line.startswith(f"core   {hart}:")]
        for hart in (0, 1):
            self.assertEqual(of_hart(part, hart), of_hart(whole, hart)[9:12])

    def test_the_log_on_standard_error(self):
        text = self.run_program("--log-commits", "-", "--log-to", 1)
        self.assertRegex(text, r"core   0: 3 0x0000000000001000 \(0x30401073\) c772_mie 0x0000000000000000\n")

    def test_the_profile_counts_every_instruction(self):
        self.run_program("--profile", "profile.txt", "--stats", "stats.json")
        text = (self.dir / "profile.txt").read_text()
        stacks = dict(line.rsplit(" ", 1) for line in text.splitlines())
        of_hart = [0] * len(self.instructions())
        for stack, count in stacks.items():
            of_hart[int(re.match(r"hart(\d+)", stack)[1])] += int(count)
        self.assertEqual(of_hart, self.instructions())
        outer = [stack for stack in stacks if stack.endswith(";outer")]
        self.assertEqual(len(outer), 1, text)
        self.assertEqual(int(stacks[outer[0]]), 3 * 6)
        self.assertEqual(int(stacks[outer[0] + ";inner"]), 3 * 2)

    def test_nothing_depends_on_them(self):
        outputs = []
        for options in ([], ["--log-commits", "commits.log", "--profile", "profile.txt"]):
            text = self.run_program("--stats", "stats.json", "--trace", "trace.json", *options)
            statistics = self.stats()
            statistics.pop("host")
            outputs.append((text, statistics, (self.dir / "trace.json").read_text()))
        self.assertEqual(*outputs)

    def test_names_from_another_file(self):
        elf = self.guest("guest", PROGRAM)
        stripped = self.dir / "stripped.elf"
        harness.subprocess.run(["riscv64-unknown-elf-objcopy", "-S", elf, stripped], check=True)
        names = harness.subprocess.run(["riscv64-unknown-elf-nm", elf], check=True, text=True,
                                       stdout=harness.subprocess.PIPE).stdout
        self.write("System.map", names)
        profiles = []
        for options in ([elf], [stripped, "--symbols", elf], [stripped, "--symbols", "System.map"],
                        [stripped]):
            self.vp("run", "duo", "--firmware", *options, "--profile", "profile.txt")
            profiles.append((self.dir / "profile.txt").read_text())
        self.assertEqual(profiles[0], profiles[1])
        self.assertIn(";inner 6\n", profiles[2])
        self.assertNotIn("inner", profiles[3])

    def test_what_cannot_be(self):
        self.write("text", "no symbols\n")
        for options, message in {
            ("--profile", "p", "--symbols", "text"): "text:1: --symbols: is no ELF file and no list of symbols",
            ("--profile", "p", "--symbols", "none"): "none: --symbols: cannot read the file",
            ("--profile", "p", "--symbols", "text@x"): "--symbols text@x: expected FILE or FILE@ADDRESS",
            ("--log-commits", "none/log"): "none/log: --log-commits: cannot be written",
            ("--log-commits", "one", "--profile", "one"): "one: --profile: is the file of --log-commits too",
            ("--log-from", "3"): "--log-from requires --log-commits",
            ("--log-commits", "one", "--log-from", "0"): "--log-from: expected a number above 0",
            ("--log-commits", "one", "--log-from", "-5"): "--log-from: expected a number above 0",
            ("--log-commits", "one", "--log-from", "10", "--log-to", "5"): "--log-to 5: expected 10 or more",
            ("--log-commits", "one", "--log-commits", "two"): "--log-commits: given twice; expected once",
            ("--log-commits", "/dev/full"): "/dev/full: No space left on device",
        }.items():
            with self.subTest(options):
                self.assertIn("error: ", text := self.run_program(*options, expect=2))
                self.assertIn(message, text)


class Semihosting(harness.SystemTest):
    """A program of an ordinary C library, which knows nothing of this machine but where its RAM is."""

    HOSTED = """
#include <stdio.h>
int main(void) {
  printf("sum %d, %s\\n", 6 * 7, "by semihosting");
  fprintf(stderr, "and an error\\n");
  return 7;
}
"""

    def hosted(self):
        self.write("hosted.c", self.HOSTED)
        places = {"flash": 0x8000_0000, "flash_size": 1 << 20, "ram": 0x8010_0000, "ram_size": 1 << 20}
        harness.subprocess.run(
            ["riscv64-unknown-elf-gcc", "--specs=picolibc.specs", "--oslib=semihost", "--crt0=semihost",
             "-march=rv64imac", "-mabi=lp64", "-mcmodel=medany",
             *[f"-Wl,--defsym=__{name}={value:#x}" for name, value in places.items()], "hosted.c", "-o",
             "hosted.elf"], cwd=self.dir, check=True)
        return "hosted.elf"

    def run_hosted(self, *options, **keywords):
        return self.vp("run", "duo", "--set", "host.cpu.harts=1", "--firmware", self.hosted(),
                       "--max-time", "1 ms", *options, **keywords)

    def test_a_hosted_program_prints_and_ends(self):
        text = self.run_hosted("--semihosting", expect=7)
        self.assertEqual(text, "sum 42, by semihosting\nand an error\n")

    def test_without_the_option_ebreak_is_a_trap(self):
        self.assertNotIn("sum 42", self.run_hosted(expect=124))


if __name__ == "__main__":
    harness.main()
