# SPDX-License-Identifier: Apache-2.0
"""Tests of scripts/regtool.py and scripts/check_includes.py: what they make and what they refuse."""

import pathlib
import subprocess
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"

GOOD = """
name = "sample"
size = 0x100
[[reg]]
name = "ctrl"
offset = 0x14
doc = "Control"
fields = [
  { name = "start", bits = "0", sw = "w", singlepulse = true },
  { name = "mode", bits = "7:4", reset = 2, encode = { slow = 1, fast = 2 } },
]
[[reg]]
name = "base"
offset = 0x20
width = 64
[[group]]
name = "lane"
base = 0x40
stride = 0x10
count = 4
[[group.reg]]
name = "gain"
offset = 4
count = 2
"""


class Regtool(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_tool(self, text, *arguments, name="sample"):
        path = self.folder / f"{name}.regs.toml"
        path.write_text(text, encoding="utf-8")
        return subprocess.run([SCRIPTS / "regtool.py", path, *arguments], capture_output=True,
                              text=True, check=False)

    def assert_refused(self, text, *words, name="sample"):
        result = self.run_tool(text, "--c", "-", name=name)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stdout, "")
        for word in (f"{name}.regs.toml", *words):
            self.assertIn(word, result.stderr)
        self.assertNotIn("Traceback", result.stderr)

    def test_a_field_named_as_a_local_of_the_generated_code_is_refused(self):
        self.assert_refused(GOOD.replace('name = "mode"', 'name = "bits"'), "bits", "cannot name it")

    def test_c_header_has_offsets_masks_shifts_and_strides(self):
        text = self.run_tool(GOOD, "--c", "-").stdout
        for line in ("#define SAMPLE_CTRL 0x14  // Control", "#define SAMPLE_CTRL_START 0x1u",
                     "#define SAMPLE_CTRL_MODE 0xf0u", "#define SAMPLE_CTRL_MODE_SHIFT 4",
                     "#define SAMPLE_CTRL_MODE_FAST 2u", "#define SAMPLE_BASE 0x20",
                     "#define SAMPLE_LANE_STRIDE 0x10", "#define SAMPLE_LANE_COUNT 4",
                     "#define SAMPLE_LANE_GAIN 0x44", "#define SAMPLE_LANE_GAIN_COUNT 2",
                     "#define SAMPLE_LANE_GAIN_STRIDE 0x4"):
            self.assertIn(line + "\n", text)

    def test_systemverilog_package_fills_reserved_bits(self):
        text = self.run_tool(GOOD, "--sv", "-").stdout
        self.assertIn("logic [23:0] reserved_8;\n    logic [3:0] mode;\n"
                      "    logic [2:0] reserved_1;\n    logic start;", text)

    def test_readme_table_is_updated_and_a_stale_one_fails(self):
        readme = self.folder / "README.md"
        readme.write_text("a\n<!-- BEGIN regtool sample -->\nold\n<!-- END regtool -->\nb\n")
        stale = self.run_tool(GOOD, "--check")
        self.assertEqual(stale.returncode, 1)
        self.assertIn("stale", stale.stderr)
        self.assertEqual(self.run_tool(GOOD, "--readme").returncode, 0)
        self.assertEqual(self.run_tool(GOOD, "--check").returncode, 0)
        text = readme.read_text()
        self.assertIn("| 0x14 | `ctrl` | 31:0 | | | | Control |", text)
        self.assertTrue(text.startswith("a\n") and text.endswith("<!-- END regtool -->\nb\n"))

    def test_mistakes_are_named_with_file_and_key(self):
        self.assert_refused(GOOD.replace("doc =", "dox ="), "reg.ctrl.dox", "unknown key")
        self.assert_refused(GOOD.replace('"7:4"', '"7:0"'), "reg.ctrl.mode", "overlap")
        self.assert_refused(GOOD.replace('"7:4"', '"39:36"'), "reg.ctrl.mode.bits", "32 bits")
        self.assert_refused(GOOD.replace("reset = 2", "reset = 99"), "reg.ctrl.mode.reset")
        self.assert_refused(GOOD.replace("width = 64", "width = 48"), "reg.base.width")
        self.assert_refused(GOOD.replace("offset = 0x20", "offset = 0x10"), "ctrl", "overlaps base")
        self.assert_refused(GOOD.replace("offset = 0x20", "offset = 0x22"), "reg.base.offset")
        self.assert_refused(GOOD.replace("size = 0x100", "size = 0x50"), "lane_gain", "outside")
        self.assert_refused(GOOD.replace("stride = 0x10", "stride = 0x8"), "lane", "stride")
        self.assert_refused(GOOD.replace('"mode"', '"start"'), "start", "twice")
        self.assert_refused(GOOD.replace('"base"', '"class"'), "name", "class")
        self.assert_refused(GOOD.replace("offset = 0x14", ""), "reg.ctrl.offset", "missing")
        self.assert_refused(GOOD.replace("offset = 0x14", "offset = true"), "reg.ctrl.offset")
        self.assert_refused(GOOD, "name", name="other")
        self.assert_refused("name = \n", "TOML")

    def test_read_only_and_write_only_registers_may_share_an_address(self):
        pair = GOOD + '[[reg]]\nname = "i"\noffset = 0x30\nsw = "r"\n' \
                      '[[reg]]\nname = "o"\noffset = 0x30\nsw = "w"\n'
        self.assertEqual(self.run_tool(pair, "--c", "-").returncode, 0)
        self.assert_refused(pair.replace('sw = "w"', 'sw = "rw"'), "overlaps")

    def test_a_missing_file_is_named(self):
        result = subprocess.run([SCRIPTS / "regtool.py", self.folder / "no.regs.toml"],
                                capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn("no.regs.toml", result.stderr)


class CheckIncludes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("models/core/units.h", "#pragma once\n")
        self.write("models/core/socket.h", "#pragma once\n#include <systemc>\n")
        self.write("models/uart/uart.h", '#pragma once\n#include "models/core/socket.h"\n')

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("// SPDX-License-Identifier: Apache-2.0\n" + text, encoding="utf-8")

    def run_check(self):
        return subprocess.run([SCRIPTS / "check_includes.py", self.root], capture_output=True,
                              text=True, check=False)

    def assert_found(self, *words):
        result = self.run_check()
        self.assertEqual(result.returncode, 1, result.stdout)
        for word in words:
            self.assertIn(word, result.stderr)

    def test_a_clean_tree_passes(self):
        self.write("models/uart/uart_test.cpp", '#include "tests/harness/test_bench.h"\n')
        self.write("tests/harness/test_bench.h", '#pragma once\n#include "models/uart/uart.h"\n')
        self.write("firmware/drivers/uart.c", '#include "uart_regs.h"\n#include "lib/mmio.h"\n')
        result = self.run_check()
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_block_must_not_include_another(self):
        self.write("models/plic/plic.cpp", '#include "models/uart/uart.h"\n')
        self.assert_found("models/plic/plic.cpp:2", "never includes another")

    def test_core_must_not_include_a_block(self):
        self.write("models/core/bad.cpp", '#include "models/uart/uart.h"\n')
        self.assert_found("models/core/bad.cpp:2")

    def test_software_and_firmware_see_the_abi_only(self):
        self.write("models/npu/npu_abi.h", "#pragma once\n")
        self.write("models/npu/npu.h", "#pragma once\n")
        self.write("sw/compiler/good.cpp", '#include "models/npu/npu_abi.h"\n')
        self.write("sw/compiler/bad.cpp", '#include "models/npu/npu.h"\n')
        self.write("firmware/bad.c", '#include "models/npu/npu.h"\n')
        self.assert_found("sw/compiler/bad.cpp:2", "firmware/bad.c:2")
        self.assertNotIn("good.cpp", self.run_check().stderr)

    def test_systemc_is_found_behind_other_includes(self):
        self.write("models/uart/uart_core.h",
                   '// A core. No SystemC.\n#pragma once\n#include "models/uart/uart.h"\n')
        self.assert_found("uart_core.h", "No SystemC", "models/core/socket.h")

    def test_verilated_headers_licence_guard_and_relative_paths(self):
        self.write("models/npu/array.cpp", '#include "Vmac_array.h"\n#include "../x.h"\n')
        self.write("models/npu/array_rtl.cpp", '#include "Vmac_array.h"\n')
        (self.root / "models/npu/bare.h").write_text("int x;\n")
        self.assert_found("array.cpp:2", "array.cpp:3", "bare.h:1: the first line",
                          "bare.h:1: no #pragma once")
        self.assertNotIn("array_rtl.cpp", self.run_check().stderr)


if __name__ == "__main__":
    unittest.main()
