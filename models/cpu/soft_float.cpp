// SPDX-License-Identifier: Apache-2.0
//
// Every operation goes the same way: unpack the operands to sign, exponent and a 64-bit
// significand with its leading one at bit 62; form the exact result, or one with a sticky bit, in
// 128 bits; round and pack once.
#include "models/cpu/soft_float.h"

#include <bit>
#include <utility>

namespace cvp {
namespace {

__extension__ using Wide = unsigned __int128;

/// Value = (-1)^negative * significand * 2^(exponent - 62).
struct Unpacked {
  bool negative;
  int exponent;
  std::uint64_t significand;
};

/// Value = (-1)^negative * significand * 2^(exponent - 126); bit 0 is sticky.
struct Exact {
  bool negative;
  int exponent;
  Wide significand;
};

int leading_zeros(Wide value) {
  const auto high = static_cast<std::uint64_t>(value >> 64);
  return high != 0 ? std::countl_zero(high)
                   : 64 + std::countl_zero(static_cast<std::uint64_t>(value));
}

/// Shifts right; bits that fall out stay visible in bit 0.
Wide shift_right_jam(Wide value, int distance) {
  if (distance <= 0) return value;
  if (distance >= 128) return value != 0;
  const bool sticky = (value & ((Wide{1} << distance) - 1)) != 0;
  return value >> distance | (sticky ? 1 : 0);
}

Exact normalise(Exact x) {
  const int shift = leading_zeros(x.significand) - 1;
  if (shift < 0) {
    x.significand = shift_right_jam(x.significand, 1);
  } else {
    x.significand <<= shift;
  }
  x.exponent -= shift;
  return x;
}

/// Whether to add one to the kept bits, `rest` being what lies below them.
bool rounds_up(Rounding mode, bool negative, bool odd, Wide rest, Wide half) {
  switch (mode) {
    case Rounding::kNearestEven:
      return rest > half || (rest == half && odd);
    case Rounding::kNearestMaxMagnitude:
      return rest >= half;
    case Rounding::kDown:
      return negative && rest != 0;
    case Rounding::kUp:
      return !negative && rest != 0;
    default:
      return false;
  }
}

template <class Format>
using F = SoftFloat<Format>;

template <class Format>
Unpacked unpack(std::uint64_t bits) {
  const int exponent = static_cast<int>((bits & ~F<Format>::kSign) >> Format::kFraction);
  const std::uint64_t fraction = bits & F<Format>::kFractionMask;
  Unpacked out{F<Format>::is_negative(bits), 0, 0};
  if (exponent == 0) {
    if (fraction == 0) return out;
    const int shift = std::countl_zero(fraction) - 1;
    out.significand = fraction << shift;
    out.exponent = 1 - F<Format>::kBias + (62 - Format::kFraction) - shift;
  } else {
    out.significand = (fraction | (F<Format>::kFractionMask + 1)) << (62 - Format::kFraction);
    out.exponent = exponent - F<Format>::kBias;
  }
  return out;
}

template <class Format>
std::uint64_t overflow(bool negative, Rounding mode, unsigned& flags) {
  flags |= kFlagOverflow | kFlagInexact;
  const bool to_infinity =
      mode == Rounding::kNearestEven || mode == Rounding::kNearestMaxMagnitude ||
      (mode == Rounding::kUp && !negative) || (mode == Rounding::kDown && negative);
  const std::uint64_t sign = negative ? F<Format>::kSign : 0;
  return sign | (to_infinity ? F<Format>::kInfinity : F<Format>::kInfinity - 1);
}

/// Rounds to the format. Tininess is detected after rounding, as RISC-V asks.
template <class Format>
std::uint64_t round_pack(Exact x, Rounding mode, unsigned& flags) {
  if (x.significand == 0) return x.negative ? F<Format>::kSign : 0;
  x = normalise(x);
  constexpr int kDrop = 126 - Format::kFraction;
  constexpr Wide kHalf = Wide{1} << (kDrop - 1), kMask = (Wide{1} << kDrop) - 1;
  int biased = x.exponent + F<Format>::kBias;
  bool tiny = false;
  if (biased <= 0) {
    // Tiny unless rounding with an unbounded exponent would reach the smallest normal number.
    const Wide kept = x.significand >> kDrop;
    const bool carries = kept == (Wide{F<Format>::kFractionMask} << 1 | 1) &&
                         rounds_up(mode, x.negative, true, x.significand & kMask, kHalf);
    tiny = !(biased == 0 && carries);
    x.significand = shift_right_jam(x.significand, 1 - biased);
    biased = 0;
  }
  const Wide rest = x.significand & kMask;
  auto kept = static_cast<std::uint64_t>(x.significand >> kDrop);
  if (rest != 0) {
    flags |= kFlagInexact;
    if (tiny) flags |= kFlagUnderflow;
  }
  if (rounds_up(mode, x.negative, (kept & 1) != 0, rest, kHalf)) ++kept;
  // A normal number carries its leading one in `kept`; it raises the exponent field by one.
  std::uint64_t bits =
      biased == 0 ? kept : kept + (static_cast<std::uint64_t>(biased - 1) << Format::kFraction);
  if (bits >= F<Format>::kInfinity || biased >= F<Format>::kMaxExponent) {
    return overflow<Format>(x.negative, mode, flags);
  }
  return bits | (x.negative ? F<Format>::kSign : 0);
}

template <class Format>
std::uint64_t invalid(unsigned& flags) {
  flags |= kFlagInvalid;
  return F<Format>::kCanonicalNan;
}

template <class Format>
std::uint64_t nan_of(std::uint64_t a, std::uint64_t b, unsigned& flags) {
  if (F<Format>::is_signaling(a) || F<Format>::is_signaling(b)) flags |= kFlagInvalid;
  return F<Format>::kCanonicalNan;
}

/// Sum of two exact values, each with its leading one at bit 126 or zero.
Exact add_exact(Exact a, Exact b, Rounding mode) {
  if (a.significand == 0 && b.significand == 0) {
    const bool negative = a.negative == b.negative ? a.negative : mode == Rounding::kDown;
    return {negative, 0, 0};
  }
  if (a.significand == 0) return b;
  if (b.significand == 0) return a;
  if (a.exponent < b.exponent) std::swap(a, b);
  const Wide small = shift_right_jam(b.significand, a.exponent - b.exponent);
  if (a.negative == b.negative) return {a.negative, a.exponent, a.significand + small};
  if (a.significand == small) return {mode == Rounding::kDown, 0, 0};
  if (a.significand > small) return {a.negative, a.exponent, a.significand - small};
  return {b.negative, a.exponent, small - a.significand};
}

Exact widen(Unpacked x) { return {x.negative, x.exponent, Wide{x.significand} << 64}; }

Exact product(Unpacked a, Unpacked b) {
  Exact out{a.negative != b.negative, a.exponent + b.exponent,
            (Wide{a.significand} * b.significand) << 2};
  if (out.significand >> 127 != 0) {  // At most 106 bits: the low ones are zero.
    out.significand >>= 1;
    ++out.exponent;
  }
  return out;
}

std::uint64_t integer_sqrt(Wide value, bool& exact) {
  Wide root = 0;
  for (int bit = 62; bit >= 0; --bit) {
    const Wide trial = root | Wide{1} << bit;
    if (trial * trial <= value) root = trial;
  }
  exact = root * root == value;
  return static_cast<std::uint64_t>(root);
}

std::uint64_t saturated(bool negative, unsigned width, bool is_signed) {
  if (is_signed) {
    const std::uint64_t most = (std::uint64_t{1} << (width - 1)) - 1;
    return negative ? ~most : most;
  }
  return negative ? 0 : ~std::uint64_t{0};
}

}  // namespace

template <class Format>
std::uint64_t SoftFloat<Format>::add(std::uint64_t a, std::uint64_t b, Rounding mode,
                                     unsigned& flags) {
  if (is_nan(a) || is_nan(b)) return nan_of<Format>(a, b, flags);
  if (is_infinite(a)) {
    return is_infinite(b) && is_negative(a) != is_negative(b) ? invalid<Format>(flags) : a;
  }
  if (is_infinite(b)) return b;
  return round_pack<Format>(add_exact(widen(unpack<Format>(a)), widen(unpack<Format>(b)), mode),
                            mode, flags);
}

template <class Format>
std::uint64_t SoftFloat<Format>::mul(std::uint64_t a, std::uint64_t b, Rounding mode,
                                     unsigned& flags) {
  if (is_nan(a) || is_nan(b)) return nan_of<Format>(a, b, flags);
  const std::uint64_t sign = (a ^ b) & kSign;
  if (is_infinite(a) || is_infinite(b)) {
    return is_zero(a) || is_zero(b) ? invalid<Format>(flags) : sign | kInfinity;
  }
  if (is_zero(a) || is_zero(b)) return sign;
  return round_pack<Format>(product(unpack<Format>(a), unpack<Format>(b)), mode, flags);
}

template <class Format>
std::uint64_t SoftFloat<Format>::fma(std::uint64_t a, std::uint64_t b, std::uint64_t c,
                                     Rounding mode, unsigned& flags) {
  const bool zero_times_infinity = (is_infinite(a) && is_zero(b)) || (is_zero(a) && is_infinite(b));
  if (zero_times_infinity) flags |= kFlagInvalid;
  if (is_nan(a) || is_nan(b) || is_nan(c)) {
    if (is_signaling(c)) flags |= kFlagInvalid;
    return nan_of<Format>(a, b, flags);
  }
  if (zero_times_infinity) return kCanonicalNan;
  const std::uint64_t sign = (a ^ b) & kSign;
  if (is_infinite(a) || is_infinite(b)) {
    return is_infinite(c) && (c & kSign) != sign ? invalid<Format>(flags) : sign | kInfinity;
  }
  if (is_infinite(c)) return c;
  const Exact scaled = is_zero(a) || is_zero(b) ? Exact{sign != 0, 0, 0}
                                                : product(unpack<Format>(a), unpack<Format>(b));
  return round_pack<Format>(add_exact(scaled, widen(unpack<Format>(c)), mode), mode, flags);
}

template <class Format>
std::uint64_t SoftFloat<Format>::div(std::uint64_t a, std::uint64_t b, Rounding mode,
                                     unsigned& flags) {
  if (is_nan(a) || is_nan(b)) return nan_of<Format>(a, b, flags);
  const std::uint64_t sign = (a ^ b) & kSign;
  if (is_infinite(a)) return is_infinite(b) ? invalid<Format>(flags) : sign | kInfinity;
  if (is_infinite(b)) return sign;
  if (is_zero(b)) {
    if (is_zero(a)) return invalid<Format>(flags);
    flags |= kFlagDivideByZero;
    return sign | kInfinity;
  }
  if (is_zero(a)) return sign;
  const Unpacked x = unpack<Format>(a), y = unpack<Format>(b);
  const Wide dividend = Wide{x.significand} << 64;
  const Wide quotient = dividend / y.significand;  // 64 or 65 bits.
  const bool remainder = quotient * y.significand != dividend;
  return round_pack<Format>({sign != 0, x.exponent - y.exponent, quotient << 62 | remainder}, mode,
                            flags);
}

template <class Format>
std::uint64_t SoftFloat<Format>::sqrt(std::uint64_t a, Rounding mode, unsigned& flags) {
  if (is_nan(a)) return nan_of<Format>(a, a, flags);
  if (is_zero(a)) return a;
  if (is_negative(a)) return invalid<Format>(flags);
  if (is_infinite(a)) return a;
  const Unpacked x = unpack<Format>(a);
  const bool odd = (x.exponent & 1) != 0;
  const Wide radicand = Wide{x.significand} << (62 + (odd ? 1 : 0));  // 125 or 126 bits.
  bool exact = false;
  const Wide root = integer_sqrt(radicand, exact);  // Leading one at bit 62.
  return round_pack<Format>({false, (x.exponent - (odd ? 1 : 0)) / 2, root << 64 | (exact ? 0 : 1)},
                            mode, flags);
}

template <class Format>
std::uint64_t SoftFloat<Format>::min_max(std::uint64_t a, std::uint64_t b, bool max,
                                         unsigned& flags) {
  if (is_signaling(a) || is_signaling(b)) flags |= kFlagInvalid;
  if (is_nan(a)) return is_nan(b) ? kCanonicalNan : b;
  if (is_nan(b)) return a;
  unsigned ignored = 0;
  const bool a_first = is_zero(a) && is_zero(b) ? is_negative(a) : less(a, b, false, ignored);
  return a_first != max ? a : b;
}

template <class Format>
bool SoftFloat<Format>::equal(std::uint64_t a, std::uint64_t b, unsigned& flags) {
  if (is_signaling(a) || is_signaling(b)) flags |= kFlagInvalid;
  if (is_nan(a) || is_nan(b)) return false;
  return a == b || (is_zero(a) && is_zero(b));
}

template <class Format>
bool SoftFloat<Format>::less(std::uint64_t a, std::uint64_t b, bool or_equal, unsigned& flags) {
  if (is_nan(a) || is_nan(b)) {
    flags |= kFlagInvalid;
    return false;
  }
  if (a == b || (is_zero(a) && is_zero(b))) return or_equal;
  if (is_negative(a) != is_negative(b)) return is_negative(a);
  return is_negative(a) ? a > b : a < b;
}

template <class Format>
unsigned SoftFloat<Format>::classify(std::uint64_t a) {
  if (is_nan(a)) return is_signaling(a) ? 1u << 8 : 1u << 9;
  const bool negative = is_negative(a);
  if (is_infinite(a)) return negative ? 1u << 0 : 1u << 7;
  if (is_zero(a)) return negative ? 1u << 3 : 1u << 4;
  const bool subnormal = (a & kInfinity) == 0;
  if (subnormal) return negative ? 1u << 2 : 1u << 5;
  return negative ? 1u << 1 : 1u << 6;
}

template <class Format>
std::uint64_t SoftFloat<Format>::to_integer(std::uint64_t a, unsigned width, bool is_signed,
                                            Rounding mode, unsigned& flags) {
  if (is_nan(a)) {
    flags |= kFlagInvalid;
    return saturated(false, width, is_signed);
  }
  if (is_zero(a)) return 0;
  const bool negative = is_negative(a);
  const Unpacked x = unpack<Format>(a);
  if (is_infinite(a) || x.exponent > 64) {
    flags |= kFlagInvalid;
    return saturated(negative, width, is_signed);
  }
  // Fixed point with 62 fraction bits; what is far below one half is only sticky.
  const Wide fixed = x.exponent >= 0 ? Wide{x.significand} << x.exponent
                                     : shift_right_jam(x.significand, -x.exponent);
  const Wide rest = fixed & ((Wide{1} << 62) - 1);
  Wide magnitude = fixed >> 62;
  if (rounds_up(mode, negative, (magnitude & 1) != 0, rest, Wide{1} << 61)) ++magnitude;
  const Wide limit = is_signed  ? (Wide{1} << (width - 1)) - (negative ? 0 : 1)
                     : negative ? Wide{0}
                                : (Wide{1} << width) - 1;
  if (magnitude > limit) {
    flags |= kFlagInvalid;
    return saturated(negative, width, is_signed);
  }
  if (rest != 0) flags |= kFlagInexact;
  const auto value = static_cast<std::uint64_t>(magnitude);
  const std::uint64_t result = negative ? 0 - value : value;
  return width == 32 ? static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(result)})
                     : result;
}

template <class Format>
std::uint64_t SoftFloat<Format>::from_integer(std::uint64_t value, unsigned width, bool is_signed,
                                              Rounding mode, unsigned& flags) {
  if (width == 32) {
    value = is_signed ? static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)})
                      : static_cast<std::uint32_t>(value);
  }
  const bool negative = is_signed && value >> 63 != 0;
  const std::uint64_t magnitude = negative ? 0 - value : value;
  return round_pack<Format>({negative, 126, magnitude}, mode, flags);
}

template <class To, class From>
std::uint64_t convert_float(std::uint64_t a, Rounding mode, unsigned& flags) {
  using Source = SoftFloat<From>;
  using Result = SoftFloat<To>;
  if (Source::is_nan(a)) {
    if (Source::is_signaling(a)) flags |= kFlagInvalid;
    return Result::kCanonicalNan;
  }
  const std::uint64_t sign = Source::is_negative(a) ? Result::kSign : 0;
  if (Source::is_infinite(a)) return sign | Result::kInfinity;
  if (Source::is_zero(a)) return sign;
  return round_pack<To>(widen(unpack<From>(a)), mode, flags);
}

template std::uint64_t convert_float<Float16Format, Float32Format>(std::uint64_t, Rounding,
                                                                   unsigned&);
template std::uint64_t convert_float<Float16Format, Float64Format>(std::uint64_t, Rounding,
                                                                   unsigned&);
template std::uint64_t convert_float<Float32Format, Float16Format>(std::uint64_t, Rounding,
                                                                   unsigned&);
template std::uint64_t convert_float<Float32Format, Float64Format>(std::uint64_t, Rounding,
                                                                   unsigned&);
template std::uint64_t convert_float<Float64Format, Float16Format>(std::uint64_t, Rounding,
                                                                   unsigned&);
template std::uint64_t convert_float<Float64Format, Float32Format>(std::uint64_t, Rounding,
                                                                   unsigned&);
template struct SoftFloat<Float16Format>;
template struct SoftFloat<Float32Format>;
template struct SoftFloat<Float64Format>;

}  // namespace cvp
