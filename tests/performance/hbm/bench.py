# SPDX-License-Identifier: Apache-2.0
"""Runs `chiplet-vp bench hbm` of the build in CVP_BUILD (default: build/release)."""

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
