# SPDX-License-Identifier: Apache-2.0
"""What the bit-manipulation and conditional instructions do, bit by bit as the specification says.

Lists of bits, least significant first, so that nothing here looks like the hart's own arithmetic.
[UNPRIV: "B" Extension for Bit Manipulation; Scalar Cryptography; Zicond]
"""
XLEN = 64


def bits(value, width=XLEN):
    return [value >> i & 1 for i in range(width)]


def number(values):
    return sum(bit << i for i, bit in enumerate(values))


def word(values):
    """32 bits, sign-extended."""
    return number(values[:32] + [values[31]] * 32)


def signed(value):
    return value - (1 << 64) if value >> 63 else value


def groups(value, width):
    return [value >> at & ((1 << width) - 1) for at in range(0, XLEN, width)]


def joined(values, width):
    return sum(value << (width * i) for i, value in enumerate(values))


def rotate_left(values, amount):
    amount %= len(values)
    return values[len(values) - amount:] + values[:len(values) - amount]


def leading(values):
    return next((i for i, bit in enumerate(reversed(values)) if bit), len(values))


def trailing(values):
    return next((i for i, bit in enumerate(values) if bit), len(values))


def carryless(a, b):
    """127 columns of the product, each the parity of its partial products."""
    x, y = bits(a), bits(b)
    return [sum(x[i] & y[column - i] for i in range(max(0, column - 63), min(63, column) + 1)) % 2
            for column in range(2 * XLEN - 1)] + [0]


def with_bit(value, index, change):
    values = bits(value)
    values[index % XLEN] = change(values[index % XLEN])
    return number(values)


def lookup(table, index):
    return table[index] if index < len(table) else 0


def shifted(shift, base):
    return lambda a, b: number(bits(base(a) * 2 ** shift + b))


def low_word(value):
    return number(bits(value)[:32])


TWO_SOURCES = {
    "add.uw": shifted(0, low_word), "sh1add.uw": shifted(1, low_word),
    "sh2add.uw": shifted(2, low_word), "sh3add.uw": shifted(3, low_word),
    "sh1add": shifted(1, int), "sh2add": shifted(2, int), "sh3add": shifted(3, int),
    "andn": lambda a, b: number([x & (1 - y) for x, y in zip(bits(a), bits(b))]),
    "orn": lambda a, b: number([x | (1 - y) for x, y in zip(bits(a), bits(b))]),
    "xnor": lambda a, b: number([int(x == y) for x, y in zip(bits(a), bits(b))]),
    "max": lambda a, b: max(a, b, key=signed), "maxu": max,
    "min": lambda a, b: min(a, b, key=signed), "minu": min,
    "rol": lambda a, b: number(rotate_left(bits(a), b % 64)),
    "ror": lambda a, b: number(rotate_left(bits(a), -b % 64)),
    "rolw": lambda a, b: word(rotate_left(bits(a, 32), b % 32)),
    "rorw": lambda a, b: word(rotate_left(bits(a, 32), -b % 32)),
    "clmul": lambda a, b: number(carryless(a, b)[:64]),
    "clmulh": lambda a, b: number(carryless(a, b)[64:]),
    "clmulr": lambda a, b: number(carryless(a, b)[63:127]),
    "bclr": lambda a, b: with_bit(a, b, lambda bit: 0),
    "bset": lambda a, b: with_bit(a, b, lambda bit: 1),
    "binv": lambda a, b: with_bit(a, b, lambda bit: 1 - bit),
    "bext": lambda a, b: bits(a)[b % 64],
    "pack": lambda a, b: number(bits(a)[:32] + bits(b)[:32]),
    "packh": lambda a, b: number(bits(a)[:8] + bits(b)[:8]),
    "packw": lambda a, b: word(bits(a)[:16] + bits(b)[:16]),
    "xperm4": lambda a, b: joined([lookup(groups(a, 4), i) for i in groups(b, 4)], 4),
    "xperm8": lambda a, b: joined([lookup(groups(a, 8), i) for i in groups(b, 8)], 8),
    "czero.eqz": lambda a, b: a if any(bits(b)) else 0,
    "czero.nez": lambda a, b: 0 if any(bits(b)) else a,
}
ONE_SOURCE = {
    "clz": lambda a: leading(bits(a)), "ctz": lambda a: trailing(bits(a)),
    "clzw": lambda a: leading(bits(a, 32)), "ctzw": lambda a: trailing(bits(a, 32)),
    "cpop": lambda a: sum(bits(a)), "cpopw": lambda a: sum(bits(a, 32)),
    "sext.b": lambda a: number(bits(a)[:8] + [bits(a)[7]] * 56),
    "sext.h": lambda a: number(bits(a)[:16] + [bits(a)[15]] * 48),
    "zext.h": lambda a: number(bits(a)[:16]),
    "orc.b": lambda a: joined([0xff if any(bits(x, 8)) else 0 for x in groups(a, 8)], 8),
    "rev8": lambda a: joined(groups(a, 8)[::-1], 8),
    "brev8": lambda a: joined([number(bits(x, 8)[::-1]) for x in groups(a, 8)], 8),
}
SHIFT_AMOUNT = {
    "slli.uw": (64, lambda a, n: number(bits(low_word(a) * 2 ** n))),
    "rori": (64, TWO_SOURCES["ror"]), "roriw": (32, TWO_SOURCES["rorw"]),
    "bclri": (64, TWO_SOURCES["bclr"]), "bseti": (64, TWO_SOURCES["bset"]),
    "binvi": (64, TWO_SOURCES["binv"]), "bexti": (64, TWO_SOURCES["bext"]),
}
# The assembler does not know these: opcode, funct3, funct7.
ENCODED = {"czero.eqz": (0x33, 5, 7), "czero.nez": (0x33, 7, 7)}
