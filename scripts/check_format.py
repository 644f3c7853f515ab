#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that C and C++ sources are formatted as .clang-format says; --fix formats them."""

import argparse
import pathlib
import shutil
import subprocess
import sys

ROOTS = ("models", "platform", "sw", "firmware", "tests", "rtl")
SUFFIXES = (".h", ".c", ".cpp")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     epilog="Example: scripts/check_format.py --fix")
    parser.add_argument("--fix", action="store_true", help="format the files in place")
    arguments = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parent.parent
    tool = shutil.which("clang-format-14")
    if tool is None:
        print("check_format: clang-format-14 is missing; run scripts/setup", file=sys.stderr)
        return 2
    files = sorted(str(path) for folder in ROOTS for path in (root / folder).rglob("*")
                   if path.suffix in SUFFIXES and path.is_file())
    if not files:
        print(f"check_format: no sources under {root}", file=sys.stderr)
        return 2
    mode = ["-i"] if arguments.fix else ["--dry-run", "--Werror"]
    return 1 if subprocess.run([tool, "--style=file", *mode, *files], check=False).returncode else 0


if __name__ == "__main__":
    sys.exit(main())
