# SPDX-License-Identifier: Apache-2.0
"""What the programs here share: `chiplet-vp bench hbm` of the build in CVP_BUILD (default:
build/release), and bars that are held."""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("CVP_BUILD", ROOT / "build" / "release"))


def bench(*options):
    command = [BUILD / "bin" / "chiplet-vp", "bench", "hbm", "--json", *map(str, options)]
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=600, check=False)
    if done.returncode != 0:  # It has said why.
        sys.exit(f"error: {' '.join(map(str, command))} has failed")
    return json.loads(done.stdout)


def controller_options(name):
    """Of a controller by name: `approximate`, or a scheduler at cycle fidelity."""
    if name == "approximate":
        return ["--fidelity", name]
    return ["--fidelity", "cycle", "--policy", name]


def held(beyond, check):
    """The exit code of a program whose lines in `beyond` miss their bars; says them if it checks."""
    for line in beyond if check else []:
        print(f"beyond the bar: {line}", file=sys.stderr)
    return 1 if check and beyond else 0
