#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Bad input: one clear message each, exit code 2, no file made or changed.

Networks and images: bad_network_test.py.
"""

import itertools
import random
import shutil
import struct
import subprocess

import harness

DUO = harness.PACKAGES / "duo.toml"
DIES = harness.SOURCE / "platform" / "dies"
FIRST_STAGE = harness.BUILD / "firmware" / "first_stage.elf"


class PackageFiles(harness.SystemTest):
    def duo(self, *edits, host=(), npu=()):
        """duo with mistakes in the package file, the host's die file or the NPU dies' one."""
        self.edited(DIES / "host.toml", *host, name="dies/host.toml")
        self.edited(DIES / "npu.toml", *npu, name="dies/npu.toml")
        return self.edited(DUO, *edits).name

    def test_unknown_key(self):
        package = self.duo(("links = [", "lnks = []\nlinks = ["))
        self.refused("describe", package, says='duo.toml:11: lnks: unknown key; did you mean "links"?')

    def test_unknown_parameter(self):
        package = self.duo(host=[("harts = 2", "hart = 2")])
        self.refused("run", package, says=["host.toml:16: host.cpu.hart: ", 'did you mean "harts"?'])

    def test_bad_unit(self):
        package = self.duo(host=[('size = "2 GiB"', 'size = "2 GHz"')])
        self.refused("run", package, says=["host.dram.size: ", '"2 GHz" does not fit; expected a size'])

    def test_quantity_without_unit(self):
        package = self.duo(('rate = "32 GT/s"', "rate = 32"))
        self.refused("run", package, says=["duo.toml:12: host-npu0.rate: ", 'such as "32 GT/s"'])

    def test_overlap(self):
        package = self.duo(host=[("base = 0x1200_0000", "base = 0x0c00_0000")])
        self.refused("run", package, says=["host.d2d0.regs: ", "overlaps", "of plic (line 42)",
                                          "expected windows apart"])

    def test_dangling_link(self):
        package = self.duo(('"npu1.d2d0"', '"npu7.d2d0"'))
        self.refused("run", package, says=["duo.toml:13: ", "dangling", 'no die "npu7"'], lines=3)

    def test_impossible_parameter(self):
        package = self.duo(host=[("harts = 2", "harts = 99")])
        self.refused("run", package, says=["host.cpu.harts: 99 is out of range; expected", "1 .. 64"])

    def test_harts_that_begin_nowhere(self):
        for vector in ("0x1001", "0x20_0000"):
            package = self.duo(host=[("reset_vector = 0x1000", f"reset_vector = {vector}")])
            self.refused("run", package, says=["host.toml:16: host.cpu.reset_vector: 0x", "expected an even address"])

    def test_impossible_combination(self):
        package = self.duo(("lanes = 64", "lanes = 48"))
        self.refused("run", package, says=["duo.toml:12: host-npu0", "32 or 64 lanes"])
        package = self.duo(npu=[('scratchpad = "1 MiB"', 'scratchpad = "1 MiB", burst_max = 100')])
        self.refused("run", package, says=["npu.toml:15: npu0.npu.burst_max: ", "expected a power of two"],
                     lines=2)

    def test_capacity_that_the_geometry_does_not_have(self):
        package = self.duo(npu=[("base = 0x10_0000_0000", "base = 0x10_0000_0000, size = 0x2_0000_0000")])
        self.refused("run", package,
                     says="npu.toml:24: npu0.hbm0.mem.size: does not belong here: generation, channels")

    def test_unconnected_port(self):
        package = self.duo(('unconnected = ["npu0.d2d2", ', "unconnected = ["))
        self.refused("run", package, says=["npu0.d2d2: port is not connected; expected"])

    def test_missing_die_file(self):
        package = self.duo(("dies/host.toml", "dies/hots.toml"))
        text = self.refused("run", package, says="duo.toml:7: host: cannot read the die file")
        self.assertIn("dies/hots.toml", text)

    def test_missing_package(self):
        self.refused("run", "trio", says=["trio: ", "expected a package file or one of: duo"])
        self.refused("run", "no/such/trio.toml", says="no/such/trio.toml: ")
        self.refused("describe", ".", says="cannot read the package file; expected a TOML file")

    def test_not_toml(self):
        self.write("page.toml", "schema = 1\n<html>\n")
        self.refused("run", "page.toml", says="page.toml:2: not valid TOML: ")
        self.write("table.toml", "schema = 1\n[dies\n")
        self.refused("run", "table.toml", says="table.toml:2: not valid TOML: ")

    def test_empty(self):
        self.write("empty.toml", "")
        self.refused("run", "empty.toml", says="schema: is missing; expected", lines=4)

    def test_binary_garbage(self):
        rng = random.Random(1)
        for length in (1, 16, 4096):
            self.write("noise.toml", b"\xff" + rng.randbytes(length))
            self.refused("run", "noise.toml", says="noise.toml:1: not valid TOML: ")
        self.write("elf.toml", FIRST_STAGE.read_bytes())
        self.refused("run", "elf.toml", says="elf.toml:1: not valid TOML: ")

    def test_several_mistakes_at_once(self):
        package = self.duo(("schema  = 1", "schema  = 9"), ('lanes = 8 }', 'lanes = "many" }'),
                           host=[("harts = 2", "harts = 0")], npu=[('"hbm3"', '"hbm9"')])
        self.refused("run", package, "--set", "nobody.x=1", lines=5,
                     says=["schema: is 9", "expander0.lanes", "host.cpu.harts", "npu0.hbm0.generation",
                           "nobody"])

    def test_set(self):
        for text, says in {
            "host.cpu.harts": "expected KEY=VALUE, for example npu1.hbm0.generation=hbm3e",
            "=": "expected KEY=VALUE",
            "harts=2": "expected KEY=VALUE",
            "host.cpu.hart=2": 'unknown parameter; did you mean "harts"?',
            "hots.cpu.harts=2": 'there is no die, link or device "hots"; did you mean "host"?',
            "host.cpu.harts=two": '"two" does not fit; expected an integer',
            "host.cpu.harts=": "expected an integer",
            "npu1.hbm0.generation=hbm9": "expected one of hbm2 | ",
            "npu0.hbm0.training_fails=99": "expected",
            "npu0.hbm0.generaton=hbm3": 'unknown parameter; did you mean "generation"?',
            "npu0.hbm0.channel_interleave=8 KiB": "256 B .. 4 KiB",
            "host-npu0.broken_lanes=64": "64 is out of range; expected integers",
            "host-npu0.handshake_step=101 ns": "0 ns .. 100 ns",
            "host-npu0.fault=broken": "expected one of none | dead",
            "q*.cpu.harts=1": 'there is no die, link or device "q*"',
        }.items():
            with self.subTest(text):
                self.refused("run", "duo", "--set", text, says=["command line: --set ", says])

    def test_faults_at_pins_that_do_not_exist(self):
        for text, says in {
            "clok": 'faults: "clok" names no pin; expected for example data:3',
            "data:3,data:64": "faults: data 64 does not exist; expected 0 to 63",
            "m1.valid": "faults: module 1 does not exist; modules are 0 to 0",
            "d2.valid": "faults: direction 2 does not exist; expected 0 or 1",
            "data:3@20": "faults: a lane works up to 4, 8, 12, 16, 24, 32, 48 or 64 GT/s",
        }.items():
            with self.subTest(text):
                self.refused("run", "duo", "--set", f"host-npu0.faults={text}",
                             says=["command line: host-npu0.faults: ", says.removeprefix("faults: ")])

    def test_every_mistake_in_lists_of_pins(self):
        self.refused("run", "duo", "--set", "host-npu0.faults=clok, data:64, data:3, valid, d0.data:3@16",
                     "--set", "host-npu1.broken_lanes=5,6,5",
                     "--set", "npu0-npu1.lane_error_rates=data:5=1e-6, x, data:64=1e-6, d1.data:5=1e-4",
                     says=['faults: "clok" names no pin', "faults: data 64 does not exist", "faults: data 3 is named twice",
                           "broken_lanes: lane 5 is named twice", 'lane_error_rates: "x"; expected for example',
                           'lane_error_rates: "data:64=1e-6"; expected for example',
                           'lane_error_rates: "d1.data:5=1e-4"; this lane is named twice'], lines=7)

    def test_parameter_without_effect_is_noted(self):
        text = self.vp("describe", "duo", "--map", "--set", "npu1.mac_array.both_tiles=5")
        self.assertIn("note: command line: npu1.npu.mac_array.both_tiles: had no effect: "
                      "mac_array.fidelity is approximate", text)
        self.assertNotIn("note: ", self.vp("describe", "duo", "--map"))

    def test_combination_on_the_command_line(self):
        for setting, says in {
            "map=p1g2c1h4c2b2s1c2r13y": "map: address map \"p1g2c1h4c2b2s1c2r13y\" has 13 bits of 'r'; expected 14",
            "map=p1g2c1h4c2b2s1c2h4r14y": "has 8 bits of 'h'; expected 4",
            "map=p1g2c1h4c2b2s1c2r14y(h9=r0)": "folds a bit that 'h' or the row does not have",
            "channel_interleave=768 B": "channel_interleave: 768 bytes; expected a power of two",
        }.items():
            with self.subTest(setting):
                self.refused("run", "duo", "--set", f"npu0.hbm0.{setting}",
                             says=["command line: npu0.hbm0.", says])
        self.refused("run", "duo", "--set", "host-npu0.lanes=16",
                     says="command line: host-npu0.lanes: an advanced package has 32 or 64 lanes")
        self.refused("run", "duo", "--set", "host-npu0.modules=3",
                     says="command line: host-npu0.modules: expected 1, 2 or 4")
        self.refused("run", "duo", "--set", "host-npu0.fidelity=cycle",
                     says="expected one of functional | approximate | flit")

    def test_without_an_end(self):
        self.refused("describe", "/dev/zero", says=["/dev/zero: cannot read the package file", harness.A_DEVICE])
        package = self.duo(("dies/host.toml", "/dev/zero"))
        self.refused("run", package, says=["duo.toml:7: host: ", '"/dev/zero"', harness.A_DEVICE])


class Commands(harness.SystemTest):
    def test_command_line(self):
        for args, says in {
            (): "error: no command; expected one of: run, infer, compile, describe, explore",
            ("frobnicate",): 'error: "frobnicate" is no command; expected one of: run, infer',
            ("run",): "PACKAGE is required",
            ("describe",): "which package? expected a file or a name",
            ("run", "duo", "--frobnicate"): "--frobnicate",
            ("run", "no_such_package", "--max-time", "5"): "error: --max-time: expected a time",
            ("run", "duo", "--max-time", "0 ns"): "--max-time: expected a time",
            ("run", "duo", "--max-time=-1 ms"): "--max-time: expected a time",
            ("run", "duo", "--max-time", "long"): 'not "long"',
            ("run", "duo", "--wave-tile", "-1"): "--wave-tile",
            ("run", "duo", "--max-wall", "never"): "--max-wall: expected a number above 0",
            ("run", "duo", "--max-wall", "0"): "--max-wall: expected a number above 0",
            ("run", "duo", "--boot", "sideways"): "--boot",
            ("infer", "duo", harness.DIGITS): "--input is required",
            ("compile",): "model is required",
        }.items():
            with self.subTest(args):
                self.assertIn(says, self.vp(*args, expect=2))
        self.assertEqual(self.listing(), [])

    def test_help_of_a_command_that_is_none(self):
        self.assertIn('error: "boot" is no command; expected one of: ', self.vp("boot", "--help", expect=2))

    def test_bootargs_longer_than_linux_takes(self):
        text = self.vp("run", "duo", "--append", "x" * 2048, expect=2)
        self.assertIn("error: --append: expected at most 2047 characters, not 2048", text)

    def test_console_that_is_nowhere(self):
        self.assertIn("error: --uart: expected a place, such as none", self.vp("run", "duo", "--uart", "", expect=2))

    def test_standard_output_that_takes_nothing(self):
        for arguments in (["describe", "duo", "--dts"], ["run", "duo", "--max-time", "20 ms"],
                          ["compile", harness.DIGITS, "--list"]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([harness.PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE,
                                      text=True, check=False)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("error: standard output cannot be written", done.stderr)


class Programs(harness.SystemTest):
    def elf_refused(self, content, says, lines=1):
        self.write("program.elf", content)
        self.refused("run", "duo", "--firmware", "program.elf", lines=lines,
                     says=["program.elf: --firmware: ", says])

    def test_truncated_at_many_lengths(self):
        whole = FIRST_STAGE.read_bytes()
        lengths = [1, 4, 15, 16, 63, 64, 65, 100, 200, 4096, 8192]
        lengths += [len(whole) * n // 8 for n in range(1, 8)] + [len(whole) - 1]
        for length in lengths:
            with self.subTest(length):
                self.elf_refused(whole[:length], "expected")

    def test_foreign(self):
        self.refused("run", "duo", "--firmware", "/bin/true", says=["/bin/true: ", "expected RISC-V"])
        whole = bytearray(FIRST_STAGE.read_bytes())
        for offset, value, says in ((4, 1, "is a 32-bit ELF file; expected ELF64"),
                                    (5, 2, "big-endian; expected little-endian"),
                                    (16, 4, "has type 4; expected an executable")):
            broken = bytearray(whole)
            broken[offset] = value
            self.elf_refused(broken, says)

    def test_32_bit_riscv(self):
        (self.dir / "a.s").write_text("_start: j _start\n")
        subprocess.run(["riscv64-unknown-elf-gcc", "-nostdlib", "-march=rv32i", "-mabi=ilp32",
                        "-Ttext=0x80000000", "-Wl,-e0x80000000", "a.s", "-o", "rv32.elf"], check=True, cwd=self.dir)
        self.refused("run", "duo", "--firmware", "rv32.elf", says="is a 32-bit ELF file; expected ELF64")

    def test_object_file(self):
        self.guest("object", "_start: j _start\n", "-c")
        self.refused("run", "duo", "--firmware", "object.elf", says="expected")

    def test_no_elf(self):
        for content in (b"", b"#!/bin/sh\n", b"\x7fELF", bytes(4096)):
            self.elf_refused(content, "is no ELF file; expected an ELF64 RISC-V executable")

    def test_missing_or_directory(self):
        self.refused("run", "duo", "--firmware", "no.elf", says="no.elf: --firmware: cannot read the file")
        self.refused("run", "duo", "--firmware", ".", says="cannot read the file; expected a readable file")
        self.refused("run", "duo", "--first-stage", "no.elf", says="no.elf: --first-stage: cannot read")
        self.refused("run", "duo", "--boot-rom", "no.bin", says="no.bin: --boot-rom: cannot read")

    def test_segments(self):
        def program(*addresses):
            header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 2, 243, 1, addresses[0], 64, 0, 0,
                                 64, 56, len(addresses), 64, 0, 0)
            segments = b"".join(struct.pack("<IIQQQQQQ", 1, 5, 0x1000, at, at, 64, 128, 16)
                                for at in addresses)
            return (header + segments).ljust(0x1040, b"\0")

        self.elf_refused(program(0x8000_0000, 0x8000_0040), "overlaps")
        self.elf_refused(program(0x20_0000), "lies in no memory of package \"duo\"; expected one of host")
        self.elf_refused(program(0xffff_ffff_ffff_fff0), "expected")
        self.elf_refused(program(0xffff_ffc0), "lies in no memory")  # The end of DRAM is inside.

    def test_load_of_an_elf_file_needs_no_address(self):
        program = self.guest("program", ".globl _start\n_start: j _start\n")
        self.refused("run", "duo", "--firmware", program, "--load", program, says="expected images apart")

    def test_load(self):
        self.write("data.bin", b"data")
        for text, says in {
            "data.bin": "expected FILE@ADDRESS, for example data.bin@0x90000000",
            "data.bin@": "expected FILE@ADDRESS",
            "data.bin@there": "expected FILE@ADDRESS",
            "data.bin@-1": "expected FILE@ADDRESS",
            "data.bin@0x200000": "lies in no memory of package",
            "data.bin@0xffffffff": "lies in no memory of package",
            "data.bin@0xffffffffffffffff": "lies in no memory of package",
            "data.bin@0x8000000": "expected images apart",
            "no.bin@0x90000000": "no.bin: --load: cannot read the file",
            ".@0x90000000": "cannot read the file",
        }.items():
            with self.subTest(text):
                self.refused("run", "duo", "--load", text, says=says)

    def test_without_an_end(self):
        for option in ("--firmware", "--first-stage", "--boot-rom"):
            self.refused("run", "duo", option, "/dev/zero", says=[f"/dev/zero: {option}: ", harness.A_DEVICE])
        self.refused("run", "duo", "--load", "/dev/zero@0x90000000", says=["/dev/zero: --load: ", harness.A_DEVICE])
        self.refused("run", "duo", "--firmware", ".", says=harness.A_DIRECTORY)


class Outputs(harness.SystemTest):
    """A path below a regular file cannot be written, whoever runs the test."""

    def setUp(self):
        super().setUp()
        self.write("plain", "a file\n")
        self.places = {"no/dir/out": "No such file or directory", "plain/out": "Not a directory"}

    def test_wave_of_what_is_not_there(self):
        self.refused("run", "solo", "--wave", "w.fst", "--set", "npu0.mac_array.fidelity=approximate",
                     says="--wave: no NPU has a MAC array with RTL; expected one with")
        self.refused("run", "duo", "--wave", "w.fst", "--wave-npu", "npu1.npu",
                     says="--wave-npu npu1.npu: runs no RTL; expected npu0.npu")
        self.refused("run", "duo", "--wave-npu", "npu0.npu", says="expected --wave FILE with it")
        self.assertNotIn("w.fst", self.listing())

    def test_run(self):
        for option in ("--stats", "--report", "--trace", "--wave"):
            for place, says in self.places.items():
                with self.subTest(option=option, place=place):
                    self.refused("run", "duo", option, place,
                                 says=[f"{place}: {option}: cannot be written ({says}); expected"])
            self.refused("run", "duo", option, ".", says=f".: {option}: cannot be written (is a directory)")

    def test_one_of_two(self):
        self.write("old.json", "old\n")
        self.refused("run", "duo", "--stats", "old.json", "--trace", "no/dir/t", says="no/dir/t: --trace: ")
        self.assertEqual((self.dir / "old.json").read_text(), "old\n")

    def test_signature_without_symbols(self):
        self.refused("run", "duo", "--signature", "out.sig", says="expected symbols begin_signature")

    def test_describe(self):
        for option in ("--dtb", "--svg"):
            for place in self.places:
                self.refused("describe", "duo", option, place, says=f"{place}: {option}: cannot be written")

    def test_compile(self):
        for place, says in self.places.items():
            self.refused("compile", harness.DIGITS, "-o", place, says=f"{place}: cannot be written: {says}")
        self.refused("compile", harness.DIGITS, "-o", ".", says="cannot be written: Is a directory")

    def test_infer(self):
        def infer(*options, says):
            self.refused("infer", "duo", harness.DIGITS, "--input", harness.IMAGES, *options, says=says)

        for place in ("plain", "plain/out"):
            infer("--output", place, says=f"{place}: --output: cannot be made or written to")
        infer("--output", "out", "--stats", "no/dir/s", says="no/dir/s: --stats: cannot be written")

    def test_two_with_one_name(self):
        program = self.guest("signed", ".globl _start, begin_signature, end_signature\n_start: j _start\n"
                                       "begin_signature: .word 0\nend_signature:\n")
        for one, two in itertools.combinations(("--signature", "--stats", "--report", "--trace", "--wave"), 2):
            with self.subTest(one, two=two):
                self.refused("run", "duo", "--firmware", program, one, "out", two, f"../{self.dir.name}/out",
                             says=f"out: {two}: is the file of {one} too; expected another name")

    def test_over_an_input(self):
        """No output replaces what the same run reads."""
        program = self.guest("prog", ".globl _start\n_start: j _start\n")
        self.write("disk.img", bytes(4096))
        self.write("names", "0000000080000000 T _start\n")
        shutil.copy(harness.DIGITS, self.dir / "digits.onnx")
        disk = ("--drive", "file=disk.img")
        for option, file, other, more in (
                ("--stats", "disk.img", "host.virtio0", disk), ("--stats", "prog.elf", "--firmware", ()),
                ("--log-commits", "prog.elf", "--firmware", ()), ("--uart", "disk.img", "host.virtio0", disk),
                ("--report", "names", "--symbols", ("--profile", "p", "--symbols", "names@0")),
                ("--trace", "names", "--load", ("--load", "names@0x90000000"))):
            with self.subTest(option, file=file):
                to = f"file:{file}" if option == "--uart" else file
                named = f"--uart {to}" if option == "--uart" else option
                self.refused("run", "duo", "--firmware", program, *more, option, to,
                             says=f"{file}: {named}: is the file of {other} too; expected another name")
        self.refused("infer", "duo", "digits.onnx", "--input", harness.IMAGES, "--output", "out", "--stats",
                     "./digits.onnx", says="digits.onnx: --stats: is the file of MODEL too; expected another name")

    def test_two_of_an_inference_with_one_name(self):
        for option, file, other in (("--stats", "outputs.npy", "--output"), ("--wave", "predictions.csv", "--output"),
                                    ("--trace", "stats.json", "--stats"), ("--report", "trace.json", "--trace")):
            with self.subTest(option):
                text = self.refused("infer", "duo", harness.DIGITS, "--input", harness.IMAGES, "--output", "out",
                                    option, f"out/{file}", says=f"out/{file}: ")
                self.assertRegex(text, f"{option}: is the file of {other}|{other}: is the file of {option}")


if __name__ == "__main__":
    harness.main()
