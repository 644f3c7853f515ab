#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Lays out the files of a new model: models/<name>/ with registers, class, test and README.

What it writes builds and passes its register walk at once; from there on it is yours.

Example:
  scripts/new_model.py watchdog
"""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

FILES = {
    "{name}.regs.toml": '''\
# Programmer's model of {name}. Field keys are SystemRDL 2.0 property names.
name = "{name}"
size = 0x1000

[[reg]]
name   = "ctrl"
offset = 0x0
width  = 32
fields = [
  {{ name = "enable", bits = "0", sw = "rw", reset = 0, doc = "Let it work" }},
]
''',
    "{name}.h": '''\
// SPDX-License-Identifier: Apache-2.0
//
// What it is, in two to eight lines.
//
// Programmer's model: {name}.regs.toml, from which {name}_regs.h is generated.
// Timing: what the simulated time means here.
// Not modelled: see README.md.
#pragma once

#include "models/core/register_socket.h"
#include "models/{name}/{name}_regs.h"  // generated

namespace cvp {{

struct {type}Params {{}};

class {type} : public sc_core::sc_module {{
 public:
  RegisterSocket regs_target{{"regs_target"}};

  {type}(sc_core::sc_module_name name, const {type}Params& params = {{}});

  template <class Archive>
  void serialize(Archive& archive) {{
    archive(regs_);
  }}

 private:
  const {type}Params params_;
  {type}Regs regs_{{"regs"}};
}};

}}  // namespace cvp
''',
    "{name}.cpp": '''\
// SPDX-License-Identifier: Apache-2.0
#include "models/{name}/{name}.h"

namespace cvp {{

{type}::{type}(sc_core::sc_module_name name, const {type}Params& params)
    : sc_module(name), params_(params) {{
  regs_target.serve(regs_);
}}

}}  // namespace cvp
''',
    "{name}_test.cpp": '''\
// SPDX-License-Identifier: Apache-2.0
#include "models/{name}/{name}.h"

#include "tests/harness/register_walk.h"

using namespace cvp;

TEST_CASE("{type} registers follow their register file", "[{name}]") {{
  TestBench<{type}> bench({type}Params{{}});
  bench.run([&] {{ register_walk(bench); }});
}}
''',
    "CMakeLists.txt": '''\
# SPDX-License-Identifier: Apache-2.0
cvp_add_model({name}
  SOURCES   {name}.cpp
  REGISTERS {name}.regs.toml
  TESTS     {name}_test.cpp)
''',
    "README.md": '''\
# {name}: what it is in one line

What it does and for whom.

## Timing

What takes time, and which parameters say how much.

## Registers

<!-- BEGIN regtool {name} -->
<!-- END regtool -->

## Not modelled

| What | Why it does not matter yet |
| --- | --- |
''',
}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", help="snake_case: folder, type in TOML, CMake target, test suite")
    parser.add_argument("--root", type=pathlib.Path, default=ROOT, help="repository (default: this)")
    args = parser.parse_args()
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", args.name):
        sys.exit(f"new_model.py: '{args.name}' is not snake_case, for example: watchdog_timer")
    folder = args.root / "models" / args.name
    if folder.exists():
        sys.exit(f"new_model.py: {folder} exists already; choose another name")
    type_name = "".join(part.capitalize() for part in args.name.split("_"))
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        path = folder / name.format(name=args.name)
        path.write_text(text.format(name=args.name, type=type_name))
        print(f"wrote {path.relative_to(args.root)}")
    print(f"Next: add '{args.name}' to models/CMakeLists.txt; the other steps are in CONTRIBUTING.md.")


if __name__ == "__main__":
    main()
