#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs single instructions with many operands on our hart and compares each result and its flags
with an oracle written from the specification: exact_float.py, bit_semantics.py.

Example: check.py --cpu-run build/release/tests/conformance/cpu_run --what float --random 2000
A difference prints the instruction, its operands, what was expected and what came."""
import argparse
import itertools
import os
import random
import struct
import subprocess
import sys
import tempfile

import bit_semantics as bit
import exact_float as fp

HERE = os.path.dirname(os.path.abspath(__file__))
LINK = os.path.join(HERE, "..", "qemu", "link.ld")
ISA = "rv64gc_zicond_zfh_zba_zbb_zbc_zbkb_zbkx_zbs"
ASSEMBLED = "rv64gc_zfh_zba_zbb_zbc_zbkb_zbkx_zbs"
MODES = ["rne", "rtz", "rdn", "rup", "rmm"]
INTEGERS = [0, 1, 2, 31, 32, 63, 64, 0x80, 0xff, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff, 1 << 32,
            1 << 39, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, 0x0123456789abcdef, 0xfedcba9876543210,
            0x5555555555555555, 0x8000000180000001, 0x00ff0000ff000001, (1 << 53) + 1, 0x7fffffffffffffc0,
            0x3fffffe0, 65504, 65519, 65520, 2049, (1 << 64) - 2049]


class Test:
    """One instruction: assembly of its body, vectors (a, b, c, mode) and what each must give."""

    def __init__(self, name, lines, vectors, expect):
        self.name = name
        self.lines = lines
        self.vectors = vectors
        self.expect = expect


# Bit manipulation. -----------------------------------------------------------------------------------

def bit_tests(rng, count):
    singles = INTEGERS + [rng.getrandbits(64) for _ in range(count)]
    pairs = list(itertools.product(INTEGERS, INTEGERS)) + \
        [(rng.getrandbits(64), rng.getrandbits(64)) for _ in range(count)]

    def test(name, line, operands, function):
        vectors = [operand + (0,) * (4 - len(operand)) for operand in operands]
        return Test(name, [line], vectors, lambda v: (function(v), 0))

    for name, function in bit.TWO_SOURCES.items():
        line = "%s a0, a0, a1" % name
        if name in bit.ENCODED:
            line = ".insn r %#x, %d, %d, a0, a0, a1" % bit.ENCODED[name]
        yield test(name, line, pairs, lambda v, f=function: f(v[0], v[1]))
    for name, function in bit.ONE_SOURCE.items():
        yield test(name, "%s a0, a0" % name, [(a,) for a in singles], lambda v, f=function: f(v[0]))
    for name, (width, function) in bit.SHIFT_AMOUNT.items():
        for amount in range(0, width, 7):
            yield test("%s %d" % (name, amount), "%s a0, a0, %d" % (name, amount),
                       [(a,) for a in singles], lambda v, f=function, n=amount: f(v[0], n))


# Floating point. -------------------------------------------------------------------------------------

def corners(f):
    """Zeros, the ends of every range, neighbours of one and of powers of two, NaNs; both signs."""
    one = f.bias << f.fraction_bits
    unit = 1 << f.fraction_bits
    values = [0, 1, 2, unit // 2, unit - 1, unit, unit + 1, 2 * unit - 1, 2 * unit, one - 1, one, one + 1,
              one + unit // 2, one + unit, one + unit - 1, one - unit, one - f.fraction_bits * unit,
              one - (f.fraction_bits + 1) * unit, one + f.fraction_bits * unit + 1, f.largest - unit,
              f.largest - 1, f.largest, f.infinity, f.infinity | 1, f.nan, f.nan | 1,
              (one + unit // 3) & ~1, one + unit // 3, one // 2, one // 2 + 1]
    return [v for x in dict.fromkeys(values) if x >= 0 for v in (x, x | f.sign)]


def random_float(f, rng):
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice(corners(f))
    if kind == 1:  # Near one, with few bits set: ties and exact results.
        bits = (f.bias + rng.randrange(-f.fraction_bits, f.fraction_bits)) << f.fraction_bits
        return bits | (rng.randrange(8) << (f.fraction_bits - 3)) | rng.randrange(2) | \
            f.sign * rng.randrange(2)
    if kind == 2:  # At the lower end of the range.
        return rng.randrange(3 << f.fraction_bits) | f.sign * rng.randrange(2)
    return rng.getrandbits(f.width)


def boxed(f, bits):
    return bits | ((1 << 64) - (1 << f.width))


def unboxed(f, register):
    """A narrow value that is not boxed is a NaN."""
    return register & ((1 << f.width) - 1) if boxed(f, register) == register else f.nan


def float_test(name, fmt, sources, result, line, function, operands, static=None):
    """A test with the rounding mode in frm, or in the instruction if `static`."""
    def expect(vector):
        mode = vector[3] if static is None else static
        values = [unboxed(fmt, v) if source == "f" else v for source, v in zip(sources, vector)]
        value, flags = function(*values, mode)
        return (boxed(result, value) if result else value), flags

    # The static mode must win over the one in frm, here another one.
    modes = range(5) if static is None else [(static + 1) % 5]
    vectors = [tuple(o) + (0,) * (3 - len(o)) + (mode,) for o in operands for mode in modes]
    lines = [line] + (["fmv.x.d a0, fa0"] if result else [])
    return Test(name, lines, vectors, expect)


def float_tests(rng, count, formats):
    for name in formats:
        fmt = fp.FORMATS[name]
        yield from arithmetic_tests(fmt, rng, count)
        yield from comparison_tests(fmt, rng, count)
        yield from conversion_tests(fmt, rng, count, [fp.FORMATS[to] for to in formats if to != name])


def operands_of(fmt, rng, count, number):
    """Corners with corners, then random ones; some of narrow formats with a broken box."""
    out = []
    if number == 1:
        out = [(a,) for a in corners(fmt)]
    elif number == 2:
        out = list(itertools.product(rng.sample(corners(fmt), 30), corners(fmt)))
        out = rng.sample(out, min(len(out), count))
    out += [tuple(random_float(fmt, rng) for _ in range(number)) for _ in range(count)]
    out = [tuple(boxed(fmt, v) for v in operand) for operand in out]
    if fmt.width < 64:
        for _ in range(20):
            broken = list(rng.choice(out))
            broken[rng.randrange(number)] ^= 1 << rng.randrange(fmt.width, 64)
            out.append(tuple(broken))
    return out


def arithmetic_tests(fmt, rng, count):
    def both(name, number, function):
        registers = ", ".join(["fa0", "fa0", "fa1", "fa2"][:number + 1])
        bound = lambda *v: function(fmt, *v)
        line = "%s.%s %s" % (name, fmt.name, registers)
        yield float_test(line, fmt, "fff"[:number], fmt, line, bound,
                         operands_of(fmt, rng, count, number))
        for static, mode in enumerate(MODES):
            yield float_test(line + ", " + mode, fmt, "fff"[:number], fmt, line + ", " + mode, bound,
                             operands_of(fmt, rng, count // 5, number), static)

    for name, function in (("fadd", fp.add), ("fsub", fp.sub), ("fmul", fp.mul), ("fdiv", fp.div)):
        yield from both(name, 2, function)
    yield from both("fsqrt", 1, fp.sqrt)
    for name, function in (("fmadd", fp.fma), ("fmsub", fp.fmsub), ("fnmsub", fp.fnmsub),
                           ("fnmadd", fp.fnmadd)):
        yield from both(name, 3, function)


def comparison_tests(fmt, rng, count):
    pairs = operands_of(fmt, rng, count, 2)

    def plain(name, line, result, function):
        # No rounding: any mode gives the same, even one that is reserved.
        test = float_test(name, fmt, "ff", result, line, lambda a, b, mode: function(a, b), pairs)
        test.vectors = [v[:3] + (rng.choice([0, 4, 7]),) for v in test.vectors[::5]]
        return test

    for name, function in (("feq", lambda a, b: fp.equal(fmt, a, b)),
                           ("flt", lambda a, b: fp.less(fmt, a, b, False)),
                           ("fle", lambda a, b: fp.less(fmt, a, b, True))):
        line = "%s.%s a0, fa0, fa1" % (name, fmt.name)
        yield plain(line, line, None, function)
    sign = fmt.sign
    for name, function in (
            ("fmin", lambda a, b: fp.min_max(fmt, a, b, False)),
            ("fmax", lambda a, b: fp.min_max(fmt, a, b, True)),
            ("fsgnj", lambda a, b: ((a & ~sign) | (b & sign), 0)),
            ("fsgnjn", lambda a, b: ((a & ~sign) | (~b & sign), 0)),
            ("fsgnjx", lambda a, b: (a ^ (b & sign), 0))):
        line = "%s.%s fa0, fa0, fa1" % (name, fmt.name)
        yield plain(line, line, fmt, function)
    line = "fclass.%s a0, fa0" % fmt.name
    yield plain(line, line, None, lambda a, b: (fp.classify(fmt, a), 0))


def conversion_tests(fmt, rng, count, others):
    name = fmt.name
    singles = operands_of(fmt, rng, count, 1)
    edges = [fmt.round(fp.Fraction(n) + fp.Fraction(k, 4), fp.RNE)[0]
             for n in (0, 1, 2, 3, 2 ** 31, 2 ** 32, 2 ** 63, 2 ** 64) for k in range(-4, 5)]
    near = [(boxed(fmt, v ^ s),) for v in edges for s in (0, fmt.sign)]
    integers = [(a,) for a in INTEGERS] + \
        [(rng.getrandbits(rng.randint(1, 64)) * rng.choice([1, -1]) & (1 << 64) - 1,)
         for _ in range(count)]
    for kind, width, signed in (("w", 32, True), ("wu", 32, False), ("l", 64, True), ("lu", 64, False)):
        line = "fcvt.%s.%s a0, fa0" % (kind, name)
        yield float_test(line, fmt, "f", None, line + ", dyn",
                         lambda a, m, w=width, s=signed: fp.to_integer(fmt, a, w, s, m), singles + near)
        line = "fcvt.%s.%s fa0, a0" % (name, kind)
        exact = name == "d" and width == 32
        yield float_test(line, fmt, "x", fmt, line + ("" if exact else ", dyn"),
                         lambda a, m, w=width, s=signed: fp.from_integer(fmt, a, w, s, m), integers)
    for to in others:
        line = "fcvt.%s.%s fa0, fa0" % (to.name, name)
        yield float_test(line, fmt, "f", to, line + (", dyn" if to.width < fmt.width else ""),
                         lambda a, m, t=to: fp.convert(t, fmt, a, m),
                         singles + narrowing(to, fmt))


def narrowing(to, of):
    """Wide values around what the narrow format can hold: ties, its largest and its smallest."""
    if to.width > of.width:
        return []
    out = []
    for x in corners(to):
        if to.is_nan(x) or to.is_infinite(x):
            continue
        step = fp.Fraction(2) ** (to.min_exponent - to.fraction_bits - 2)
        largest = to.value(to.largest) - to.value(to.largest - 1)
        for k in (-2, -1, 1, 2, 3):
            for unit in (step, largest / 4):
                out.append((boxed(of, of.round(to.value(x) + k * unit, fp.RNE)[0]),))
    return out


# Running. ---------------------------------------------------------------------------------------------

def build(directory, tests):
    source, data = os.path.join(directory, "tests.S"), os.path.join(directory, "vectors.bin")
    with open(data, "wb") as out:
        for test in tests:
            for vector in test.vectors:
                out.write(struct.pack("<4Q", *vector))
    lines = [".option norelax", ".option arch, " + ASSEMBLED, ".text"]
    for i, test in enumerate(tests):
        lines += ["code%d:" % i] + test.lines + ["ret"]
    lines += [".data", ".align 3", ".globl tests, tests_end", "tests:"]
    at = 0
    for i, test in enumerate(tests):
        lines.append(".dword code%d, vectors + %d, vectors + %d" % (i, at, at + 32 * len(test.vectors)))
        at += 32 * len(test.vectors)
    lines += ["tests_end:", ".align 3", 'vectors: .incbin "%s"' % data]
    with open(source, "w", encoding="ascii") as out:
        out.write("\n".join(lines) + "\n")
    elf = os.path.join(directory, "tests.elf")
    subprocess.run(["riscv64-unknown-elf-gcc", "-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany",
                    "-nostdlib", "-static", "-Wl,--no-warn-rwx-segments", "-T", LINK, "-o", elf,
                    os.path.join(HERE, "runtime.S"), source], check=True)
    return elf


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpu-run", required=True, help="our runner of the pure core")
    parser.add_argument("--what", choices=["bits", "float"], required=True)
    parser.add_argument("--formats", default="hsd", help="formats of --what float (default hsd)")
    parser.add_argument("--random", type=int, default=200, help="random vectors a test (default 200)")
    parser.add_argument("--seed", default="1", help="any text; `random` picks one")
    args = parser.parse_args()
    if args.seed == "random":
        args.seed = str(random.SystemRandom().randrange(1 << 32))
    rng = random.Random(args.seed)
    tests = list(bit_tests(rng, args.random) if args.what == "bits" else
                 float_tests(rng, args.random, args.formats))
    with tempfile.TemporaryDirectory() as directory:
        elf = build(directory, tests)
        lines = subprocess.run([args.cpu_run, "--isa", ISA, elf], stdout=subprocess.PIPE, check=True,
                               timeout=300).stdout.decode().split("\n")
    results = iter(lines)
    failures = total = 0
    for test in tests:
        for vector in test.vectors:
            total += 1
            expected = "%016x %02x " % test.expect(vector)
            came = next(results, "nothing")
            if came == expected:
                continue
            failures += 1
            if failures <= 20:
                print("%s with %s: expected %s came %s" %
                      (test.name, " ".join("%#x" % v for v in vector), expected, came))
    print("seed %s: %d instructions, %d results, %d differences; again: %s --what %s --formats %s "
          "--random %d --seed %s --cpu-run %s" %
          (args.seed, len(tests), total, failures, os.path.relpath(__file__), args.what, args.formats,
           args.random, args.seed, args.cpu_run))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
