#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a package at random: one to four NPU dies, any connected graph of links, any memory.

Example:
  tests/system/random_package.py 42 > random.toml && chiplet-vp describe random.toml
"""

import random
import sys

GENERATIONS = ["hbm2", "hbm3", "hbm3-5600", "hbm3e", "hbm3e-8.0", "hbm4-8.0"]
HOST_PORTS, NPU_PORTS = 2, 3


def random_links(rng, dies):
    """A random spanning tree from the host, then some more links where ports are free."""
    free = {0: HOST_PORTS, **{die: NPU_PORTS for die in range(1, dies + 1)}}
    links = []

    def join(a, b):
        links.append((a, b))
        free[a] -= 1
        free[b] -= 1

    reached = [0]
    for die in range(1, dies + 1):
        join(rng.choice([other for other in reached if free[other] > 0]), die)
        reached.append(die)
    for _ in range(rng.randint(0, 3)):
        a, b = rng.sample(reached, 2)
        if free[a] > 0 and free[b] > 0 and (a, b) not in links and (b, a) not in links:
            join(a, b)
    return links


def random_package(seed, dies=None):
    """The text of a package file; `dies` fixes the number of NPU dies."""
    rng = random.Random(seed)
    drawn = rng.randint(1, 4)
    dies = dies or drawn
    name = {0: "host", **{die: f"npu{die - 1}" for die in range(1, dies + 1)}}
    links = random_links(rng, dies)
    next_port = dict.fromkeys(name, 0)
    lines = [f"# Made by random_package.py from seed {seed}.", "schema  = 1", f'package = "random{seed}"']

    lines.append("dies = [")
    host = {"cpu.harts": rng.randint(1, 4), "cpu.quantum": rng.choice(["1 us", "10 us"])}
    lines.append(die_line("host", 0, "dies/host.toml", host))
    for die in range(1, dies + 1):
        params = {
            "hbm0.generation": rng.choice(GENERATIONS),
            "npu.scratchpad": rng.choice(["512 KiB", "1 MiB", "2 MiB"]),
            "noc.width_bits": rng.choice([512, 1024, 4096]),
        }
        lines.append(die_line(name[die], die, "dies/npu.toml", params))
    lines.append("]")

    lines.append("links = [")
    for a, b in links:
        package = rng.choice(["standard", "advanced"])
        lanes = rng.choice([16] if package == "standard" else [32, 64])
        ends = []
        for die in (a, b):
            ends.append(f'"{name[die]}.d2d{next_port[die]}"')
            next_port[die] += 1
        lines.append(
            f'  {{ type = "ucie", ends = [{ends[0]}, {ends[1]}], package = "{package}", '
            f'lanes = {lanes}, rate = "{rng.choice([8, 16, 24, 32])} GT/s" }},'
        )
    lines.append("]")

    unconnected = [
        f'"{name[die]}.d2d{port}"'
        for die in name
        for port in range(next_port[die], HOST_PORTS if die == 0 else NPU_PORTS)
    ]
    if rng.random() < 0.6:
        lines.append(
            'devices = [ { name = "expander0", type = "cxl_expander", port = "host.cxl0", '
            f'capacity = "{rng.choice([1, 4, 16])} GiB", lanes = {rng.choice([4, 8, 16])} }} ]'
        )
    else:
        unconnected.append('"host.cxl0"')
    lines.append(f"unconnected = [{', '.join(unconnected)}]")
    return "\n".join(lines) + "\n"


def die_line(name, index, file, params):
    texts = [f'"{key}" = ' + (str(value) if isinstance(value, int) else f'"{value}"')
             for key, value in params.items()]
    return (f'  {{ name = "{name}", index = {index}, file = "{file}", '
            f"params = {{ {', '.join(texts)} }} }},")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].isdigit():
        sys.exit(__doc__)
    print(random_package(int(sys.argv[1])), end="")
