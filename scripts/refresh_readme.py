#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Puts the output of a run of scripts/demo into the README.

Every line of the README's output blocks takes the digits of the line of the same wording in the
run, in the same order. `--check` changes nothing: it ends with 1 and names the lines whose wording
is not in the run, or with a number that is more than 5 % off (time stamps and
host speed aside).
"""

import argparse
import pathlib
import re
import sys

README = pathlib.Path(__file__).resolve().parent.parent / "README.md"
NUMBER = re.compile(r"\d+(?:\.\d+)?")
TIME_STAMP = re.compile(r"^\[ *[\d.]+\]")
TOLERANCE = 0.05


def wording(line):
    return re.sub(r"[\s*]+", " ", NUMBER.sub("#", line)).strip()


def is_output(line):
    return line.strip() not in ("", "[...]")


def numbers_agree(old, new):
    pairs = zip(*(NUMBER.findall(TIME_STAMP.sub("", line)) for line in (old, new)))
    return all(abs(float(a) - float(b)) <= TOLERANCE * abs(float(b)) for a, b in pairs)


def refresh(readme, log):
    """The README with the log's lines, and what does not agree."""
    lines, wrong = readme.split("\n"), []
    rest = iter(log.split("\n"))
    inside = False
    for number, line in enumerate(lines):
        if line.startswith("```"):
            inside = line == "```text"
        elif inside and is_output(line):
            taken = []
            found = next((new for new in rest if taken.append(new) or wording(new) == wording(line)), None)
            if found is None:
                rest = iter(taken)
                wrong.append(f"README.md:{number + 1}: not in the run: {line}")
                continue
            if not numbers_agree(line, found) and not line.lstrip().startswith("host  "):
                wrong.append(f"README.md:{number + 1}: {line}\n  in the run: {found}")
            lines[number] = found.rstrip()
    return "\n".join(lines), wrong


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Example: scripts/demo > demo.log && scripts/refresh_readme.py demo.log")
    parser.add_argument("log", type=pathlib.Path, help="what scripts/demo printed")
    parser.add_argument("--check", action="store_true", help="change nothing")
    options = parser.parse_args()
    new, wrong = refresh(README.read_text(), options.log.read_text())
    missing = [each for each in wrong if "not in the run" in each]
    print("\n".join(wrong if options.check else missing))
    if not options.check:
        README.write_text(new)
    sys.exit(1 if missing or (options.check and wrong) else 0)


if __name__ == "__main__":
    main()
