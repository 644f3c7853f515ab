# SPDX-License-Identifier: Apache-2.0
"""IEEE 754 arithmetic as RISC-V asks for it, in exact rational numbers: the oracle for the hart.

Every operation forms the exact result as a fraction and rounds it once. Values are raw bits of a
format; results are (bits, flags). NaN boxing is not in here.  [UNPRIV: "F", "D", "Zfh" Extensions]
"""
from fractions import Fraction
from math import isqrt

NX, UF, OF, DZ, NV = 1, 2, 4, 8, 16
RNE, RTZ, RDN, RUP, RMM = range(5)


class Format:
    def __init__(self, name, exponent_bits, fraction_bits):
        self.name = name
        self.width = 1 + exponent_bits + fraction_bits
        self.fraction_bits = fraction_bits
        self.bias = (1 << (exponent_bits - 1)) - 1
        self.min_exponent = 1 - self.bias
        self.sign = 1 << (self.width - 1)
        self.infinity = ((1 << exponent_bits) - 1) << fraction_bits
        self.nan = self.infinity | 1 << (fraction_bits - 1)
        self.largest = self.infinity - 1

    def is_nan(self, bits):
        return bits & ~self.sign > self.infinity

    def is_signaling(self, bits):
        return self.is_nan(bits) and not bits >> (self.fraction_bits - 1) & 1

    def is_infinite(self, bits):
        return bits & ~self.sign == self.infinity

    def is_zero(self, bits):
        return bits & ~self.sign == 0

    def is_negative(self, bits):
        return bool(bits & self.sign)

    def value(self, bits):
        """The number that finite bits stand for."""
        exponent = (bits & ~self.sign) >> self.fraction_bits
        fraction = bits & ((1 << self.fraction_bits) - 1)
        if exponent == 0:
            exponent = 1
        else:
            fraction |= 1 << self.fraction_bits
        value = fraction * Fraction(2) ** (exponent - self.bias - self.fraction_bits)
        return -value if self.is_negative(bits) else value

    def round(self, value, mode, zero_sign=False):
        """Bits and flags of an exact value; `zero_sign`: what zero is negative."""
        if value == 0:
            return (self.sign if zero_sign else 0), 0
        negative, magnitude = value < 0, abs(value)
        exponent = floor_log2(magnitude)
        # With an unbounded exponent, to see whether the result is tiny after rounding.
        unit = Fraction(2) ** (exponent - self.fraction_bits)
        smallest = Fraction(2) ** self.min_exponent
        tiny = round_integer(magnitude / unit, negative, mode) * unit < smallest
        unit = Fraction(2) ** (max(exponent, self.min_exponent) - self.fraction_bits)
        count = round_integer(magnitude / unit, negative, mode)
        inexact = count * unit != magnitude
        flags = (NX if inexact else 0) | (UF if inexact and tiny else 0)
        sign = self.sign if negative else 0
        if count * unit >= Fraction(2) ** (self.bias + 1):
            to_infinity = mode in (RNE, RMM) or mode == (RDN if negative else RUP)
            return sign | (self.infinity if to_infinity else self.largest), OF | NX
        if count < 1 << self.fraction_bits:
            return sign | count, flags  # Subnormal or zero.
        exponent = max(exponent, self.min_exponent)
        if count == 2 << self.fraction_bits:
            count, exponent = count // 2, exponent + 1
        return sign | (exponent + self.bias) << self.fraction_bits | \
            (count - (1 << self.fraction_bits)), flags


H, S, D = Format("h", 5, 10), Format("s", 8, 23), Format("d", 11, 52)
FORMATS = {f.name: f for f in (H, S, D)}


def floor_log2(value):
    n = value.numerator.bit_length() - value.denominator.bit_length()
    return n if Fraction(2) ** n <= value else n - 1


def round_integer(magnitude, negative, mode):
    whole = magnitude.numerator // magnitude.denominator
    rest = magnitude - whole
    half = Fraction(1, 2)
    up = {RNE: rest > half or (rest == half and whole % 2 == 1), RTZ: False,
          RDN: negative and rest > 0, RUP: not negative and rest > 0, RMM: rest >= half}[mode]
    return whole + up


def invalid(f):
    return f.nan, NV


def nan_result(f, *operands):
    return f.nan, NV if any(f.is_signaling(x) for x in operands) else 0


def add(f, a, b, mode):
    return fma(f, a, f.bias << f.fraction_bits, b, mode) if not (f.is_nan(a) or f.is_nan(b)) else \
        nan_result(f, a, b)


def sub(f, a, b, mode):
    return nan_result(f, a, b) if f.is_nan(a) or f.is_nan(b) else add(f, a, b ^ f.sign, mode)


def mul(f, a, b, mode):
    if f.is_nan(a) or f.is_nan(b):
        return nan_result(f, a, b)
    negative = f.is_negative(a) != f.is_negative(b)
    if f.is_infinite(a) or f.is_infinite(b):
        return invalid(f) if f.is_zero(a) or f.is_zero(b) else \
            ((f.sign if negative else 0) | f.infinity, 0)
    return f.round(f.value(a) * f.value(b), mode, negative)


def div(f, a, b, mode):
    if f.is_nan(a) or f.is_nan(b):
        return nan_result(f, a, b)
    negative = f.is_negative(a) != f.is_negative(b)
    sign = f.sign if negative else 0
    if f.is_infinite(a):
        return invalid(f) if f.is_infinite(b) else (sign | f.infinity, 0)
    if f.is_infinite(b):
        return sign, 0
    if f.is_zero(b):
        return invalid(f) if f.is_zero(a) else (sign | f.infinity, DZ)
    return f.round(f.value(a) / f.value(b), mode, negative)


def sqrt(f, a, mode):
    if f.is_nan(a):
        return nan_result(f, a)
    if f.is_zero(a):
        return a, 0
    if f.is_negative(a):
        return invalid(f)
    if f.is_infinite(a):
        return a, 0
    # 2000 bits behind the point, and one more below them if the root goes on.
    scaled = f.value(a) * 4 ** 2000
    root = isqrt(scaled.numerator // scaled.denominator)
    return f.round(Fraction(2 * root + (root * root != scaled), 2 ** 2001), mode)


def fma(f, a, b, c, mode):
    infinity_times_zero = (f.is_infinite(a) and f.is_zero(b)) or (f.is_zero(a) and f.is_infinite(b))
    if f.is_nan(a) or f.is_nan(b) or f.is_nan(c):
        bits, flags = nan_result(f, a, b, c)
        return bits, NV if infinity_times_zero else flags
    if infinity_times_zero:
        return invalid(f)
    negative = f.is_negative(a) != f.is_negative(b)
    if f.is_infinite(a) or f.is_infinite(b):
        if f.is_infinite(c) and f.is_negative(c) != negative:
            return invalid(f)
        return (f.sign if negative else 0) | f.infinity, 0
    if f.is_infinite(c):
        return c, 0
    total = f.value(a) * f.value(b) + f.value(c)
    # An exact zero is negative if both terms are, or if they cancel while rounding down.
    product_zero = f.is_zero(a) or f.is_zero(b)
    if product_zero and f.is_zero(c):
        zero_sign = negative if negative == f.is_negative(c) else mode == RDN
    else:
        zero_sign = mode == RDN
    return f.round(total, mode, zero_sign)


def fmsub(f, a, b, c, mode):
    return fma(f, a, b, c ^ f.sign, mode)


def fnmsub(f, a, b, c, mode):
    return fma(f, a ^ f.sign, b, c, mode)


def fnmadd(f, a, b, c, mode):
    return fma(f, a ^ f.sign, b, c ^ f.sign, mode)


def convert(to, of, a, mode):
    if of.is_nan(a):
        return to.nan, NV if of.is_signaling(a) else 0
    sign = to.sign if of.is_negative(a) else 0
    if of.is_infinite(a):
        return sign | to.infinity, 0
    return to.round(of.value(a), mode, of.is_negative(a))


def to_integer(f, a, width, signed, mode):
    low, high = (-(1 << (width - 1)), (1 << (width - 1)) - 1) if signed else (0, (1 << width) - 1)
    if f.is_nan(a) or f.is_infinite(a):
        negative = f.is_negative(a) and not f.is_nan(a)
        return extend(low if negative else high, width), NV
    value = f.value(a)
    rounded = round_integer(abs(value), value < 0, mode) * (-1 if value < 0 else 1)
    if not low <= rounded <= high:
        return extend(low if rounded < low else high, width), NV
    return extend(rounded, width), NX if rounded != value else 0


def from_integer(f, a, width, signed, mode):
    a &= (1 << width) - 1
    if signed and a >> (width - 1):
        a -= 1 << width
    return f.round(Fraction(a), mode)


def extend(value, width):
    """Results of 32 bits are sign-extended, unsigned ones too."""
    value &= (1 << width) - 1
    if width == 32 and value >> 31:
        value |= 0xffffffff << 32
    return value


def less(f, a, b, or_equal):
    if f.is_nan(a) or f.is_nan(b):
        return 0, NV
    x, y = order(f, a), order(f, b)
    return int(x < y or (or_equal and x == y)), 0


def equal(f, a, b):
    if f.is_nan(a) or f.is_nan(b):
        return 0, NV if f.is_signaling(a) or f.is_signaling(b) else 0
    return int(order(f, a) == order(f, b)), 0


def order(f, a):
    magnitude = Fraction(2) ** (f.bias + 2) if f.is_infinite(a) else abs(f.value(a))
    return -magnitude if f.is_negative(a) else magnitude


def min_max(f, a, b, largest):
    flags = NV if f.is_signaling(a) or f.is_signaling(b) else 0
    if f.is_nan(a) and f.is_nan(b):
        return f.nan, flags
    if f.is_nan(a) or f.is_nan(b):
        return (b if f.is_nan(a) else a), flags
    # Negative zero is less than positive zero.
    key = [(order(f, x), not f.is_negative(x)) for x in (a, b)]
    return (a if (key[0] > key[1]) == largest else b), flags


def classify(f, a):
    if f.is_nan(a):
        return 1 << (8 if f.is_signaling(a) else 9)
    exponent = (a & ~f.sign) >> f.fraction_bits
    kind = 3 if f.is_infinite(a) else 0 if f.is_zero(a) else 1 if exponent == 0 else 2
    # Classes 0 to 3: minus infinity, normal, subnormal, zero; 4 to 7: the same upwards.
    return 1 << (3 - kind if f.is_negative(a) else 4 + kind)
