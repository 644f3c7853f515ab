#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Turns a register file (<m>.regs.toml) into code and documentation.

The file is the only place where offsets and bits of a block are written:

  name = "dma"                 the file is dma.regs.toml; C++ DmaRegs, macros DMA_...
  size = 0x1000                bytes; holes = "error" (default) or "zero" for accesses in between;
                               wide_access = true: 8 bytes over two adjacent 32-bit registers
  [[reg]]                      name, offset, width (8, 16, 32, 64; default 32), doc;
                               accesswidth: smallest access; count, stride: an array;
                               sw, reset for a register without fields;
                               fields = [{ name, bits = "7:4", doc, ... }];
                               overlay = "while ...": shares an address under a condition
  [[group]]                    name, base, stride, count: registers [[group.reg]] repeated

Field keys are properties of SystemRDL 2.0: sw (r, w, rw, na), reset, onread, onwrite, singlepulse,
encode = { name = value }; donttest and dontcompare keep the register walk from writing or comparing
a field that hardware changes. A read-only and a write-only register may share an offset.
"""

import argparse
import pathlib
import re
import sys
import tomllib

ONREAD = {"rclr": "kClear", "rset": "kSet"}
ONWRITE = {
    "woset": "kOneSets", "woclr": "kOneClears", "wot": "kOneToggles",
    "wzs": "kZeroSets", "wzc": "kZeroClears", "wzt": "kZeroToggles",
    "wclr": "kClears", "wset": "kSets",
}
SW = ("r", "w", "rw", "na")
TOP_KEYS = {"name", "doc", "size", "holes", "wide_access", "reg", "group"}
GROUP_KEYS = {"name", "doc", "base", "stride", "count", "reg"}
REG_KEYS = {"name", "doc", "offset", "width", "accesswidth", "count", "stride", "sw", "reset",
            "fields", "overlay", "donttest", "dontcompare"}
FIELD_KEYS = {"name", "doc", "bits", "sw", "reset", "onread", "onwrite", "singlepulse", "encode",
              "donttest", "dontcompare"}
# Members of RegisterBank that a register must not hide, a local of the generated functions, and the
# C++ keywords likely as names.
RESERVED = set("""bits read write peek poke reset serialize name size find registers changed on_change
    alignas alignof and asm auto bool break case catch char class compl const continue default
    delete do double else enum explicit export extern false float for friend goto if inline int
    long mutable namespace new not nullptr operator or private protected public register return
    short signed sizeof static struct switch template this throw true try typedef union unsigned
    using virtual void volatile while xor""".split())


class RegisterFileError(Exception):
    pass


class Context:
    """Where in the file we are, for messages."""

    def __init__(self, path, where=""):
        self.path, self.where = path, where

    def at(self, part):
        return Context(self.path, f"{self.where}.{part}" if self.where else str(part))

    def fail(self, key, what):
        place = ".".join(p for p in (self.where, key) if p)
        raise RegisterFileError(f"{self.path}: {place}: {what}")

    def check_keys(self, table, known):
        if not isinstance(table, dict):
            self.fail("", "expected a table")
        for key in table:
            if key not in known:
                self.fail(key, f"unknown key; known are {', '.join(sorted(known))}")

    def take(self, table, key, kind, default=None, required=False):
        if key not in table:
            if required:
                self.fail(key, "is missing")
            return default
        value = table[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.fail(key, f"is {value!r}; expected a value of type {kind.__name__}")
        if kind is int and value < 0:
            self.fail(key, f"is {value}; expected a number of at least 0")
        return value

    def identifier(self, table):
        name = self.take(table, "name", str, required=True)
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in RESERVED:
            self.fail("name", f"{name!r} cannot name it; expected snake_case, no keyword of C++, no"
                              " member of RegisterBank and not bits")
        return name


class Field:
    def __init__(self, table, reg, context):
        self.name = context.identifier(table)
        context = context.at(self.name)
        context.check_keys(table, FIELD_KEYS)
        bits = context.take(table, "bits", str, required=True)
        match = re.fullmatch(r"(\d+)(?::(\d+))?", bits)
        if not match:
            context.fail("bits", f"is {bits!r}; expected \"7\" or \"7:4\"")
        self.msb = int(match[1])
        self.lsb = int(match[2] or match[1])
        if self.lsb > self.msb or self.msb >= reg.width:
            context.fail("bits", f"{bits} does not lie in a register of {reg.width} bits")
        self.bits = bits
        self.width = self.msb - self.lsb + 1
        self.mask = ((1 << self.width) - 1) << self.lsb
        self.doc = context.take(table, "doc", str, "")
        self.sw = context.take(table, "sw", str, reg.sw)
        if self.sw not in SW:
            context.fail("sw", f"is {self.sw!r}; expected one of {', '.join(SW)}")
        self.reset = table.get("reset", 0)
        if self.reset is True or self.reset is False or not isinstance(self.reset, int) \
                or not 0 <= self.reset < 1 << self.width:
            context.fail("reset", f"is {self.reset!r}; expected a number of {self.width} bits")
        self.onread = context.take(table, "onread", str)
        if self.onread is not None and self.onread not in ONREAD:
            context.fail("onread", f"is {self.onread!r}; expected one of {', '.join(ONREAD)}")
        self.onwrite = context.take(table, "onwrite", str)
        if self.onwrite is not None and self.onwrite not in ONWRITE:
            context.fail("onwrite", f"is {self.onwrite!r}; expected one of {', '.join(ONWRITE)}")
        self.singlepulse = context.take(table, "singlepulse", bool, False)
        if (self.onwrite or self.singlepulse) and "w" not in self.sw:
            context.fail("sw", f"is {self.sw!r}, but the field acts on a write")
        self.donttest = context.take(table, "donttest", bool, reg.donttest)
        self.dontcompare = context.take(table, "dontcompare", bool, reg.dontcompare)
        self.encode = context.take(table, "encode", dict, {})
        for key, value in self.encode.items():
            if not re.fullmatch(r"[a-z][a-z0-9_]*", key) or not isinstance(value, int) \
                    or not 0 <= value < 1 << self.width:
                context.fail(f"encode.{key}", f"expected a snake_case name = number of "
                                              f"{self.width} bits")


class Register:
    def __init__(self, table, context, group=None):
        self.name = context.identifier(table)
        context = context.at(self.name)
        context.check_keys(table, REG_KEYS)
        self.group = group
        self.full_name = f"{group.name}_{self.name}" if group else self.name
        self.doc = context.take(table, "doc", str, "")
        self.width = context.take(table, "width", int, 32)
        if self.width not in (8, 16, 32, 64):
            context.fail("width", f"is {self.width}; expected 8, 16, 32 or 64")
        self.accesswidth = context.take(table, "accesswidth", int, self.width)
        if self.accesswidth not in (8, 16, 32, 64) or self.accesswidth > self.width:
            context.fail("accesswidth", f"is {self.accesswidth}; expected 8, 16, 32 or 64, at most "
                                        f"the width of {self.width}")
        self.offset = context.take(table, "offset", int, required=True)
        self.bytes = self.width // 8
        self.is_array = "count" in table
        self.count = context.take(table, "count", int, 1)
        self.stride = context.take(table, "stride", int, self.bytes)
        if self.count < 1:
            context.fail("count", "is 0; expected at least 1")
        if self.stride < self.bytes or self.stride % self.bytes or self.offset % self.bytes:
            context.fail("offset", f"offset and stride must be multiples of {self.bytes} bytes")
        self.sw = context.take(table, "sw", str, "rw")
        if self.sw not in SW:
            context.fail("sw", f"is {self.sw!r}; expected one of {', '.join(SW)}")
        self.overlay = context.take(table, "overlay", str)
        self.donttest = context.take(table, "donttest", bool, False)
        self.dontcompare = context.take(table, "dontcompare", bool, False)
        self.has_fields = "fields" in table
        self.fields = self._fields(table, context)
        self.sw_read = any("r" in f.sw for f in self.fields)
        self.sw_write = any("w" in f.sw for f in self.fields)
        self.base = self.offset + (group.base if group else 0)
        if group and self.offset + (self.count - 1) * self.stride + self.bytes > group.stride:
            context.fail("offset", f"reaches past the group's stride of {group.stride:#x}")

    def _fields(self, table, context):
        if not self.has_fields:
            whole = {"name": "value", "bits": f"{self.width - 1}:0", "sw": self.sw}
            if "reset" in table:
                whole["reset"] = table["reset"]
            return [Field(whole, self, context)]
        if "reset" in table:
            context.fail("reset", "belongs to the fields when there are fields")
        fields = [Field(t, self, context) for t in context.take(table, "fields", list)]
        used, names = 0, set()
        for field in fields:
            if used & field.mask:
                context.fail(field.name, f"bits {field.bits} overlap another field")
            if field.name in names:
                context.fail(field.name, "is there twice")
            used |= field.mask
            names.add(field.name)
        return fields

    @property
    def type_name(self):
        return pascal(self.full_name)

    @property
    def value_type(self):
        return f"{self.type_name}" if self.has_fields else f"std::uint{self.width}_t"

    def spans(self):
        groups = self.group.count if self.group else 1
        step = self.group.stride if self.group else 0
        for outer in range(groups):
            for inner in range(self.count):
                start = self.base + outer * step + inner * self.stride
                yield start, start + self.bytes


class Group:
    def __init__(self, table, context):
        self.name = context.identifier(table)
        context = context.at(self.name)
        context.check_keys(table, GROUP_KEYS)
        self.doc = context.take(table, "doc", str, "")
        self.base = context.take(table, "base", int, required=True)
        self.stride = context.take(table, "stride", int, required=True)
        self.count = context.take(table, "count", int, required=True)
        if self.count < 1 or self.stride < 1:
            context.fail("count", "count and stride must be at least 1")
        tables = context.take(table, "reg", list, [])
        self.registers = [Register(t, context.at("reg"), self) for t in tables]


class RegisterFile:
    def __init__(self, path):
        context = Context(path)
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise RegisterFileError(f"{path}: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RegisterFileError(f"{path}: not TOML: {error}") from error
        context.check_keys(table, TOP_KEYS)
        self.path = path
        self.name = context.identifier(table)
        if path.name != f"{self.name}.regs.toml":
            context.fail("name", f"is {self.name!r}, but the file is {path.name}")
        self.doc = context.take(table, "doc", str, "")
        self.size = context.take(table, "size", int, required=True)
        self.holes = context.take(table, "holes", str, "error")
        if self.holes not in ("error", "zero"):
            context.fail("holes", f"is {self.holes!r}; expected \"error\" or \"zero\"")
        self.wide_access = context.take(table, "wide_access", bool, False)
        self.registers = [Register(t, context.at("reg"))
                          for t in context.take(table, "reg", list, [])]
        self.groups = [Group(t, context.at("group"))
                       for t in context.take(table, "group", list, [])]
        for group in self.groups:
            self.registers += group.registers
        self._check_overlaps(context)

    def _check_overlaps(self, context):
        names = set()
        read, write = [], []
        for reg in self.registers:
            if reg.full_name in names:
                context.fail(reg.full_name, "is there twice")
            names.add(reg.full_name)
            if reg.overlay is not None:
                continue
            for start, end in reg.spans():
                if end > self.size:
                    context.fail(reg.full_name, f"{end - 1:#x} lies outside size {self.size:#x}")
                # A read-only and a write-only register may share an address, as in SystemRDL.
                if reg.sw_read or not reg.sw_write:
                    read.append((start, end, reg.full_name))
                if reg.sw_write:
                    write.append((start, end, reg.full_name))
        for spans in (sorted(read), sorted(write)):
            for (_, end, first), (start, _, second) in zip(spans, spans[1:]):
                if start < end:
                    context.fail(second, f"overlaps {first} at {start:#x}")


def pascal(name):
    return "".join(part.capitalize() for part in name.split("_"))


def cpp_field_type(reg, field):
    return "bool" if field.width == 1 else f"std::uint{reg.width}_t"


def cpp_struct(reg):
    out = [f"  struct {reg.type_name} {{"]
    for field in reg.fields:
        for key, value in field.encode.items():
            out.append(f"    static constexpr std::uint{reg.width}_t "
                       f"k{pascal(field.name)}{pascal(key)} = {value};")
    for field in reg.fields:
        reset = ("true" if field.reset else "false") if field.width == 1 else f"{field.reset:#x}"
        # Members start at 0, not at the reset value: a designated initialiser names what is set.
        zero = "false" if field.width == 1 else "0"
        note = field.doc if reset in ("false", "0x0") else f"{field.doc} (reset {reset})".strip()
        out.append(f"    {cpp_field_type(reg, field)} {field.name} = {zero};"
                   + (f"  ///< {note}" if note else ""))
    out += ["", f"    friend bool operator==(const {reg.type_name}&, const {reg.type_name}&) "
                "= default;",
            f"    static constexpr {reg.type_name} from_bits(std::uint64_t bits) {{",
            f"      {reg.type_name} value;"]
    for field in reg.fields:
        expression = f"(bits >> {field.lsb}) & {(1 << field.width) - 1:#x}u" + (
            "ll" if field.width > 32 else "")
        if field.width == 1:
            out.append(f"      value.{field.name} = ({expression}) != 0;")
        else:
            out.append(f"      value.{field.name} = "
                       f"static_cast<{cpp_field_type(reg, field)}>({expression});")
    out += ["      return value;", "    }", "    constexpr std::uint64_t to_bits() const {",
            "      std::uint64_t bits = 0;"]
    for field in reg.fields:
        mask = f" & {(1 << field.width) - 1:#x}u" + ("ll" if field.width > 32 else "")
        if field.width in (1, 64):
            mask = ""
        out.append(f"      bits |= (std::uint64_t{{{field.name}}}{mask}) << {field.lsb};")
    out += ["      return bits;", "    }", "  };"]
    return out


def cpp_info(reg):
    name = reg.type_name
    out = [f"  static constexpr FieldInfo k{name}Fields[] = {{"]
    for field in reg.fields:
        onread = f"OnRead::{ONREAD[field.onread]}" if field.onread else "OnRead::kNone"
        onwrite = f"OnWrite::{ONWRITE[field.onwrite]}" if field.onwrite else "OnWrite::kStores"
        flag = lambda value: "true" if value else "false"  # noqa: E731
        out.append(f"      {{\"{field.name}\", {field.lsb}, {field.width}, "
                   f"{flag('r' in field.sw)}, {flag('w' in field.sw)}, {onread}, {onwrite}, "
                   f"{flag(field.singlepulse)}, {field.reset:#x}u{'ll' if field.width > 32 else ''}"
                   f", {flag(field.donttest)}, {flag(field.dontcompare)}}},")
    out.append("  };")
    group_count = reg.group.count if reg.group else 1
    group_stride = reg.group.stride if reg.group else 0
    out += [f"  static constexpr RegisterInfo k{name}Info = {{",
            f"      \"{reg.full_name}\", {reg.base:#x}, {reg.bytes}, {reg.accesswidth // 8},",
            f"      {reg.count}, {reg.stride:#x}, {group_count}, {group_stride:#x},",
            f"      {'true' if reg.overlay is not None else 'false'}, k{name}Fields}};"]
    return out


def emit_cpp(regs, source):
    name = pascal(regs.name)
    out = ["// SPDX-License-Identifier: Apache-2.0", "//",
           f"// Generated from {source} by scripts/regtool.py. No SystemC.",
           "#pragma once", "", "#include <cstdint>", "",
           "#include \"models/core/register_bank.h\"", "", "namespace cvp {", "",
           f"class {name}Regs : public RegisterBank {{", " public:"]
    for reg in regs.registers:
        if reg.has_fields:
            out += cpp_struct(reg) + [""]
    out += [" private:"]
    for reg in regs.registers:
        out += cpp_info(reg)
    holes = "Holes::kError" if regs.holes == "error" else "Holes::kZero"
    wide = "true" if regs.wide_access else "false"
    out += ["", " public:",
            f"  explicit {name}Regs(const char* name = \"{regs.name}\")",
            f"      : RegisterBank(name, {regs.size:#x}, {holes}, {wide}) {{}}", ""]
    for reg in regs.registers:
        kind = "Register"
        if reg.group or reg.is_array:
            kind = "RegisterArray"
        if reg.doc:
            out.append(f"  /// {reg.doc}")
        out.append(f"  {kind}<{reg.value_type}> {reg.full_name}"
                   f"{{*this, k{reg.type_name}Info}};")
    out += ["};", "", "}  // namespace cvp", ""]
    return "\n".join(out)


def emit_c(regs, source):
    prefix = regs.name.upper()
    out = ["// SPDX-License-Identifier: Apache-2.0", "//",
           f"// Generated from {source} by scripts/regtool.py.",
           "//   <M>_<REG> offset, <M>_<REG>_<FIELD> mask, <M>_<REG>_<FIELD>_SHIFT lowest bit",
           f"#ifndef {prefix}_REGS_H_", f"#define {prefix}_REGS_H_", "",
           f"#define {prefix}_REGS_SIZE {regs.size:#x}"]
    for group in regs.groups:
        macro = f"{prefix}_{group.name.upper()}"
        out += ["", f"#define {macro} {group.base:#x}", f"#define {macro}_COUNT {group.count}",
                f"#define {macro}_STRIDE {group.stride:#x}"]
    for reg in regs.registers:
        macro = f"{prefix}_{reg.full_name.upper()}"
        suffix = "ull" if reg.width == 64 else "u"
        out += ["", f"#define {macro} {reg.base:#x}" + (f"  // {reg.doc}" if reg.doc else "")]
        if reg.is_array:
            out += [f"#define {macro}_COUNT {reg.count}", f"#define {macro}_STRIDE {reg.stride:#x}"]
        elif reg.group:
            out += [f"#define {macro}_COUNT {reg.group.count}",
                    f"#define {macro}_STRIDE {reg.group.stride:#x}"]
        for field in reg.fields if reg.has_fields else []:
            name = f"{macro}_{field.name.upper()}"
            out += [f"#define {name} {field.mask:#x}{suffix}"
                    + (f"  // {field.doc}" if field.doc else ""),
                    f"#define {name}_SHIFT {field.lsb}"]
            for key, value in field.encode.items():
                out.append(f"#define {name}_{key.upper()} {value}{suffix}")
    out += ["", f"#endif  // {prefix}_REGS_H_", ""]
    return "\n".join(out)


def emit_sv(regs, source):
    prefix = regs.name.upper()
    out = ["// SPDX-License-Identifier: Apache-2.0", "//",
           f"// Generated from {source} by scripts/regtool.py.", f"package {regs.name}_regs_pkg;"]
    for reg in regs.registers:
        macro = f"{prefix}_{reg.full_name.upper()}"
        out.append(f"  parameter logic [63:0] {macro}_OFFSET = 64'h{reg.base:x};")
        lsb = 0
        members = []
        for field in sorted(reg.fields, key=lambda f: f.lsb):
            if field.lsb > lsb:
                members.append((f"reserved_{lsb}", field.lsb - lsb))
            members.append((field.name, field.width))
            lsb = field.msb + 1
        if lsb < reg.width:
            members.append((f"reserved_{lsb}", reg.width - lsb))
        out.append("  typedef struct packed {")
        for name, width in reversed(members):
            out.append(f"    logic {f'[{width - 1}:0] ' if width > 1 else ''}{name};")
        out.append(f"  }} {regs.name}_{reg.full_name}_t;")
    out += [f"endpackage : {regs.name}_regs_pkg", ""]
    return "\n".join(out)


def access_words(field):
    words = {"r": "read", "w": "write", "rw": "read, write", "na": "none"}[field.sw]
    acts = {"woclr": "1 clears", "woset": "1 sets", "wot": "1 toggles", "wzc": "0 clears",
            "wzs": "0 sets", "wzt": "0 toggles", "wclr": "a write clears", "wset": "a write sets",
            None: ""}[field.onwrite]
    reads = {"rclr": "a read clears", "rset": "a read sets", None: ""}[field.onread]
    pulse = "pulse" if field.singlepulse else ""
    return ", ".join(part for part in (words, acts, reads, pulse) if part)


def emit_markdown(regs):
    out = ["| Offset | Register | Bits | Field | Access | Reset | What |",
           "| --- | --- | --- | --- | --- | --- | --- |"]
    for reg in regs.registers:
        offset = f"{reg.base:#x}"
        if reg.group:
            offset += f" + {reg.group.stride:#x}·{reg.group.name}"
        if reg.is_array:
            offset += f" + {reg.stride:#x}·n"
        name = f"`{reg.full_name}`"
        dims = ([reg.group.count] if reg.group else []) + ([reg.count] if reg.is_array else [])
        name += "".join(f"[{dim}]" for dim in dims)
        doc = reg.doc + (f" ({reg.overlay})" if reg.overlay else "")
        if not reg.has_fields:
            field = reg.fields[0]
            out.append(f"| {offset} | {name} | {reg.width - 1}:0 | | {access_words(field)} "
                       f"| {field.reset:#x} | {doc} |")
            continue
        out.append(f"| {offset} | {name} | {reg.width - 1}:0 | | | | {doc} |")
        for field in reg.fields:
            what = field.doc
            if field.encode:
                values = ", ".join(f"{v} {k}" for k, v in field.encode.items())
                what = f"{what}: {values}" if what else values
            out.append(f"| | | {field.bits} | `{field.name}` | {access_words(field)} "
                       f"| {field.reset:#x} | {what} |")
    return "\n".join(line.replace("  ", " ") for line in out)


def readme_with_table(path, regs):
    begin, end = f"<!-- BEGIN regtool {regs.name} -->", "<!-- END regtool -->"
    text = path.read_text(encoding="utf-8")
    start = text.find(begin)
    stop = text.find(end, start)
    if start < 0 or stop < 0:
        raise RegisterFileError(f"{path}: no table; expected the lines {begin} and {end}")
    return text, f"{text[:start]}{begin}\n{emit_markdown(regs)}\n{text[stop:]}"


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RegisterFileError(f"{path}: cannot be written: {error.strerror}") from error


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Examples:\n"
               "  scripts/regtool.py models/plic/plic.regs.toml --readme\n"
               "  scripts/regtool.py models/plic/plic.regs.toml --cpp plic_regs.h --c -\n"
               "  scripts/regtool.py --check models/*/*.regs.toml")
    parser.add_argument("files", nargs="+", type=pathlib.Path, metavar="FILE",
                        help="register file <m>.regs.toml")
    parser.add_argument("--cpp", metavar="OUT", help="write the typed C++ bank (- prints it)")
    parser.add_argument("--c", metavar="OUT", help="write the C header for firmware (- prints it)")
    parser.add_argument("--sv", metavar="OUT", help="write the SystemVerilog package (- prints it)")
    parser.add_argument("--source", metavar="NAME",
                        help="name of the register file in the generated text (default: FILE)")
    parser.add_argument("--readme", action="store_true",
                        help="update the table in REGISTERS.md or README.md beside each FILE")
    parser.add_argument("--check", action="store_true",
                        help="fail if the table there is stale")
    return parser.parse_args()


def run(arguments):
    if len(arguments.files) > 1 and (arguments.cpp or arguments.c or arguments.sv):
        raise RegisterFileError("--cpp, --c and --sv take one FILE")
    status = 0
    for path in arguments.files:
        try:
            status = max(status, process(path, arguments))
        except RegisterFileError as error:  # The other files are still worth a look.
            print(f"regtool: {error}", file=sys.stderr)
            status = 2
    return status


def process(path, arguments):
    regs = RegisterFile(path)
    source = arguments.source or str(path)
    for out, emit in ((arguments.cpp, emit_cpp), (arguments.c, emit_c), (arguments.sv, emit_sv)):
        if out == "-":
            print(emit(regs, source), end="")
        elif out:
            write(pathlib.Path(out), emit(regs, source))
    if not arguments.readme and not arguments.check:
        return 0
    # A long table has a page of its own.
    readme = path.parent / "REGISTERS.md"
    if not readme.exists():
        readme = path.parent / "README.md"
    try:
        text, fresh = readme_with_table(readme, regs)
    except OSError as error:
        raise RegisterFileError(f"{readme}: {error.strerror}") from error
    if text != fresh and arguments.check:
        print(f"{readme}: the table of {regs.name} is stale; "
              f"run scripts/regtool.py {path} --readme", file=sys.stderr)
        return 1
    if text != fresh:
        readme.write_text(fresh, encoding="utf-8")
    return 0


def main():
    try:
        return run(parse_arguments())
    except RegisterFileError as error:
        print(f"regtool: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
