#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Checks who includes whom: the layers of the house (CONTRIBUTING.md).

A block includes models/core and itself, never another block; only *_abi.h and generated registers
cross from hardware to software; a file that says "No SystemC" reaches none, directly or through its
includes; headers that Verilator made appear in *_rtl.cpp only. Also: every source file begins with
its licence, every header has #pragma once (C headers: an include guard).
"""

import argparse
import pathlib
import re
import sys

ROOTS = ("models", "platform", "sw", "firmware", "tests", "rtl")
SUFFIXES = (".h", ".c", ".cpp", ".S", ".sv", ".svh")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)
SYSTEMC = re.compile(r"^(systemc|sysc/|tlm|tlm_utils/|tlm_core/)")
ABI = re.compile(r"^models/[a-z0-9_]+/[a-z0-9_]+_abi\.h$")
MODEL = re.compile(r"^models/([a-z0-9_]+)/")
REGISTERS = re.compile(r"^[a-z0-9_]+_regs\.h$")


def source_files(root):
    for folder in ROOTS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                yield path


def block(name):
    match = MODEL.match(name)
    return match[1] if match else None


def is_test(name):
    return name.startswith("tests/") or re.search(
        r"(/test_[a-z0-9_]+|_(test|bench)(_[a-z0-9_]+)?)\.(cpp|h)$", name)


def allowed(name, included):
    """Why the file `name` may not include `included`, or None."""
    if is_test(name) and not name.startswith("firmware/"):
        return None
    layer = name.split("/")[0]
    if layer == "rtl":
        return None if included.startswith("rtl/") else "rtl includes nothing of the others"
    if layer == "firmware":
        if ABI.match(included) or REGISTERS.match(included):
            return None
        if re.match(r"(models|platform|sw|tests/harness|rtl)/", included):
            return "firmware sees generated *_regs.h and *_abi.h only"
        return None
    if layer == "models":
        other = block(included)
        if other in ("core", block(name)):
            return None
        if other:
            return f"a block never includes another ({other}); use a socket or models/core"
        if name.startswith("models/npu/") and included.startswith("rtl/"):
            return None
        return "a block includes models/core and itself only"
    if layer == "platform":
        return None if re.match(r"(platform|models|sw)/", included) else "not a layer below platform"
    if layer == "sw":
        if included.startswith(("sw/", "models/core/")) or ABI.match(included):
            return None
        return "sw sees models/*/*_abi.h and models/core only"
    return None


class Checker:
    def __init__(self, root):
        self.root = root
        self.texts = {str(path.relative_to(root)): path.read_text(encoding="utf-8")
                      for path in source_files(root)}
        self.errors = []

    def fail(self, name, text, position, what):
        line = text.count("\n", 0, position) + 1
        self.errors.append(f"{name}:{line}: {what}")

    def includes(self, name):
        for match in INCLUDE.finditer(self.texts[name]):
            yield match.start(2), match[1] == "<", match[2]

    def check(self):
        for name, text in self.texts.items():
            if "SPDX-License-Identifier: Apache-2.0" not in text.split("\n", 1)[0]:
                self.fail(name, text, 0, "the first line must be the SPDX line")
            if name.endswith(".h") and "#pragma once" not in text and not re.search(
                    r"#ifndef [A-Z0-9_]+_H_?\b", text):
                self.fail(name, text, 0, "no #pragma once")
            for position, system, included in self.includes(name):
                self.check_include(name, text, position, system, included)
            if "No SystemC" in text[:1500]:
                self.check_pure(name, text)
        return self.errors

    def check_include(self, name, text, position, system, included):
        if re.match(r"V[a-z].*\.h$", included) and not name.endswith("_rtl.cpp") \
                and not name.startswith("rtl/"):
            self.fail(name, text, position, f"{included}: Verilated headers belong in *_rtl.cpp")
            return
        if system:
            return
        if included.startswith(".") or "/../" in included:
            self.fail(name, text, position, f"{included}: include from the root of the repository")
            return
        if re.match(r"V[a-z].*\.h$", included):
            return
        why = allowed(name, included)
        if why:
            self.fail(name, text, position, f"{included}: {why}")
        elif not name.startswith("firmware/") and not name.startswith("tests/firmware/") \
                and included not in self.texts and not included.endswith("_regs.h") \
                and not (self.root / included).exists():
            self.fail(name, text, position,
                      f"{included}: no such file from the root of the repository")

    def check_pure(self, name, text):
        seen, chain = {name}, [(name, name)]
        while chain:
            current, path = chain.pop()
            for position, system, included in self.includes(current):
                if system and SYSTEMC.match(included):
                    where = position if current == name else 0
                    self.fail(name, text, where,
                              f"says No SystemC, but reaches <{included}> by {path}")
                    return
                if included in self.texts and included not in seen:
                    seen.add(included)
                    chain.append((included, f"{path} > {included}"))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Example: scripts/check_includes.py")
    parser.add_argument("root", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent,
                        help="the repository (default: this script's own)")
    root = parser.parse_args().root
    if not any((root / folder).is_dir() for folder in ROOTS):
        parser.error(f"{root}: none of {', '.join(ROOTS)} is there")
    checker = Checker(root)
    errors = checker.check()
    for error in errors:
        print(error, file=sys.stderr)
    print(f"{len(checker.texts)} files, {len(errors)} mistakes")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
